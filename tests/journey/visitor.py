"""Somebody who fills in both forms, and types a marker wherever anything can be typed."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cached_property
from typing import Any

import boto3

from infra.local.http_event import Response, as_response
from intake.forms import Form, Forms
from tests.handlers import ROOT, blueprint
from tests.journey.markers import Markers
from tests.pipeline import Pipeline
from tests.records import labs, scans, small
from tests.steps.hostile import BOUNDARY, JSON, MULTIPART, URLENCODED, pairs_of, part, urlencoded

RA, GENERAL = "rheumatoid-arthritis", "general-inquiry"
# Taken out of a post, or ignored, and never stored.
STEERING = (
    *("_subject", "_format", "form-name", "from_name", "access_key", "_unknown"),
    *("_to", "_cc", "_bcc", "ccemail", "_webhook", "webhook", "_template", "_autoresponse"),
    *("_captcha", "_blacklist", "_language", "_next", "redirect"),
)
HEADERS = ("user-agent", "referer", "cookie", "accept-language", "x-anything")
KINDS = ("pdf", "jpeg", "dicom", "lab", "word", "program", "empty")
REFUSED = {"empty", "word"}  # and deleted; what looks like a program waits for a person
# What the link that only the sender was given shows of what they typed.
OWN = {"file name", "contact.email", "corrected email"}
_SEE_OTHER, _REFUSED = 303, 400


class Visitor:
    """Posts and reads; `replies` is all that came back."""

    def __init__(self, pipeline: Pipeline) -> None:
        self.pipeline, self.markers = pipeline, Markers()
        self.forms = Forms(str(ROOT / "schemas"))
        self.replies: list[Response] = []
        self.stored: set[str] = set()  # markers that the table must hold
        self.contents: list[str] = []  # markers that a bucket must hold
        self.own_pages: list[Response] = []  # of the link that only the sender was given

    def form(self, name: str) -> Form:
        """Return a form as it ships."""
        return self.forms.get(name)

    def answers(self, form: str, example: str, *, kept: bool = True) -> dict[str, Any]:
        """Return a valid example with a marker wherever it may hold one, to be *kept* or not."""
        path = ROOT / "schemas" / "forms" / form / "examples" / "valid" / f"{example}.json"
        before = set(self.markers.owner)
        marked = self.markers.wherever_it_is_valid(
            self.form(form), json.loads(path.read_text("utf-8"))["answers"]
        )
        if kept:
            self.stored |= self.markers.owner.keys() - before
        return marked

    @cached_property
    def whole(self) -> dict[str, Any]:
        """Answers to the long form, every field filled in."""
        return self.answers(RA, "every-field-filled-in")

    def ask(self, method: str, target: str, body: bytes = b"", **headers: str) -> Response:
        """Send one request, with a marker in each header and in the query."""
        mark = self.markers.mark
        marked = {name.replace("-", "_"): mark(f"header {name}") for name in HEADERS}
        reply = self.pipeline.send(
            method, f"{target}?{mark('query name')}={mark('query')}", body, **marked | headers
        )
        self.replies.append(reply)
        return reply

    def post_json(self, form: str, answers: Any, **headers: str) -> Response:
        """Post as a script does."""
        body = json.dumps(answers | self._steering() if isinstance(answers, dict) else answers)
        return self.ask("POST", f"/f/{form}", body.encode(), content_type=JSON, **headers)

    def post_page(
        self, form: str, answers: Any, files: Iterable[tuple[str, str]] = (), **fields: str
    ) -> Response:
        """Post as a browser does: *files* are field and kind of content."""
        pairs = pairs_of(answers | self._steering() | fields)
        if not files:
            return self.ask("POST", f"/f/{form}", urlencoded(pairs), content_type=URLENCODED)
        parts = [part(name, value.encode()) for name, value in pairs]
        before = len(self.contents)
        parts += [self._file(field, kind) for field, kind in files]
        body = b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()
        reply = self.ask("POST", f"/f/{form}", body, content_type=MULTIPART)
        if reply.status != _SEE_OTHER:
            del self.contents[before:]
        return reply

    def key(self) -> str:
        """Return an idempotency key, which is only ever kept as a hash."""
        return self.markers.mark("idempotency key")

    def see_own_page(self, posted: Response) -> None:
        """Go on to where a post led, as a browser does."""
        path = dict(posted.headers)["location"].partition("clinic.example")[2]
        self.own_pages.append(self.pipeline.send("GET", path, accept="text/html"))
        self.ask("GET", path, accept=JSON)

    def read_letter_links(self) -> None:
        """Follow the link of each mail, as its reader does."""
        for letter in self.pipeline.mails:
            for line in letter.part("Text").splitlines():
                if "/u/" in line:
                    path = "/u/" + line.partition("/u/")[2].split()[0]
                    self.ask("GET", path, accept="text/html")
                    self.ask("GET", path, accept=JSON)

    # ---- Behind the links ----------------------------------------------------------------------

    def sign(self, token: str, **asked: Any) -> Response:
        """Ask for a signature as an upload client does, with markers in all that it may name."""
        mark = self.markers.mark
        begins = {"key": mark("client key"), "slot": "radiology", "type": "", "size": 500}
        begins |= {"name": mark("file name", lambda word: f"{word}.dcm")}
        body = json.dumps((begins if "uploadId" not in asked else {}) | asked)
        return self.ask("POST", f"/u/{token}/sign", body.encode(), content_type=JSON)

    def press(self, token: str, **fields: str) -> Response:
        """Press a button of the sender's page, which shows them OWN and nothing else they typed."""
        body = urlencoded([*fields.items(), (self.markers.mark("name"), self.markers.mark("?"))])
        reply = self.pipeline.send("POST", f"/u/{token}", body, content_type=URLENCODED)
        assert self.markers.found_in(reply.body.decode()) <= OWN
        return reply

    def send_file(self, key: str, kind: str) -> None:
        """Have bytes come under a signed key, as S3 takes them from a browser."""
        uploads = next(name for name, each in blueprint().buckets.items() if "Cors" in str(each))
        boto3.client("s3").put_object(Bucket=uploads, Key=key, Body=self.content(kind))

    def staff(self, method: str, route: str, body: Any = None, **parameters: str) -> Response:
        """
        Ask as somebody of the team does, whose token the gateway has let in.

        What a case tells them is theirs to read; a refusal is not, so it is searched.
        """
        mark = self.markers.mark
        claims = {"sub": "5d1c", "username": "doctor", "cognito:groups": "[supervisors]"}
        event = {
            "version": "2.0",
            "routeKey": f"{method} {route}",
            "rawPath": route,
            "rawQueryString": f"{mark('query name')}={mark('query')}",
            "headers": {name: mark(f"header {name}") for name in HEADERS} | {"content-type": JSON},
            "pathParameters": parameters,
            "requestContext": {
                "http": {"method": method},
                "domainName": "intake.clinic.example",
                "authorizer": {"jwt": {"claims": claims, "scopes": None}},
            },
            "body": json.dumps(body),
        }
        arn = blueprint().functions["OpenCase"].arn
        reply = as_response(self.pipeline.handlers.invoke(arn, event))
        if reply.status >= _REFUSED:
            self.replies.append(reply)
        return reply

    def _steering(self) -> dict[str, str]:
        return {name: self.markers.mark(f"field {name}") for name in STEERING}

    def _file(self, field: str, kind: str) -> bytes:
        name = self.markers.mark("file name", lambda word: f"{word}.doc")
        return part(
            field,
            self.content(kind),
            f'; filename="{name}"',
            f"Content-Type: application/{self.markers.mark('file type')}\r\n",
        )

    def content(self, kind: str) -> bytes:
        """
        Return a file with a marker wherever it may name its patient.

        What a scanner calls its study and a laboratory its panel is for doctors: the table has it.
        """
        whose = self.markers.mark("file content")
        if kind not in REFUSED:
            self.contents.append(whose)
        if kind == "empty":
            return b""
        if kind == "word":
            return b"PK\x03\x04" + whose.encode()
        if kind == "pdf":
            return small.pdf(whose.encode())
        if kind == "jpeg":
            return small.picture("JPEG") + whose.encode()
        of_what = self.markers.mark("file subject")
        if kind == "lab":
            return labs.oru(labs.order(of_what)).replace(b"Nobody", whose.encode())
        scan = scans.made(scans.Slice(name=whose, id=whose, description=of_what))
        return scan if kind == "dicom" else b"MZ".ljust(128, b"\0") + scan[128:]
