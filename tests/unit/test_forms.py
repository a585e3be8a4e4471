"""Forms are looked up, never made into a path; references are resolved without fetching."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from intake.errors import UnknownFormError
from intake.forms import Forms, canonical, canonical_sha256

SCHEMAS = Path(__file__).parents[2] / "schemas"


def refs(node):
    if isinstance(node, dict):
        return ("$ref" in node) + sum(refs(inner) for inner in node.values())
    return sum(refs(inner) for inner in node) if isinstance(node, list) else 0


@pytest.fixture
def folder(tmp_path):
    """Return a copy of the schemas that a test may change."""
    return shutil.copytree(SCHEMAS, tmp_path / "schemas")


def write(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value), encoding="utf-8")


def test_every_folder_is_a_form(forms):
    folders = {path.name for path in (SCHEMAS / "forms").iterdir()}

    assert set(forms.names()) == folders >= {"canary", "general-inquiry", "rheumatoid-arthritis"}
    assert list(forms.names()) == sorted(folders)
    assert [forms.get(name).name for name in forms.names()] == list(forms.names())


def test_the_canary_s_form_is_offered_to_nobody(forms):
    assert forms.offered() == tuple(name for name in forms.names() if name != "canary")


def test_a_form_is_read_once(forms):
    assert forms.get("general-inquiry") is forms.get("general-inquiry")


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        "../shared",
        "../../schemas/forms/general-inquiry",
        "general-inquiry/",
        "general-inquiry/.",
        "./general-inquiry",
        "General-Inquiry",
        "general-inquiry\x00",
        "/etc",
        "*",
        "general-inquiry%2f..",
        "general\u2010inquiry",
    ],
)
def test_no_name_leads_anywhere_but_to_a_form(forms, name):
    with pytest.raises(UnknownFormError) as refusal:
        forms.get(name)

    assert (refusal.value.status, refusal.value.code) == (404, "FORM_NOT_FOUND")
    assert refusal.value.params == {}


def test_references_are_replaced_by_what_they_name(forms):
    form = forms.get("rheumatoid-arthritis")

    assert refs(form.schema) > 10
    assert refs(form.tree) == 0
    assert form.tree["properties"]["contact"]["properties"]["email"]["format"] == "email"


def test_keywords_beside_a_reference_win_and_pointers_are_unescaped(folder):
    new = folder / "forms" / "new"
    shutil.copytree(folder / "forms" / "general-inquiry", new)
    write(folder / "shared" / "more.json", {"$defs": {"a/b~c": {"maxLength": 9, "type": "string"}}})
    tree = {
        "properties": {
            "x": {"$ref": "../../shared/more.json#/$defs/a~1b~0c", "maxLength": 3},
            "y": {"items": [{"$ref": "#/$defs/own"}]},
        },
        "$defs": {"own": {"$ref": "../../shared/more.json#/$defs/a~1b~0c"}},
    }
    write(new / "schema.json", tree)

    assert Forms(folder).get("new").tree == {
        "properties": {
            "x": {"maxLength": 3, "type": "string"},
            "y": {"items": [{"maxLength": 9, "type": "string"}]},
        }
    }


def test_a_new_folder_is_a_new_form_without_any_code(folder):
    shutil.copytree(folder / "forms" / "general-inquiry", folder / "forms" / "hip-pain")

    assert "hip-pain" in Forms(folder).names()
    assert Forms(folder).get("hip-pain").meta["active"]


def test_own_words_are_laid_over_the_shared_ones(folder):
    own = folder / "forms" / "general-inquiry" / "locales" / "en.json"
    words = json.loads(own.read_text(encoding="utf-8"))
    words["errors"] = {"required": "Please."}
    write(own, words)

    catalogue = Forms(folder).get("general-inquiry").catalogues["en"]

    assert catalogue["errors"]["required"] == "Please."
    assert catalogue["errors"]["enum"] == Forms(folder).shared_words("en")["errors"]["enum"]


def test_a_consent_text_changed_after_publication_stops_the_form(folder):
    published = json.loads((folder / "consent" / "published.json").read_text(encoding="utf-8"))
    text = folder / "consent" / f"{published[0]['sha256']}.json"
    words = json.loads(text.read_text(encoding="utf-8"))
    write(text, words | {"text": words["text"] + " And to anything else."})

    with pytest.raises(LookupError, match="changed after publication"):
        Forms(folder).get("general-inquiry")


def test_only_texts_in_force_for_this_form_count(folder):
    listing = folder / "consent" / "published.json"
    published = json.loads(listing.read_text(encoding="utf-8"))
    published = [entry for entry in published if entry["withdrawn_on"] is None]
    published[0]["withdrawn_on"] = "2026-11-23"
    published[1]["forms"] = ["rheumatoid-arthritis"]
    write(listing, published)

    form = Forms(folder).get("general-inquiry")

    assert {entry["sha256"] for entry in published[:2]}.isdisjoint(form.notices_by_hash)
    assert {entry["sha256"] for entry in published[2:]} == set(form.notices_by_hash)


def test_a_locale_without_a_published_text_shows_the_default_locales(forms):
    form = forms.get("rheumatoid-arthritis")
    english = form.notice("health_data_review", "en")

    assert english.locale == "en"
    assert form.notice("health_data_review", "xx") == english
    assert form.notice("marketing", "en") is None
    assert form.notices_by_hash[english.sha256] == english


def test_locales_name_the_default_first(make_form):
    form = make_form(locales=["en", "th", "de"], default_locale="th")

    assert form.locales == ("th", "en", "de")


def test_equal_values_have_one_canonical_text():
    assert canonical({"b": 1, "a": ["\u0e01", None]}) == '{"a":["\u0e01",null],"b":1}'.encode()
    assert canonical_sha256({"b": 1, "a": 2}) == canonical_sha256({"a": 2, "b": 1})
    assert canonical_sha256([1]) == hashlib.sha256(b"[1]").hexdigest()
