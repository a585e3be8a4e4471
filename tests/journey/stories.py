"""What can happen to an inquiry, on good days and on bad ones."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from intake.inquiry import ID_LENGTH
from tests.journey.breaking import bug, no_connection, of, refusal
from tests.journey.visitor import GENERAL, RA, Visitor
from tests.pipeline import nothing
from tests.steps.hostile import JSON

FILES = [
    *(("blood", "pdf"), ("radiology", "dicom"), ("urine", "lab")),
    ("records.1.file", "jpeg"),
]
BAD_FILES = [("blood", "word"), ("radiology", "program"), ("urine", "empty")]


def accepted(visitor: Visitor) -> None:
    """Send both forms in every way there is, with and without files; read all letters."""
    guardian = visitor.answers(RA, "parent-for-a-child")
    daughter = visitor.answers(GENERAL, "daughter-for-her-father")
    records = visitor.answers(GENERAL, "with-records")
    assert visitor.post_json(RA, visitor.whole).status == 200
    posted = visitor.post_page(RA, guardian, FILES, _id=visitor.key())
    assert posted.status == 303
    assert visitor.post_page(GENERAL, daughter, _language="th").status == 303
    assert visitor.post_page(GENERAL, records, [("records.0.file", "pdf")]).status == 303
    visitor.pipeline.run()
    visitor.pipeline.wait(16)
    visitor.see_own_page(posted)
    visitor.read_letter_links()


def repeated(visitor: Visitor) -> None:
    """Send the same again, then something else under the same key."""
    key = visitor.key()
    other = visitor.answers(RA, "every-doubt-is-a-flag", kept=False)
    for answers, status in ((visitor.whole, 200), (visitor.whole, 200), (other, 409)):
        assert visitor.post_json(RA, answers, idempotency_key=key).status == status
    assert visitor.post_page(RA, other, _id=key).status == 409


def refused(visitor: Visitor) -> None:
    """Send what every rule refuses, and what no parser takes."""
    for form, example in ((RA, visitor.whole), (GENERAL, {"message": "?", "patient": {}})):
        wrong = visitor.markers.everywhere(visitor.form(form), example)
        assert visitor.post_json(form, wrong).status == 422
        assert visitor.post_page(form, wrong).status == 422
        assert visitor.post_page(form, wrong, _more="clinical.prior_treatments").status == 200
        assert visitor.post_page(form, wrong, [("blood", "pdf")]).status == 422
    mark = visitor.markers.mark
    form = f"/f/{GENERAL}"
    for body, kind in (("{", "application/json"), ("%ff", "application/x-www-form-urlencoded")):
        assert (
            visitor.ask("POST", form, f"{mark('?')}{body}".encode(), content_type=kind).status
            == 400
        )
    assert (
        visitor.ask("POST", form, mark("?").encode(), content_type=f"a/{mark('?')}").status == 415
    )
    origin = f"https://{mark('origin')}.example"
    assert visitor.post_json(GENERAL, {"message": mark("?")}, origin=origin).status == 403
    assert visitor.ask("POST", f"/f/{mark('form')}", b"a=b").status == 404
    assert visitor.ask("GET", f"/u/{mark('token')}").status == 404
    assert visitor.ask("DELETE", f"/u/{mark('token')}").status == 405
    assert visitor.ask("GET", f"/{mark('path')}").status == 404


def bots(visitor: Visitor) -> None:
    """Fill in what no person sees: kept, without any letter."""
    for field in ("_gotcha", "homepage_link", "_started"):
        trap = {field: visitor.markers.mark(field)}
        assert visitor.post_json(RA, visitor.whole | trap, idempotency_key=field).status == 200


def bad_files(visitor: Visitor) -> None:
    """Hand in files that are refused or withheld, confirm the address, and come back to see it."""
    answers = visitor.answers(RA, "parent-for-a-child")
    reply = visitor.post_page(RA, answers, BAD_FILES)
    assert reply.status == 303
    visitor.pipeline.run()
    visitor.pipeline.wait(16)
    visitor.see_own_page(reply)
    inquiry = dict(reply.headers)["location"].rpartition("/u/")[2][:ID_LENGTH]
    receipt = visitor.pipeline.case(inquiry).inquiry.receipt_token
    assert visitor.press(receipt, do="confirm").status == 303
    visitor.pipeline.wait(2)
    visitor.read_letter_links()


def outages(visitor: Visitor) -> None:
    """Have queue, bucket, table and SES refuse, be away, or crash; then let time pass."""
    down = {
        ("sqs", 303): [no_connection, refusal("AccessDenied", 403), refusal("InternalError", 500)],
        ("s3", 503): [no_connection, refusal("SlowDown", 503)],
        ("dynamodb", 503): [no_connection, refusal("InternalServerError", 500)],
        ("sesv2", 303): [
            no_connection,
            refusal("MessageRejected", 400),
            refusal("InternalFailure", 500),
            bug,
        ],
    }
    for (service, status), ways in down.items():
        for way in ways:
            visitor.pipeline.between = of(service, way)
            reply = visitor.post_page(RA, visitor.whole, FILES, _id=visitor.key())
            assert reply.status == status, (service, way)
            visitor.pipeline.run()
            visitor.pipeline.wait(1)
            visitor.pipeline.between = nothing
            visitor.pipeline.wait(4)


def undelivered(visitor: Visitor) -> None:
    """Have SES report everything it knows to report."""
    for fate in ("Bounce", "Complaint", "Reject", "DeliveryDelay", "Rendering Failure"):
        visitor.pipeline.fate = ("Send", fate)
        visitor.post_json(GENERAL, visitor.answers(GENERAL, "with-birth-date"))
        visitor.pipeline.run()
        visitor.pipeline.wait(2)
    visitor.pipeline.fate = ("Send", "Delivery")


def poison(visitor: Visitor) -> None:
    """Crash on every message until the queues give up on them."""
    visitor.post_page(RA, visitor.whole, FILES, _id=visitor.key())
    visitor.pipeline.between = bug
    visitor.pipeline.wait(20)
    visitor.pipeline.between = nothing


def direct_uploads(visitor: Visitor) -> None:
    """Declare files with and without a script, send some, and ask for what is not signed."""
    posted = visitor.post_json(RA, visitor.answers(RA, "parent-for-a-child"))
    token = json.loads(posted.body)["upload"]["url"].rpartition("/")[2]
    for kind in ("dicom", "pdf", "program"):
        form = json.loads(visitor.sign(token, method="PUT", contentType="").body)
        visitor.send_file(form["fields"]["key"], kind)
    begun = json.loads(visitor.sign(token, method="POST").body)
    step = {"method": "PUT", "key": begun["key"], "uploadId": "nobody-knows-it"}
    assert visitor.sign(token, **step, partNumber=1).status == 403
    for wrong in ({"size": 2**40}, {"slot": visitor.markers.mark("slot")}, {"type": "text/html"}):
        assert visitor.sign(token, method="PUT", contentType="", **wrong).status in {413, 415, 422}
    assert visitor.sign(token, method="DELETE").status == 403
    assert visitor.press(token, do="declare", requirement="blood").status == 303
    assert visitor.press(token, do=visitor.markers.mark("do")).status == 400
    visitor.pipeline.run()
    assert visitor.press(token, do="done").status == 303
    visitor.pipeline.run()
    visitor.pipeline.wait(3)
    visitor.ask("GET", f"/u/{token}", accept=JSON)
    visitor.read_letter_links()


def second_thoughts(visitor: Visitor) -> None:
    """Correct the address, add a text, take a consent back, and at last the whole inquiry."""
    mark = visitor.markers.mark
    posted = visitor.post_json(GENERAL, visitor.answers(GENERAL, "with-birth-date"))
    token = json.loads(posted.body)["upload"]["url"].rpartition("/")[2]
    visitor.pipeline.run()
    email = mark("corrected email", lambda word: f"{word}@patients.example")
    text = mark("correction")
    for said in (email, text):
        visitor.stored |= visitor.markers.cores_in(said)
    for wrong in (
        {"do": "correct_address", "email": mark("no email"), "seen": "0"},
        {"do": "add_note", "message": mark("no correction") + chr(7)},
        {"do": "take_back_consent", "purpose": mark("purpose"), "sure": "yes"},
    ):
        body = json.dumps(wrong).encode()
        reply = visitor.ask("POST", f"/u/{token}", body, content_type=JSON)
        assert reply.status in {400, 422}, reply.body
    assert visitor.press(token, do="correct_address", email=email, seen="0").status == 303
    assert visitor.press(token, do="add_note", message=text).status == 303
    visitor.ask("GET", f"/u/{token}", accept=JSON)
    visitor.pipeline.wait(4)
    assert visitor.press(token, do="withdraw", sure="yes").status == 303
    visitor.pipeline.run()
    visitor.ask("GET", f"/u/{token}", accept="text/html")


def staff_at_work(visitor: Visitor) -> None:
    """Look at every case, open every file, decide on what is stuck; and ask for what is not."""
    mark = visitor.markers.mark
    for kind in ("open", "quarantine"):
        for form in (RA, GENERAL):
            listed = visitor.staff("GET", "/cases", list=kind, form=form)
            assert listed.status == 200
    for inquiry in visitor.pipeline.inquiries():
        seen = visitor.staff("POST", "/cases/{case}/open", {}, case=inquiry)
        assert seen.status == 200
        case = json.loads(seen.body)
        files = [file for each in case["requirements"] for file in each["files"]]
        for file in files + case["otherFiles"]:
            visitor.staff(
                "POST", "/cases/{case}/files/{n}/open", {}, case=inquiry, n=str(file["n"])
            )
            for action in file["can"]:
                case = _decide(visitor, inquiry, case, action, file=file["n"])
        for letter in case["letters"]:
            for action in letter["can"]:
                case = _decide(visitor, inquiry, case, action, letter=letter["kind"])
        for action in case["can"]:
            case = _decide(visitor, inquiry, case, action)
        visitor.pipeline.run()
    wrong = {"action": mark("action"), "revision": 0}
    assert visitor.staff("POST", "/cases/{case}/actions", wrong, case=inquiry).status == 422
    assert visitor.staff("POST", "/cases/{case}/open", {}, case=mark("case")).status == 404
    visitor.pipeline.wait(5)


def _decide(
    visitor: Visitor, inquiry: str, case: dict[str, Any], action: str, **about: Any
) -> dict[str, Any]:
    """Carry out one decision; return the case as it is then, or as it was if it was too late."""
    asked = {"action": action, "revision": case["revision"], **about}
    decided = visitor.staff("POST", "/cases/{case}/actions", asked, case=inquiry)
    assert decided.status in {200, 409}
    after: dict[str, Any] = json.loads(decided.body) if decided.status == 200 else case
    return after


STORIES: list[Callable[[Visitor], None]] = [
    accepted,
    repeated,
    refused,
    bots,
    bad_files,
    outages,
    undelivered,
    poison,
    direct_uploads,
    second_thoughts,
    staff_at_work,
]
