"""Pages as HTML: the form, empty or with what was typed, and messages."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from intake.captcha import Widget
from intake.errors import Problem
from intake.forms import Form
from intake.pages import assets
from intake.pages.carried import carried
from intake.pages.consent_cards import ConsentCard, consent_cards
from intake.pages.fields import Control, Walk
from intake.pages.file_kinds import STARTS, WRITINGS
from intake.pages.notes import Notes
from intake.pages.record_cards import RecordCards, record_cards
from intake.pages.steps import Block, Steps
from intake.widgets import type_of
from intake.words import Words

if TYPE_CHECKING:
    from jinja2 import Environment

PAGES = Path(__file__).parent
# Records and the reasons why there are none share a card.
_INSIDE_RECORDS = "missing_records"
_REMOVE = "-"
_INDEX_DIGITS = 3
_TWO = 2
# Texts of the script's pages that stand in their markup, so that the script need not have them.
_DRAWN = frozenset(
    (
        *("records", "title", "keep_open", "step", "next", "back", "choose", "send_files"),
        *("photo", "folder", "drop", "save", "save_help", "saved", "saved_go", "saved_delete"),
    )
)


@dataclass(frozen=True)
class Section:
    """One headed part of the form. A section that is one field leaves the id to it."""

    name: str
    title: str
    intro: str | None
    errors: tuple[str, ...] = ()
    parts: tuple[Control, ...] = ()
    records: RecordCards | None = None
    consents: tuple[ConsentCard, ...] = ()
    step: int | None = None  # that shows it, if one shows all of it
    blocks: tuple[Block, ...] = ()  # its parts, by the step that shows them
    is_step: bool = False  # a step's own heading says its title already

    @property
    def is_one_field(self) -> bool:
        """Whether the section is named after its only field."""
        return [part.path for part in self.parts] == [self.name]


def render_form(
    form: Form,
    words: Words,
    *,
    clinic_name: str,
    action: str,
    idempotency_key: str,
    values: Mapping[str, Any] | None = None,
    problems: Sequence[Problem] = (),
    more: str = "",
    started: str = "",
    captcha: Widget | None = None,
) -> str:
    """
    Return the page of *form*, which posts to *action*; *started* tells when it was first shown.

    *values* are answers as typed, valid or not; with *problems* it is the page that says what
    to mend. *more* is the value of the button `_more`: the dotted path of a list that gets one
    more empty group, or "-" and the path of a group that goes.
    """
    again = values is not None
    answers = _without(values or {}, more.removeprefix(_REMOVE)) if _removes(more) else values or {}
    walk = Walk(form, words, Notes.of(words, problems), more)
    steps = Steps.of(form, words)
    sections = tuple(_placed(each, steps) for each in _sections(walk, answers))
    summary = walk.notes.summary("form")
    title = words.text("form.title")
    return render(
        "form.html",
        words,
        clinic_name,
        title=words.text("page.error_title", title=title) if summary else title,
        action=action,
        again=again,
        languages=other_languages(form, words),
        summary=summary,
        minutes=int(words.text("form.minutes")),
        days=form.meta["service"]["answer_within_working_days"],
        steering=[
            ("_id", idempotency_key),
            ("_language", words.locale),
            ("form_locale", words.locale),
            *([("_started", started)] if started else ()),
        ],
        captcha=captcha,
        honeypot=form.meta["honeypot"],
        sections=sections,
        titles=steps.said(words),
        version=form.meta["version"],
        carried=carried(walk, answers, problems),
    )


def render_message(
    words: Words, *, clinic_name: str, title: str, text: str, back: str | None = None
) -> str:
    """Return a page that says one thing, with a way *back* to a form if there is one."""
    return render("message.html", words, clinic_name, title=title, text=text, back=back)


def render(template: str, words: Words, clinic_name: str, **values: Any) -> str:
    """Return the page of *template*, which sees *values*, the words as `w`, and the clinic."""
    page: str = _environment().get_template(template).render(values, w=words, clinic=clinic_name)
    return page


def _sections(walk: Walk, answers: Mapping[str, Any]) -> Iterator[Section]:
    properties = walk.form.tree["properties"]
    for name in walk.form.meta["sections"]:
        if name == _INSIDE_RECORDS:
            continue
        title = walk.words.text(f"sections.{name}.title")
        intro = walk.words.maybe(f"sections.{name}.intro")
        walk.drawn.add(name)
        if name == "records":
            cards = record_cards(walk, answers)
            errors = walk.notes.take(name, name, _INSIDE_RECORDS)
            yield Section(name, title, intro, errors, records=cards)
        elif name == "consents":
            consents = consent_cards(walk, answers)
            errors = walk.notes.take(name, name)
            yield Section(name, title, intro, errors, consents=consents)
        elif type_of(properties[name]) == "object":
            errors = walk.notes.take(name, name)
            parts = walk.controls(properties[name], name, answers.get(name))
            yield Section(name, title, intro, errors, parts)
        else:
            part = walk.part(walk.form.tree, name, "", answers.get(name))
            yield Section(name, title, intro, parts=(part,))


def _placed(section: Section, steps: Steps) -> Section:
    """Tell *section* which step shows it, or each of its parts."""
    blocks = steps.blocks(section.parts)
    whole = len(blocks) < _TWO
    place = section.parts[0].path if whole and section.parts else section.name
    step = steps.at(place) if whole else None
    shown = {step} if whole else {n for n, _ in blocks}
    is_step = steps.are_shown and section.title in {steps.titles[n] for n in shown if n is not None}
    return replace(section, blocks=blocks, step=step, is_step=is_step)


def _removes(more: str) -> bool:
    return more.startswith(_REMOVE)


def _without(answers: Mapping[str, Any], path: str) -> Mapping[str, Any]:
    """Return *answers* without the entry of a list at *path*; unchanged if there is none."""
    changed = copy.deepcopy(dict(answers))
    *parents, last = path.split(".")
    node: Any = changed
    for part in parents:
        node = node.get(part) if isinstance(node, dict) else None
    # isdigit alone takes "²" too, which int refuses.
    is_index = last.isascii() and last.isdigit() and len(last) <= _INDEX_DIGITS
    if isinstance(node, list) and is_index and int(last) < len(node):
        del node[int(last)]
    return changed


def other_languages(form: Form, words: Words) -> list[tuple[str, str]]:
    """Return (locale, its own name for itself) of the other locales that *form* is offered in."""
    return [
        (locale, Words(locale, {}).own_name) for locale in form.locales if locale != words.locale
    ]


@cache
def _environment() -> Environment:
    # 40 ms that a JSON post does not pay.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415
    from markupsafe import Markup  # noqa: PLC0415

    environment = Environment(
        loader=FileSystemLoader(PAGES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    # Ours, and hashed as it is: the one text on a page that must not be escaped.
    environment.globals["style"] = Markup(assets.style())  # noqa: S704
    environment.globals["script_path"] = assets.script_path()
    environment.globals["element_style_path"] = assets.element_style_path()
    environment.globals["script_integrity"] = assets.digest(assets.script())
    environment.globals["drawn_words"] = _DRAWN
    environment.globals["file_starts"] = STARTS
    environment.globals["file_writings"] = WRITINGS
    # In single quotes JSON needs no escapes, which are a part of what a page weighs.
    environment.filters["in_quotes"] = lambda text: Markup(  # noqa: S704
        text.replace("&", "&amp;").replace("'", "&#39;")
    )
    environment.policies["json.dumps_kwargs"] = {"ensure_ascii": False, "separators": (",", ":")}
    return environment
