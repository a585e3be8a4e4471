"""Cases as the clinic's API tells them to the team's page."""

from __future__ import annotations

from typing import Any

REFERENCE = "INQ-7F3K-22QX"
FORMS = [
    {"name": "general-inquiry", "title": "General inquiry"},
    {"name": "rheumatoid-arthritis", "title": "Rheumatoid arthritis"},
]


def file(n: int, **given: Any) -> dict[str, Any]:
    """Return a checked PDF, changed by *given*."""
    return {
        "n": n,
        "kind": "pdf",
        "kindText": "PDF",
        "size": 412_300,
        "sizeText": "412 kB",
        "date": "2026-11-12",
        "dateSource": "stated",
        "dateSourceText": "stated on the form",
        "state": "clean",
        "stateText": "checked",
        "reason": None,
        "reasonText": None,
        "declaredType": "application/pdf",
        "name": "blood results.pdf",
        "facts": ["3 pages"],
        "identity": None,
        "identityText": "",
        "notes": [],
        "doubts": [],
        "scan": "clean",
        "scanText": "malware scan: nothing found",
        "labText": "",
        "panels": [],
        "canOpen": True,
        "can": [],
        **given,
    }


def images(first: int, count: int, **given: Any) -> dict[str, Any]:
    """Return a folder of DICOM files of one study, as one row."""
    members = [
        {
            "n": n,
            "name": f"IM{n:05d}",
            "size": 320_000,
            "sizeText": "320 kB",
            "canOpen": True,
            "can": [],
        }
        for n in range(first, first + count)
    ]
    whole = file(
        first,
        kind="dicom",
        kindText="DICOM image",
        sizeText="38 MB",
        date="2026-09-14",
        dateSource="dicom",
        dateSourceText="from the DICOM header",
        declaredType="application/dicom",
        name="IM00001",
        facts=["MR · KNEE"],
        identity="match",
        identityText="patient's details match the form",
        canOpen=False,
    )
    return whole | {
        "filesText": f"files {first + 1}–{first + count}",  # noqa: RUF001
        "members": members,
        **given,
    }


def study(**given: Any) -> dict[str, Any]:
    """Return an MRI of a knee."""
    return {
        "modality": "MR",
        "bodyPart": "KNEE",
        "description": "MRI knee left, PD fs sag",
        "date": "2026-09-14",
        "images": 120,
        "imagesText": "120 images",
        "othersText": "",
        "sizeText": "38 MB",
        "files": [*range(2, 122)],
        "filesText": "files 2–121",  # noqa: RUF001
        "ready": "all",
        "readyText": "checked",
        "doubtText": "",
        **given,
    }


def _unreadable(n: int, name: str, *can: str) -> dict[str, Any]:
    return file(
        n,
        kind="zip",
        kindText="ZIP archive",
        sizeText="312 MB",
        date=None,
        dateSource=None,
        dateSourceText="",
        state="withheld",
        stateText="kept back, staff must decide",
        reason="two_things",
        reasonText="It can be read as two kinds of file at once, which may be a trick.",
        name=name,
        facts=[],
        canOpen=False,
        can=list(can),
    )


def requirement(kind: str, name: str, state: str, text: str, **given: Any) -> dict[str, Any]:
    return {
        "kind": kind,
        "name": name,
        "need": "mandatory",
        "state": state,
        "stateText": text,
        "atAcceptance": None,
        "date": None,
        "dateSource": None,
        "dateSourceText": "",
        "days": None,
        "windowText": "",
        "expectedBy": None,
        "notes": [],
        "waived": None,
        "isHere": False,
        "files": [],
        "can": [],
        **given,
    }


