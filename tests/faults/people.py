"""Those who send inquiries: patient, with a client that asks again until it has an answer."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from infra.local.http_event import Response
from infra.local.stored import Verdict, clean, harmful, unsupported
from intake.inquiry import ID_LENGTH
from tests.faults.machine import Machine, Script
from tests.handlers import ROOT
from tests.records import small
from tests.steps.hostile import BOUNDARY, JSON, MULTIPART, pairs_of, part

FORM = "general-inquiry"
# Stands in everything that a patient types or sends, and may never be seen where it should not.
CANARY = "Kanarie"
MIB = 2**20
_PART = 5 * MIB
_ALIKE = 4096
# As clients of websites ask again. Then a person would telephone.
AGAIN_AFTER = (3, 10, 30, 60, 120, 300, 600)
_FAILED = 500
_EXAMPLE = ROOT / "schemas" / "forms" / FORM / "examples" / "valid" / "only-what-is-required.json"


@dataclass(frozen=True)
class Sent:
    """A file of a post: under which requirement, and what it holds."""

    requirement: str
    content: bytes


def a_clean_file(n: int = 0) -> Sent:
    """Return a lab report that nothing is wrong with."""
    return Sent("blood", small.pdf(b"%s clean %d" % (CANARY.encode(), n)))


def an_infected_file() -> Sent:
    """Return a file that the scanner finds something in."""
    return Sent("radiology", small.pdf(f"{CANARY} infected".encode()))


def an_unsupported_file() -> Sent:
    """Return a file that the scanner can't look through."""
    return Sent("other", small.pdf(f"{CANARY} unsupported".encode()))


def of_one_size(*what: str) -> list[bytes]:
    """Return files that one signed form takes, which holds the size: "clean" or "infected"."""
    return [small.pdf_of(_ALIKE, f"{CANARY} {each} ".encode()) for each in what]


def scanned(content: bytes) -> Verdict:
    """Say what a malware scanner finds in *content*."""
    if b"infected" in content:
        return harmful("Planted.Threat")
    return unsupported("locked") if b"unsupported" in content else clean()


