"""What the page's script goes by is what the server goes by."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from intake.forms import Forms
from intake.pages import page
from intake.pages.file_kinds import KINDS, STARTS
from intake.recency import window_days
from intake.words import Words
from tests.plain_browser import Page
from tests.unit.test_kinds import SOUND

FORMS = Forms(Path(__file__).parents[2] / "schemas")
WITH_RECORDS = [name for name in FORMS.names() if "records" in FORMS.get(name).tree["properties"]]


def rules(name, locale="en"):
    form = FORMS.get(name)
    html = page.render_form(
        form,
        Words(locale, form.catalogues[locale]),
        clinic_name="C",
        action="/f/x",
        idempotency_key="k",
    )
    return json.loads(Page(html).one("div", class_="records")["data-records"])


@pytest.mark.parametrize("name", WITH_RECORDS)
def test_each_kind_of_record_has_the_windows_of_the_policy(name):
    form, told = FORMS.get(name), rules(name)["slots"]

    for each in form.requirements:
        for modality in ("", "MR", "CT", "XR", "US"):
            days = told[each["kind"]].get("days", {})
            window = each["recency"] and window_days(each["recency"], modality, form.policy)
            assert days.get(modality, days.get("")) == window


def test_needed_and_of_two_parts_is_what_the_form_and_the_policy_say():
    told = rules("rheumatoid-arthritis")["slots"]

    assert {kind for kind, each in told.items() if each.get("needed")} == {
        "blood",
        "urine",
        "radiology",
    }
    assert {kind for kind, each in told.items() if each.get("both")} == {"radiology"}


def test_every_type_that_a_form_takes_is_a_kind_that_the_server_knows():
    types = {
        type_
        for name in FORMS.names()
        for each in FORMS.get(name).requirements
        for type_ in each["types"]
    }

    assert types <= KINDS.keys()
    assert set(KINDS.values()) <= SOUND.keys()
    # The script itself knows the marks that stand far behind the start.
    assert STARTS.keys() - {"unknown"} == set(KINDS.values()) - {"dicom", "iso"}
