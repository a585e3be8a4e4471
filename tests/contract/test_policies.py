"""Recency policies: named by a date, published by their hash, and never changed after that."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

from intake.forms import Forms, canonical_sha256

SCHEMAS = Path(__file__).parents[2] / "schemas"
FORMS = Forms(SCHEMAS)
PUBLISHED = json.loads((SCHEMAS / "policies" / "published.json").read_text(encoding="utf-8"))
# Of policies that inquiries were accepted under. Whoever adds one adds a line; none ever goes.
KNOWN = {
    "2026-11-22": "ab363f1325dbc30400863a2c89176617e4c8b2ff2435219ead95339f8a67d74f",
}

all_published = pytest.mark.parametrize("entry", PUBLISHED, ids=lambda entry: entry["version"])


def read(entry: dict[str, Any]) -> Any:
    path = SCHEMAS / "policies" / f"{entry['version']}.json"
    return json.loads(path.read_text(encoding="utf-8"))


def test_what_was_published_is_published_for_ever() -> None:
    assert {entry["version"]: entry["sha256"] for entry in PUBLISHED} == KNOWN


def test_every_policy_is_published_and_newer_ones_come_later() -> None:
    files = {path.stem for path in (SCHEMAS / "policies").glob("*.json")} - {"published"}
    versions = [entry["version"] for entry in PUBLISHED]

    assert set(versions) == files
    assert versions == sorted(set(versions))


@all_published
def test_a_policy_is_the_one_that_was_published(entry: dict[str, Any]) -> None:
    assert canonical_sha256(read(entry)) == entry["sha256"]
    assert read(entry)["version"] == entry["version"]
    assert date.fromisoformat(entry["version"]) <= date.fromisoformat(entry["published_on"])


@pytest.mark.parametrize("name", FORMS.names())
def test_a_form_has_the_newest_in_force_and_all_by_version(name: str) -> None:
    form = FORMS.get(name)
    newest = PUBLISHED[-1]["version"]

    assert form.policy["version"] == newest
    assert form.policy_of(newest) is form.policy
    # Inquiries that were accepted before versions were kept.
    assert form.policy_of(None) is form.policy
    for entry in PUBLISHED:
        assert form.policy_of(entry["version"]) == read(entry)


def test_a_policy_that_was_changed_is_not_read(tmp_path: Path) -> None:
    copytree(SCHEMAS, tmp_path, dirs_exist_ok=True)
    path = tmp_path / "policies" / f"{PUBLISHED[0]['version']}.json"
    path.write_text(path.read_text(encoding="utf-8").replace("90", "91", 1), encoding="utf-8")

    with pytest.raises(LookupError, match="changed after publication"):
        Forms(tmp_path).get("rheumatoid-arthritis")
