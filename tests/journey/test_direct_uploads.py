"""Files go from the sender to S3 and from S3 to the doctor; what was not signed goes nowhere."""

import json
import secrets
import urllib.parse
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.records import small

TOP = Path(__file__).parents[2]
VALID = TOP / "schemas" / "forms" / "general-inquiry" / "examples" / "valid"
MIB = 2**20
SLOT = "other"
DENIED, BAD_SIGNATURE = "AccessDenied", "SignatureDoesNotMatch"


def a_pdf(size=2000):
    """Return a PDF that nobody else sends."""
    return small.pdf_of(size, secrets.token_hex(16).encode())


class Sender:
    """Somebody who posted an inquiry, with the link to send files by."""

    def __init__(self, world):
        answers = json.loads((VALID / "only-what-is-required.json").read_text("utf-8"))["answers"]
        self.world = world
        told = world.post("/f/general-inquiry", answers | {"message": secrets.token_hex(8)}).json
        self.reference = told["reference"]
        self.path = urllib.parse.urlsplit(told["upload"]["url"]).path

    def ask(self, **wish):
        return self.world.post(f"{self.path}/sign", wish, Accept="application/json")

    def signed(self, **wish):
        answer = self.ask(**wish)
        assert answer.status == 200, answer.text
        return answer.json

    def form(self, size, key="client-1"):
        """Have a file signed that goes up whole."""
        return self.signed(
            method="PUT", key=key, contentType="application/pdf", slot=SLOT, name="a.pdf", size=size
        )

    def in_parts(self, size):
        """Begin a file that goes up in parts; return its key and upload id."""
        begun = self.signed(method="POST", key="client-2", slot=SLOT, name="b.pdf", size=size)
        answer = self.world.elsewhere(begun["url"], "POST", b"", begun["headers"])
        assert answer.status == 200, answer.text
        return begun["key"], ET.fromstring(answer.body).findtext("{*}UploadId")  # noqa: S314

    def part(self, key, upload_id, number):
        return self.signed(method="PUT", key=key, uploadId=upload_id, partNumber=number)["url"]

    def step(self, method, key, upload_id):
        return self.signed(method=method, key=key, uploadId=upload_id)["url"]

    def states(self):
        told = self.world.get(self.path, Accept="application/json").json
        return [file["state"] for file in told["files"]]

    def send(self, form, content, **changes):
        """Send a signed form as a browser does."""
        return send(self.world, form, content, **changes)


def send(world, form, content, headers=None, **changes):
    edge = "edge"
    fields = form["fields"] | {name.replace("_", "-"): value for name, value in changes.items()}
    body = "".join(
        f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    )
    body += (
        f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="Jane Doe HIV.pdf"\r\n'
        "Content-Type: text/html\r\n\r\n"
    )
    whole = body.encode() + content + f"\r\n--{edge}--\r\n".encode()
    kind = {"Content-Type": f"multipart/form-data; boundary={edge}"} | (headers or {})
    return world.elsewhere(form["url"], "POST", whole, kind)


def code_of(answer):
    return ET.fromstring(answer.body).findtext("Code")  # noqa: S314


def completing(tags):
    parts = "".join(
        f"<Part><PartNumber>{n}</PartNumber><ETag>{tag}</ETag></Part>" for n, tag in tags.items()
    )
    return f"<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>".encode()


def kept(world):
    """Return how many objects lie in quarantine and among the records."""
    buckets = world.settle(60)["buckets"]
    return buckets["UploadsBucket"]["versions"], buckets["RecordsBucket"]["versions"]


@pytest.fixture
def sender(world):
    return Sender(world)


def test_a_file_goes_up_whole_and_is_checked(world, sender):
    content = a_pdf()
    answer = sender.send(sender.form(len(content)), content)
    records = kept(world)[1]

    assert answer.status == 201
    assert ET.fromstring(answer.body).findtext("ETag") == answer.headers["ETag"]  # noqa: S314
    assert (sender.states(), records) == (["clean"], 1)


def test_a_file_goes_up_in_parts_and_is_checked(world, sender):
    content = a_pdf(12 * MIB)
    place = sender.in_parts(len(content))
    parts = {n: content[(n - 1) * 5 * MIB : n * 5 * MIB] for n in (1, 2, 3)}
    sent = {n: world.elsewhere(sender.part(*place, n), "PUT", part) for n, part in parts.items()}
    listed = world.elsewhere(sender.step("GET", *place))
    tags = {n: answer.headers["ETag"] for n, answer in sent.items()}
    done = world.elsewhere(sender.step("POST", *place), "POST", completing(tags))
    records = kept(world)[1]

    sizes = [int(size.text) for size in ET.fromstring(listed.body).iter() if "Size" in size.tag]  # noqa: S314
    assert sizes == [5 * MIB, 5 * MIB, 2 * MIB], listed.body
    assert done.status == 200
    assert (sender.states(), records) == (["clean"], 1)


