"""From a form's schema to the controls of its page, filled with what was typed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from intake.forms import Form
from intake.pages import checks, conditions
from intake.pages.conditions import Asked
from intake.pages.notes import Notes
from intake.reading.typed import boxes_of_date
from intake.widgets import DATE_BOXES, type_of, widget
from intake.words import Words

# The choice that undoes a choice: without a script, a radio can't be cleared.
_NO_ANSWER = ""
_MOST_IN_A_ROW = 4
_SHORT_LABEL = 14
_NEUTRAL = frozenset({"unknown", "not_applicable"})


@dataclass(frozen=True)
class Choice:
    """One radio, checkbox or option."""

    value: str
    label: str
    chosen: bool


@dataclass(frozen=True)
class Control:
    """
    One question, or a group or list of them (`parts`), as the templates draw it by `kind`.

    `path` is name and id of the input; `target` is the id that a link to a problem leads to.
    """

    kind: str
    path: str
    label: str
    target: str
    help: str | None = None
    optional: bool = False
    depends: bool = False  # another answer decides whether it is needed
    errors: tuple[str, ...] = ()
    value: str = ""
    choices: tuple[Choice, ...] = ()
    boxes: Mapping[str, str] = field(default_factory=dict)
    parts: tuple[Control, ...] = ()
    numeric: str = ""  # inputmode of a number
    can_grow: bool = False
    can_shrink: bool = False  # one of its groups holds something
    unit: str = ""
    slip: checks.Slip | None = None
    data: Mapping[str, str] = field(default_factory=dict)  # what the page's script goes by

    @property
    def short(self) -> bool:
        """Whether the choices fit beside each other, two in a row on a phone."""
        longest = max((len(choice.label) for choice in self.choices), default=0)
        return len(self.choices) <= _MOST_IN_A_ROW and longest <= _SHORT_LABEL


@dataclass
class Walk:
    """
    Walks schema and answers side by side, in the order of the page.

    *more* is what the button was about that sent the form without wanting to store it: a list
    to add a group to. `drawn` collects the names that the page will post.
    """

    form: Form
    words: Words
    notes: Notes
    more: str = ""
    drawn: set[str] = field(default_factory=set)

    def controls(
        self, schema: Mapping[str, Any], path: str, value: Any, *, in_list: bool = False
    ) -> tuple[Control, ...]:
        """Return the controls of an object's properties; `path` is "" for the whole form."""
        values = value if isinstance(value, Mapping) else {}
        return tuple(
            self.part(schema, name, path, values.get(name), in_list=in_list)
            for name, inner in schema.get("properties", {}).items()
            if not inner.get("x-omit-from-page") and widget(inner) != "hidden"
        )

    def part(
        self,
        schema: Mapping[str, Any],
        name: str,
        of: str,
        value: Any,
        *,
        in_list: bool = False,
    ) -> Control:
        """Return the control of the property *name* of the object at *of*, and when it is asked."""
        asked = conditions.of(schema).get(name, Asked())
        inner, required = schema["properties"][name], name in schema.get("required", ())
        path = f"{of}.{name}" if of else name
        # What is only shown when it is needed needs no "optional".
        depends = not required and bool(inner.get("x-conditional") and asked.needed)
        optional = not required and not depends
        drawn = self.control(inner, path, value, optional=optional, in_list=in_list)
        asks = checks.asking(self.words, inner, path, asked, required=required)
        return replace(drawn, depends=depends, data={**drawn.data, **asks})

    def control(
        self,
        schema: Mapping[str, Any],
        path: str,
        value: Any,
        *,
        optional: bool = False,
        in_list: bool = False,
    ) -> Control:
        """Return the control that asks for one value."""
        kind = widget(schema)
        self.drawn.add(path)
        if kind in DATE_BOXES:
            drawn = self._date(kind, path, value, optional=optional)
            return replace(drawn, data=checks.checking(self.words, schema, path))
        if kind == "group":
            return self._group(schema, path, value, optional=optional, in_list=in_list)
        if kind in {"list", "texts"}:
            return self._list(schema, path, value, optional=optional)
        choices = self._choices(schema, kind, path, value)
        if kind == "checkboxes" and isinstance(value, list):
            self.drawn |= {f"{path}.{n}" for n in range(len(value))}
        if kind == "radio" and optional and not in_list:
            choices = self._with_a_way_back(choices)
        # A group of a list has to be emptied to go away, and a select can be.
        if kind == "radio" and in_list:
            kind = "select"
        return Control(
            kind=kind,
            path=path,
            label=self.words.label(path),
            help=self.words.help(path),
            optional=optional,
            target=path,
            errors=self.notes.take(path, path),
            value=as_typed(value),
            choices=choices,
            numeric={"integer": "numeric", "number": "decimal"}.get(type_of(schema), ""),
            unit=schema.get("x-unit") or "",
            data=checks.checking(self.words, schema, path),
            slip=checks.slip(self.words, schema),
        )

    def _date(self, kind: str, path: str, value: Any, *, optional: bool) -> Control:
        boxes = boxes_of_date(as_typed(value), kind)
        # As stored text has them; most languages say it the other way round.
        said = DATE_BOXES[kind] if self.words.year_first else reversed(DATE_BOXES[kind])
        in_order = {box: boxes[box] for box in said}
        target = f"{path}.{next(iter(in_order))}"
        return Control(
            kind="date",
            path=path,
            label=self.words.label(path),
            help=self.words.help(path),
            optional=optional,
            target=target,
            errors=self.notes.take(target, path),
            boxes=in_order,
        )

    def _group(
        self, schema: Mapping[str, Any], path: str, value: Any, *, optional: bool, in_list: bool
    ) -> Control:
        return Control(
            kind="group",
            path=path,
            label=self.words.label(path),
            help=self.words.help(path),
            optional=optional,
            target=path,
            errors=self.notes.take(path, path),
            parts=self.controls(schema, path, value, in_list=in_list),
        )

    def _list(self, schema: Mapping[str, Any], path: str, value: Any, *, optional: bool) -> Control:
        values = value if isinstance(value, list) else []
        most = schema.get("maxItems", len(values) + 1)
        shown = min(most, max(1, len(values) + (self.more == path)))
        items = schema.get("items", {})
        errors = self.notes.take(path, path)
        for n in range(shown):
            self.notes.within(f"{path}.{n}", self._entry(path, n))
        return Control(
            kind=widget(schema),
            path=path,
            label=self.words.label(path),
            help=self.words.help(path),
            optional=optional,
            target=path,
            errors=errors,
            parts=tuple(
                self._item(items, f"{path}.{n}", values[n] if n < len(values) else None)
                for n in range(shown)
            ),
            can_grow=shown < most,
            can_shrink=bool(values),
            data={
                "list": path,
                "most": str(most),
                "entry": self.words.text("page.item", label=self.words.entry(path), n="{n}"),
            },
        )

    def _item(self, schema: Mapping[str, Any], path: str, value: Any) -> Control:
        self.drawn.add(path)
        of, _, n = path.rpartition(".")
        is_group = type_of(schema) == "object"
        return Control(
            kind="group" if is_group else "text",
            path=path,
            label=self._entry(of, int(n)),
            target=path,
            errors=self.notes.take(path, path),
            value=as_typed(value),
            parts=self.controls(schema, path, value, in_list=True) if is_group else (),
            data={"item": path, "part": ""},
        )

    def _entry(self, path: str, n: int) -> str:
        return self.words.text("page.item", label=self.words.entry(path), n=n + 1)

    def _choices(
        self, schema: Mapping[str, Any], kind: str, path: str, value: Any
    ) -> tuple[Choice, ...]:
        if kind == "checkbox":
            return (Choice("true", self.words.label(path), value is True),)
        if type_of(schema) == "boolean":
            named: Iterable[tuple[str, str]] = [
                ("true", self.words.text("page.yes")),
                ("false", self.words.text("page.no")),
            ]
        else:
            named = self._named(schema, path)
        typed = {as_typed(each) for each in value} if isinstance(value, list) else {as_typed(value)}
        return tuple(Choice(each, label, each in typed) for each, label in named)

    def _with_a_way_back(self, choices: tuple[Choice, ...]) -> tuple[Choice, ...]:
        """Let people take an optional answer back, unless one of the choices says nothing."""
        if _NEUTRAL & {choice.value for choice in choices}:
            return choices
        return (*choices, Choice(_NO_ANSWER, self.words.text("page.no_answer"), chosen=False))

    def _named(self, schema: Mapping[str, Any], path: str) -> Sequence[tuple[str, str]]:
        source = schema.get("x-options")
        if source == "territories":
            return self.words.in_order(
                (code, self.words.territory(code)) for code in schema["enum"]
            )
        if source == "languages":
            return self.words.in_order(
                (tag, self.words.language(tag)) for tag in self.form.languages
            )
        offered = schema.get("enum") or schema.get("items", {}).get("enum", ())
        return [(value, self.words.option(path, value)) for value in offered]


def as_typed(value: Any) -> str:
    """Return *value* as the text of an input; what was no single value has none."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else ""
