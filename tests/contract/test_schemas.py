"""The schemas themselves: nothing misspelt, nothing unbounded, nothing slow, nothing fetched."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from babel import Locale

from intake.forms import Form, Forms

SCHEMAS = Path(__file__).parents[2] / "schemas"
FORMS = Forms(SCHEMAS)
DOCUMENTS = (
    SCHEMAS / "shared" / "definitions.json",
    SCHEMAS / "shared" / "clinical.json",
    *sorted(SCHEMAS.glob("forms/*/schema.json")),
)

ANNOTATIONS = {"$schema", "$id", "$comment", "$defs", "title"}
EXTENSIONS = {
    *("x-phi", "x-error", "x-field", "x-widget", "x-options", "x-omit-from-page"),
    "x-conditional",  # asked only where another answer needs it, or a branch asks for it by...
    "x-asks",  # ...naming it, though it may stay empty
    "x-unit",  # of a number: its sign, or null for a count or a score
    "x-unit-slip",  # another unit that people read instead: sign, factor, below what to ask
}
ASSERTIONS = {
    *("$ref", "type", "enum", "const", "format", "pattern", "minLength", "maxLength"),
    *("minimum", "maximum", "properties", "required", "additionalProperties"),
    *("items", "minItems", "maxItems", "contains", "allOf", "if", "then", "not"),
}
# These give one error for the whole submission, which tells nobody what to mend: in `if` only.
CONDITIONS_ONLY = {"anyOf"}
FORMATS = {"date", "email", "partial-date"}

# Design: all fields are secret but these.
NOT_SECRET = {
    *("form_locale", "contact.preferred_language", "contact.interpreter_needed"),
    *("contact.preferred_channel", "travel.earliest_month", "travel.can_stay_two_weeks"),
}

# Territories of CLDR that are no officially assigned code element of ISO 3166-1: reserved
# (Ascension, Clipperton, ...), regions (EU, UN), user-assigned (Kosovo's XK) and made up.
NOT_IN_ISO_3166 = {
    *("AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "XK", "ZZ"),
}

KINDS = json.loads(DOCUMENTS[0].read_text(encoding="utf-8"))["$defs"]["slot"]["enum"]

LONG = 64 * 1024
# 50 ms on a quiet machine; test machines are not always quiet.
PATTERN_SECONDS = 0.05

all_forms = pytest.mark.parametrize(
    "form", [FORMS.get(n) for n in FORMS.names()], ids=FORMS.names()
)
all_policies = pytest.mark.parametrize(
    "path", sorted(SCHEMAS.glob("policies/2*.json")), ids=lambda path: path.stem
)
all_documents = pytest.mark.parametrize(
    "path", DOCUMENTS, ids=lambda path: f"{path.parent.name}-{path.stem}"
)


@cache
def document(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def subschemas(schema: Any, place: str = "#") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every schema inside *schema* with its place; names of properties are no keywords."""
    yield place, schema
    for keyword, inner in schema.items():
        if keyword in {"properties", "$defs"}:
            for name, each in inner.items():
                yield from subschemas(each, f"{place}/{keyword}/{name}")
        elif keyword in {"items", "contains", "if", "then", "not"}:
            yield from subschemas(inner, f"{place}/{keyword}")
        elif keyword in {"allOf", "anyOf"}:
            for index, each in enumerate(inner):
                yield from subschemas(each, f"{place}/{keyword}/{index}")