def test_an_upload_that_is_given_up_leaves_nothing(world, sender):
    place = sender.in_parts(6 * MIB)
    part = sender.part(*place, 1)
    assert world.elsewhere(part, "PUT", b"x" * 5 * MIB).status == 200

    given_up = world.elsewhere(sender.step("DELETE", *place), "DELETE")

    assert given_up.status == 204
    assert code_of(world.elsewhere(part, "PUT", b"x" * 5 * MIB)) == "NoSuchUpload"
    assert kept(world) == (0, 0)


@pytest.mark.parametrize("more", [-2000, -1, 1])
def test_a_file_of_another_size_than_declared_is_refused(world, sender, more):
    form = sender.form(2000)
    answer = sender.send(form, a_pdf()[:more] if more < 0 else a_pdf(2000 + more))

    assert code_of(answer) == ("EntityTooLarge" if more > 0 else "EntityTooSmall")
    assert kept(world) == (0, 0)
    assert sender.send(form, a_pdf(2000)).status == 201


@pytest.mark.parametrize(
    "changes",
    [
        {"key": "another/0000"},
        {"Content_Type": "text/html"},
        {"tagging": "<Tagging><TagSet/></Tagging>"},
        {"x_amz_meta_scan_status": "clean"},
    ],
)
def test_a_form_is_taken_as_it_was_signed_or_not_at_all(world, sender, changes):
    answer = sender.send(sender.form(2000), a_pdf(), **changes)

    assert (answer.status, code_of(answer)) == (403, DENIED)
    assert kept(world) == (0, 0)


def test_a_part_has_its_place_and_its_size(world, sender):
    key, upload_id = sender.in_parts(12 * MIB)
    link = sender.part(key, upload_id, 3)

    for content in (b"", b"x" * (2 * MIB - 1), b"x" * (2 * MIB + 1)):
        assert code_of(world.elsewhere(link, "PUT", content)) == BAD_SIGNATURE
    elsewhere = link.replace("partNumber=3", "partNumber=1")
    assert code_of(world.elsewhere(elsewhere, "PUT", b"x" * 2 * MIB)) == BAD_SIGNATURE
    assert world.elsewhere(link, "PUT", b"x" * 2 * MIB).status == 200
    for number in (0, 4, 10_001):
        wish = {"method": "PUT", "key": key, "uploadId": upload_id, "partNumber": number}
        assert sender.ask(**wish).status == 403


def test_what_was_signed_is_good_for_fifteen_minutes(world, sender):
    form, place = sender.form(2000), sender.in_parts(6 * MIB)
    part = sender.part(*place, 2)
    world.move_clock(16)

    assert code_of(sender.send(form, a_pdf())) == DENIED
    assert code_of(world.elsewhere(part, "PUT", b"x" * MIB)) == DENIED
    assert kept(world) == (0, 0)
    assert sender.send(sender.form(2000), a_pdf()).status == 201


def test_what_is_sent_over_a_checked_file_takes_no_ones_place(world, sender):
    form, first = sender.form(2000), a_pdf()
    assert sender.send(form, first).status == 201
    world.settle(60)
    assert sender.send(form, a_pdf()).status == 201

    assert (kept(world)[1], sender.states()) == (1, ["clean"])
    assert opened(world, sender.reference).body == first


def test_one_senders_keys_are_nothing_to_another(world, sender):
    key, upload_id = sender.in_parts(6 * MIB)
    other = Sender(world)

    wish = {"method": "PUT", "key": key, "uploadId": upload_id, "partNumber": 1}
    assert (other.ask(**wish).status, sender.ask(**wish).status) == (403, 200)


def test_only_listed_websites_may_send_by_script(world, sender):
    form = sender.form(2000)

    def answered(origin):
        asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        first = world.elsewhere(form["url"], "OPTIONS", None, asked)
        sent = send(world, form, a_pdf(), {"Origin": origin})
        return first.status, sent.headers["Access-Control-Allow-Origin"]

    assert answered(world.url) == (200, world.url)
    assert answered("https://www.clinic.example") == (200, "https://www.clinic.example")
    assert answered("https://elsewhere.example") == (403, None)


def opened_link(world, reference, **asked):
    case = world.staff("POST", f"/cases/{reference}/open", {}).json
    files = [file for each in case["requirements"] for file in each["files"]] + case["otherFiles"]
    path = f"/cases/{reference}/files/{files[0]['n']}/open"
    return world.staff("POST", path, {}, **asked).json["url"]


def opened(world, reference):
    return world.elsewhere(opened_link(world, reference))


def test_a_doctor_opens_a_file_for_five_minutes_and_only_as_a_download(world, sender):
    content = a_pdf()
    sender.send(sender.form(len(content)), content)
    world.settle(60)
    link = opened_link(world, sender.reference)
    answer = world.elsewhere(link)

    assert (answer.status, answer.body) == (200, content)
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment; filename*=UTF-8''INQ-")
    inline = link.replace("attachment", "inline")
    assert code_of(world.elsewhere(inline)) == BAD_SIGNATURE
    assert code_of(world.elsewhere(f"{link}&response-content-type=text%2Fhtml")) == BAD_SIGNATURE
    assert code_of(world.elsewhere(link.partition("?")[0])) == DENIED
    world.move_clock(6)
    assert code_of(world.elsewhere(link)) == DENIED
