"""GET /u/{token}: what each record still lacks, what came, and what to do about it."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from intake.findings import Facts, Study, to_text
from tests.steps.clinic import an_inquiry
from tests.steps.mailroom import ANSWERS, CANARY, NOW
from tests.steps.sender import RECEIPT, UPLOAD, Sender, a_file

CLEAN = {"checked_at": NOW, "verdict": "clean"}
CD = {"kind": "dicom", "size": 524_000, **CLEAN}
DAY = timedelta(days=1)


@pytest.fixture
def sender(aws):
    aws.store(an_inquiry())
    return Sender(aws)


def refused(reason):
    return {"checked_at": NOW, "verdict": "refused", "reason": reason}


def mri(uid="1.2.3", *, images=1, date="2026-09-14", part="KNEE", **given):
    study = Study(uid, "MR", part, f"{CANARY} knee", date, images, bytes=524_000 * images)
    return to_text(Facts(studies=(study,), **given))


def card(sender, kind="radiology", link=None):
    page = sender.page(link) if link else sender.page()
    return page.by_id(f"record-{kind}").text


def script(sender, kind):
    body = json.loads(sender.look(accept="application/json")["body"])
    return next(each for each in body["requirements"] if each["kind"] == kind)


# ---- What came -------------------------------------------------------------------------------


def test_a_folder_of_a_disc_is_one_line(aws, sender):
    aws.store(*(a_file(n, "radiology", record=1, facts=mri(), **CD) for n in range(120)))

    said = card(sender)

    assert "MRI, knee, 120 images, 14 Sept 2026 · checked, ready for the doctors" in said
    assert "scan.pdf" not in said
    assert said.count("checked") == 1


def test_an_archive_keeps_its_own_line_beside_its_studies(aws, sender):
    disc = a_file(0, "radiology", record=1, name="DISC.zip", facts=mri(images=412), **CLEAN)
    aws.store(disc)

    said = card(sender)

    assert "MRI, knee, 412 images, 14 Sept 2026" in said
    assert "DISC.zip · 4.2 MB · checked, ready for the doctors" in said


def test_a_part_that_nobody_knows_and_one_image_are_said_in_plain_words(aws, sender):
    aws.store(a_file(0, "radiology", record=1, facts=mri(part="XYZ", date=None), **CD))

    said = card(sender)

    assert "MRI, 1 image\n" in said
    assert "scan.pdf · 524 kB · checked" in said
    assert "XYZ" not in said


def test_files_that_wait_for_their_check_are_one_line_with_their_names_below(aws, sender):
    aws.store(*(a_file(n, "radiology", record=1, name=f"IM{n:05}") for n in range(40)))

    page = sender.page()

    said = page.by_id("record-radiology").text
    assert "40 files · 168 MB · arrived, being checked" in said
    assert "IM00039" in said
    assert len([each for each in page.all("details") if "IM00039" in each.text]) == 1
    assert "We are checking your files." in page.one("main").text


def test_images_that_are_read_but_not_scanned_are_still_being_checked(aws, sender):
    waiting = {"kind": "dicom", "inspected_at": NOW, "found": "clean"}
    aws.store(*(a_file(n, "radiology", record=1, facts=mri(), **waiting) for n in range(5)))

    assert "MRI, knee, 5 images, 14 Sept 2026 · arrived, being checked" in card(sender)


def test_of_what_was_refused_no_study_is_told(aws, sender):
    given = refused("harmful")
    aws.store(a_file(0, "radiology", record=1, kind="dicom", facts=mri(), **given))

    said = card(sender)

    assert "MRI" not in said.replace("X-ray, MRI", "")
    assert "Our safety check stopped this file." in said


def test_the_receipt_s_link_tells_no_part_of_the_body(aws, sender):
    aws.store(a_file(0, "radiology", record=1, facts=mri(images=3), **CD))

    said = card(sender, link=RECEIPT)

    assert "MRI, 3 images, 14 Sept 2026" in said
    assert "knee" not in said


# ---- What to do ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("pdf_locked", "Please send a copy without one, and never the password itself."),
        ("word_document", "Please save this document as a PDF"),
        ("no_images_found", "look for a folder called DICOM"),
        ("a_reason_of_tomorrow", "Please send it again as a PDF or a photo"),
    ],
)
def test_a_refused_file_says_what_to_do_and_its_card_leads_there(aws, sender, reason, said):
    aws.store(a_file(0, **refused(reason)))

    page = sender.page()

    blood = page.by_id("record-blood").text
    assert said in blood
    assert "Send another one: Blood test" in blood
    assert page.all("a", href=f"/u/{UPLOAD}?kind=blood#upload")


def test_the_card_s_link_chooses_its_kind(sender):
    page = sender.page(query="kind=urine")

    chosen = [each for each in page.by_id("add.requirement").options if each.has("selected")]

    assert [each["value"] for each in chosen] == ["urine"]


@pytest.mark.parametrize("kind", ["tarot", "", '"><script>'])
def test_a_kind_that_is_none_chooses_nothing_and_changes_nothing(sender, kind):
    plain = sender.page()

    assert sender.page(query=f"kind={kind}").kinds == plain.kinds


def test_the_chosen_language_stays_with_the_card_s_link(sender):
    page = sender.page(query="_language=th")

    links = [each["href"] for each in page.all("a") if "kind=" in each["href"]]

    assert links
    assert all("?_language=th&kind=" in link for link in links)


def test_the_page_is_whole_in_each_language_from_its_own_side(aws, sender):
    languages = {
        "en": "English",
        "th": "ไทย",
        "zh-Hans": "简体中文",
        "ja": "日本語",
        "ar": "العربية",
        "de": "Deutsch",
    }
    for n, images in enumerate((1, 2, 3, 11, 100)):
        found = mri(f"1.2.{n}", images=images)
        aws.store(a_file(n, "radiology", record=1, name=f"{n}.zip", facts=found, **CLEAN))
    aws.store(a_file(5, "blood", record=0, **refused("pdf_locked")))

    for locale in languages:
        page = sender.page(query=f"_language={locale}")
        html = page.one("html")
        assert (html["lang"], html["dir"]) == (locale, "rtl" if locale == "ar" else "ltr")
        others = {each["hreflang"]: each.text for each in page.all("a") if each["hreflang"]}
        assert others == {tag: name for tag, name in languages.items() if tag != locale}
        said = [page.by_id(f"record-{kind}").text for kind in ("blood", "radiology")]
        assert all(said)
        assert "{" not in "".join(said)


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        (Facts(flags=("too_small",)), "Please send the original photo"),
        (Facts(identity="differs"), "our staff will ask you"),
        (Facts(flags=("several_people",), people=2), "scans of several people"),
        (Facts(flags=("images_missing_on_disc",)), "Please copy the whole disc again."),
    ],
)
def test_a_doubt_is_a_hint_at_the_file(aws, sender, facts, said):
    aws.store(a_file(0, facts=to_text(facts), **CLEAN))

    blood = card(sender, "blood")

    assert said in blood
    assert "could not be used" not in blood


@pytest.mark.parametrize("flag", ["type_differs", "trailing_bytes", "burned_in", "odd_name"])
def test_what_a_sender_can_not_mend_is_not_told(aws, sender, flag):
    aws.store(a_file(0, facts=to_text(Facts(flags=(flag,))), **CLEAN))
    flagged = card(sender, "blood")
    aws.store(a_file(0, **CLEAN))

    assert flagged == card(sender, "blood")


# ---- What is still missing -------------------------------------------------------------------


def test_images_without_their_report(aws, sender):
    aws.store(a_file(0, "radiology", record=1, facts=mri(), **CD))

    assert "We have the images, but not the written report." in card(sender)
    assert script(sender, "radiology")["state"] == "report_missing"


def test_a_photo_of_a_film_is_no_image(aws, sender):
    aws.store(a_file(0, "radiology", record=1, kind="jpeg", **CLEAN))

    said = card(sender)

    assert "Please ask the hospital for the CD" in said
    assert "A photo of a film or of a screen helps the doctors little." in said


def test_an_examination_that_is_too_old_names_both_days(aws, sender):
    old = mri(date="2025-02-03")
    aws.store(a_file(0, "radiology", record=1, facts=old, **CD), a_file(1, "radiology", **CLEAN))

    said = "This test is from 3 Feb 2025; our doctors ask for one from the last 180 days."
    assert said in card(sender)
    assert script(sender, "radiology") | {"notes": []} == {
        "kind": "radiology",
        "need": "mandatory",
        "required": True,
        "state": "stale",
        "files": 2,
        "studies": 1,
        "images": 1,
        "notes": [],
        "date": "2025-02-03",
        "windowDays": 180,
    }


def test_it_gets_too_old_while_it_waits(aws, sender):
    aws.store(an_inquiry(tokens_expire_at=NOW + 90 * DAY), a_file(0, **CLEAN))
    aws.clock.shift(69 * DAY)
    assert "It is here, from 1 Nov 2026. Nothing is missing." in card(sender, "blood")

    aws.clock.shift(DAY)

    assert "This test is from 1 Nov 2026;" in card(sender, "blood")


def test_what_staff_do_without_is_not_asked_for_any_more(aws, sender):
    waived = ({"kind": "urine", "why": f"{CANARY} reason", "by": "doctor"},)
    aws.store(an_inquiry(waived=waived), a_file(0, **CLEAN))

    page = sender.page()

    assert "Not needed any more." in page.by_id("record-urine").text
    assert "Ready: 1 of 2" in page.one("main").text
    assert not [each for each in page.all("a") if "kind=urine" in each["href"]]
    assert CANARY not in sender.look()["body"]


def test_when_nothing_is_missing_nothing_is_asked_for(aws, sender):
    records = [*ANSWERS["records"], {"requirement": "urine", "document_date": "2026-11-02"}]
    disc = mri(images=2, date="2026-10-01")
    aws.store(
        an_inquiry(answers={**ANSWERS, "records": records, "missing_records": []}),
        a_file(0, **CLEAN),
        a_file(1, "urine", record=2, **CLEAN),
        a_file(2, "radiology", record=1, facts=disc, **CD),
        a_file(3, "radiology", record=1, **CLEAN),
    )

    text = sender.page().one("main").text

    assert "All required records are here." in text
    assert "Still needed from you" not in text


def test_what_is_ready_checked_asked_and_wanted_adds_up(aws, sender):
    other = to_text(Facts(identity="differs"))
    aws.store(a_file(0, **CLEAN), a_file(1, "urine", facts=other, **CLEAN), a_file(2, "radiology"))

    page = sender.page()

    text = page.one("main").text
    assert "Ready: 1 of 3 · being checked: 1" in text
    assert "We will ask you about:" in text
    assert [each["href"] for each in page.all("a", href="#record-urine")] == ["#record-urine"]
    assert "Still needed from you" not in text


def test_what_nobody_checked_yet_is_not_said_to_be_ready(aws, sender):
    aws.store(*(a_file(n, kind) for n, kind in enumerate(("blood", "urine", "radiology"))))

    text = sender.page().one("main").text

    assert "Ready: 0 of 3 · being checked: 3" in text
    assert "All required records are here." not in text
    assert "about a minute" in text
    aws.clock.shift(timedelta(minutes=16))
    later = sender.page().one("main").text
    assert "It takes longer than usual" in later
    assert "about a minute" not in later


def test_what_could_not_be_used_is_counted_and_said_on_top(aws, sender):
    bad = [a_file(n, **refused("harmful")) for n in (1, 2, 3)]
    aws.store(a_file(0, **CLEAN), *bad)

    page = sender.page()

    blood = page.by_id("record-blood").text
    assert "It is here, from 1 Nov 2026. One file can be used. 3 others could not be used." in blood
    assert "Nothing is missing" not in blood
    assert "could not be used" in page.by_id("unusable").text
    thai = sender.page(query="_language=th").by_id("record-blood").text
    assert "ใช้ได้ 1 ไฟล์ อีก 3 ไฟล์ใช้ไม่ได้" in thai


def test_a_picture_that_is_too_small_is_not_all_that_is_wanted(aws, sender):
    small = to_text(Facts(flags=("too_small",)))
    aws.store(a_file(0, facts=small, **CLEAN))
    assert "Nothing is missing" not in card(sender, "blood")

    aws.store(a_file(1, **CLEAN))

    assert "Nothing is missing" in card(sender, "blood")


def test_without_names_files_are_counted_within_their_card(aws, sender):
    aws.store(a_file(7, **CLEAN), a_file(12, "urine", **CLEAN), a_file(19, **refused("harmful")))

    blood = card(sender, "blood", RECEIPT)

    assert "Blood test, file 1 ·" in blood
    assert "Blood test, file 2 ·" in blood
    assert "Urine test, file 1 ·" in card(sender, "urine", RECEIPT)


def test_several_files_have_arrived(aws, sender):
    aws.clock.shift(timedelta(minutes=1))
    came = {"declared_at": NOW + timedelta(seconds=9), "arrived_at": NOW + timedelta(seconds=10)}
    aws.store(*(a_file(n, **came) for n in range(2)))

    assert "Your files have arrived." in sender.page().one("main").text


def test_something_for_each_is_not_all_of_each(aws, sender):
    needed = ("blood", "urine", "radiology")
    aws.store(*(a_file(n, kind, record=None, **CLEAN) for n, kind in enumerate(needed)))

    text = sender.page().one("main").text

    assert "All required records are here." not in text
    assert "Still needed from you" in text


# ---- For scripts -----------------------------------------------------------------------------


def test_a_script_gets_keys_and_counts_and_no_name(aws, sender):
    small = to_text(Facts(flags=("too_small",)))
    aws.store(
        a_file(0, name=f"{CANARY}.pdf", **refused("pdf_locked")),
        a_file(1, name=f"{CANARY}.jpg", kind="jpeg", facts=small, **CLEAN),
        a_file(2, "radiology", record=1, name=CANARY, facts=mri(images=9), **CD),
    )

    reply = sender.look(accept="application/json")

    body = json.loads(reply["body"])
    assert body["required"] == {"total": 3, "here": 2, "complete": 1}
    assert [(each["state"], each.get("reason"), each.get("hints")) for each in body["files"]] == [
        ("refused", "pdf_locked", None),
        ("clean", None, ["too_small"]),
        ("clean", None, None),
    ]
    assert body["files"][2]["images"] == 9
    assert CANARY not in reply["body"]


@pytest.mark.parametrize("language", ["en", "th"])
def test_every_standing_is_said_in_every_language(aws, sender, language):
    states = [
        [],
        [a_file(0, **refused("harmful"))],
        [a_file(0, record=None, **CLEAN)],
        [a_file(0, checked_at=NOW, verdict="withheld", reason="two_things")],
        [a_file(0, facts=to_text(Facts(identity="differs")), **CLEAN)],
    ]
    said = []
    for files in states:
        aws.store(*files)
        said.append(sender.page(query=f"_language={language}").by_id("record-blood").text)

    assert len(set(said)) == len(states)