@cache
def a_large_file(size: int = 6 * MIB) -> bytes:
    """Return a file that goes up in parts."""
    return small.dicom(CANARY.encode() * (size // len(CANARY)))


@dataclass
class Patient:
    """
    One inquiry and its client. `script` is what they do.

    `promised` is when a client was first told that it is accepted; `answers` are all such answers.
    """

    n: int = 0
    files: Sequence[Sent] = ()
    large: bytes | None = None  # goes up in parts, behind the link
    signed: Sequence[bytes] = ()  # go up by one signed form, one after the other, behind the link
    patience: Sequence[int] = AGAIN_AFTER
    comes_after: timedelta = timedelta(0)
    promised: datetime | None = None
    answers: list[str] = field(default_factory=list)
    is_refused: bool = False
    is_done: bool = False  # has done all that they meant to
    stored_when_promised: bool = False
    link: str = ""
    uploaded: bool = False
    corrected: list[str] = field(default_factory=list)  # addresses that they gave later

    @property
    def email(self) -> str:
        """Where receipts go, and nothing else."""
        return f"{CANARY.lower()}-{self.n}@patients.example"

    @property
    def emails(self) -> frozenset[str]:
        """All addresses of theirs."""
        return frozenset({self.email, *self.corrected})

    @property
    def inquiry(self) -> str:
        """The inquiry's id, once its client knows it."""
        return self.link.rpartition("/u/")[2][:ID_LENGTH]

    def script(self, machine: Machine) -> Script:
        """Send the form until it is answered, then the large file, and say that this is all."""
        yield from self._send(machine)
        if self.large and self.link:
            yield from self._upload(machine, self.large)
        if self.signed and self.link:
            yield from self.put(machine, self.signed)
            yield from self.say_done(machine)
        self.is_done = bool(self.promised)

    def _send(self, machine: Machine) -> Script:
        for wait in (*self.patience, None):
            reply = self.post(machine)
            if reply.status < _FAILED:
                return
            if wait is not None:
                yield timedelta(seconds=wait)

    def post(self, machine: Machine, key: str | None = None) -> Response:
        """Send the form once."""
        body, kind = self.body()
        reply = machine.send(
            "POST",
            f"/f/{FORM}",
            body,
            content_type=kind,
            accept=JSON,
            idempotency_key=key or f"{CANARY}-key-{self.n}",
        )
        if reply.status == 200:
            told = json.loads(reply.body)
            self.answers.append(reply.body.decode())
            self.link = told["upload"]["url"]
            if not self.promised:
                self.promised = machine.now
                self.stored_when_promised = machine.is_stored(self.inquiry)
        elif reply.status < _FAILED:
            self.is_refused = True
        return reply

    def body(self) -> tuple[bytes, str]:
        """Return what is posted, and its type."""
        answers = self.form()
        if not self.files:
            return json.dumps(answers).encode(), JSON
        parts = [part(name, value.encode()) for name, value in pairs_of(answers)]
        parts += [
            part(
                f"records.{n}.file",
                each.content,
                f'; filename="{CANARY}-{n}.pdf"',
                "Content-Type: application/pdf\r\n",
            )
            for n, each in enumerate(self.files)
        ]
        return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode(), MULTIPART

    def form(self) -> dict[str, Any]:
        """Return the answers."""
        answers: dict[str, Any] = json.loads(_example())
        answers["patient"]["full_name"] = f"{CANARY} {self.n}"
        answers["contact"]["email"] = self.email
        answers["message"] = f"{CANARY} has pains, number {self.n}"
        behind = ["radiology"] if self.large or self.signed else []
        kinds = [each.requirement for each in self.files] or behind
        if kinds:
            answers["records"] = [{"requirement": kind} for kind in kinds]
        return answers

    # ---- Behind the link ------------------------------------------------------------------------

    def _upload(self, machine: Machine, content: bytes) -> Script:
        """Send a file in parts as an upload client does: each step again until it is signed."""
        begin = {"method": "POST", "key": f"{CANARY}-file", "size": len(content)}
        begin |= {"slot": "radiology", "name": f"{CANARY}.dcm", "type": "application/dicom"}
        begun = yield from self._signed(machine, begin)
        if begun is None:
            return
        bucket, key = machine.buckets[0], begun["key"]
        upload = begun.get("uploadId") or machine.cloud.begin(bucket, key)
        step, tags = {"key": key, "uploadId": upload}, {}
        for n in range(1, -(-len(content) // _PART) + 1):
            signed = yield from self._signed(machine, {"method": "PUT", "partNumber": n} | step)
            if signed is None:
                return
            piece = content[(n - 1) * _PART : n * _PART]
            tags[n] = machine.cloud.put_part(bucket, *_signed_for(signed["url"]), n, piece)
            yield timedelta(seconds=1)
        signed = yield from self._signed(machine, {"method": "POST"} | step)
        if signed is None:
            return
        machine.cloud.complete(bucket, *_signed_for(signed["url"]), tags)
        self.uploaded = True
        yield timedelta(seconds=1)
        yield from self._asked(machine, "", {"do": "done"})

    def put(self, machine: Machine, contents: Sequence[bytes]) -> Script:
        """Send a file by a signed form, and others by the same one, as long as it is valid."""
        begin = {"method": "PUT", "key": f"{CANARY}-file", "size": len(contents[0])}
        begin |= {"slot": "radiology", "name": f"{CANARY}.pdf", "type": "application/pdf"}
        begun = yield from self._signed(machine, begin)
        if begun is None:
            return
        for content in contents:
            machine.cloud.put(machine.buckets[0], begun["fields"]["key"], content)
            self.uploaded = True
            yield timedelta(seconds=1)

    def say_done(self, machine: Machine) -> Script:
        """Say that this is all, once something was sent."""
        if self.uploaded:
            yield from self._asked(machine, "", {"do": "done"})

    def _signed(self, machine: Machine, asked: Mapping[str, Any]) -> Any:
        return (yield from self._asked(machine, "/sign", asked))

    def _asked(self, machine: Machine, path: str, asked: Mapping[str, Any]) -> Any:
        target = "/u/" + self.link.rpartition("/u/")[2] + path
        for wait in (*self.patience, None):
            body = json.dumps(asked).encode()
            reply = machine.send("POST", target, body, content_type=JSON, accept=JSON)
            if reply.status < _FAILED:
                return json.loads(reply.body) if reply.body and reply.status == 200 else None
            if wait is not None:
                yield timedelta(seconds=wait)
        return None


def _signed_for(url: str) -> tuple[str, str]:
    """Return key and upload that a signed address is for."""
    parts = urlsplit(url)
    return unquote(parts.path).lstrip("/"), parse_qs(parts.query)["uploadId"][0]


@cache
def _example() -> str:
    return json.dumps(json.loads(_EXAMPLE.read_text("utf-8"))["answers"])
