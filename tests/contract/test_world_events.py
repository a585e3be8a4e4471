"""What the local world says and refuses is what AWS does, each refusal with its valid twin."""

import base64
import hashlib
import inspect
import io
import json
import re
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

import boto3
import pytest
import time_machine
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.exceptions import ClientError
from moto.events.models import EventPattern, Rule
from moto.moto_api._internal.models import moto_api_backend
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.s3 import notifications
from werkzeug.test import Client

from infra.local import peek, sealed
from infra.local.guard import Guard
from infra.local.mailbox import Letter
from infra.local.s3_events import hooked
from infra.local.ses_events import DETAIL_TYPES, Said, fate

REGION = "eu-west-2"
TABLE, UNUSED = "t", "attribute_not_exists(pk)"
BUCKET = "quarantine"
HOST = "http://127.0.0.1:5080"
START = "2026-11-22T12:00:00+00:00"


class Raw(io.BytesIO):
    """A response body as botocore reads it."""

    def stream(self, **_):
        yield self.read()


class Cloud:
    """moto behind the guard, without a socket: botocore's requests go straight into it."""

    def __init__(self):
        self.mails, self.queues, self.refusals, self.scans = [], [], [], []
        self.guard = Guard(
            DomainDispatcherApplication(create_backend_app),
            on_queue=self.queues.append,
            on_mail=lambda message_id, mail: self.mails.append(Letter(message_id, mail)),
            on_refusal=lambda *refusal: self.refusals.append(refusal),
            on_scan=lambda *wanted: self.scans.append(wanted),
            configuration_sets=frozenset({"team"}),
            scanned=frozenset({BUCKET}),
        )
        self.http = Client(self.guard)
        self.s3 = self.client("s3", signature_version="s3v4", s3={"addressing_style": "path"})

    def client(self, name, key_id=sealed.KEY_ID, **config):
        client = boto3.client(
            name,
            region_name=REGION,
            endpoint_url=HOST,
            aws_access_key_id=key_id,
            aws_secret_access_key=sealed.SECRET,
            config=Config(retries={"total_max_attempts": 1}, **config),
        )
        client.meta.events.register("before-send", self._send)
        return client

    def _send(self, request, **_):
        headers = {k: v.decode() if isinstance(v, bytes) else v for k, v in request.headers.items()}
        body = request.body
        answer = self.ask(request.method, request.url, body, headers)
        return AWSResponse(request.url, answer.status_code, answer.headers, Raw(answer.data))

    def ask(self, method, url, body=b"", headers=None):
        parts = urlsplit(url)
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        if hasattr(body, "read"):
            body = body.read()
        return self.http.open(
            target, method=method, base_url=HOST, data=body or b"", headers=headers or {}
        )


@pytest.fixture
def cloud():
    moto_api_backend.reset()
    with time_machine.travel(START, tick=False):
        cloud = Cloud()
        cloud.s3.create_bucket(
            Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION}
        )
        cloud.s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        yield cloud
    moto_api_backend.reset()


def code_of(answer):
    found = re.search(r"<Code>(\w+)</Code>", answer.get_data(as_text=True))
    return found and found[1]


# ---- moto's inner life, which the world leans on ------------------------------------------------


def test_moto_is_hooked_where_it_has_its_hooks():
    assert list(inspect.signature(notifications.send_event).parameters) == [
        "account_id",
        "event_name",
        "bucket",
        "key",
    ]
    assert (
        notifications.S3NotificationEvent.OBJECT_CREATED_PUT_EVENT.value == "s3:ObjectCreated:Put"
    )
    assert list(inspect.signature(Rule.send_to_targets).parameters) == [
        "self",
        "original_event",
        "transform_input",
    ]
    assert list(inspect.signature(EventPattern.matches_event).parameters) == ["self", "event"]


