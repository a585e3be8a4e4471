"""What somebody loads before they can write: a form in any language is there in two round trips."""

from __future__ import annotations

from pathlib import Path

import pytest

from intake.forms import Forms
from intake.pages import assets, page
from intake.words import Words
from tests.bench.web.weight import MOST_PAGE, packed

FORMS = Forms(Path(__file__).parents[2] / "schemas")


@pytest.mark.parametrize("name", FORMS.offered())
def test_a_form_with_style_and_script_is_light(name: str) -> None:
    form = FORMS.get(name)
    script = packed(assets.script().encode())
    weights = {}
    for locale in form.locales:
        drawn = page.render_form(
            form,
            Words(locale, form.catalogues[locale]),
            clinic_name="Example Clinic",
            action=f"/f/{name}",
            idempotency_key="k" * 26,
            started="t" * 60,
        )
        weights[locale] = packed(drawn.encode()) + script

    assert {locale: n for locale, n in weights.items() if n > MOST_PAGE} == {}
