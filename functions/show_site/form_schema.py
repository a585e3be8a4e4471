"""A form's schema for strangers: without what our own pages alone need, with fields' names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from intake.forms import Form, Notice
from intake.words import Words

# Parts of the whole that the document says by itself.
_OURS = frozenset({"$schema", "$id", "$comment"})
# Whatever else begins so is dropped before the answers are looked at; but this is an answer to us.
_STEERING = "^_(?!replyto$)"


def form_schema(form: Form, words: Words) -> dict[str, Any]:
    """Return the schema of the answers to *form*, each field with its words."""
    shown = _shown(form.tree, "", words)
    # Which texts there are to consent to, word for word: a page of one's own has to show them.
    shown["properties"]["consents"]["items"]["oneOf"] = [
        _notice(one) for one in form.notices.values()
    ]
    return {
        **shown,
        "title": words.text("form.title"),
        "patternProperties": {_STEERING: {"type": "string"}},
    }


def _notice(notice: Notice) -> dict[str, Any]:
    return {
        "title": f"{notice.title} ({notice.locale}, {notice.version})",
        "description": notice.text,
        "properties": {
            "purpose": {"const": notice.purpose},
            "notice_sha256": {"const": notice.sha256},
        },
    }


def _shown(schema: Any, path: str, words: Words) -> Any:
    """Return *schema*, of the field at *path*, without keywords of ours."""
    if not isinstance(schema, Mapping):
        return schema
    kept = {name: each for name, each in schema.items() if not _is_ours(name)}
    for name, each in kept.items():
        if name == "properties":
            kept[name] = {one: _field(inner, f"{path}.{one}", words) for one, inner in each.items()}
        elif name == "items":
            kept[name] = _shown(each, path, words)
        elif name in {"allOf", "anyOf", "oneOf"}:
            kept[name] = [_bare(inner) for inner in each]
        elif name in {"if", "then", "else", "not", "contains"}:
            kept[name] = _bare(each)
    return kept


def _field(schema: Any, path: str, words: Words) -> Any:
    path = path.lstrip(".")
    shown = _shown(schema, path, words)
    if not isinstance(shown, dict):
        return shown
    unit = schema.get("x-unit")
    helps = (words.help(path), f"In {unit}." if unit else None)
    told = {"title": words.label(path), "description": " ".join(filter(None, helps))}
    return {name: text for name, text in told.items() if text} | shown


def _bare(schema: Any) -> Any:
    """Return a condition without keywords of ours; its fields were named above."""
    if isinstance(schema, list):
        return [_bare(each) for each in schema]
    if isinstance(schema, Mapping):
        return {name: _bare(each) for name, each in schema.items() if not _is_ours(name)}
    return schema


def _is_ours(keyword: str) -> bool:
    return keyword in _OURS or keyword.startswith("x-")


def flat(answers: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Yield *answers* as a plain form posts them: dotted names, every value a text."""
    inner: Any = answers
    if isinstance(answers, list):
        inner = {str(n): each for n, each in enumerate(answers)}
    if not isinstance(inner, Mapping):
        yield name, str(inner).lower() if isinstance(inner, bool) else str(inner)
        return
    for part, each in inner.items():
        yield from flat(each, f"{name}.{part}" if name else part)
