"""What clients send: inquiries to two forms, with files in the post or after it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Any

from infra.local.sample_post import Sample
from infra.local.world import ROOT
from tests.records import small

JSON = "application/json"
_PDF = "application/pdf"
_FILE_BYTES = (1_500, 60_000)


@dataclass(frozen=True)
class Post:
    """One inquiry: its body, and the files that are sent by the link of the answer."""

    key: str
    form: str
    email: str  # nobody else's: by it the inquiry is found again
    body: bytes
    content_type: str
    files: tuple[bytes, ...] = ()  # in the body
    later: tuple[bytes, ...] = ()  # declared, then sent straight to S3


@cache
def _example(form: str, name: str) -> Mapping[str, Any]:
    path = ROOT / "schemas" / "forms" / form / "examples" / "valid" / f"{name}.json"
    answers: Mapping[str, Any] = json.loads(path.read_text("utf-8"))["answers"]
    return answers


def _pdf(dice: Random) -> bytes:
    return small.pdf_of(dice.randint(*_FILE_BYTES), dice.randbytes(16).hex().encode())


def _answers(form: str, example: str, email: str) -> dict[str, Any]:
    """Return answers of somebody else each time: one address gets three receipts a day."""
    answers = dict(_example(form, example))
    return answers | {"contact": {**answers["contact"], "email": email}}


def _in_json(form: str, example: str, later: int) -> Callable[[str, str, Random], Post]:
    def made(key: str, email: str, dice: Random) -> Post:
        body = json.dumps(_answers(form, example, email)).encode()
        return Post(key, form, email, body, JSON, later=tuple(_pdf(dice) for _ in range(later)))

    return made


def _with_files(form: str, example: str) -> Callable[[str, str, Random], Post]:
    def made(key: str, email: str, dice: Random) -> Post:
        answers = _answers(form, example, email)
        files = [_pdf(dice) for _ in answers["records"]]
        placed = {n: (f"report {n}.pdf", content) for n, content in enumerate(files)}
        body, content_type = Sample(form, answers, placed).body()
        return Post(key, form, email, body, content_type, tuple(files))

    return made


_KINDS: Sequence[tuple[int, Callable[[str, str, Random], Post]]] = (
    (3, _in_json("general-inquiry", "only-what-is-required", later=0)),
    (2, _with_files("general-inquiry", "with-records")),
    (3, _with_files("rheumatoid-arthritis", "only-what-is-required")),
    (2, _in_json("rheumatoid-arthritis", "every-record-promised", later=2)),
)
"""How often each kind is sent, in tenths."""


def post(client: int, number: int, seed: int) -> Post:
    """Return what *client* sends as its inquiry *number*: the same for every run of a seed."""
    dice = Random(f"post {seed} {client} {number}")  # noqa: S311
    make = dice.choices([kind for _, kind in _KINDS], [often for often, _ in _KINDS])[0]
    name = f"{client}-{number}"
    return make(f"load {seed} {name}", f"patient-{name}@patients.example", dice)


def wish(content: bytes, number: int) -> dict[str, Any]:
    """Return how a script asks to send one of the files that come later."""
    return {
        "method": "PUT",
        "key": f"file-{number}",
        "slot": ("blood", "urine")[number % 2],
        "name": f"later {number}.pdf",
        "type": _PDF,
        "size": len(content),
    }
