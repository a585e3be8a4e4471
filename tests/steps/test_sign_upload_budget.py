"""What an inquiry may send in all holds, whatever is begun, taken back, repeated or broken."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from intake.aws.clients import client
from intake.aws.uploads import LAPSED
from intake.inquiry import LOOK_FOR_UPLOAD, UPLOADS_LIVE, WAIT_FOR_RECORDS
from tests.records import small
from tests.steps.clinic import OUTAGE, UPLOADS, a_letter, an_inquiry
from tests.steps.mailroom import INQUIRY, NOW
from tests.steps.sender import MIB, Sender, in_parts, whole
from tests.steps.test_sign_upload_signing import no_upload_of_another_key, send_part

MINUTE = timedelta(minutes=1)
PDF = small.pdf(b"x" * 500)
BIG = 2 * 10**9


@pytest.fixture
def sender(aws):
    aws.on("s3.ListParts", no_upload_of_another_key)
    aws.store(an_inquiry(), a_letter(owed_at=None, due_at=NOW + WAIT_FOR_RECORDS))
    aws.clock.shift(MINUTE)
    return Sender(aws)


def arrive(aws, n, content=PDF):
    version = aws.upload(content, n)
    key = f"{INQUIRY}/{n:04d}"
    return {"bucket": UPLOADS, "key": key, "version": version, "size": len(content)}


def taken(aws):
    return aws.case().inquiry.bytes_declared


def wait(aws, time):
    """Let time pass, with what the sweep and the checker do in it."""
    aws.clock.shift(time)
    aws.sweep()
    assert aws.check(*aws.waiting("check")) == []


def begin(key):
    return client("s3").create_multipart_upload(Bucket=UPLOADS, Key=key)["UploadId"]


def part(key, upload_id, n=1):
    return {"method": "PUT", "key": key, "uploadId": upload_id, "partNumber": n}


# ---- Places without a script ----------------------------------------------------------------


def test_places_that_were_given_up_hold_their_bytes_while_their_forms_work(aws, sender):
    sender.limit(MAX_INQUIRY_BYTES="2000", MAX_FILE_BYTES="1000")

    told = [
        sender.press(do="declare", requirement=kind)["statusCode"]
        for kind in ("blood", "radiology", "blood", "radiology")
    ]

    assert told == [303, 303, 413, 413]
    assert taken(aws) == 2000
    assert aws.check(*(arrive(aws, n) for n in range(2))) == []
    assert taken(aws) == 2 * len(PDF)


def test_a_place_gives_back_what_its_file_does_not_need(aws, sender):
    sender.press(do="declare", requirement="blood")
    assert taken(aws) == 52_428_800
    event = arrive(aws, 0)

    aws.check(event, event)

    assert taken(aws) == len(PDF)


def test_a_place_that_nobody_used_gives_everything_back_when_its_form_has_lapsed(aws, sender):
    sender.press(do="declare", requirement="blood")
    sender.press(do="done")

    wait(aws, LAPSED - MINUTE)
    assert taken(aws) == 52_428_800
    wait(aws, MINUTE)

    assert taken(aws) == 0
    assert aws.case().files[0].due_at is None


def test_a_file_whose_place_was_given_up_and_whose_event_was_lost_is_found(aws, sender):
    sender.press(do="declare", requirement="blood")
    sender.press(do="done")
    arrive(aws, 0)

    wait(aws, LAPSED)

    (file,) = aws.case().files
    assert (file.found, file.abandoned_at) == ("clean", None)


# ---- Files that were taken back -------------------------------------------------------------


def test_files_that_were_taken_back_leave_room_for_others(aws, sender):
    for n in range(2):
        key = sender.sign(in_parts(f"k{n}", size=BIG))["key"]
        sender.sign({"method": "DELETE", "key": key, "uploadId": begin(key)})
    assert taken(aws) == 2 * BIG

    wait(aws, LAPSED)

    assert taken(aws) == 0
    assert sender.sign(in_parts("k2", size=BIG))


def test_a_file_that_was_given_up_is_charged_again_when_it_is_sent_after_all(aws, sender):
    key = sender.sign(in_parts(size=BIG))["key"]
    asked = {"method": "DELETE", "key": key, "uploadId": begin(key)}
    sender.sign(asked)

    sender.sign(in_parts(size=BIG))
    assert taken(aws) == BIG
    sender.sign(asked)
    wait(aws, LAPSED)
    sender.sign(in_parts(size=BIG))
    sender.sign(in_parts(size=BIG))

    assert taken(aws) == BIG


def test_a_file_that_no_longer_fits_is_not_expected_again(aws, sender):
    key = sender.sign(in_parts(size=BIG))["key"]
    sender.sign({"method": "DELETE", "key": key, "uploadId": begin(key)})
    wait(aws, LAPSED)
    for n in range(2):
        sender.sign(in_parts(f"k{n}", size=BIG))

    assert sender.refused(in_parts(size=BIG)) == (413, "INQUIRY_FULL")
    assert aws.case().files[0].abandoned_at


def test_a_file_that_is_expected_again_is_looked_for_as_long_as_a_new_one(aws, sender):
    sender.sign(whole(size=len(PDF)))
    wait(aws, UPLOADS_LIVE)
    assert aws.case().files[0].abandoned_at
    sender.sign(whole(size=len(PDF)))

    wait(aws, LOOK_FOR_UPLOAD)

    assert aws.case().files[0].abandoned_at is None


# ---- What breaks ----------------------------------------------------------------------------


def test_what_could_not_be_stored_takes_nothing(aws, sender):
    for _ in range(3):
        aws.on("dynamodb.TransactWriteItems", OUTAGE)
        assert sender.ask(in_parts(size=BIG))["statusCode"] == 503
        aws.mend()

    assert taken(aws) == 0
    assert sender.sign(in_parts(size=BIG))


def test_twins_fit_where_one_of_them_does(aws, sender):
    sender.limit(MAX_INQUIRY_BYTES="1500", MAX_FILE_BYTES="1000", MAX_INQUIRY_FILES="1")

    with ThreadPoolExecutor(6) as threads:
        replies = list(threads.map(lambda _: sender.ask(whole(size=1000)), range(6)))

    assert {reply["statusCode"] for reply in replies} == {200}
    assert taken(aws) == 1000


# ---- Several uploads of one file ------------------------------------------------------------


def test_only_one_upload_of_a_file_holds_parts(sender):
    key = sender.sign(in_parts())["key"]
    first, second = begin(key), begin(key)
    sender.sign(part(key, first))
    send_part(key, first, 1, 5 * MIB)

    sender.sign(part(key, second))

    begun = client("s3").list_multipart_uploads(Bucket=UPLOADS).get("Uploads", [])
    assert {each["UploadId"] for each in begun} & {first, second} == {second}
    assert sender.refused(part(key, first)) == (403, "NOT_SIGNED")


def test_a_file_is_not_begun_again_and_again(sender):
    key = sender.sign(in_parts())["key"]
    for _ in range(10):
        sender.sign(part(key, begin(key)))

    assert sender.refused(part(key, begin(key))) == (403, "NOT_SIGNED")


def test_parts_that_are_signed_at_once_are_of_one_upload(sender):
    key = sender.sign(in_parts())["key"]
    upload_id = begin(key)

    with ThreadPoolExecutor(3) as threads:
        signed = list(threads.map(lambda n: sender.ask(part(key, upload_id, n)), (1, 2, 3)))

    assert [each["statusCode"] for each in signed] == [200] * 3


def test_taking_back_a_stale_upload_does_not_stop_the_one_that_replaced_it(aws, sender):
    key = sender.sign(in_parts())["key"]
    live, stale = begin(key), begin(key)
    sender.sign(part(key, live))

    sender.sign({"method": "DELETE", "key": key, "uploadId": stale})

    assert aws.case().files[0].abandoned_at is None
    assert sender.sign(part(key, live, 2))