def test_depth_and_wait_are_what_sqs_says(cloud):
    sqs = cloud.client("sqs")
    url = sqs.create_queue(QueueName="q", Attributes={"VisibilityTimeout": "180"})["QueueUrl"]
    assert peek.seconds_to_next(REGION, "q") is None
    sqs.send_message(QueueUrl=url, MessageBody="{}", DelaySeconds=30)
    assert (peek.seconds_to_next(REGION, "q"), peek.depth(REGION, "q")["delayed"]) == (30, 1)

    with time_machine.travel(START, tick=False) as clock:
        clock.shift(31)
        assert peek.seconds_to_next(REGION, "q") == 0
        sqs.receive_message(QueueUrl=url)
        assert peek.depth(REGION, "q") == {"waiting": 0, "delayed": 0, "in_flight": 1}
        assert peek.seconds_to_next(REGION, "q") == pytest.approx(180, abs=0.01)
    assert cloud.queues == ["q"]


def test_stored_counts_versions_and_no_delete_markers(cloud):
    cloud.s3.put_object(Bucket=BUCKET, Key="k", Body=b"1")
    cloud.s3.put_object(Bucket=BUCKET, Key="k", Body=b"2")
    assert peek.stored(BUCKET) == {"objects": 1, "versions": 2}

    cloud.s3.delete_object(Bucket=BUCKET, Key="k")

    assert peek.stored(BUCKET) == {"objects": 0, "versions": 2}


@pytest.fixture
def dynamodb(cloud):
    """Return a client that may ask a table with the name TABLE."""
    client = cloud.client("dynamodb")
    keys = [("pk", "HASH"), ("sk", "RANGE")]
    client.create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n, _ in keys],
        KeySchema=[{"AttributeName": n, "KeyType": kind} for n, kind in keys],
    )
    return client


def test_due_items_are_the_unfinished_ones(dynamodb):
    for sort_key, more in (
        ("done", {}),
        ("late", {"due_at": {"S": "2"}}),
        ("next", {"due_at": {"S": "1"}}),
    ):
        dynamodb.put_item(TableName=TABLE, Item={"pk": {"S": "p"}, "sk": {"S": sort_key}, **more})

    assert peek.due_items(REGION, TABLE) == [("1", "next", "p", ""), ("2", "late", "p", "")]
    assert peek.count_items(REGION, TABLE) == 3


@pytest.mark.parametrize(
    ("known", "waits_for"),
    [
        ((), "its upload"),
        (("arrived_at",), "our check"),
        (("arrived_at", "inspected_at"), "the scanner"),
    ],
)
def test_a_file_that_is_due_says_what_it_waits_for(dynamodb, known, waits_for):
    item = {name: {"S": "1"} for name in ("due_at", *known)}
    dynamodb.put_item(TableName=TABLE, Item={"pk": {"S": "p"}, "sk": {"S": "file#0001"}, **item})

    assert peek.due_items(REGION, TABLE) == [("1", "file#0001", "p", waits_for)]


# ---- S3's events --------------------------------------------------------------------------------


def test_object_created_has_the_shape_of_eventbridge(cloud):
    events = []
    with hooked({BUCKET}, REGION, events.append):
        answer = cloud.s3.put_object(Bucket=BUCKET, Key="abc/0000", Body=b"one")

    (event,) = events
    stored = event["detail"]["object"]
    assert set(event) == {
        *("version", "id", "detail-type", "source", "account", "time", "region"),
        *("resources", "detail"),
    }
    assert (event["source"], event["detail-type"]) == ("aws.s3", "Object Created")
    assert (event["time"], event["resources"]) == (
        "2026-11-22T12:00:00Z",
        ["arn:aws:s3:::quarantine"],
    )
    assert event["detail"]["bucket"] == {"name": BUCKET}
    assert event["detail"]["reason"] == "PutObject"
    assert (stored["key"], stored["size"]) == ("abc/0000", 3)
    assert stored["etag"] == hashlib.md5(b"one").hexdigest()  # noqa: S324
    assert stored["version-id"] == answer["VersionId"]
    assert re.fullmatch(r"[0-9A-F]{16}", stored["sequencer"])


def test_every_event_is_its_own_and_later_ones_have_higher_sequencers(cloud):
    events = []
    with hooked({BUCKET}, REGION, events.append):
        for body in (b"1", b"2"):
            cloud.s3.put_object(Bucket=BUCKET, Key="k", Body=body)
    cloud.s3.put_object(Bucket=BUCKET, Key="after", Body=b"3")

    first, second = events
    assert first["id"] != second["id"]
    assert first["detail"]["object"]["sequencer"] < second["detail"]["object"]["sequencer"]


