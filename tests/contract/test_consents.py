"""Consent texts are named by their content, and only reviewed words are published."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from intake.forms import Forms

SCHEMAS = Path(__file__).parents[2] / "schemas"
FORMS = Forms(SCHEMAS)
TEXTS = sorted(path for path in SCHEMAS.glob("consent/*.json") if path.stem != "published")
PUBLISHED = json.loads((SCHEMAS / "consent" / "published.json").read_text(encoding="utf-8"))

all_texts = pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.stem[:8])
all_published = pytest.mark.parametrize("entry", PUBLISHED, ids=lambda entry: entry["sha256"][:8])


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


@all_texts
def test_a_text_is_named_by_the_hash_of_its_content(path: Path) -> None:
    canonical = json.dumps(
        read(path), ensure_ascii=False, sort_keys=True, separators=(",", ":")
    ).encode()

    assert path.stem == hashlib.sha256(canonical).hexdigest()


@all_texts
def test_a_text_is_complete(path: Path) -> None:
    text = read(path)

    assert set(text) == {"purpose", "locale", "title", "text", "version", "translation"}
    assert all(text.values())
    assert text["translation"] in ("source", "unreviewed") or (
        set(text["translation"]) == {"reviewed_by", "reviewed_on"}
    )


@all_published
def test_what_is_published_is_there_as_described(entry: dict[str, Any]) -> None:
    text = read(SCHEMAS / "consent" / f"{entry['sha256']}.json")

    assert {name: entry[name] for name in ("purpose", "locale", "version")} == {
        name: text[name] for name in ("purpose", "locale", "version")
    }
    assert date.fromisoformat(entry["published_on"])
    assert entry["withdrawn_on"] is None or (
        date.fromisoformat(entry["published_on"]) <= date.fromisoformat(entry["withdrawn_on"])
    )
    assert set(entry["forms"]) <= {"*", *FORMS.names()}


@all_published
def test_an_unreviewed_translation_is_never_published(entry: dict[str, Any]) -> None:
    assert read(SCHEMAS / "consent" / f"{entry['sha256']}.json")["translation"] != "unreviewed"


def test_one_text_at_most_is_in_force_per_purpose_and_locale() -> None:
    in_force = [
        (entry["purpose"], entry["locale"], form)
        for entry in PUBLISHED
        if entry["withdrawn_on"] is None
        for form in (FORMS.names() if "*" in entry["forms"] else entry["forms"])
    ]

    assert len(set(in_force)) == len(in_force)


@pytest.mark.parametrize("name", FORMS.names())
def test_every_purpose_of_a_form_has_a_text_in_force(name: str) -> None:
    form = FORMS.get(name)
    for asked in form.meta["consents"]:
        assert form.notice(asked["purpose"], form.meta["default_locale"]), asked["purpose"]
        for locale in form.meta["locales"]:
            assert form.notice(asked["purpose"], locale), asked["purpose"]


@pytest.mark.parametrize("name", FORMS.names())
def test_a_text_waits_in_every_locale_of_the_form(name: str) -> None:
    """A translation that nobody reviewed is written down, so that a reviewer can begin."""
    form = FORMS.get(name)
    written = {(read(path)["purpose"], read(path)["locale"]) for path in TEXTS}

    assert written >= {
        (asked["purpose"], locale)
        for asked in form.meta["consents"]
        for locale in form.meta["locales"]
    }
