"""What a translation lacks is named by file and key."""

import json

import pytest

from infra.forms.__main__ import main
from infra.forms.missing import missing

ENGLISH = {"review": "source", "page": {"send": "Send", "files": "{count}", "files_one": "One"}}


@pytest.fixture
def schemas(tmp_path):
    def write(locale, words, folder="shared"):
        path = tmp_path / folder / "locales" / f"{locale}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(words), encoding="utf-8")

    write("en", ENGLISH)
    write("en", {"form": {"need": ["A letter", "A list"]}}, "forms/knees")
    write("de", ENGLISH)
    write("de", {"form": {"need": ["Ein Brief", "Eine Liste"]}}, "forms/knees")
    return tmp_path, write


def test_a_complete_translation_lacks_nothing(schemas):
    assert missing(schemas[0], "de") == []


def test_a_gap_and_a_leftover_are_named_with_their_file(schemas):
    root, write = schemas
    write("de", {"form": {"need": ["Ein Brief"], "old": "Alt"}}, "forms/knees")

    assert missing(root, "de") == [
        "forms/knees/locales/de.json lacks form/need/1",
        "forms/knees/locales/de.json has form/old, which it need not have",
    ]


def test_a_missing_file_is_named_with_what_to_do(schemas, capsys):
    assert main(["missing", "ja"], schemas[0]) == 1
    assert "shared/locales/ja.json is not there: copy en.json" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("locale", "plurals", "wrong"),
    [
        ("ja", [], []),
        ("ja", ["one"], ["has page/files_one"]),
        ("de", ["one"], []),
        ("de", [], ["lacks page/files_one"]),
        ("ar", ["zero", "one", "two", "few", "many"], []),
        ("ar", ["zero", "one", "two", "many"], ["lacks page/files_few"]),
    ],
)
def test_a_language_has_its_own_plurals(schemas, locale, plurals, wrong):
    root, write = schemas
    counted = {f"files_{plural}": "x" for plural in plurals}
    write(locale, {"page": {"send": "x", "files": "{count}", **counted}})
    write(locale, {"form": {"need": ["x", "y"]}}, "forms/knees")

    lines = missing(root, locale)
    assert len(lines) == len(wrong)
    assert all(part in line for part, line in zip(wrong, lines, strict=True))
