"""The fields of a posted form as answers: nested by dotted names, typed by the schema."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from intake import captcha
from intake.forms import Form
from intake.reading.dotted import ABSENT, Node
from intake.reading.typed import date_from_boxes, scalar
from intake.widgets import DATE_BOXES, type_of, widget

# Names that steer the answer and are never part of the answers. Whatever else begins with an
# underscore is dropped, but `_replyto`: form clients mean the sender's address by it.
CONTROLS = frozenset(
    {
        *("_gotcha", "_next", "redirect", "_language", "_id", "_started", "_more", "_files"),
        *captcha.FIELDS,
    }
)
IGNORED = frozenset({"_subject", "_format", "form-name", "from_name", "access_key"})
# Elsewhere these let a page decide where patients' data goes: an attempt is worth a log line.
ROUTING = frozenset(
    {
        *("_to", "_cc", "_bcc", "ccemail", "_webhook", "webhook"),
        *("_template", "_autoresponse", "_captcha", "_blacklist"),
    }
)

STEERING = CONTROLS | IGNORED | ROUTING


@dataclass(frozen=True)
class Decoded:
    """
    Answers, and where each file belongs after empty groups went.

    `files` maps the name of a file's part as posted ("records.3.file") to the name that fits
    the answers ("records.1.file").
    """

    answers: dict[str, Any]
    files: Mapping[str, str]


def split_control_fields(
    pairs: Iterable[tuple[str, str]], honeypot: str | None = None
) -> tuple[dict[str, str], list[tuple[str, str]], list[str]]:
    """
    Take the fields that are no answers out of *pairs*.

    Returns the control fields (of a repeated one the first; the form's own *honeypot* is one
    of them), the answers, and the names of fields that tried to route the mail.
    """
    controls: dict[str, str] = {}
    rest: list[tuple[str, str]] = []
    ignored: list[str] = []
    for name, value in pairs:
        if name in CONTROLS or name == honeypot:
            controls.setdefault(name, value)
        elif name in ROUTING:
            ignored.append(name)
        elif name == "_replyto" or not (name in IGNORED or name.startswith("_")):
            rest.append((name, value))
    return controls, rest, ignored


def decode(
    form: Form, fields: Iterable[tuple[str, str]], file_names: Iterable[str] = ()
) -> Decoded:
    """
    Read the *fields* of a urlencoded or multipart post as answers to *form*.

    Indexes are closed up, empty values and empty groups go (a file makes its group non-empty),
    a consent that was not ticked is a refused one. Unknown names and text of the wrong type
    stay, so that the schema refuses them. Raises MalformedError where names contradict each
    other (a single answer given twice) or break a bound.
    """
    cards = frozenset(each["kind"] for each in form.requirements if each["need"] != "optional")
    reader = _Reader(cards)
    answers = reader.group(Node.tree(fields, file_names), form.tree, ())
    return Decoded(answers, reader.files)


@dataclass
class _Reader:
    """Walks posted names and schema side by side; `path` is where a value ends up."""

    cards: frozenset[str]
    files: dict[str, str] = field(default_factory=dict)

    def value(self, node: Node, schema: Mapping[str, Any], path: tuple[str, ...]) -> Any:
        self.place_files(node, path)
        kind, control = type_of(schema), widget(schema)
        if kind == "array":
            return self.several(node, schema, path)
        if control in DATE_BOXES and node.below(DATE_BOXES[control]):
            return date_from_boxes(node, control)
        if kind == "object" and not node.values:
            return self.group(node, schema, path) or ABSENT
        if node.children or kind == "object":
            return self.unknown(node, path)
        return scalar(node.only, schema)

    def group(self, node: Node, schema: Mapping[str, Any], path: tuple[str, ...]) -> dict[str, Any]:
        known = schema.get("properties", {})
        found: dict[str, Any] = {}
        for name, child in node.children.items():
            inner = (*path, name)
            value = (
                self.value(child, known[name], inner)
                if name in known
                else self.unknown(child, inner)
            )
            if value is not ABSENT:
                found[name] = value
        if path[:1] == ("consents",) and "purpose" in found:
            found.setdefault("decision", "refused")
        for name in schema.get("required", ()):
            if name not in found:
                found |= _empty(name, known.get(name, {}))
        return found

    def several(self, node: Node, schema: Mapping[str, Any], path: tuple[str, ...]) -> Any:
        items = schema.get("items", {})
        if type_of(items) != "object":
            texts = [*node.values, *(child.only for child in node.numbered())]
            values = (scalar(text, items) for text in texts)
            return [value for value in values if value is not ABSENT] or ABSENT
        if node.values:
            return node.plain
        found: list[Any] = []
        for child in node.numbered():
            item = self.value(child, items, (*path, str(len(found))))
            if child.holds_files or not self.is_empty(item, items):
                found.append({} if item is ABSENT else item)
        return found or ABSENT

    def unknown(self, node: Node, path: tuple[str, ...]) -> Any:
        self.place_files(node, path)
        for name, child in node.children.items():
            self.unknown(child, (*path, name))
        return node.plain

    def place_files(self, node: Node, path: tuple[str, ...]) -> None:
        for name in node.files:
            self.files[name] = ".".join(path)

    def is_empty(self, item: Any, schema: Mapping[str, Any]) -> bool:
        """Tell whether nobody filled in the group *item*: what our page fixed doesn't count."""
        if not isinstance(item, dict):
            return item is ABSENT
        known = schema.get("properties", {})
        return all(
            name in known and (widget(known[name]) == "hidden" or self.is_card(name, value))
            for name, value in item.items()
        )

    def is_card(self, name: str, value: Any) -> bool:
        """Tell whether this names a requirement for which every page has a card."""
        return name in {"requirement", "slot"} and isinstance(value, str) and value in self.cards


def _empty(name: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    """
    Return what stands for a required but empty part of a form.

    A group stays, so that each of its fields is asked for by name and not the group as one; a
    list that may be empty was answered by leaving it empty.
    """
    kind = type_of(schema) if schema else ""
    if kind == "object":
        inner: dict[str, Any] = {}
        for part in schema.get("required", ()):
            inner |= _empty(part, schema.get("properties", {}).get(part, {}))
        return {name: inner}
    if kind == "array" and not schema.get("minItems"):
        return {name: []}
    return {}