def test_a_multipart_upload_is_told_once_and_copies_and_deletes_by_their_names(cloud):
    events = []
    with hooked({BUCKET}, REGION, events.append):
        upload = cloud.s3.create_multipart_upload(Bucket=BUCKET, Key="big")["UploadId"]
        part = cloud.s3.upload_part(
            Bucket=BUCKET, Key="big", UploadId=upload, PartNumber=1, Body=b"part"
        )
        cloud.s3.complete_multipart_upload(
            Bucket=BUCKET,
            Key="big",
            UploadId=upload,
            MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]},
        )
        version = cloud.s3.copy_object(
            Bucket=BUCKET, Key="copy", CopySource={"Bucket": BUCKET, "Key": "big"}
        )["VersionId"]
        cloud.s3.delete_object(Bucket=BUCKET, Key="copy", VersionId=version)

    assert [(e["detail-type"], e["detail"]["reason"]) for e in events] == [
        ("Object Created", "CompleteMultipartUpload"),
        ("Object Created", "CopyObject"),
        ("Object Deleted", "DeleteObject"),
    ]


def test_a_bucket_that_tells_nobody_is_not_heard(cloud):
    events = []
    with hooked({"another"}, REGION, events.append):
        cloud.s3.put_object(Bucket=BUCKET, Key="k", Body=b"1")

    assert events == []


# ---- SES's events -------------------------------------------------------------------------------


def mail(**changes):
    return {
        "FromEmailAddress": "Clinic <intake@clinic.example>",
        "Destination": {"ToAddresses": ["team@clinic.example"]},
        "ConfigurationSetName": "team",
        "EmailTags": [{"Name": "inquiry", "Value": "abc"}, {"Name": "letter", "Value": "team_new"}],
        "Content": {
            "Simple": {
                "Subject": {"Data": "New inquiry"},
                "Body": {"Text": {"Data": "text"}, "Html": {"Data": "<p>html</p>"}},
                "Headers": [{"Name": "Auto-Submitted", "Value": "auto-generated"}],
            }
        },
    } | changes


@pytest.mark.parametrize(
    ("kind", "part", "keys"),
    [
        ("Send", "send", set()),
        (
            "Delivery",
            "delivery",
            {
                *("timestamp", "processingTimeMillis", "recipients", "smtpResponse"),
                *("remoteMtaIp", "reportingMTA"),
            },
        ),
        (
            "Bounce",
            "bounce",
            {
                *("feedbackId", "bounceType", "bounceSubType", "bouncedRecipients"),
                *("timestamp", "reportingMTA"),
            },
        ),
        (
            "Complaint",
            "complaint",
            {
                *("feedbackId", "complaintSubType", "complainedRecipients", "timestamp"),
                *("userAgent", "complaintFeedbackType", "arrivalDate"),
            },
        ),
        ("Reject", "reject", {"reason"}),
        ("DeliveryDelay", "deliveryDelay", {"timestamp", "delayType", "delayedRecipients"}),
        ("Rendering Failure", "failure", {"errorMessage", "templateName"}),
    ],
)
def test_ses_events_have_their_shapes(kind, part, keys):
    event = Said(kind, Letter("0100-1", mail()), "team@clinic.example").as_event(REGION)

    detail = event["detail"]
    assert (event["source"], event["detail-type"]) == ("aws.ses", DETAIL_TYPES[kind])
    assert (detail["eventType"], set(detail[part])) == (kind, keys)
    assert set(detail) == {"eventType", "mail", part}
    assert detail["mail"]["messageId"] == "0100-1"
    assert detail["mail"]["tags"]["inquiry"] == ["abc"]
    assert detail["mail"]["tags"]["letter"] == ["team_new"]
    assert detail["mail"]["tags"]["ses:configuration-set"] == ["team"]
    json.dumps(event)


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("team@clinic.example", ("Delivery",)),
        ("success@simulator.amazonses.com", ("Delivery",)),
        ("bounce@simulator.amazonses.com", ("Bounce",)),
        ("bounce+7@simulator.amazonses.com", ("Bounce",)),
        ("suppressionlist@simulator.amazonses.com", ("Bounce",)),
        ("complaint@simulator.amazonses.com", ("Delivery", "Complaint")),
        ("bounce@clinic.example", ("Delivery",)),
    ],
)
def test_the_mailbox_simulator_is_played(address, told):
    assert fate(address) == told


