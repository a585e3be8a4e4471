"""A form to break: a copy of one, changed in one place, and what is said of it."""

import json
import shutil
from pathlib import Path

import pytest

from infra.forms.check import check

SCHEMAS = Path(__file__).parents[3] / "schemas"
FORM = "orthopaedic"
CONDITION = "properties/clinical/properties/primary_condition"


@pytest.fixture
def schemas(tmp_path):
    shutil.copytree(SCHEMAS / "shared", tmp_path / "shared")
    shutil.copytree(SCHEMAS / "policies", tmp_path / "policies")
    shutil.copytree(SCHEMAS / "consent", tmp_path / "consent")
    ignored = shutil.ignore_patterns("examples")
    shutil.copytree(SCHEMAS / "forms" / FORM, tmp_path / "forms" / FORM, ignore=ignored)
    # All six would take most of the time.
    edit(tmp_path / "forms" / FORM / "form.json", "", put(locales=["en", "th"]))
    return tmp_path


def edit(path, place, change):
    """Have *change* done to what is at the place, its parts divided by slashes, of a file."""
    document = node = json.loads(path.read_text("utf-8"))
    for part in place.split("/") if place else ():
        node = node[int(part) if part.isdigit() else part]
    change(node)
    path.write_text(json.dumps(document, ensure_ascii=False), "utf-8")


def put(**values):
    """Set *values*; those of our own keywords are written as `x_asks`."""
    named = {f"x-{k[2:]}" if k.startswith("x_") else k: value for k, value in values.items()}
    return lambda node: node.update(named)


def drop(name):
    return lambda node: node.pop(name)


def said(schemas, sentence):
    """Whether a line for whoever wrote the form says it, with the file first."""
    lines = check(schemas, [FORM])
    assert all(line.startswith(("forms/", "shared/")) for line in lines)
    return [line for line in lines if sentence in line]
