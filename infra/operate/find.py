"""One inquiry, as an operator may see it: what happened when, and never what a patient wrote."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime

from infra.operate.rows import Rows
from infra.operate.talk import moment
from intake.inquiry import File, Letter
from open_case import find


def named(rows: Rows, typed: str) -> str | None:
    """Return the id of the inquiry that *typed* means: its id, or its reference as one hears it."""
    typed = typed.strip()
    if typed in rows.inquiries:
        return typed
    reference = find.reference(typed)
    found = (id_ for id_, known in rows.inquiries.items() if known.reference == reference)
    return next(found, None)


def lines(rows: Rows, inquiry: str) -> Iterator[Sequence[str]]:
    """Yield each letter and each file of *inquiry*: what, state, why, next turn and stamps."""
    letters = rows.letters.get(inquiry, {}).values()
    for letter in sorted(letters, key=_began):
        doubt = "in doubt" if letter.in_doubt else None
        yield letter.kind, _state(letter), *_ends(letter, letter.reason, doubt)
    for n, file in sorted(rows.files.get(inquiry, {}).items()):
        yield f"file {n}", file.state, *_ends(file, file.reason, file.scan, file.decision)


def told(stamps: Mapping[str, datetime]) -> str:
    """Say *stamps* in the order in which they happened."""
    in_order = sorted(stamps.items(), key=lambda one: one[1])
    return ", ".join(f"{name.removesuffix('_at')} {moment(at)}" for name, at in in_order)


def _ends(item: Letter | File, *why: str | None) -> tuple[str, str, str]:
    said = ", ".join(filter(None, why))
    turn = f"next {moment(item.due_at)}" if item.due_at else "nothing next"
    return said or "-", turn, told(_stamps(item))


def _began(letter: Letter) -> datetime:
    return min(_stamps(letter).values(), default=datetime.max.replace(tzinfo=UTC))


def _stamps(item: Letter | File) -> dict[str, datetime]:
    names = (one.name for one in fields(item) if one.name.endswith("_at") and one.name != "due_at")
    return {name: at for name in names if (at := getattr(item, name))}


def _state(letter: Letter) -> str:
    """Return the last thing that is known of *letter*, in the words of its stamps."""
    ends = ("bounced", "rejected", "complained", "delivered", "undelivered", "gave_up", "closed")
    for name in (*ends, "sent"):
        if getattr(letter, f"{name}_at"):
            return name.replace("_", " ")
    return "owed" if letter.owed_at else "not owed yet"
