"""The living form's script: small, and unable to make markup or code of what it is given."""

from __future__ import annotations

import base64
import copy
import gzip
import hashlib
import json
import re
import subprocess
from pathlib import Path

import pytest

from intake.forms import Forms
from intake.pages import assets, page
from intake.words import Words
from tests.plain_browser import Page

ROOT = Path(__file__).parents[2]
FORMS = Forms(ROOT / "schemas")
MODULES = {path.name: path.read_text("utf-8") for path in ROOT.glob("infra/website/form/*.js")}
SOURCE = "\n".join(MODULES.values())
MOST_BYTES = 12_288
CATEGORIES = {"zero", "one", "two", "few", "many", "other"}
LOCALES = [(name, locale) for name in FORMS.names() for locale in FORMS.get(name).locales]
# Each makes markup, code or a page of a text, or tells others what a patient typed.
DANGEROUS = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|createContextualFragment|document\.write|srcdoc"
    r"|\beval\b|\bFunction\(|\bimport\b|setTimeout\(\s*[\"'`]|javascript:"
    r"|sessionStorage|indexedDB|cookie|console\."
)
# Keeps answers on the device, where the person asked for it.
KEEPS = "saving.js"


def html(name, locale, **changes):
    form = FORMS.get(name)
    catalogue = copy.deepcopy(form.catalogues[locale])
    catalogue["script"] |= changes
    return page.render_form(
        form, Words(locale, catalogue), clinic_name="C", action="/f/x", idempotency_key="k"
    )


def test_it_is_small_enough_for_a_slow_network():
    assert len(gzip.compress(assets.script().encode(), 9)) <= MOST_BYTES


def test_what_is_served_was_made_of_the_modules_as_they_are():
    made = subprocess.run(["make", "-q", "script"], cwd=ROOT, check=False)

    assert made.returncode == 0, "run `make script`"


def test_it_makes_no_markup_and_no_code_of_text():
    assert not DANGEROUS.search(assets.script())


@pytest.mark.parametrize("name", FORMS.offered())
def test_the_build_shortens_no_name_that_the_page_knows(name):
    listed = re.search(
        r"OWN = \$\(shell echo ([\w\s\\]+)\|", (ROOT / "Makefile").read_text("utf-8")
    )
    own = set(re.findall(r"\w+", listed[1]))
    theirs = {"locale", "kinds", "writings"}
    for element in Page(html(name, "en")).elements:
        for key, value in element.attributes.items():
            if key.startswith("data-"):
                theirs |= {re.sub("-(.)", lambda part: part[1].upper(), key.removeprefix("data-"))}
                theirs |= keys(json.loads(value)) if value.startswith(("{", "[")) else set()

    assert len(own) > 20
    assert own & theirs == set()


def keys(data):
    """Return the names in *data* that are written in lower case, at any depth."""
    inner = data.values() if isinstance(data, dict) else data if isinstance(data, list) else ()
    own = {key for key in data if key.islower()} if isinstance(data, dict) else set()
    return own.union(*map(keys, inner))


def test_it_does_not_know_where_it_runs():
    assert not re.search(r"\b(moto|localhost|mock|pytest)\b|127\.0\.0\.1", SOURCE)


def test_only_what_the_person_asks_for_keeps_answers_on_the_device():
    assert [name for name in MODULES if "localStorage" in MODULES[name]] == [KEEPS]


def test_it_parses_only_what_the_server_drew():
    assert SOURCE.count('as: "document"') == SOURCE.count("responseType = ") == 1
    assert "DOMParser" not in SOURCE


@pytest.mark.parametrize("name", MODULES)
def test_no_module_is_too_long_to_be_read(name):
    assert len(MODULES[name].splitlines()) <= 220


def test_another_content_has_another_address_and_the_page_checks_what_came():
    script = assets.script().encode()
    opened = Page(html("general-inquiry", "en"))

    assert assets.script_path() == f"/site/form.{hashlib.sha256(script).hexdigest()[:16]}.js"
    digest = base64.b64encode(hashlib.sha256(script).digest()).decode()
    assert opened.one("script", type="module")["integrity"] == f"sha256-{digest}"


@pytest.mark.parametrize(("name", "locale"), LOCALES)
def test_every_word_that_it_says_is_on_the_page(name, locale):
    words = json.loads(Page(html(name, locale)).by_id("words").text)
    said = re.findall(r"""(?:say|named|button)\((?:[^()]*\? )?"(\w+)"(?: : "(\w+)")?""", SOURCE)
    states = set(re.search(r"const STATES = \[(.*?)\]", SOURCE)[1].split())
    named = {key for pair in said for key in pair if key}
    named |= set(re.findall(r"\w+", " ".join(states)))
    # Some of them as languages count.
    counted = {key for key in words if key.rpartition("_")[0] in named}
    named |= {key for key in counted if key.rpartition("_")[2] in CATEGORIES}

    assert len(named) > 20
    assert named <= words.keys()
    # Some keys it picks by a value, so they stand elsewhere in it.
    assert [key for key in words.keys() - named if not re.search(rf"\b{key}\b", SOURCE)] == []
    assert all(words.values())


def test_words_can_not_end_the_block_that_they_stand_in():
    hostile = "</script><script>alert(1)</script><!--<img src=x onerror=y>&lt;"

    opened = Page(html("general-inquiry", "en", wait=hostile))

    assert opened.kinds == Page(html("general-inquiry", "en")).kinds
    assert json.loads(opened.by_id("words").text)["wait"] == hostile