def fields(schema: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every field of a resolved schema by its dotted path without indexes."""
    if path:
        yield path, schema
    for name, inner in schema.get("properties", {}).items():
        yield from fields(inner, f"{path}.{name}" if path else name)
    if "properties" in schema.get("items", {}):
        for name, inner in schema["items"]["properties"].items():
            yield from fields(inner, f"{path}.{name}")


def is_condition(place: str) -> bool:
    return any(part in {"if", "then", "not", "contains"} for part in place.split("/"))


PATTERNS = sorted(
    {s["pattern"] for path in DOCUMENTS for _, s in subschemas(document(path)) if "pattern" in s}
)


def without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    assert len(dict(pairs)) == len(pairs), [name for name, _ in pairs]
    return dict(pairs)


def test_the_folder_holds_json_and_no_name_twice() -> None:
    files = [path for path in SCHEMAS.rglob("*") if path.is_file()]

    assert {path.suffix for path in files} == {".json"}
    for path in files:
        json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=without_duplicates)


@all_documents
def test_every_keyword_is_one_that_the_validator_knows(path: Path) -> None:
    for place, schema in subschemas(document(path)):
        known = ANNOTATIONS | EXTENSIONS | ASSERTIONS
        known |= CONDITIONS_ONLY if "/if" in place else set()

        assert set(schema) <= known, place
        assert schema.get("format") in {None, *FORMATS}, place


@all_documents
def test_nothing_can_be_fetched(path: Path) -> None:
    assert document(path)["$id"].startswith("https://intake.invalid/")
    for place, schema in subschemas(document(path)):
        file = schema.get("$ref", "#").partition("#")[0]

        assert not file or (path.parent / file).is_file(), place


@all_documents
def test_what_stands_beside_a_ref_never_loosens_it(path: Path) -> None:
    """The resolved tree lets it win, JSON Schema applies both: here both must mean the same."""
    for place, schema in subschemas(document(path)):
        if "$ref" not in schema:
            continue
        file, _, name = schema["$ref"].partition("#/$defs/")
        target = document((path.parent / file).resolve() if file else path)["$defs"][name]
        beside = set(schema) & set(target) - EXTENSIONS - {"$ref"}
        assert beside <= {"maxLength"}, place
        assert schema.get("maxLength", 0) <= target.get("maxLength", 0), place


@all_forms
def test_every_object_is_closed_every_text_and_list_bounded(form: Form) -> None:
    for place, schema in subschemas(form.tree):
        if is_condition(place):
            continue
        kind = schema.get("type")
        assert kind or "allOf" in place, place
        if kind == "object":
            assert schema["additionalProperties"] is False, place
        if kind == "array":
            assert "maxItems" in schema, place
            assert "items" in schema, place
        if kind == "string":
            assert "maxLength" in schema or "enum" in schema, place
        if kind in {"number", "integer"}:
            assert {"minimum", "maximum"} <= set(schema), place


@all_forms
def test_exactly_the_fields_of_the_design_are_not_secret(form: Form) -> None:
    told = {path for path, schema in fields(form.tree) if schema.get("x-phi") is False}

    assert told == NOT_SECRET & {path for path, _ in fields(form.tree)}


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_pattern_lets_no_trailing_line_break_and_no_foreign_digit_through(pattern: str) -> None:
    assert pattern.startswith("^")
    assert pattern.endswith(r"(?![\s\S])")
    assert r"\d" not in pattern
    assert r"\w" not in pattern
    assert not re.search(r"[+*}]\)[+*{]", pattern), "a repeat inside a repeat"


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_pattern_takes_linear_time_on_the_worst_text(pattern: str) -> None:
    compiled = re.compile(pattern)
    pieces = ["a", "A", "0", "9", ".", "-", "/", "@", "é", "ท", "a.", "ab.", ".a", "a-", "/a", "a@"]
    starts = ["", "a", "+1", "en", "2026-", "a@", "a@b", "a@b.", "Asia/"]
    slowest = 0.0
    for text in (start + piece * (LONG // len(piece)) for start in starts for piece in pieces):
        for whole in (text, text + "\n", text + "\u202e", text + "@"):
            slowest = max(slowest, best_of_three(lambda whole=whole: compiled.search(whole)))

    assert slowest < PATTERN_SECONDS


def best_of_three(work: Any) -> float:
    def once() -> float:
        started = time.perf_counter()
        work()
        return time.perf_counter() - started

    first = once()
    return first if first < PATTERN_SECONDS / 5 else min(first, once(), once())


def test_countries_are_those_of_iso_3166() -> None:
    named = {code for code in Locale("en").territories if re.fullmatch("[A-Z]{2}", code)}
    offered = document(DOCUMENTS[0])["$defs"]["country"]["enum"]

    assert len(offered) == 249
    assert set(offered) == named - NOT_IN_ISO_3166


@pytest.mark.parametrize("locale", FORMS.get("general-inquiry").locales)
def test_every_offered_language_has_a_name_and_passes_the_schema(locale: str) -> None:
    form = FORMS.get("general-inquiry")
    pattern = form.tree["properties"]["contact"]["properties"]["preferred_language"]["pattern"]

    assert len(set(form.languages)) == len(form.languages)
    for tag in form.languages:
        assert re.search(pattern, tag)
        assert Locale.parse(tag, sep="-").get_display_name(locale.replace("-", "_"))


@all_forms
def test_form_settings_fit_the_schema(form: Form) -> None:
    properties = form.tree["properties"]
    kinds = [requirement["kind"] for requirement in form.requirements]
    offered = properties["records"]["items"]["properties"]["requirement"]["enum"]
    purposes = properties["consents"]["items"]["properties"]["purpose"]["enum"]
    asked = {consent["purpose"]: consent["need"] for consent in form.meta["consents"]}

    assert sorted(form.meta["sections"]) == sorted(set(properties) - {"form_locale"})
    assert len(set(kinds)) == len(kinds)
    assert set(kinds) <= set(offered)
    assert set(asked) <= set(purposes)
    assert asked["health_data_review"] == "required"
    assert form.meta["default_locale"] in form.meta["locales"]
    assert form.meta["honeypot"] not in properties
    for requirement in form.requirements:
        assert requirement["need"] in {"mandatory", "expected", "optional"}
        assert requirement["recency"] in {None, *form.policy["windows"]}
        # S3 takes no larger object in one POST.
        assert 0 < requirement["max_bytes"] <= 5 * 1024**3
        assert requirement["types"]


@all_forms
def test_a_mandatory_record_is_announced_or_its_absence_explained(form: Form) -> None:
    mandatory = {each["kind"] for each in form.requirements if each["need"] == "mandatory"}
    asked = {
        schema["x-error"].removesuffix("_needed")
        for place, schema in subschemas(form.tree)
        if re.fullmatch(r"#/allOf/\d+/then", place)
    }

    assert asked == mandatory


@all_policies
def test_recency_windows_are_days(path: Path) -> None:
    policy = document(path)
    modalities = FORMS.get("rheumatoid-arthritis").tree["properties"]["records"]["items"]
    offered = set(modalities["properties"]["modality"]["enum"])

    assert date.fromisoformat(policy["version"])
    for kind, parts in policy["parts"].items():
        assert kind in KINDS
        assert set(parts) <= {"images", "report"}
    for window in policy["windows"].values():
        by_modality = window.get("by_modality", {})
        assert set(by_modality) <= offered
        assert all(isinstance(days, int) for days in (window["days"], *by_modality.values()))
