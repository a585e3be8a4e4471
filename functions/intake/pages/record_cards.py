"""The records that a form asks for, as one card each."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from intake.pages import checks, conditions
from intake.pages.conditions import Asked
from intake.pages.entries import Entries, Entry
from intake.pages.fields import Choice, Control, Walk
from intake.pages.record_rules import record_rules, window_lines
from intake.pages.record_types import accepted, said_types

# Images and their report are one record only here (domain: complete means both).
IMAGING = "radiology"
IMAGING_FIELDS = ("modality", "body_site", "is_images", "is_report")
_PROMISED = {"required": ["reason"], "properties": {"reason": {"const": "will_send_later"}}}


@dataclass(frozen=True)
class RecordCard:
    """What the page asks for under one requirement, or for one record of a free kind."""

    path: str
    name: str
    need: str  # mandatory, expected, optional; "" where the sender picks the kind
    help: Sequence[str]
    errors: tuple[str, ...]
    fixed: Sequence[tuple[str, str]]  # hidden fields
    parts: tuple[Control, ...]
    accept: str  # file types for the browser's picker; "" offers all
    types: str  # the same for people
    filled: bool
    absence: tuple[Control, ...] = ()
    absence_given: bool = False


@dataclass(frozen=True)
class RecordCards:
    """All records of a page: a card for what is needed or expected, then any others."""

    asked: tuple[RecordCard, ...]
    others: tuple[RecordCard, ...]
    can_grow: bool
    rules: Mapping[str, Any]  # for the script

    @property
    def asked_again(self) -> bool:
        """Whether files may have been chosen that the browser did not keep."""
        return any(card.filled for card in (*self.asked, *self.others))


def record_cards(walk: Walk, answers: Mapping[str, Any]) -> RecordCards:
    """
    Return the cards, each filled with the first record of its kind.

    Required and expected kinds first, then what else was posted, with one more on request.
    """
    records = Entries(answers, "records", "requirement")
    missing = Entries(answers, "missing_records", "slot")
    asked = tuple(
        _asked_card(walk, need, records.claim(need["kind"]), missing.claim(need["kind"]))
        for need in walk.form.requirements
        if need["need"] != "optional"
    )
    others = records.rest()
    if walk.more == "records" or not (asked or others):
        others.append(records.new())
    most = walk.form.tree["properties"]["records"].get("maxItems", math.inf)
    return RecordCards(
        asked=asked,
        others=tuple(_other_card(walk, n, entry) for n, entry in enumerate(others, start=1)),
        can_grow=len(asked) + len(others) < most,
        rules=record_rules(walk),
    )


def _asked_card(
    walk: Walk, requirement: Mapping[str, Any], record: Entry, absence: Entry
) -> RecordCard:
    kind = requirement["kind"]
    name = walk.words.text(f"requirements.{kind}.name")
    for entry in (record, absence):
        walk.notes.within(entry.path, name)
    fixed = [(f"{record.path}.requirement", kind)]
    can_be_absent = "missing_records" in walk.form.tree["properties"]
    if can_be_absent:
        fixed.append((f"{absence.path}.slot", kind))
    names = [record.path, absence.path, *(path for path, _ in fixed)]
    walk.drawn.update(names)
    return RecordCard(
        path=record.path,
        name=name,
        need=requirement["need"],
        help=_help(walk, requirement),
        errors=walk.notes.take(record.path, *names, key=f"{kind}_needed"),
        fixed=fixed,
        parts=_record_parts(walk, record, kind),
        accept=accepted(requirement["types"]),
        types=said_types(walk.words, requirement["types"]),
        filled=record.posted,
        absence=_absence(walk, absence) if can_be_absent else (),
        absence_given=absence.posted,
    )


def _other_card(walk: Walk, n: int, record: Entry) -> RecordCard:
    """Return the card of a record whose kind the sender picks."""
    path = f"{record.path}.requirement"
    name = walk.words.text("page.item", label=walk.words.entry("records"), n=n)
    walk.notes.within(record.path, name)
    offered = {each["kind"]: each for each in walk.form.requirements}
    chosen = next((each for each in offered if each == record.values.get("requirement")), "")
    walk.drawn |= {record.path, path}
    return RecordCard(
        path=record.path,
        name=name,
        need="",
        help=_help(walk, offered[chosen]) if chosen else (),
        errors=walk.notes.take(record.path, record.path),
        fixed=(),
        parts=(
            Control(
                kind="select",
                path=path,
                label=walk.words.label(path),
                help=walk.words.help(path),
                target=path,
                errors=walk.notes.take(path, path),
                choices=tuple(
                    Choice(each, walk.words.text(f"requirements.{each}.name"), each == chosen)
                    for each in offered
                ),
            ),
            *_record_parts(walk, record, chosen),
        ),
        accept=accepted(offered[chosen]["types"]) if chosen else "",
        types=said_types(
            walk.words, (type_ for each in offered.values() for type_ in each["types"])
        ),
        filled=record.posted,
    )


def _record_parts(walk: Walk, record: Entry, kind: str) -> tuple[Control, ...]:
    """Return the controls about one record: what is always asked, and what was answered."""
    items = walk.form.tree["properties"]["records"]["items"]
    when = conditions.of(items)
    asked = {"document_date", *(IMAGING_FIELDS if kind == IMAGING else ()), *record.values}
    parts = []
    for name, schema in items["properties"].items():
        path = f"{record.path}.{name}"
        if name == "requirement" or not (name in asked or walk.notes.touches(path)):
            continue
        optional = name != "document_date" or kind not in _dated(walk)
        drawn = walk.control(schema, path, record.values.get(name), optional=optional)
        asks = checks.asking(walk.words, schema, path, when.get(name, Asked()), required=False)
        if kind and asks:
            # The condition is about the kind, which is known here.
            asks = {} if optional else {"need": "", "lack": asks["lack"]}
        parts.append(replace(drawn, data={**drawn.data, **asks}))
    return tuple(parts)


def _dated(walk: Walk) -> set[str]:
    """Return the kinds that can be too old, so that their date is not optional."""
    return {each["kind"] for each in walk.form.requirements if each["need"] == "mandatory"}


def _absence(walk: Walk, absence: Entry) -> tuple[Control, ...]:
    """
    Return the controls for a record that is not added now; the first choice undoes that.

    Until when is asked of who promises it: a rule of ours, which no schema says.
    """
    asked = walk.form.tree["properties"]["missing_records"]["items"]["properties"]
    reason, expected = (
        walk.control(asked[name], f"{absence.path}.{name}", absence.values.get(name))
        for name in ("reason", "expected_by")
    )
    here = Choice("", walk.words.text("page.adding_now"), chosen=False)
    promised = Asked(needed=[(_PROMISED, "expected_by_missing")])
    when = checks.asking(
        walk.words, {"x-conditional": True}, expected.path, promised, required=False
    )
    until = replace(expected, depends=True, data={**expected.data, **when})
    return (replace(reason, choices=(here, *reason.choices)), until)


def _help(walk: Walk, requirement: Mapping[str, Any]) -> tuple[str, ...]:
    """Say what to send under a requirement, and how recent it should be."""
    kind, words = requirement["kind"], walk.words
    lines = [words.maybe(f"requirements.{kind}.{part}") for part in ("ask", "help")]
    return (*window_lines(walk, requirement["recency"]), *(line for line in lines if line))