def case(**given: Any) -> dict[str, Any]:
    """Return a case with most of what one can have, as a supervisor sees it."""
    return {
        "reference": REFERENCE,
        "who": {"name": "doctor", "role": "doctor"},
        "revision": 4,
        "form": FORMS[1],
        "received": "2026-11-22T11:04:00Z",
        "answerBy": "2026-11-24T10:00:00Z",
        "opened": "2026-11-23T02:12:00Z",
        "answered": None,
        "quarantine": None,
        "language": {"preferred": "th", "interpreter": True},
        "addressConfirmed": True,
        "addressProblem": None,
        "can": ["answered"],
        "short": [
            "female · 58 years · lives in Thailand",
            "speaks Thai, needs an interpreter",
            "Rheumatoid arthritis, since 2011",
            "DAS28 (CRP-4) 5.1 as stated, 4.9 recomputed · pain 6 of 10",
        ],
        "check": [
            {
                "text": "Hepatitis B, hepatitis C or HIV: yes or not known",
                "source": "The illness · Other illnesses",
            },
            {
                "text": "DAS28 as stated differs from the recomputed one",
                "source": "The illness · DAS28",
            },
            {
                "key": "report_missing",
                "text": "Images without a written report",
                "source": "X-ray, MRI, CT or ultrasound",
            },
        ],
        "completeness": {"have": 1, "total": 3},
        "studies": [study()],
        "requirements": [
            requirement(
                "blood",
                "Blood test",
                "complete",
                "complete",
                date="2026-11-12",
                dateSource="stated",
                dateSourceText="stated on the form",
                days=90,
                windowText="from the last 90 days",
                files=[file(0, name="ผลเลือด 12 พย.pdf")],
            ),
            requirement(
                "urine",
                "Urine test",
                "promised",
                "promised by the sender",
                windowText="from the last 90 days",
                expectedBy="2026-12-01",
                can=["waive"],
            ),
            requirement(
                "radiology",
                "X-ray, MRI, CT or ultrasound",
                "report_missing",
                "images here, report missing",
                date="2026-09-14",
                dateSource="dicom",
                dateSourceText="from the DICOM header",
                windowText="from the last 180 days",
                files=[
                    images(1, 120),
                    _unreadable(121, "MRI knee left.zip", "let_through", "refuse"),
                ],
                can=["waive"],
            ),
            requirement(
                "medication_list",
                "List of medicines",
                "missing",
                "missing",
                need="expected",
                can=["waive"],
            ),
        ],
        "otherFiles": [
            file(
                122,
                kindText="",
                declaredType="application/msword",
                sizeText="18 kB",
                date=None,
                facts=[],
                state="refused",
                stateText="could not be used",
                reasonText="A Word file. The sender was asked for a PDF.",
                name="story.docx",
                canOpen=False,
            )
        ],
        "answers": [
            {
                "title": "The patient",
                "rows": [
                    {"label": "Full name of the patient", "value": "สมหญิง ตัวอย่าง"},
                    {"label": "Date of birth", "value": "27 Mar 1968"},
                    {"label": "Country where the patient lives", "value": "Thailand"},
                ],
            },
            {
                "title": "How we reach you",
                "rows": [
                    {"label": "Email address", "value": "somying@patients.example"},
                    {"label": "Which language should we use with you?", "value": "Thai"},
                ],
            },
            {
                "title": "The illness",
                "rows": [
                    {
                        "label": "Describe the illness in your own words",
                        "value": "Began in both hands, now also the knees.\nStiff every morning.",
                    },
                    {"label": "Who made the diagnosis?", "value": "Rheumatologist (joint doctor)"},
                ],
            },
            {
                "title": "Treatment 1 · Methotrexate 15 mg a week",
                "rows": [
                    {"label": "Do you have it now?", "value": "Yes, now"},
                    {"label": "Started", "value": "Feb 2012"},
                ],
            },
        ],
        "letters": [
            {
                "kind": "team_new",
                "kindText": "Letter to the team",
                "state": "delivered",
                "stateText": "delivered",
                "at": "2026-11-22T11:16:00Z",
                "can": [],
            },
            {
                "kind": "receipt",
                "kindText": "Receipt to the sender",
                "state": "bounced",
                "stateText": "came back",
                "at": "2026-11-22T11:04:30Z",
                "can": ["resend"],
            },
        ],
        "withdrawn": None,
        "changes": [],
        "history": [
            {"at": "2026-11-22T11:04:00Z", "who": "", "text": "Inquiry received"},
            {"at": "2026-11-22T11:09:00Z", "who": "", "text": "4 files arrived"},
        ],
        "access": [{"at": "2026-11-23T02:12:00Z", "who": "ananda", "text": "Looked at the case"}],
        **given,
    }


def quarantined() -> dict[str, Any]:
    """Return a case that nobody has decided about yet."""
    return case(
        quarantine={"since": "2026-11-22T11:04:00Z", "decided": None},
        answerBy=None,
        opened=None,
        addressConfirmed=False,
        can=["release", "reject"],
        letters=[],
    )


def worklist(*cases: dict[str, Any], **given: Any) -> dict[str, Any]:
    return {
        "who": {"name": "ananda", "role": "doctor"},
        "forms": FORMS,
        "form": "rheumatoid-arthritis",
        "list": "open",
        "cases": list(cases),
        "next": None,
        **given,
    }


def row(reference: str, answer_by: str | None) -> dict[str, Any]:
    return {"reference": reference, "received": "2026-11-20T03:00:00Z", "answerBy": answer_by}
