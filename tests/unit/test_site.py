"""The team's page as it lies in the folder: names, words and looks that have to agree."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from intake.pages import assets
from show_site.site import read_site

ROOT = Path(__file__).parents[2]
TEAM = ROOT / "infra" / "website" / "team"
SCRIPTS = sorted(TEAM.glob("*.js"))
FORMS_STYLE = ROOT / "functions" / "intake" / "pages" / "style.css"
LARGEST_MODULE = 200  # lines; more hides a second reason to change
# What turns a text into HTML or into code.
DANGEROUS = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|setHTML|"
    r"DOMParser|createContextualFragment|srcdoc|javascript:|window\.confirm|\balert\("
)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "library").mkdir()
    (tmp_path / "index.html").write_text('<script src="/site/one.js"></script>', "utf-8")
    (tmp_path / "one.js").write_text('import { two } from "./two.js";', "utf-8")
    (tmp_path / "library" / "two.js").write_text("export const two = 2;", "utf-8")
    (tmp_path / "LICENSE").write_text("Do as you like.", "utf-8")
    return tmp_path


def names(site):
    return {re.sub(r"\.[0-9a-f]{16}\.", ".", name): name for name in site.files}


def test_page_and_modules_call_each_other_by_their_published_names(folder):
    site = read_site(folder)

    published = names(site)
    assert set(published) == {"one.js", "two.js", "form.js", "form.css", "clinic-inquiry.js"}
    assert f'src="/site/{published["one.js"]}"' in site.page
    assert f'from "./{published["two.js"]}"' in site.files[published["one.js"]]


def test_a_change_anywhere_changes_all_names_because_modules_name_each_other(folder):
    before = read_site(folder)
    (folder / "library" / "two.js").write_text("export const two = 3;", "utf-8")

    after = read_site(folder)

    assert set(before.files) & set(after.files) == {
        "clinic-inquiry.js",
        names(before)["form.js"],
        names(before)["form.css"],
    }


def test_the_same_files_have_the_same_names(folder):
    assert read_site(folder) == read_site(folder)


@pytest.mark.parametrize("file", ["index.html", "one.js"])
def test_a_file_that_is_named_and_not_there_is_noticed_at_once(folder, file):
    (folder / file).write_text('from "./three.js" "/site/three.js"', "utf-8")

    with pytest.raises(LookupError, match=r"three\.js"):
        read_site(folder)


def test_both_sheets_have_the_clinic_s_look():
    looks = [
        re.findall(r"--[\w-]+: [^;]+", sheet.read_text("utf-8").partition("* {")[0])
        for sheet in (FORMS_STYLE, TEAM / "team.css")
    ]

    assert len(looks[0]) > 15
    assert [each for each in looks[1] if not each.startswith("--hair")] == looks[0]


def test_on_another_site_no_size_is_of_its_root_and_no_colour_of_the_device():
    style = assets.element_style()

    assert not re.findall(r"[\d.]rem\b", style)
    assert "prefers-color-scheme" not in style
    assert "color-scheme: light dark" not in style
    colours = set(re.findall(r"(--[\w-]+): #", style))
    assert len(colours) == 10
    assert set(re.findall(r"(--[\w-]+): light-dark\(#", style)) == colours
    # Nothing is said of what lies outside.
    assert not re.findall(r"(?m)^(?:html|body|:root)\b", style)
    assert {line.split(" ")[0].partition(".")[0] for line in depth_0(style)} == {
        "@property",
        "clinic-inquiry",
    }


def depth_0(style):
    depth = 0
    for line in style.splitlines():
        if depth == 0 and line:
            yield line
        depth += line.count("{") - line.count("}")


def test_the_sheet_knows_no_left_and_no_right():
    physical = re.compile(
        r"(?<![\w-])(?:(?:margin|padding|border|min|max)-)*(left|right|width|height|top|bottom)\s*:"
    )
    sheet = (TEAM / "team.css").read_text("utf-8")

    assert not physical.findall(re.sub(r"@media[^{]*", "", sheet))


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_no_script_turns_text_into_anything_else(path):
    text = path.read_text("utf-8")

    assert not DANGEROUS.findall(text)
    assert len(text.splitlines()) <= LARGEST_MODULE


def flat(words: Any, key: str = "") -> Iterator[str]:
    for name, inner in words.items():
        if isinstance(inner, str):
            yield f"{key}{name}"
        else:
            yield from flat(inner, f"{key}{name}.")


def test_every_word_of_the_page_is_there_and_none_is_left_over():
    catalogue = json.loads((ROOT / "schemas/shared/locales/en.json").read_text("utf-8"))
    words = set(flat(catalogue["case_page"])) - {"title", "needs_script"}  # said without a script
    script = "\n".join(path.read_text("utf-8") for path in SCRIPTS)
    literal = set(re.findall(r'"([a-z_.]+)"', script))
    # say(`actions.${action}.button`)
    made = [
        re.compile(r"[a-z_]+".join(map(re.escape, re.split(r"\$\{[^}]*\}", text))))
        for text in re.findall(r"`((?:[a-z_.]|\$\{[^}]*\})+)`", script)
        if "." in text
    ]

    assert set(re.findall(r'\bsay\("([^"]+)"', script)) <= words
    assert not {
        word for word in words - literal if not any(pattern.fullmatch(word) for pattern in made)
    }
