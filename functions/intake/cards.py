"""The two parts of a page that are no plain fields: one card per record, one per consent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from intake.fields import Choice, Control, Walk
from intake.formats import Formats
from intake.forms import Notice
from intake.recency import window_days

# Images and their report are one record only here (domain: complete means both).
IMAGING = "radiology"
IMAGING_FIELDS = ("modality", "body_site", "is_images", "is_report")
_DICOM = "application/dicom"
_METHOD = "checkbox_unticked_default"


@dataclass(frozen=True)
class RecordCard:
    """What the page asks for under one requirement, or for one record of a free kind."""

    path: str
    target: str
    name: str
    need: str  # mandatory, expected, optional; "" where the sender picks the kind
    help: Sequence[str]
    errors: tuple[str, ...]
    hidden: Sequence[tuple[str, str]]
    parts: tuple[Control, ...]
    accept: str  # file types for the browser's picker; "" offers all
    types: str  # the same for people
    filled: bool
    absence: tuple[Control, ...] = ()
    absence_given: bool = False


@dataclass(frozen=True)
class ConsentCard:
    """One published text with its box to tick."""

    path: str
    notice: Notice
    direction: str  # of the notice, which may be in another language than the page
    required: bool
    granted: bool
    errors: tuple[str, ...]
    hidden: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class RecordCards:
    """All records of a page: a card for what is needed or expected, then any others."""

    asked: tuple[RecordCard, ...]
    others: tuple[RecordCard, ...]
    can_grow: bool


def record_cards(walk: Walk, answers: Mapping[str, Any]) -> RecordCards:
    """
    Return the cards, each filled with the first record of its kind.

    An index in a name is the record's place in the answers, so that problems find their card;
    cards without a record take the indexes behind them.
    """
    records, missing = _entries(answers, "records"), _entries(answers, "missing_records")
    places = _Places(records, "requirement"), _Places(missing, "slot")
    asked = tuple(
        _asked_card(walk, requirement, records, missing, places)
        for requirement in walk.form.requirements
        if requirement["need"] != "optional"
    )
    others = [place for place in range(len(records)) if place not in places[0].used]
    most = walk.form.tree["properties"]["records"].get("maxItems", len(records) + 1)
    if walk.more == "records" or not (asked or others):
        others.append(places[0].take(None))
    return RecordCards(
        asked=asked,
        others=tuple(
            _other_card(walk, n, place, records) for n, place in enumerate(others, start=1)
        ),
        can_grow=len(asked) + len(others) < most,
    )


def consent_cards(walk: Walk, answers: Mapping[str, Any]) -> tuple[ConsentCard, ...]:
    """Return a card per purpose that this form asks consent for, in a text that is published."""
    given = _entries(answers, "consents")
    places = _Places(given, "purpose")
    cards = []
    for asked in walk.form.meta["consents"]:
        notice = walk.form.notice(asked["purpose"], walk.words.locale)
        if notice is None:
            raise LookupError(f"no published text for consent {asked['purpose']}")
        place = places.take(notice.purpose)
        path = f"consents.{place}"
        hidden = {
            "purpose": notice.purpose,
            "notice_sha256": notice.sha256,
            "method": _METHOD,
        }
        walk.drawn |= {path, f"{path}.decision", *(f"{path}.{name}" for name in hidden)}
        cards.append(
            ConsentCard(
                path=path,
                notice=notice,
                direction=Formats(notice.locale).direction,
                required=asked["need"] == "required",
                granted=place < len(given) and given[place].get("decision") == "granted",
                errors=walk.notes.take(
                    f"{path}.decision",
                    path,
                    *(f"{path}.{name}" for name in ("decision", *hidden)),
                    key=f"{notice.purpose}_needed",
                ),
                hidden=[(f"{path}.{name}", value) for name, value in hidden.items()],
            )
        )
    return tuple(cards)


class _Places:
    """Which place of a list belongs to which kind; new places come behind the last."""

    def __init__(self, entries: Sequence[Mapping[str, Any]], kind: str) -> None:
        self._first: dict[Any, int] = {}
        for place, entry in enumerate(entries):
            if isinstance(entry.get(kind), str):
                self._first.setdefault(entry[kind], place)
        self._next = len(entries)
        self.used: set[int] = set()

    def take(self, kind: str | None) -> int:
        place = self._first.get(kind, self._next) if kind else self._next
        if place == self._next:
            self._next += 1
        self.used.add(place)
        return place


def _asked_card(
    walk: Walk,
    requirement: Mapping[str, Any],
    records: Sequence[Mapping[str, Any]],
    missing: Sequence[Mapping[str, Any]],
    places: tuple[_Places, _Places],
) -> RecordCard:
    kind = requirement["kind"]
    place, absent = places[0].take(kind), places[1].take(kind)
    path, absence = f"records.{place}", f"missing_records.{absent}"
    record = records[place] if place < len(records) else {}
    entry = missing[absent] if absent < len(missing) else {}
    can_be_absent = "missing_records" in walk.form.tree["properties"]
    hidden = [(f"{path}.requirement", kind)]
    if can_be_absent:
        hidden.append((f"{absence}.slot", kind))
    walk.drawn |= {path, absence, *(name for name, _ in hidden)}
    return RecordCard(
        path=path,
        target=path,
        name=walk.words.text(f"requirements.{kind}.name"),
        need=requirement["need"],
        help=_help(walk, requirement),
        errors=walk.notes.take(
            path, path, absence, f"{absence}.slot", f"{path}.requirement", key=f"{kind}_needed"
        ),
        hidden=hidden,
        parts=_record_parts(walk, path, record, kind),
        accept=_accept(requirement),
        types=_names(requirement["types"]),
        filled=place < len(records),
        absence=_absence(walk, absence, entry) if can_be_absent else (),
        absence_given=bool(entry),
    )


def _other_card(
    walk: Walk, n: int, place: int, records: Sequence[Mapping[str, Any]]
) -> RecordCard:
    path = f"records.{place}"
    record = records[place] if place < len(records) else {}
    kind = record.get("requirement", "")
    offered = {each["kind"]: each for each in walk.form.requirements}
    walk.drawn |= {path, f"{path}.requirement"}
    which = Control(
        kind="select",
        path=f"{path}.requirement",
        label=walk.words.label("records.requirement"),
        help=walk.words.help("records.requirement"),
        target=f"{path}.requirement",
        errors=walk.notes.take(f"{path}.requirement", f"{path}.requirement"),
        choices=tuple(
            Choice(each, walk.words.text(f"requirements.{each}.name"), each == kind)
            for each in offered
        ),
    )
    return RecordCard(
        path=path,
        target=path,
        name=walk.words.text("page.item", label=walk.words.entry("records"), n=n),
        need="",
        help=_help(walk, offered[kind]) if kind in offered else (),
        errors=walk.notes.take(path, path),
        hidden=(),
        parts=(which, *_record_parts(walk, path, record, kind)),
        accept=_accept(offered[kind]) if kind in offered else "",
        types=_names(type_ for each in offered.values() for type_ in each["types"]),
        filled=place < len(records),
    )


def _record_parts(
    walk: Walk, path: str, record: Mapping[str, Any], kind: str
) -> tuple[Control, ...]:
    """Return the controls about one record: what is always asked, and what was answered."""
    properties = walk.form.tree["properties"]["records"]["items"]["properties"]
    asked = {"document_date", *(IMAGING_FIELDS if kind == IMAGING else ()), *record}
    return tuple(
        walk.control(
            schema,
            f"{path}.{name}",
            record.get(name),
            optional=name != "document_date" or kind not in _dated(walk),
        )
        for name, schema in properties.items()
        if name != "requirement" and (name in asked or walk.notes.touches(f"{path}.{name}"))
    )


def _dated(walk: Walk) -> set[str]:
    """Return the kinds that can be too old, so that their date is not optional."""
    return {each["kind"] for each in walk.form.requirements if each["need"] == "mandatory"}


def _absence(walk: Walk, path: str, entry: Mapping[str, Any]) -> tuple[Control, ...]:
    """Return the controls for a record that is not added now; the first choice undoes that."""
    properties = walk.form.tree["properties"]["missing_records"]["items"]["properties"]
    reason = walk.control(properties["reason"], f"{path}.reason", entry.get("reason"))
    here = Choice("", walk.words.text("page.adding_now"), chosen=False)
    expected = walk.control(
        properties["expected_by"], f"{path}.expected_by", entry.get("expected_by"), optional=True
    )
    return (replace(reason, choices=(here, *reason.choices)), expected)


def _help(walk: Walk, requirement: Mapping[str, Any]) -> tuple[str, ...]:
    """Say what to send under a requirement, and how recent it should be."""
    kind, words = requirement["kind"], walk.words
    lines = [words.maybe(f"requirements.{kind}.{part}") for part in ("ask", "help")]
    return (*_window(walk, requirement["recency"]), *(line for line in lines if line))


def _window(walk: Walk, recency: str | None) -> tuple[str, ...]:
    """Say in one line how old a record may be, from the policy; other ages by modality."""
    if recency is None:
        return ()
    days = window_days(recency, None, walk.form.policy)
    if days is None:
        return ()
    by_modality = walk.form.policy["windows"][recency].get("by_modality", {})
    lines = [walk.words.text("page.recent", days=days)]
    lines += [
        walk.words.text(
            "page.recent_kind",
            kind=walk.words.option("records.modality", modality),
            days=other,
        )
        for modality, other in by_modality.items()
        if other != days
    ]
    return (" · ".join(lines),)


def _accept(requirement: Mapping[str, Any]) -> str:
    """Return the file types to offer; none where DICOM may come, whose files have no ending."""
    types: Sequence[str] = requirement["types"]
    return "" if _DICOM in types else ",".join(types)


def _names(types: Iterable[str]) -> str:
    """Name file types by their usual endings: "PDF, JPEG"."""
    return ", ".join(dict.fromkeys(each.partition("/")[2].upper() for each in types))


def _entries(answers: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """Return the entries of a list of groups; whatever else was posted as one is empty."""
    found = answers.get(name)
    entries = found if isinstance(found, list) else []
    return [entry if isinstance(entry, Mapping) else {} for entry in entries]