# ---- What S3 refuses ----------------------------------------------------------------------------


def presigned(cloud, method="put_object", expires=900, **params):
    params = {"Bucket": BUCKET, "Key": "abc/0000"} | params
    return cloud.s3.generate_presigned_url(method, params, ExpiresIn=expires)


def test_a_presigned_link_is_taken(cloud):
    put = cloud.ask("PUT", presigned(cloud), b"one")
    got = cloud.ask("GET", presigned(cloud, "get_object"))

    assert (put.status_code, got.data) == (200, b"one")
    assert cloud.refusals == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda u: u.replace("abc/0000", "abc/0001"), "SignatureDoesNotMatch"),
        (lambda u: re.sub(r"(Signature=)\w{4}", r"\g<1>0000", u), "SignatureDoesNotMatch"),
        (lambda u: u.replace("Expires=900", "Expires=901"), "SignatureDoesNotMatch"),
        (lambda u: u + "&versionId=1", "SignatureDoesNotMatch"),
        (lambda u: u.replace(sealed.KEY_ID, "AKIASOMEBODYELSE0000"), "InvalidAccessKeyId"),
        (lambda u: u.partition("?")[0], "AccessDenied"),
        (lambda u: u.replace("X-Amz-Expires=900&", ""), "AuthorizationQueryParametersError"),
    ],
)
def test_a_presigned_link_that_was_tampered_with_is_refused(cloud, change, code):
    answer = cloud.ask("PUT", change(presigned(cloud)), b"one")

    assert (answer.status_code in {400, 403}, code_of(answer)) == (True, code)
    assert peek.stored(BUCKET)["versions"] == 0


def test_a_link_for_putting_reads_nothing(cloud):
    assert code_of(cloud.ask("GET", presigned(cloud))) == "SignatureDoesNotMatch"


def test_a_presigned_link_dies_when_it_said_so(cloud):
    link = presigned(cloud, expires=900)
    with time_machine.travel(START, tick=False) as clock:
        clock.shift(timedelta(seconds=900))
        in_time = cloud.ask("PUT", link, b"one")
        clock.shift(timedelta(seconds=1))
        late = cloud.ask("PUT", link, b"one")

    assert (in_time.status_code, code_of(late)) == (200, "AccessDenied")


def test_no_link_lives_longer_than_a_week(cloud):
    week, more = (presigned(cloud, expires=seconds) for seconds in (604_800, 604_801))

    assert cloud.ask("PUT", week, b"one").status_code == 200
    assert code_of(cloud.ask("PUT", more, b"one")) == "AuthorizationQueryParametersError"


def test_the_old_signature_is_refused(cloud):
    old = cloud.client("s3", signature_version="s3", s3={"addressing_style": "path"})
    link = old.generate_presigned_url("put_object", {"Bucket": BUCKET, "Key": "k"})

    assert "AWSAccessKeyId" in parse_qs(urlsplit(link).query)
    assert code_of(cloud.ask("PUT", link, b"one")) == "InvalidRequest"


def test_signed_headers_must_come_as_signed_and_no_others(cloud):
    link = presigned(cloud, ContentType="application/pdf", ContentLength=3)
    signed = {"Content-Type": "application/pdf"}

    assert cloud.ask("PUT", link, b"one", signed).status_code == 200
    other = {"Content-Type": "text/html"}
    assert code_of(cloud.ask("PUT", link, b"one", other)) == "SignatureDoesNotMatch"
    assert code_of(cloud.ask("PUT", link, b"longer", signed)) == "SignatureDoesNotMatch"
    extra = signed | {"x-amz-tagging": "GuardDutyMalwareScanStatus=NO_THREATS_FOUND"}
    assert code_of(cloud.ask("PUT", link, b"one", extra)) == "AccessDenied"


