"""How a requirement stands: by what its files hold, whose they are, and how old they are."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.findings import Facts, Study, studies, to_text
from intake.forms import Form, Forms
from intake.inquiry import Case, File, Inquiry
from intake.standing import (
    CHECKING,
    COMPLETE,
    IDENTITY_DIFFERS,
    IMAGES_MISSING,
    MISSING,
    NOTES,
    PROMISED,
    RANK,
    RECEIVED,
    REPORT_MISSING,
    STALE,
    STATES,
    UNUSABLE,
    WAIVED,
    WITHHELD,
    Completeness,
    Standing,
    at_acceptance,
    completeness,
    standings,
)

NOW = datetime(2026, 11, 22, 18, 4, tzinfo=UTC)
TODAY = date(2026, 11, 23)  # in Bangkok
BANGKOK = ZoneInfo("Asia/Bangkok")
FORMS = Forms(Path(__file__).parents[2] / "schemas")
FORM = FORMS.get("rheumatoid-arthritis")
POLICY = FORM.policy
RECENT, OLD = "2026-11-01", "2025-02-03"


def a_case(*files: File, records: Any = (), missing: Any = (), **changes: Any) -> Case:
    inquiry = Inquiry(
        id="a" * 26,
        form="rheumatoid-arthritis",
        form_version="1",
        reference="INQ-7F3K-22QX",
        locale="en",
        received_at=NOW,
        answer_by=NOW,
        answers={"records": list(records), "missing_records": list(missing)},
        upload_secret="u" * 26,
        receipt_secret="r" * 26,
        tokens_expire_at=NOW,
        base_url="https://clinic.example",
        policy=POLICY["version"],
    )
    numbered = (replace(file, n=n) for n, file in enumerate(files))
    return Case(replace(inquiry, **changes), tuple(numbered))


def a_file(
    verdict: str | None = "clean",
    facts: Facts | str | None = None,
    *,
    kind: str = "pdf",
    of: str = "blood",
    record: int | None = None,
    **changes: Any,
) -> File:
    file = File(
        inquiry="a" * 26,
        n=0,
        record=record,
        requirement=of,
        version="1",
        size=1,
        sha256="",
        name="",
        declared_type="application/pdf",
        declared_at=NOW,
        arrived_at=NOW,
        checked_at=NOW if verdict else None,
        verdict=verdict,
        kind=kind,
        facts=to_text(facts) if isinstance(facts, Facts) else facts,
    )
    return replace(file, **changes)


def announced(kind: str = "blood", day: str | None = RECENT, **more: Any) -> dict[str, Any]:
    return {"requirement": kind, **({"document_date": day} if day else {}), **more}


def lab(day: str = RECENT, **more: Any) -> File:
    """Return a lab export, which says of itself when it was made."""
    return a_file(kind="hl7", facts=Facts(date=day, date_source="lab", **more))


def disc(
    day: str | None = RECENT, modality: str | None = "MR", uid: str = "1.2", **more: Any
) -> File:
    study = Study(uid, modality=modality, date=day, images=120)
    given = Facts(studies=(study,), **{"identity": "match", **more})
    return a_file(facts=given, kind="zip", of="radiology")


def report(kind: str = "pdf", **facts: Any) -> File:
    return a_file(facts=Facts(**facts), kind=kind, of="radiology")


def standing(case: Case, kind: str = "blood", today: date = TODAY, **more: Any) -> Standing:
    (found,) = (each for each in standings(FORM, case, today, **more) if each.kind == kind)
    return found


def told(found: Standing) -> dict[str, dict[str, Any]]:
    return {note.key: dict(note.params) for note in found.notes}


def later(reason: str = "will_send_later", **more: Any) -> dict[str, Any]:
    return {"slot": "blood", "reason": reason, **more}


IN_DECEMBER = later(expected_by="2026-12-01")


@pytest.mark.parametrize(
    ("case", "state"),
    [
        (a_case(), MISSING),
        (a_case(missing=[later("never_done")]), MISSING),
        (a_case(missing=[IN_DECEMBER]), PROMISED),
        (a_case(records=[announced()]), PROMISED),
        (a_case(a_file(None, record=0, arrived_at=None), records=[announced()]), PROMISED),
        (a_case(a_file(None, record=0), records=[announced()]), CHECKING),
        (a_case(a_file("refused", record=0), records=[announced()]), UNUSABLE),
        (a_case(a_file("refused", record=0), records=[announced(), announced()]), PROMISED),
        (a_case(a_file("withheld", record=0), records=[announced()]), WITHHELD),
        (a_case(a_file("withheld"), a_file("refused")), WITHHELD),
        (a_case(a_file(record=0), records=[announced()]), COMPLETE),
        (a_case(a_file(record=0), records=[announced(day=OLD)]), STALE),
        (a_case(a_file(record=0), records=[announced(day=None)]), RECEIVED),
        (a_case(a_file()), RECEIVED),
        # The best that is true: a file that is being checked may be the recent one.
        (a_case(a_file(record=0), a_file(None), records=[announced(day=OLD)]), CHECKING),
        (a_case(a_file(record=0), a_file(None), records=[announced()]), COMPLETE),
        (a_case(a_file(), a_file("refused"), a_file("withheld")), RECEIVED),
    ],
)
def test_what_came_decides_first(case: Case, state: str) -> None:
    assert standing(case).state == state


@pytest.mark.parametrize(
    ("stated", "facts", "state", "day", "source"),
    [
        (RECENT, Facts(), COMPLETE, RECENT, "stated"),
        ("2026-08", Facts(), COMPLETE, "2026-08", "stated"),  # its last day, 84 days ago
        ("2026", Facts(), COMPLETE, "2026", "stated"),
        (OLD, Facts(date=RECENT, date_source="lab"), COMPLETE, RECENT, "lab"),
        (RECENT, Facts(date=OLD, date_source="lab"), STALE, OLD, "lab"),
        (None, Facts(date=RECENT, date_source="dicom"), COMPLETE, RECENT, "dicom"),
        # When a PDF was made says nothing of when somebody was examined.
        (OLD, Facts(date=RECENT, date_source="pdf"), STALE, OLD, "stated"),
        (RECENT, Facts(date=OLD, date_source="pdf"), COMPLETE, RECENT, "stated"),
        (None, Facts(date=RECENT, date_source="pdf"), RECEIVED, RECENT, "pdf"),
        # Nobody sends a test of next year, and a calendar of another era is no future.
        (OLD, Facts(date="2027-01-01", date_source="lab"), STALE, OLD, "stated"),
        (None, Facts(date="2569-11-01", date_source="lab"), RECEIVED, None, None),
        (None, Facts(date="no date", date_source="lab"), RECEIVED, None, None),
        (RECENT, Facts(date="2026-02-31", date_source="lab"), COMPLETE, RECENT, "stated"),
        (RECENT, Facts(date="2026-11-02-5", date_source="lab"), COMPLETE, RECENT, "stated"),
        (RECENT, Facts(date="๒๐๒๖", date_source="lab"), COMPLETE, RECENT, "stated"),
    ],
)
def test_what_a_file_says_of_its_date_beats_what_the_form_says(
    stated: str | None, facts: Facts, state: str, day: str | None, source: str | None
) -> None:
    case = a_case(a_file(facts=facts, record=0), records=[announced(day=stated)])

    found = standing(case)

    assert (found.state, found.date, found.date_source) == (state, day, source)


@pytest.mark.parametrize(
    ("day", "state"),
    [("2026-08-25", COMPLETE), ("2026-08-24", STALE), ("2026-08", COMPLETE), ("2026-07", STALE)],
)
def test_a_record_is_recent_up_to_the_last_day_of_its_window(day: str, state: str) -> None:
    found = standing(a_case(a_file(record=0), records=[announced(day=day)]))

    assert (found.state, found.days) == (state, 90)
    assert told(found) == ({} if state == COMPLETE else {"too_old": {"date": day, "days": 90}})


def test_a_record_ages() -> None:
    case = a_case(lab())

    assert standing(case).state == COMPLETE
    assert standing(case, today=TODAY + timedelta(days=90)).state == STALE


def test_what_needs_no_date_is_complete_without() -> None:
    found = standing(a_case(a_file(of="diagnosis_letter")), "diagnosis_letter")

    assert (found.state, found.days, found.notes) == (COMPLETE, None, ())


def test_of_several_the_best_counts_and_older_ones_do_no_harm() -> None:
    case = a_case(lab(OLD), lab("2026-10-01"), lab(RECENT), a_file())

    found = standing(case)

    assert (found.state, found.date, found.notes) == (COMPLETE, RECENT, ())
    assert [file.n for file in found.files] == [0, 1, 2, 3]


def test_the_date_is_that_of_the_record_that_counts() -> None:
    found = standing(a_case(lab("2026-10-01"), lab(RECENT, identity="differs")))

    assert (found.state, found.date) == (COMPLETE, "2026-10-01")


@pytest.mark.parametrize(("day", "state"), [("2026-11-23", COMPLETE), ("2026-11-24", RECEIVED)])
def test_on_the_other_side_of_the_earth_it_is_tomorrow_already(day: str, state: str) -> None:
    assert standing(a_case(lab(day))).state == state


def test_a_date_that_is_missing_is_told() -> None:
    assert told(standing(a_case(a_file()))) == {"undated": {}}


# ---- Radiology ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("files", "state", "notes"),
    [
        ((disc(), report()), COMPLETE, {}),
        ((disc(),), REPORT_MISSING, {"report_missing": {}}),
        ((report(),), IMAGES_MISSING, {"images_missing": {}}),
        ((disc(reports=1),), COMPLETE, {}),
        ((disc(OLD), report()), STALE, {"too_old": {"date": OLD, "days": 180}}),
        ((disc(OLD), disc(uid="1.3"), report()), COMPLETE, {}),
        (
            (disc(OLD),),
            REPORT_MISSING,
            {"too_old": {"date": OLD, "days": 180}, "report_missing": {}},
        ),
        ((disc(None), report()), RECEIVED, {"undated": {}}),
        # A photo is no image, and hardly a report.
        (
            (report("jpeg"),),
            IMAGES_MISSING,
            {"images_missing": {}, "low_value": {"files": (0,)}},
        ),
        ((disc(), report("jpeg")), COMPLETE, {"low_value": {"files": (1,)}}),
        ((disc(), report("jpeg"), report()), COMPLETE, {}),
    ],
)
def test_radiology_is_images_and_report(
    files: tuple[File, ...], state: str, notes: dict[str, Any]
) -> None:
    found = standing(a_case(*files), "radiology")

    assert (found.state, told(found)) == (state, notes)


@pytest.mark.parametrize(
    ("modality", "stated", "days"),
    [
        ("MR", "XR", 180),
        ("CR", "MR", 365),
        ("DX", None, 365),
        ("RG", None, 365),
        ("CT", None, 180),
        (None, "XR", 365),
        (None, None, 180),
    ],
)
def test_the_window_is_of_the_modality_in_the_file(
    modality: str | None, stated: str | None, days: int
) -> None:
    file = replace(disc("2026-01-05", modality), record=0)
    record = announced("radiology", "2026-01", **({"modality": stated} if stated else {}))

    found = standing(a_case(file, report(), records=[record]), "radiology")

    assert found.days == days
    assert found.state == (COMPLETE if days == 365 else STALE)


def test_a_folder_is_one_study() -> None:
    files = [a_file(facts=disc_facts(), kind="dicom") for _ in range(3)]
    case = a_case(*(replace(file, requirement="radiology") for file in files), report())

    assert standing(case, "radiology").state == COMPLETE
    # One image whose header names somebody else makes the others no stranger's.
    odd = a_file(facts=replace(disc_facts(), identity="differs"), kind="dicom", of="radiology")
    assert standing(a_case(*case.files, odd), "radiology").state == COMPLETE


def disc_facts() -> Facts:
    return Facts(studies=(Study("1.2", "MR", date=RECENT, images=1),))


def test_a_disc_that_an_older_release_checked_counts_as_images() -> None:
    file = a_file(kind="zip", of="radiology", record=0)

    found = standing(a_case(file, report(), records=[announced("radiology")]), "radiology")

    assert (found.state, found.date_source) == (COMPLETE, "stated")


def test_a_structured_report_alone_is_no_images() -> None:
    facts = Facts(studies=(Study("1.2", "SR", others=1),), reports=1)

    found = standing(a_case(a_file(facts=facts, kind="dicom", of="radiology")), "radiology")

    assert found.state == IMAGES_MISSING


def test_an_export_of_a_laboratory_is_no_report_of_images() -> None:
    results = report("zip", panels=("Complete blood count",), date=RECENT, date_source="lab")

    assert standing(a_case(disc(), results), "radiology").state == REPORT_MISSING


def test_where_the_policy_asks_for_no_parts_any_file_will_do() -> None:
    simple = POLICY | {"parts": {}}

    found = standing(a_case(disc("2026-01-05", "DX")), "radiology", policy=simple)

    assert (found.state, found.days) == (COMPLETE, 365)


# ---- Whose, and what else to know ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("case", "kind", "state"),
    [
        (a_case(lab(identity="differs")), "blood", IDENTITY_DIFFERS),
        (a_case(lab(identity="absent")), "blood", COMPLETE),
        (a_case(lab(identity="differs"), lab()), "blood", COMPLETE),
        (a_case(lab(identity="differs"), lab(OLD)), "blood", STALE),
        (a_case(disc(identity="differs"), report()), "radiology", IDENTITY_DIFFERS),
        (a_case(disc(identity="differs"), disc(uid="1.3"), report()), "radiology", COMPLETE),
        (a_case(disc(), report(identity="differs")), "radiology", IDENTITY_DIFFERS),
        (a_case(disc(), report(identity="differs"), report()), "radiology", COMPLETE),
    ],
)
def test_what_names_somebody_else_counts_for_nothing_and_harms_nothing(
    case: Case, kind: str, state: str
) -> None:
    found = standing(case, kind)
    differing = tuple(file.n for file in case.files if file.facts and '"differs"' in file.facts)

    assert found.state == state
    assert told(found).get("details_differ") == ({"files": differing} if differing else None)


@pytest.mark.parametrize(
    ("stated", "files", "note"),
    [
        (RECENT, [lab(RECENT)], None),
        ("2026-11", [lab(RECENT)], None),
        ("2026", [lab(RECENT)], None),
        ("2026-10-31", [lab(RECENT)], RECENT),
        ("2026-10", [lab(RECENT)], RECENT),
        # Of a disc with older scans one may be meant.
        (OLD, [lab(OLD), lab(RECENT)], None),
        # A PDF is made after the examination, never before.
        (RECENT, [a_file(facts=Facts(date="2026-11-20", date_source="pdf"))], None),
        (RECENT, [a_file(facts=Facts(date=OLD, date_source="pdf"))], OLD),
        ("2026", [a_file(facts=Facts(date=RECENT, date_source="pdf"))], None),
        (None, [lab(RECENT)], None),
    ],
)
def test_a_date_that_the_files_do_not_bear_out_is_told(
    stated: str | None, files: list[File], note: str | None
) -> None:
    case = a_case(*(replace(file, record=0) for file in files), records=[announced(day=stated)])

    found = told(standing(case)).get("date_differs")

    assert found == ({"stated": stated, "found": note} if note else None)


def test_the_studies_of_a_disc_bear_out_a_date() -> None:
    studies = (Study("1", date=OLD, images=1), Study("2", date=RECENT, images=1))
    file = a_file(facts=Facts(studies=studies), kind="iso", of="radiology", record=0)

    for day, differs in ((OLD, False), (RECENT, False), ("2026-05-05", True)):
        case = a_case(file, records=[announced("radiology", day)])
        assert ("date_differs" in told(standing(case, "radiology"))) is differs


def test_doubts_about_files_are_told_with_their_numbers() -> None:
    case = a_case(
        lab(flags=("several_people", "trailing_bytes")),
        lab(flags=("too_small",)),
        lab(flags=("too_small",)),
        a_file("refused"),
        a_file("withheld"),
        a_file("withheld"),
    )

    assert told(standing(case)) == {
        "several_people": {"files": (0,)},
        "too_small": {"files": (1, 2)},
        "some_unusable": {"count": 1},
        "some_withheld": {"count": 2},
    }


def test_a_promise_says_when() -> None:
    assert standing(a_case(missing=[IN_DECEMBER])).expected_by == "2026-12-01"
    assert standing(a_case(lab(), missing=[IN_DECEMBER])).expected_by is None


@pytest.mark.parametrize("files", [(), (lab(OLD),), (lab(),), (a_file("refused"),)])
def test_what_staff_do_without_is_done(files: tuple[File, ...]) -> None:
    waiver = {"kind": "blood", "why": "Known from before.", "by": "Dr. May"}

    found = standing(a_case(*files, waived=(waiver,)))

    assert (found.state, found.waived) == (WAIVED, waiver)
    assert standing(a_case(waived=(waiver,)), "urine").waived is None


# ---- Policies and days --------------------------------------------------------------------------


def under(**windows: int) -> Form:
    """Return the form after a new policy came into force, which has these windows."""
    days = {kind: {"days": each} for kind, each in windows.items()}
    newer = POLICY | {"version": "2027-01-01", "windows": POLICY["windows"] | days}
    return replace(FORM, policy=newer, policies={**FORM.policies, newer["version"]: newer})


def test_a_policy_that_changed_since_is_told_where_it_matters() -> None:
    case = a_case(lab("2026-10-01"), a_file(of="urine"))
    blood, urine, *_ = standings(under(blood=30), case, TODAY)

    assert blood.state == STALE
    assert told(blood)["policy_changed"] == {"was": COMPLETE}
    assert "policy_changed" not in told(urine)
    assert (
        standings(under(blood=30), replace_policy(case, "2027-01-01"), TODAY)[0].notes
        == (blood.notes[:1])
    )


def replace_policy(case: Case, version: str) -> Case:
    return replace(case, inquiry=replace(case.inquiry, policy=version))


def test_on_the_day_of_acceptance_its_own_policy_held() -> None:
    case = a_case(lab("2026-09-01"), received_at=datetime(2026, 11, 30, 16, 59, tzinfo=UTC))

    # The last moment of 30 November in Bangkok: the 90th day.
    assert at_acceptance(under(blood=30), case, BANGKOK)[0].state == COMPLETE
    later = replace(case.inquiry, received_at=datetime(2026, 11, 30, 17, 0, tzinfo=UTC))
    assert at_acceptance(FORM, replace(case, inquiry=later), BANGKOK)[0].state == STALE
    assert standing(case, today=date(2026, 12, 1)).state == STALE


def test_what_is_complete_still_says_what_was_of_no_use_and_hard_to_read() -> None:
    small = lab(flags=("too_small",))
    refused = [a_file("refused") for _ in range(3)]

    one = standing(a_case(small, *refused))

    assert one.state == COMPLETE
    assert told(one) == {"too_small": {"files": (0,)}, "some_unusable": {"count": 3}}


# ---- Counts -------------------------------------------------------------------------------------


def test_only_required_records_are_counted_and_each_once() -> None:
    case = a_case(
        lab(OLD),
        a_file(None, of="urine"),
        a_file(of="photo"),
        records=[announced("radiology")],
    )

    assert completeness(FORM, case, TODAY) == Completeness(
        total=3, complete=0, received=1, checking=1, coming=0, promised=1, missing=0
    )


def announced_file(**changes: Any) -> File:
    return a_file(None, arrived_at=None, **changes)


@pytest.mark.parametrize(
    ("case", "name"),
    [
        (a_case(), "missing"),
        (a_case(a_file("refused")), "missing"),
        (a_case(a_file("withheld")), "checking"),
        (a_case(announced_file()), "coming"),
        (a_case(announced_file(record=0), records=[announced()]), "coming"),
        (a_case(announced_file(abandoned_at=NOW)), "missing"),
        (a_case(a_file("refused"), announced_file()), "coming"),
        (a_case(a_file("withheld"), announced_file()), "checking"),
        (a_case(lab(identity="differs")), "received"),
        (a_case(a_file()), "received"),
        (a_case(lab()), "complete"),
        (a_case(waived=({"kind": "blood"},)), "complete"),
    ],
)
def test_every_state_is_counted_somewhere(case: Case, name: str) -> None:
    others = replace(case.inquiry, answers={}, waived=())
    before = completeness(FORM, Case(others), TODAY)
    counts = completeness(FORM, case, TODAY)

    assert before.missing == 3
    assert getattr(counts, name) == (3 if name == "missing" else 1)
    assert sum(vars(counts).values()) == 2 * counts.total


def test_a_form_may_require_nothing() -> None:
    assert completeness(FORMS.get("general-inquiry"), a_case(), TODAY).total == 0


# ---- Whatever the files hold --------------------------------------------------------------------

DAYS = st.one_of(
    st.none(),
    st.sampled_from([RECENT, OLD, "2026-08", "2026", "2026-13-40", "0", "-", "9999-12-31"]),
    st.text(max_size=12),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(sorted(Facts.__dataclass_fields__)), inner, max_size=6)
        | st.dictionaries(st.sampled_from(sorted(Study.__dataclass_fields__)), inner, max_size=6)
    ),
    max_leaves=12,
)
ANY_TEXT = st.one_of(st.none(), st.text(max_size=40), JSON.map(json.dumps))
STUDIES = st.builds(
    Study,
    uid=st.sampled_from(["1.2", "1.3"]),
    modality=st.sampled_from([None, "MR", "DX", "SR"]),
    date=DAYS,
    images=st.integers(0, 2),
)
FACTS = st.builds(
    Facts,
    date=DAYS,
    date_source=st.sampled_from([None, "dicom", "pdf", "lab"]),
    studies=st.lists(STUDIES, max_size=3).map(tuple),
    identity=st.sampled_from([None, "match", "differs", "absent"]),
    reports=st.integers(0, 1),
    flags=st.lists(st.sampled_from(["too_small", "several_people"])).map(tuple),
)
VERDICTS = st.sampled_from(["clean", "clean", "clean", "refused", "withheld", None])
KINDS = st.sampled_from([None, "pdf", "jpeg", "dicom", "zip", "iso", "hl7"])
RECORDS = st.lists(
    st.builds(announced, st.sampled_from(["blood", "radiology"]), st.sampled_from([None, RECENT])),
    max_size=2,
)


def files(facts: st.SearchStrategy[Any]) -> st.SearchStrategy[list[File]]:
    made = st.builds(
        lambda verdict, facts, kind, of, record: a_file(
            verdict, facts, kind=kind, of=of, record=record
        ),
        VERDICTS,
        facts,
        KINDS,
        st.sampled_from(["blood", "radiology"]),
        st.sampled_from([None, 0, 1, 7]),
    )
    return st.lists(made, max_size=5)


@given(files(ANY_TEXT), RECORDS)
def test_no_facts_keep_anybody_from_opening_a_case(found: list[File], records: Any) -> None:
    for each in standings(FORM, a_case(*found, records=records), TODAY):
        assert each.state in STATES
        assert {note.key for note in each.notes} <= set(NOTES)


@given(files(FACTS), RECORDS, st.sampled_from([lab(), a_file(), disc(), disc(uid="1.9"), report()]))
def test_a_good_file_makes_nothing_worse(found: list[File], records: Any, good: File) -> None:
    before = standings(FORM, a_case(*found, records=records), TODAY)
    after = standings(FORM, a_case(*found, good, records=records), TODAY)

    assert all(RANK[b.state] <= RANK[a.state] for b, a in zip(before, after, strict=True))


# ---- The same study more than once ------------------------------------------------------------

ONE, TWO, BOTH = "00000000000000f1", "00000000000000f2", "0000000000000003"


def holding(n: int, kind: str, images: int, mark: str | None, uid: str = "1.2") -> File:
    study = Study(uid, "MR", images=images, bytes=images, mark=mark)
    return a_file(facts=Facts(studies=(study,)), kind=kind, of="radiology", n=n)


@pytest.mark.parametrize(
    ("given", "images", "copies"),
    [
        ([("zip", 24, ONE), ("iso", 24, ONE)], 24, 2),
        ([("zip", 24, ONE), ("iso", 24, ONE), ("zip", 24, ONE)], 24, 3),
        ([("dicom", 1, ONE), ("dicom", 1, TWO), ("zip", 2, BOTH)], 2, 2),
        ([("dicom", 1, ONE), ("zip", 2, BOTH), ("dicom", 1, TWO)], 2, 2),
        ([("dicom", 1, ONE), ("dicom", 1, TWO)] * 2, 2, 2),
        ([("dicom", 1, ONE), ("dicom", 1, TWO), ("dicom", 1, ONE)], 2, 1),
        ([("zip", 24, ONE), ("zip", 24, TWO)], 48, 1),
        ([("zip", 24, ONE), ("zip", 24, ONE), ("zip", 9, TWO)], 33, 1),
        ([("zip", 24, ONE), ("zip", 23, ONE)], 47, 1),
        ([("zip", 24, None), ("iso", 24, None)], 48, 1),
        ([("dicom", 1, None), ("dicom", 1, None)], 2, 1),
        ([("dicom", 1, ONE), ("dicom", 1, None)], 2, 1),
        ([("zip", 24, "no mark"), ("zip", 24, "no mark")], 48, 1),
    ],
)
def test_a_study_that_was_sent_twice_counts_once(
    given: list[tuple[str, int, str | None]], images: int, copies: int
) -> None:
    files = [holding(n, *each) for n, each in enumerate(given)]

    ((study, numbers),) = studies(files)

    assert (study.images, study.bytes, study.copies) == (images, images, copies)
    assert numbers == tuple(range(len(files)))


def test_other_studies_are_no_copies() -> None:
    files = [holding(0, "zip", 24, ONE, "1.2"), holding(1, "zip", 24, ONE, "1.3")]

    assert [study.copies for study, _ in studies(files)] == [1, 1]
