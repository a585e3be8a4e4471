"""POST /u/{token}/sign: six shapes are signed, each for one object, and nothing else is."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from moto.s3.models import s3_backends

from intake.aws.clients import client
from intake.aws.uploads import LAPSED
from intake.inquiry import LOOK_FOR_UPLOAD
from tests.steps.clinic import (
    ACCOUNT,
    OUTAGE,
    RECORDS,
    UPLOADS,
    an_inquiry,
    lose_answer,
    refusal,
)
from tests.steps.mailroom import CANARY, INQUIRY, NOW
from tests.steps.sender import (
    MIB,
    ORIGIN,
    RECEIPT,
    UPLOAD,
    Sender,
    a_file,
    in_parts,
    parameters_of,
    policy_of,
    whole,
)

KEY = f"{INQUIRY}/0000"
OTHERS = "b" * 26
TYPE = "application/octet-stream"


@pytest.fixture
def sender(aws):
    aws.on("s3.ListParts", no_upload_of_another_key)
    aws.store(an_inquiry())
    return Sender(aws)


def no_upload_of_another_key(event_name, request):
    """Answer as S3 does where moto looks at the upload id alone."""
    address = urlsplit(request.url)
    begun = s3_backends[ACCOUNT]["aws"].buckets[UPLOADS].multiparts
    upload = begun.get(parameters_of(request.url).get("uploadId"))
    if upload is None or upload.key_name != address.path.lstrip("/"):
        return refusal("NoSuchUpload", 404)(event_name, request)
    return None


def begun(sender, **more):
    """Declare a file in parts and begin its upload, as a client does; return key and upload id."""
    key = sender.sign(in_parts(**more))["key"]
    answer = client("s3").create_multipart_upload(Bucket=UPLOADS, Key=key)
    return key, answer["UploadId"]


def send_part(key, upload_id, part, size):
    client("s3").upload_part(
        Bucket=UPLOADS, Key=key, UploadId=upload_id, PartNumber=part, Body=b"x" * size
    )


def stored(aws):
    """Return what the table holds of files, and the counters."""
    case = aws.case()
    claims = [row for row in aws.rows() if row["sk"].startswith("upload#")]
    return case.files, claims, (case.inquiry.files_declared, case.inquiry.bytes_declared)


NOTHING = ((), [], (0, 0))


# ---- A file in one request ------------------------------------------------------------------


def test_a_small_file_gets_a_form_for_one_object_of_exactly_its_size(sender):
    answer = sender.sign(whole())

    expires, conditions = policy_of(answer["fields"])
    assert answer["url"] == f"{ORIGIN}/"
    assert expires == (NOW + timedelta(minutes=15)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert {"key": KEY} in conditions
    assert {"bucket": UPLOADS} in conditions
    assert {"Content-Type": TYPE} in conditions
    assert {"success_action_status": "201"} in conditions
    assert ["content-length-range", 4_200_000, 4_200_000] in conditions
    assert answer["fields"]["key"] == KEY
    assert answer["fields"]["x-amz-algorithm"] == "AWS4-HMAC-SHA256"


def test_the_policy_lists_every_field_and_lets_nobody_bring_a_tag(sender):
    fields = sender.sign(whole())["fields"]

    _, conditions = policy_of(fields)
    exact = {name for each in conditions if isinstance(each, dict) for name in each}
    assert set(fields) - {"policy", "x-amz-signature"} == exact - {"bucket"}
    assert [each[0] for each in conditions if isinstance(each, list)] == ["content-length-range"]
    assert "tagging" not in json.dumps(conditions)
    assert "${filename}" not in json.dumps(fields)


def test_what_is_signed_is_declared_first(aws, sender):
    aws.clock.shift(timedelta(minutes=3))

    sender.sign(whole(name="Jane_Canary.pdf"))

    (file,), (claim,), counters = stored(aws)
    assert (file.n, file.requirement, file.record, file.state) == (0, "blood", 0, "announced")
    assert (file.size, file.name, file.declared_type) == (
        4_200_000,
        "Jane_Canary.pdf",
        "application/pdf",
    )
    assert (file.version, file.sha256, file.arrived_at) == (None, None, None)
    assert file.declared_at == NOW + timedelta(minutes=3)
    assert file.due_at == file.declared_at + LOOK_FOR_UPLOAD
    assert claim["n"] == 0
    assert counters == (1, 4_200_000)


def test_a_file_that_does_not_come_is_looked_for(aws, sender):
    sender.sign(whole())
    aws.clock.shift(LOOK_FOR_UPLOAD)

    aws.sweep()

    (message,) = aws.waiting("check")
    assert (message["key"], message["version"]) == (KEY, "")


def test_the_client_s_own_id_names_no_object_and_stays_out_of_the_table(aws, sender):
    sender.sign(whole(key=f"uppy-{CANARY}_HIV/pdf-1e", name="x.pdf"))

    rows = json.dumps([row for row in aws.rows() if row["sk"] != "inquiry"], default=str)
    assert CANARY not in rows


def test_the_same_file_again_is_the_same_file(aws, sender):
    first, again = sender.sign(whole()), sender.sign(whole())

    assert first["fields"]["key"] == again["fields"]["key"] == KEY
    files, claims, counters = stored(aws)
    assert (len(files), len(claims), counters) == (1, 1, (1, 4_200_000))


@pytest.mark.parametrize("more", [{"size": 5}, {"slot": "urine"}, {"key": "uppy-9"}])
def test_another_size_kind_or_id_is_another_file(aws, sender, more):
    sender.sign(whole())

    answer = sender.sign(whole(**more))

    assert answer["fields"]["key"] == f"{INQUIRY}/0001"
    assert len(stored(aws)[0]) == 2


def test_a_file_that_arrived_is_not_signed_again(aws, sender):
    sender.sign(whole())
    (file,) = aws.case().files
    aws.files.pin(file, "v", 4_200_000, NOW)
    before = aws.rows()

    assert sender.refused(whole()) == (409, "ALREADY_RECEIVED")
    assert aws.rows() == before


def test_more_than_100_mib_at_once_is_refused(aws, sender):
    assert sender.sign(whole(slot="radiology", size=100 * MIB))
    before = aws.rows()

    assert sender.refused(whole("big", slot="radiology", size=100 * MIB + 1)) == (
        413,
        "FILE_TOO_BIG",
    )
    assert aws.rows() == before


# ---- Which record it is ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "record"),
    [
        ({"slot": "blood"}, 0),
        ({"slot": "blood", "record": 0}, 0),
        ({"slot": "radiology"}, 1),
        ({"slot": "urine"}, None),
        ({"slot": "other"}, None),
    ],
)
def test_a_file_belongs_to_the_record_that_was_announced(aws, sender, given, record):
    sender.sign(whole(**given))

    assert aws.case().files[0].record == record


@pytest.mark.parametrize(
    "given",
    [
        *({"slot": "tarot"}, {"slot": ""}, {"slot": None}, {"slot": 7}, {"slot": ["blood"]}),
        *({"record": 1}, {"record": 9}, {"record": -1}, {"record": "0"}, {"record": True}),
        {"slot": "urine", "record": 0},
    ],
)
def test_a_record_that_was_not_announced_or_is_not_asked_for_is_refused(aws, sender, given):
    assert sender.refused(whole(**given)) == (422, "UNKNOWN_REQUIREMENT")
    assert stored(aws) == NOTHING


# ---- Limits ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (whole(size=52_428_801), (413, "FILE_TOO_BIG")),
        (in_parts(size=2 * 2**30 + 1), (413, "FILE_TOO_BIG")),
        (in_parts(slot="blood", size=52_428_801), (413, "FILE_TOO_BIG")),
        (in_parts(size=10**14), (413, "FILE_TOO_BIG")),
        (whole(size=0), (422, "EMPTY_FILE")),
        (in_parts(size=0), (422, "EMPTY_FILE")),
        (whole(type="video/mp4"), (422, "WRONG_FILE_TYPE")),
        (whole(slot="photo", type="application/pdf"), (422, "WRONG_FILE_TYPE")),
        (whole(size=-1), (400, "MALFORMED")),
        (whole(size="12"), (400, "MALFORMED")),
        (whole(size=1.5), (400, "MALFORMED")),
        (whole(size=True), (400, "MALFORMED")),
        (whole(size=None), (400, "MALFORMED")),
        (whole(name=["x"]), (400, "MALFORMED")),
        (whole(type={}), (400, "MALFORMED")),
    ],
)
def test_what_can_not_be_taken_is_refused_and_leaves_nothing(aws, sender, asked, expected):
    assert sender.refused(asked) == expected
    assert stored(aws) == NOTHING


def test_the_largest_file_is_taken(sender):
    assert sender.sign(in_parts(size=2 * 2**30))["key"] == KEY


def test_a_refusal_says_the_limit_in_the_sender_s_language_and_repeats_nothing(aws, sender):
    aws.store(an_inquiry(locale="th"))

    reply = sender.ask(whole(size=52_428_801, name=f"{CANARY}.pdf", key=CANARY))

    body = json.loads(reply["body"])
    assert "52 MB" in body["message"]
    assert "ไฟล์" in body["error"]
    assert CANARY not in reply["body"]


def test_an_inquiry_takes_a_thousand_files(aws, sender):
    aws.store(an_inquiry(files_declared=999))
    sender.sign(whole())
    before = aws.rows()

    assert sender.refused(whole("one more")) == (413, "TOO_MANY_FILES")
    assert aws.rows() == before
    assert aws.case().files[0].n == 999


def test_an_inquiry_takes_five_gigabytes(aws, sender):
    room = 5 * 2**30
    aws.store(an_inquiry(bytes_declared=room - 10_000_000))

    sender.sign(whole(size=10_000_000))
    before = aws.rows()

    assert sender.refused(whole("one more", size=1)) == (413, "INQUIRY_FULL")
    assert aws.rows() == before
    assert stored(aws)[2] == (1, room)


def test_the_last_byte_too_many_is_refused(aws, sender):
    aws.store(an_inquiry(bytes_declared=5 * 2**30 - 9_999_999))

    assert sender.refused(whole(size=10_000_000)) == (413, "INQUIRY_FULL")
    assert stored(aws)[0] == ()


def test_numbers_go_on_after_the_files_of_the_form(aws, sender):
    aws.store(an_inquiry(files_declared=2, bytes_declared=9), a_file(0), a_file(1))

    assert sender.sign(whole())["fields"]["key"] == f"{INQUIRY}/0002"


# ---- At the same time -----------------------------------------------------------------------


def test_six_files_at_once_get_six_keys(aws, sender):
    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(lambda n: sender.sign(whole(f"uppy-{n}")), range(6)))

    keys = {answer["fields"]["key"] for answer in answers}
    assert keys == {f"{INQUIRY}/{n:04d}" for n in range(6)}
    files, claims, counters = stored(aws)
    assert (len(files), len(claims), counters) == (6, 6, (6, 6 * 4_200_000))


def test_twins_become_one_file_and_count_once(aws, sender):
    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(lambda _: sender.sign(whole()), range(6)))

    assert len({answer["fields"]["key"] for answer in answers}) == 1
    files, claims, (_, size) = stored(aws)
    assert (len(files), len(claims), size) == (1, 1, 4_200_000)


def test_a_twin_that_was_stored_meanwhile_wins(aws, sender):
    def twin(_event, _request):
        aws.mend()
        sender.sign(whole())

    aws.on("dynamodb.TransactWriteItems", twin, times=1)

    answer = sender.sign(whole())

    files, claims, (numbers, size) = stored(aws)
    assert answer["fields"]["key"] == files[0].key
    assert (len(files), len(claims), numbers, size) == (1, 1, 2, 4_200_000)


def test_a_lost_answer_of_the_write_makes_no_second_file(aws, sender):
    aws.on("dynamodb.TransactWriteItems", lose_answer, times=1)

    sender.sign(whole())

    files, claims, counters = stored(aws)
    assert (len(files), len(claims), counters) == (1, 1, (1, 4_200_000))


@pytest.mark.parametrize("operation", ["BatchGetItem", "UpdateItem", "TransactWriteItems"])
def test_with_the_table_down_nothing_is_signed_and_the_client_may_come_again(
    aws, sender, operation
):
    aws.on(f"dynamodb.{operation}", OUTAGE)
    reply = sender.ask(whole())
    aws.mend()

    assert reply["statusCode"] == 503
    assert stored(aws)[0] == ()
    assert sender.sign(whole())["fields"]["key"].startswith(f"{INQUIRY}/000")


# ---- Parts ----------------------------------------------------------------------------------


def test_a_large_file_is_begun_with_a_type_of_ours(aws, sender):
    answer = sender.sign(in_parts())

    address, given = urlsplit(answer["url"]), parameters_of(answer["url"])
    assert f"{address.scheme}://{address.netloc}" == ORIGIN
    assert address.path == f"/{KEY}"
    assert given["uploads"] == ""
    assert given["X-Amz-SignedHeaders"] == "content-type;host"
    assert given["X-Amz-Expires"] == "900"
    assert answer["headers"] == {"Content-Type": TYPE}
    assert answer["key"] == KEY
    assert "uploadId" not in answer
    assert aws.case().files[0].name == "IM0001"


def test_each_part_is_signed_with_its_size(sender):
    key, upload_id = begun(sender, size=12 * MIB)

    signed = [
        sender.sign({"method": "PUT", "key": key, "uploadId": upload_id, "partNumber": part})
        for part in (1, 2, 3)
    ]

    for part, answer in enumerate(signed, start=1):
        given = parameters_of(answer["url"])
        assert given["partNumber"] == str(part)
        assert given["uploadId"] == upload_id
        assert given["X-Amz-SignedHeaders"] == "content-length;host"
        assert given["X-Amz-Algorithm"] == "AWS4-HMAC-SHA256"
        assert given["X-Amz-Expires"] == "900"


def test_the_size_of_a_part_is_what_was_signed(sender):
    # Two signatures of one second differ only where the signed length does.
    key, upload_id = begun(sender, size=12 * MIB)
    asked = {"method": "PUT", "key": key, "uploadId": upload_id}

    third = sender.sign({**asked, "partNumber": 3})["url"]

    def signed_for(size):
        given = {"Bucket": UPLOADS, "Key": key, "UploadId": upload_id, "PartNumber": 3}
        return client("s3").generate_presigned_url(
            "upload_part", Params={**given, "ContentLength": size}, ExpiresIn=900
        )

    assert third == signed_for(2 * MIB)
    assert third != signed_for(5 * MIB)


@pytest.mark.parametrize("part", [0, -1, 4, 10_001, 2.0, "1", None, True, [1]])
def test_a_part_that_the_file_does_not_have_is_not_signed(aws, sender, part):
    key, upload_id = begun(sender, size=12 * MIB)
    before = aws.rows()

    asked = {"method": "PUT", "key": key, "uploadId": upload_id, "partNumber": part}
    assert sender.refused(asked) == (403, "NOT_SIGNED")
    assert aws.rows() == before


def test_a_known_upload_costs_one_read_and_nothing_else(aws, sender):
    key, upload_id = begun(sender)
    asked = {"method": "PUT", "key": key, "uploadId": upload_id, "partNumber": 1}
    sender.sign(asked)
    before = len(aws.calls)

    sender.sign(asked)

    assert aws.calls[before:] == ["dynamodb.BatchGetItem"]


def test_an_unknown_upload_is_asked_for_once_and_remembered(aws, sender):
    key, upload_id = begun(sender)
    before = len(aws.calls)

    sender.sign({"method": "GET", "key": key, "uploadId": upload_id})

    assert aws.calls[before:] == ["dynamodb.BatchGetItem", "s3.ListParts", "dynamodb.UpdateItem"]
    assert aws.case().files[0].upload_id == upload_id


def test_a_reload_finds_the_upload_that_was_begun(sender):
    key, upload_id = begun(sender)
    sender.sign({"method": "PUT", "key": key, "uploadId": upload_id, "partNumber": 1})

    assert sender.sign(in_parts())["uploadId"] == upload_id


def test_the_parts_that_came_are_listed_by_s3(sender):
    key, upload_id = begun(sender)

    url = sender.sign({"method": "GET", "key": key, "uploadId": upload_id})["url"]

    assert urlsplit(url).path == f"/{key}"
    assert parameters_of(url)["uploadId"] == upload_id
    assert "partNumber" not in parameters_of(url)


def test_parts_are_put_together_once_they_are_no_more_than_was_declared(sender):
    key, upload_id = begun(sender, size=6 * MIB)
    send_part(key, upload_id, 1, 5 * MIB)
    send_part(key, upload_id, 2, MIB)
    asked = {"method": "POST", "key": key, "uploadId": upload_id}

    url = sender.sign(asked)["url"]

    assert urlsplit(url).path == f"/{key}"
    assert parameters_of(url)["X-Amz-SignedHeaders"] == "host"
    send_part(key, upload_id, 2, MIB + 1)
    assert sender.refused(asked) == (403, "NOT_SIGNED")


def test_all_pages_of_parts_are_counted(aws, sender):
    key, upload_id = begun(sender, size=1500)
    parts = s3_backends[ACCOUNT]["aws"].buckets[UPLOADS].multiparts[upload_id]
    for part in range(1, 1502):
        parts.set_part(part, b"x")

    asked = {"method": "POST", "key": key, "uploadId": upload_id}
    assert sender.refused(asked) == (403, "NOT_SIGNED")
    assert aws.calls.count("s3.ListParts") == 2


def test_whoever_lost_the_answer_to_the_last_request_may_repeat_it(aws, sender):
    key, upload_id = begun(sender)
    sender.sign({"method": "PUT", "key": key, "uploadId": upload_id, "partNumber": 1})
    client("s3").abort_multipart_upload(Bucket=UPLOADS, Key=key, UploadId=upload_id)
    asked = {"method": "POST", "key": key, "uploadId": upload_id}

    assert "url" in sender.sign(asked)
    (file,) = aws.case().files
    aws.files.pin(file, "v", 12 * MIB, NOW)
    assert "url" in sender.sign(asked)
    assert sender.refused({**asked, "method": "GET"}) == (409, "ALREADY_RECEIVED")


def test_a_file_that_is_taken_back_is_no_longer_waited_for(aws, sender):
    key, upload_id = begun(sender)

    url = sender.sign({"method": "DELETE", "key": key, "uploadId": upload_id})["url"]

    assert parameters_of(url)["uploadId"] == upload_id
    (file,) = aws.case().files
    assert (file.abandoned_at, file.due_at) == (NOW, NOW + LAPSED)
    asked = {"method": "PUT", "key": key, "uploadId": upload_id, "partNumber": 1}
    assert sender.refused(asked) == (403, "NOT_SIGNED")


def test_a_file_that_was_taken_back_may_be_sent_after_all(aws, sender):
    key, upload_id = begun(sender)
    sender.sign({"method": "PUT", "key": key, "uploadId": upload_id, "partNumber": 1})
    sender.sign({"method": "DELETE", "key": key, "uploadId": upload_id})
    aws.clock.shift(timedelta(hours=1))

    answer = sender.sign(in_parts())

    assert answer["key"] == key
    assert "uploadId" not in answer
    (file,) = aws.case().files
    assert file.abandoned_at is None
    assert file.due_at == NOW + timedelta(hours=1) + LOOK_FOR_UPLOAD


@pytest.mark.parametrize("method", ["PUT", "GET", "POST", "DELETE"])
@pytest.mark.parametrize("whose", ["key", "upload", "both"])
def test_another_s_key_or_upload_is_not_signed(aws, sender, method, whose):
    key, _ = begun(sender)
    aws.store(an_inquiry(id=OTHERS, reference="INQ-2222-2222"))
    others = Sender(aws)
    other_key = others.sign(in_parts(), OTHERS + "u" * 26)["key"]
    other_upload = client("s3").create_multipart_upload(Bucket=UPLOADS, Key=other_key)["UploadId"]
    ours = client("s3").create_multipart_upload(Bucket=UPLOADS, Key=key)["UploadId"]
    before = aws.rows()

    asked = {
        "method": method,
        "key": other_key if whose in {"key", "both"} else key,
        "uploadId": other_upload if whose in {"upload", "both"} else ours,
    }
    if method == "PUT":
        asked["partNumber"] = 1

    assert sender.refused(asked) == (403, "NOT_SIGNED")
    assert aws.rows() == before


def test_an_upload_of_another_file_of_ours_is_not_signed(sender):
    key, _ = begun(sender)
    _, other = begun(sender, key="uppy-3")

    asked = {"method": "PUT", "key": key, "uploadId": other, "partNumber": 1}
    assert sender.refused(asked) == (403, "NOT_SIGNED")


@pytest.mark.parametrize(
    "key",
    [
        *(
            "",
            "x",
            "0000",
            f"{INQUIRY}/0001",
            f"{INQUIRY}/0",
            f"{INQUIRY}/00000",
            f"{INQUIRY}/-001",
        ),
        *(
            f"{INQUIRY}/0000/..",
            f"/{KEY}",
            f"{KEY}?x",
            f"{INQUIRY}/\u0660\u0660\u0660\u0660",
            "../" + KEY,
            KEY + "\0",
        ),
    ],
)
def test_a_key_that_was_not_declared_is_not_signed(aws, sender, key):
    begun(sender)
    before = aws.rows()

    status, _ = sender.refused({"method": "GET", "key": key, "uploadId": "u"})
    assert status == (403 if key else 400)
    assert aws.rows() == before


def test_a_place_without_a_size_is_not_sent_in_parts(sender):
    sender.press(do="declare", requirement="blood")
    upload_id = client("s3").create_multipart_upload(Bucket=UPLOADS, Key=KEY)["UploadId"]

    asked = {"method": "PUT", "key": KEY, "uploadId": upload_id, "partNumber": 1}
    assert sender.refused(asked) == (403, "NOT_SIGNED")


@pytest.mark.parametrize(
    "asked",
    [
        {"method": "DELETE", "key": KEY},
        {"method": "GET", "key": KEY},
        {"method": "HEAD", "key": KEY, "uploadId": "u"},
        {"method": "put", "key": KEY, "uploadId": "u", "partNumber": 1},
        {"method": "PUT", "key": KEY, "uploadId": "u"},
        {"method": "PUT", "key": KEY, "partNumber": 1},
        {"method": "POST", "key": KEY, "partNumber": 1},
        {"method": "POST", "key": KEY, "uploadId": "u", "partNumber": 1},
        {"method": "GET", "key": KEY, "uploadId": "u", "partNumber": 1},
        {"method": "DELETE", "key": KEY, "uploadId": "u", "partNumber": 1},
        {"method": "GET", "key": KEY, "uploadId": ""},
        {"method": "GET", "key": KEY, "uploadId": 7},
        {"method": "GET", "key": KEY, "uploadId": ["u"]},
        {"method": "GET", "key": KEY, "uploadId": "u" * 1025},
    ],
)
def test_a_seventh_shape_is_not_signed(aws, sender, asked):
    begun(sender)
    before = aws.rows()

    assert sender.refused(asked) == (403, "NOT_SIGNED")
    assert aws.rows() == before


# ---- Bodies and links -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        *("", "{", "null", "[]", '"PUT"', "7", '{"method":"PUT"}', '{"key":"x"}', "{}"),
        *('{"method":7,"key":"x"}', '{"method":["PUT"],"key":"x"}', '{"method":"PUT","key":7}'),
        *('{"method":"PUT","method":"PUT","key":"x"}', '{"method":"PUT","key":"x","size":NaN}'),
        *('{"a":' * 50 + "1" + "}" * 50, '{"method":"PUT","key":"\\ud800","size":1}'),
    ],
)
def test_what_is_no_request_is_refused(aws, sender, body):
    reply = sender.ask(body)

    assert reply["statusCode"] == 400
    assert stored(aws) == NOTHING


def test_a_body_of_more_than_8_kb_is_refused(aws, sender):
    assert sender.ask(whole(name="x" * 32_000))["statusCode"] == 413
    assert stored(aws) == NOTHING


@pytest.mark.parametrize("type_", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_only_json_is_read_which_a_page_of_another_site_can_not_send(aws, sender, type_):
    reply = sender.ask(whole(), content_type=type_)

    assert reply["statusCode"] == 415
    assert stored(aws) == NOTHING


@pytest.mark.parametrize("token", [UPLOAD, RECEIPT])
def test_both_links_may_send_files(sender, token):
    assert sender.sign(whole(), token)["fields"]["key"] == KEY


def test_whoever_sends_by_the_receipt_s_link_has_shown_that_the_address_is_right(aws, sender):
    sender.sign(whole())
    assert aws.case().inquiry.confirmed_at is None

    sender.refused(whole(size=0), RECEIPT)
    assert aws.case().inquiry.confirmed_at is None

    sender.sign(whole(), RECEIPT)
    assert aws.case().inquiry.confirmed_at == NOW


def test_no_log_line_holds_a_name_an_id_of_the_client_or_a_link(sender):
    key, upload_id = begun(sender, key=f"uppy-{CANARY}", name=f"{CANARY}.dcm")
    sender.sign({"method": "PUT", "key": key, "uploadId": upload_id, "partNumber": 1})
    sender.refused(whole(name=CANARY, type="video/mp4", key=CANARY))
    sender.refused({"method": CANARY, "key": CANARY})

    log = sender.log.getvalue()
    assert '"message":"upload signed"' in log
    for secret in (CANARY, "u" * 26, upload_id, "X-Amz"):
        assert secret not in log


def test_objects_are_never_touched(aws, sender):
    sender.sign(whole())
    sender.sign(in_parts())

    assert aws.versions(UPLOADS) == aws.versions(RECORDS) == []