def form(cloud, fields=None, conditions=None, expires=900):
    given = {"Content-Type": "application/pdf", "success_action_status": "201"}
    return cloud.s3.generate_presigned_post(
        BUCKET,
        "abc/0000",
        Fields=given if fields is None else fields,
        Conditions=[{k: v} for k, v in given.items()] + [["content-length-range", 1, 10]]
        if conditions is None
        else conditions,
        ExpiresIn=expires,
    )["fields"]


def send(cloud, fields, content=b"one"):
    boundary = "edge"
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n'.encode()
        for k, v in fields.items()
    ]
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n'
    body = b"".join(parts) + head.encode() + content + f"\r\n--{boundary}--\r\n".encode()
    kind = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    return cloud.ask("POST", f"{HOST}/{BUCKET}", body, kind)


def test_a_form_is_taken_and_answered_as_s3_does(cloud):
    answer = send(cloud, form(cloud))

    etag = f'"{hashlib.md5(b"one").hexdigest()}"'  # noqa: S324
    assert (answer.status_code, answer.headers["ETag"]) == (201, etag)
    assert answer.headers["Location"] == f"{HOST}/{BUCKET}/abc/0000"
    assert "<PostResponse>" in answer.text
    assert cloud.s3.get_object(Bucket=BUCKET, Key="abc/0000")["Body"].read() == b"one"


def test_a_form_may_ask_for_a_redirect(cloud):
    wish = {"success_action_redirect": "https://clinic.example/u"}
    answer = send(cloud, form(cloud, wish, [wish]))

    assert answer.status_code == 303
    query = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert (query["bucket"], query["key"]) == ([BUCKET], ["abc/0000"])
    assert len(query["etag"]) == 1


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"key": "abc/0001"}, "AccessDenied"),
        ({"Content-Type": "text/html"}, "AccessDenied"),
        ({"tagging": "<Tagging/>"}, "AccessDenied"),
        ({"x-amz-signature": "0" * 64}, "SignatureDoesNotMatch"),
        ({"policy": base64.b64encode(b'{"conditions":[]}').decode()}, "SignatureDoesNotMatch"),
        ({"x-amz-algorithm": "AWS4-HMAC-SHA1"}, "InvalidRequest"),
    ],
)
def test_a_form_that_breaks_its_policy_is_refused(cloud, change, code):
    answer = send(cloud, form(cloud) | change)

    assert (answer.status_code in {400, 403}, code_of(answer)) == (True, code)
    assert peek.stored(BUCKET)["versions"] == 0


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "EntityTooSmall"),
        (b"1", None),
        (b"1234567890", None),
        (b"12345678901", "EntityTooLarge"),
    ],
)
def test_a_form_takes_the_signed_sizes_and_no_other(cloud, content, code):
    assert code_of(send(cloud, form(cloud), content)) == code


def test_a_form_expires(cloud):
    fields = form(cloud, expires=60)
    with time_machine.travel(START, tick=False) as clock:
        clock.shift(61)
        late = send(cloud, fields)

    assert (late.status_code, code_of(late)) == (403, "AccessDenied")


def test_a_form_without_a_policy_is_an_unsigned_request(cloud):
    assert code_of(send(cloud, {"key": "abc/0000"})) == "AccessDenied"


def test_fields_behind_the_file_do_not_count(cloud):
    fields = form(cloud)
    late = {"policy": fields.pop("policy")}
    assert code_of(send(cloud, fields)) == "AccessDenied"
    assert send(cloud, {**fields, **late}).status_code == 201


@pytest.mark.parametrize(
    ("name", "digest"),
    [
        ("ContentMD5", lambda b: hashlib.md5(b).digest()),  # noqa: S324
        ("ChecksumSHA256", lambda b: hashlib.sha256(b).digest()),
        ("ChecksumSHA1", lambda b: hashlib.sha1(b).digest()),  # noqa: S324
    ],
)
def test_a_wrong_checksum_is_refused(cloud, name, digest):
    right, wrong = (base64.b64encode(digest(body)).decode() for body in (b"one", b"two"))

    cloud.s3.put_object(Bucket=BUCKET, Key="k", Body=b"one", **{name: right})
    with pytest.raises(ClientError, match="BadDigest"):
        cloud.s3.put_object(Bucket=BUCKET, Key="k", Body=b"one", **{name: wrong})
    assert peek.stored(BUCKET)["versions"] == 1


