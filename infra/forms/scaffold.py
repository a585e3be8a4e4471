"""A new form about an illness, complete from the start: it can be sent before a word is changed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from infra.forms.examples import shortest, taken
from infra.forms.refusals import REFUSED
from intake.forms import Forms, read

_TEMPLATE = Path(__file__).parent / "template"
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_LONGEST = 40
# Its locales and its consent texts are those that a new form begins with.
_MODEL = "general-inquiry"
# Examples are judged on a fixed day (tests/contract/test_examples.py), a month after this one.
_SENT_ON = "2026-10-20"


class RefusedError(Exception):
    """No form can be begun under this name. The message says why, and what to do."""


def new(schemas: Path, name: str, today: date) -> list[Path]:
    """Write the folder of the form *name*; return its files. Raises RefusedError."""
    if not _NAME.fullmatch(name) or len(name) > _LONGEST:
        raise RefusedError(
            f"“{name}” is no name for a form: it stands in addresses. Use at most {_LONGEST} small"
            " letters, digits and single dashes, a letter first, such as knee-pain."
        )
    forms = Forms(schemas)
    folder = schemas / "forms" / name
    if name in forms.names() or folder.exists():
        raise RefusedError(f"There is a form “{name}” already. Take another name, or change that.")
    written = []
    for place, value in _files(forms, name, today):
        path = folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(value, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        written.append(path)
    return written


def _files(forms: Forms, name: str, today: date) -> Iterator[tuple[str, Any]]:
    model, title = forms.get(_MODEL), name.replace("-", " ").capitalize()
    schema = read(_TEMPLATE / "schema.json")
    schema |= {"$id": f"https://intake.invalid/forms/{name}/schema.json", "title": title}
    yield "schema.json", schema
    settings = read(_TEMPLATE / "form.json")
    settings |= {"version": today.isoformat(), "default_locale": model.meta["default_locale"]}
    yield "form.json", settings | {"locales": model.meta["locales"]}
    words = read(_TEMPLATE / "words.json")
    words["form"]["title"] = title
    for locale in model.meta["locales"]:
        review = "source" if locale == "en" else "unreviewed"
        yield f"locales/{locale}.json", words | {"review": review}
    notice = model.notice("health_data_review", model.meta["default_locale"])
    if notice is None:
        raise RefusedError("No text for health_data_review is published: begin with that.")
    answers = shortest("other", notice.sha256, _SENT_ON)
    for example, content in taken(answers):
        yield f"examples/valid/{example}.json", content
    for broken in REFUSED:
        yield f"examples/invalid/{broken.name}.json", broken.file(answers)
