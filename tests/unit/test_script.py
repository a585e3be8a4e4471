"""The living form's script: small, and unable to make markup or code of what it is given."""

from __future__ import annotations

import base64
import copy
import gzip
import hashlib
import json
import re
from pathlib import Path

import pytest

from intake.forms import Forms
from intake.pages import assets, page
from intake.words import Words
from tests.plain_browser import Page

SCHEMAS = Path(__file__).parents[2] / "schemas"
FORMS = Forms(SCHEMAS)
SOURCE = (page.PAGES / "form.js").read_text("utf-8")
LOCALES = [(name, locale) for name in FORMS.names() for locale in FORMS.get(name).locales]
# Each makes markup, code or a page of a text, or keeps what a patient typed on the device.
DANGEROUS = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|createContextualFragment|document\.write|srcdoc"
    r"|\beval\b|\bFunction\(|\bimport\b|setTimeout\(\s*[\"'`]|javascript:"
    r"|localStorage|sessionStorage|indexedDB|cookie|console\."
)


def html(name, locale, **changes):
    form = FORMS.get(name)
    catalogue = copy.deepcopy(form.catalogues[locale])
    catalogue["script"] |= changes
    return page.render_form(
        form, Words(locale, catalogue), clinic_name="C", action="/f/x", idempotency_key="k"
    )


def test_it_is_small_enough_for_a_slow_network():
    assert len(gzip.compress(assets.script().encode(), 9)) <= 8_192


def test_it_makes_no_markup_and_no_code_of_text_and_keeps_nothing():
    assert not DANGEROUS.search(assets.script())


def test_it_parses_only_what_the_server_drew_and_what_the_store_answered():
    uses = re.findall(r"new DOMParser\(\)\.parseFromString\((\w+)\.responseText", SOURCE)

    assert uses == ["answer", "answer"]
    assert SOURCE.count("DOMParser") == len(uses)


def test_what_is_served_is_the_source_without_comments_and_indentation():
    served = assets.script().splitlines()

    assert served == [line.strip() for line in served]
    # A comment behind code would be served, and one that reaches over lines would break it.
    assert not [line for line in served if "/*" in line or "// " in line]
    assert not [line for line in SOURCE.splitlines() if line.count("`") % 2]


def test_another_content_has_another_address_and_the_page_checks_what_came():
    script = assets.script().encode()
    opened = Page(html("general-inquiry", "en"))

    assert assets.script_path() == f"/site/form.{hashlib.sha256(script).hexdigest()[:16]}.js"
    digest = base64.b64encode(hashlib.sha256(script).digest()).decode()
    assert opened.one("script", type="module")["integrity"] == f"sha256-{digest}"


@pytest.mark.parametrize(("name", "locale"), LOCALES)
def test_every_word_that_it_says_is_on_the_page(name, locale):
    words = json.loads(Page(html(name, locale)).by_id("words").text)
    said = set(re.findall(r"""(?:say|button)\((?:[^()]*\? )?"(\w+)"(?: : "(\w+)")?""", SOURCE))
    states = set(re.search(r"const can = \{(.*?)\}\[", SOURCE, re.DOTALL)[1].split())
    named = {key for pair in said for key in pair if key}
    named |= set(re.findall(r"\w+", " ".join(states)))

    assert len(named) > 20
    assert named <= words.keys()
    assert words.keys() - named == {"records"}  # drawn by the server
    assert all(words.values())


def test_words_can_not_end_the_block_that_they_stand_in():
    hostile = "</script><script>alert(1)</script><!--<img src=x onerror=y>&lt;"

    opened = Page(html("general-inquiry", "en", wait=hostile))

    assert opened.kinds == Page(html("general-inquiry", "en")).kinds
    assert json.loads(opened.by_id("words").text)["wait"] == hostile