def put(n, kept="old"):
    """Return a write that refuses to replace an item."""
    item = {"pk": {"S": f"p{n}"}, "sk": {"S": "s"}, "kept": {"S": kept}}
    return {"Put": {"TableName": TABLE, "Item": item, "ConditionExpression": UNUSED}}


@pytest.mark.parametrize(
    "second",
    [
        put(1),
        {
            "Update": {
                "TableName": TABLE,
                "Key": {"pk": {"S": "p1"}, "sk": {"S": "s"}},
                "UpdateExpression": "SET kept = :new",
                "ConditionExpression": UNUSED,
                "ExpressionAttributeValues": {":new": {"S": "new"}},
            }
        },
    ],
    ids=["puts", "puts and updates"],
)
def test_a_transaction_that_is_cancelled_leaves_all_as_it_was(dynamodb, second):
    dynamodb.transact_write_items(TransactItems=[put(1), put(2)])
    before = dynamodb.scan(TableName=TABLE)["Items"]

    with pytest.raises(ClientError, match="ConditionalCheckFailed"):
        dynamodb.transact_write_items(TransactItems=[put(3, "new"), second])

    assert dynamodb.scan(TableName=TABLE)["Items"] == before


def test_an_update_that_another_write_undoes_changes_nothing(dynamodb):
    dynamodb.transact_write_items(TransactItems=[put(1), put(2)])
    before = dynamodb.scan(TableName=TABLE)["Items"]
    update = {
        "TableName": TABLE,
        "Key": {"pk": {"S": "p1"}, "sk": {"S": "s"}},
        "UpdateExpression": "SET kept = :new",
        "ExpressionAttributeValues": {":new": {"S": "new"}},
    }

    with pytest.raises(ClientError, match="ConditionalCheckFailed"):
        dynamodb.transact_write_items(TransactItems=[{"Update": update}, put(2, "new")])

    assert dynamodb.scan(TableName=TABLE)["Items"] == before


def test_a_copy_goes_nowhere_that_is_taken(cloud):
    cloud.s3.put_object(Bucket=BUCKET, Key="k", Body=b"one")
    copy = {"Bucket": BUCKET, "CopySource": {"Bucket": BUCKET, "Key": "k"}, "IfNoneMatch": "*"}

    cloud.s3.copy_object(Key="copy", **copy)
    with pytest.raises(ClientError, match="PreconditionFailed"):
        cloud.s3.copy_object(Key="copy", **copy)
    assert peek.stored(BUCKET)["versions"] == 2


def test_a_body_that_is_not_the_signed_one_is_refused(cloud):
    signed = {"x-amz-content-sha256": hashlib.sha256(b"one").hexdigest()}
    right = cloud.ask("PUT", presigned(cloud), b"one", signed)
    wrong = cloud.ask("PUT", presigned(cloud), b"two", signed)

    assert (right.status_code, code_of(wrong)) == (200, "XAmzContentSHA256Mismatch")


def test_list_parts_answers_by_its_own_name(cloud):
    upload = cloud.s3.create_multipart_upload(Bucket=BUCKET, Key="big")["UploadId"]
    query = urlencode({"uploadId": upload})
    link = presigned(cloud, "list_parts", Key="big", UploadId=upload)

    assert query in link
    assert "<ListPartsResult" in cloud.ask("GET", link).text


# ---- What SES refuses ---------------------------------------------------------------------------


@pytest.fixture
def sesv2(cloud):
    client = cloud.client("sesv2")
    client.create_email_identity(EmailIdentity="clinic.example")
    return client


def test_a_mail_is_kept_whole(cloud, sesv2):
    message_id = sesv2.send_email(**mail())["MessageId"]

    (letter,) = cloud.mails
    assert letter.message_id == message_id
    assert (letter.part("Text"), letter.part("Html")) == ("text", "<p>html</p>")
    assert ("Auto-Submitted", "auto-generated") in letter.headers


