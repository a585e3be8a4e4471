"""Which files a card offers to pick, and what people read of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from intake.forms import Forms
from intake.pages import page
from intake.pages.record_rules import KINDS
from intake.pages.record_types import said_types
from intake.words import Words
from tests.plain_browser import Page

FORMS = Forms(Path(__file__).parents[2] / "schemas")
CARDS = (("rheumatoid-arthritis", "en"), ("rheumatoid-arthritis", "th"))


def picker(name, locale, path):
    form = FORMS.get(name)
    shown = page.render_form(
        form,
        Words(locale, form.catalogues[locale]),
        clinic_name="C",
        action="/f/x",
        idempotency_key="k",
    )
    opened = Page(shown)
    return opened.by_id(f"{path}.file"), opened.by_id(f"{path}.file-help").text


def words(name, locale, *kinds):
    """Return what a picker says to take: kinds of file as people call them."""
    said = Words(locale, FORMS.get(name).catalogues[locale])
    types = said.listed(said.text(f"page.types.{kind}") for kind in kinds)
    return said.text("page.file_help", types=types)


@pytest.mark.parametrize(("name", "locale"), CARDS)
def test_a_phone_s_photo_and_a_laboratory_s_export_can_be_picked(name, locale):
    file, said = picker(name, locale, "records.0")

    offered = file["accept"].split(",")
    assert {"image/heic", ".heic", ".heif", ".json", ".xml", ".hl7"} <= set(offered)
    assert len(offered) == len(set(offered))
    assert words(name, locale, "pdf", "photo", "data") in said


@pytest.mark.parametrize(("name", "locale"), CARDS)
def test_where_a_disc_may_come_the_picker_hides_nothing(name, locale):
    file, said = picker(name, locale, "records.2")

    assert not file.has("accept")
    assert words(name, locale, "dicom", "disc", "pdf", "photo") in said


@pytest.mark.parametrize("locale", FORMS.get("general-inquiry").locales)
def test_every_type_that_a_form_takes_has_words(locale):
    said = Words(locale, FORMS.get("general-inquiry").catalogues[locale])

    assert said_types(said, KINDS)
    assert "HL7" not in said_types(said, KINDS)


@pytest.mark.parametrize("name", FORMS.offered())
def test_every_kind_takes_a_phone_s_photo(name):
    assert all("image/heic" in need["types"] for need in FORMS.get(name).requirements)
