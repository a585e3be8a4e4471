"""Which files a card offers to pick, and what people read of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from intake.forms import Forms
from intake.pages import page
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


@pytest.mark.parametrize(("name", "locale"), CARDS)
def test_a_phone_s_photo_and_a_laboratory_s_export_can_be_picked(name, locale):
    file, said = picker(name, locale, "records.0")

    offered = file["accept"].split(",")
    assert {"image/heic", ".heic", ".heif", ".json", ".xml", ".hl7"} <= set(offered)
    assert len(offered) == len(set(offered))
    assert "PDF, JPEG, PNG, TIFF, HEIC, JSON, XML, HL7" in said


@pytest.mark.parametrize(("name", "locale"), CARDS)
def test_where_a_disc_may_come_the_picker_hides_nothing(name, locale):
    file, said = picker(name, locale, "records.2")

    assert not file.has("accept")
    assert "DICOM, ZIP, ISO, PDF" in said


@pytest.mark.parametrize("name", FORMS.offered())
def test_every_kind_takes_a_phone_s_photo(name):
    assert all("image/heic" in need["types"] for need in FORMS.get(name).requirements)