def simple(**changes):
    content = mail()["Content"]["Simple"] | changes
    return {"Content": {"Simple": content}}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        (simple(Subject={"Data": "New\r\nBcc: a@b.example"}), "BadRequestException"),
        (simple(Headers=[{"Name": "X-A", "Value": "a\nb"}]), "BadRequestException"),
        (simple(Headers=[{"Name": "Bcc", "Value": "a@b.example"}]), "BadRequestException"),
        (simple(Body={}), "BadRequestException"),
        ({"Destination": {"ToAddresses": []}}, "BadRequestException"),
        (
            {"Destination": {"ToAddresses": [f"a{n}@b.example" for n in range(51)]}},
            "BadRequestException",
        ),
        ({"Destination": {"ToAddresses": ["josé@b.example"]}}, "BadRequestException"),
        ({"Destination": {"ToAddresses": ["a@bücher.example"]}}, "BadRequestException"),
        ({"Destination": {"ToAddresses": ["nobody"]}}, "BadRequestException"),
        ({"ConfigurationSetName": "unknown"}, "NotFoundException"),
        ({"EmailTags": [{"Name": "inquiry", "Value": "a b"}]}, "BadRequestException"),
        ({"FromEmailAddress": "a@stranger.example"}, "MessageRejected"),
    ],
)
def test_a_mail_that_ses_refuses_is_refused(cloud, sesv2, changes, code):
    with pytest.raises(ClientError) as refused:
        sesv2.send_email(**mail(**changes))

    assert refused.value.response["Error"]["Code"] == code
    assert cloud.mails == []


def test_fifty_recipients_are_not_too_many(cloud, sesv2):
    people = [f"a{n}@b.example" for n in range(50)]
    sesv2.send_email(**mail(Destination={"ToAddresses": people}))

    assert len(cloud.mails) == 1


@pytest.mark.parametrize(("how", "status"), [("outage", 503), ("throttle", 400), ("quota", 429)])
def test_a_broken_service_is_broken_until_its_time_is_over(cloud, sesv2, how, status):
    with time_machine.travel(START, tick=False) as clock:
        cloud.guard.break_service("ses", how, datetime.now(UTC) + timedelta(minutes=5))
        with pytest.raises(ClientError) as refused:
            sesv2.send_email(**mail())
        clock.shift(301)
        sesv2.send_email(**mail())

    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == status
    assert len(cloud.mails) == 1


def wanted(**changes):
    return {"S3Object": {"Bucket": BUCKET, "Key": "abc/0000", "VersionId": "v"} | changes}


def test_a_scan_may_be_asked_for_of_one_version_or_of_the_current_one(cloud):
    guardduty = cloud.client("guardduty")

    guardduty.send_object_malware_scan(**wanted())
    guardduty.send_object_malware_scan(S3Object={"Bucket": BUCKET, "Key": "abc/0001"})

    assert cloud.scans == [(BUCKET, "abc/0000", "v"), (BUCKET, "abc/0001", None)]


def test_only_a_protected_bucket_is_scanned(cloud):
    with pytest.raises(ClientError, match="BadRequestException"):
        cloud.client("guardduty").send_object_malware_scan(**wanted(Bucket="records"))

    assert cloud.scans == []


@pytest.mark.parametrize("broken", ["scanner", "guardduty"])
def test_a_silent_scanner_takes_no_requests_until_its_time_is_over(cloud, broken):
    guardduty = cloud.client("guardduty")
    with time_machine.travel(START, tick=False) as clock:
        cloud.guard.break_service(broken, "outage", datetime.now(UTC) + timedelta(minutes=5))
        with pytest.raises(ClientError, match="ServiceUnavailable"):
            guardduty.send_object_malware_scan(**wanted())
        clock.shift(301)
        guardduty.send_object_malware_scan(**wanted())

    assert len(cloud.scans) == 1


def test_nothing_else_of_guardduty_is_played(cloud):
    with pytest.raises(ClientError, match="of GuardDuty is not played"):
        cloud.client("guardduty").list_detectors()


def test_services_that_nobody_plays_are_refused(cloud):
    with pytest.raises(ClientError, match="secretsmanager is not played by this world"):
        cloud.client("secretsmanager").list_secrets()
