"""Somebody who fills in both forms, and types a marker wherever anything can be typed."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cached_property
from typing import Any

from infra.local.http_event import Response
from intake.forms import Form, Forms
from tests.handlers import ROOT
from tests.journey.markers import Markers
from tests.pipeline import Pipeline
from tests.steps.hostile import BOUNDARY, JSON, MULTIPART, URLENCODED, pairs_of, part, urlencoded

RA, GENERAL = "rheumatoid-arthritis", "general-inquiry"
# Taken out of a post, or ignored, and never stored.
STEERING = (
    *("_subject", "_format", "form-name", "from_name", "access_key", "_started", "_unknown"),
    *("_to", "_cc", "_bcc", "ccemail", "_webhook", "webhook", "_template", "_autoresponse"),
    *("_captcha", "_blacklist", "_language", "_next", "redirect"),
)
HEADERS = ("user-agent", "referer", "cookie", "accept-language", "x-anything")
CONTENTS = {
    "pdf": b"%PDF-1.7\n",
    "jpeg": b"\xff\xd8\xff\xe0",
    "dicom": b"\0" * 128 + b"DICM",
    "word": b"PK\x03\x04",
    "program": b"MZ".ljust(128, b"\0") + b"DICM",
    "empty": b"",
}
REFUSED = {"empty", "word"}  # and deleted; what looks like a program waits for a person
_SEE_OTHER = 303


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
        marked = [(field, kind, self.markers.mark("file content")) for field, kind in files]
        parts += [self._file(*file) for file in marked]
        body = b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()
        reply = self.ask("POST", f"/f/{form}", body, content_type=MULTIPART)
        if reply.status == _SEE_OTHER:
            self.contents += [content for _, kind, content in marked if kind not in REFUSED]
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

    def _steering(self) -> dict[str, str]:
        return {name: self.markers.mark(f"field {name}") for name in STEERING}

    def _file(self, field: str, kind: str, content: str) -> bytes:
        name = self.markers.mark("file name", lambda word: f"{word}.doc")
        return part(
            field,
            CONTENTS[kind] + (content.encode() if kind != "empty" else b""),
            f'; filename="{name}"',
            f"Content-Type: application/{self.markers.mark('file type')}\r\n",
        )
