"""Everything that a person is asked or told has words in every locale, and nothing else has."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from babel import Locale
from jsonschema import Draft202012Validator

from intake import errors
from intake.errors import IntakeError, Problem
from intake.forms import Form, Forms
from intake.words import Words

ROOT = Path(__file__).parents[2]
SCHEMAS = ROOT / "schemas"
FORMS = Forms(SCHEMAS)
FILES = sorted(SCHEMAS.glob("**/locales/*.json"))
KEYWORDS = set(Draft202012Validator.VALIDATORS)
# They find nothing themselves: what they hold does.
STRUCTURE = {"properties", "items", "allOf", "if", "$ref"}
PARTS_OF_A_FIELD = {"label", "help", "entry", "options", "errors"}
FEWEST_PROBLEMS = 40
CATEGORIES = {"zero", "one", "two", "few", "many"}
NUMBERS = {"count", "days", "minutes"}

# Of what a cell could do nobody may promise anything (the clinic's own pages do).
CLAIMS = re.compile(
    r"\b(cure[sd]?|guarantee[sd]?|success rate|proven|painless|miracle)\b", re.IGNORECASE
)

forms_and_locales = pytest.mark.parametrize(
    ("form", "locale"),
    [
        pytest.param(FORMS.get(name), locale, id=f"{name}-{locale}")
        for name in FORMS.names()
        for locale in FORMS.get(name).meta["locales"]
    ],
)


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def fields(schema: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every field of a resolved schema by its dotted path without indexes."""
    if path:
        yield path, schema
    properties = schema.get("properties") or schema.get("items", {}).get("properties", {})
    for name, inner in properties.items():
        yield from fields(inner, f"{path}.{name}" if path else name)


def flat(texts: Any, key: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(texts, dict):
        for name, inner in texts.items():
            yield from flat(inner, f"{key}/{name}")
    elif isinstance(texts, list):
        for n, inner in enumerate(texts):
            yield from flat(inner, f"{key}/{n}")
    else:
        yield key, texts


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"\{(\w*)\}", text))


@forms_and_locales
def test_every_field_has_a_label_and_every_choice_a_name(form: Form, locale: str) -> None:
    words = form.catalogues[locale]["fields"]
    for path, schema in fields(form.tree):
        assert words.get(path, {}).get("label"), f"{form.name}/locales/{locale}.json: no label"
        assert set(words[path]) <= PARTS_OF_A_FIELD, path
        assert set(words[path].get("options", {})) >= choices(schema), path


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parents[1].name}-{path.stem}")
def test_no_field_and_no_choice_has_words_that_no_form_asks_for(path: Path) -> None:
    folder = path.parents[1].name
    names = FORMS.names() if folder == "shared" else (folder,)
    asked: dict[str, set[str]] = {}
    for name in names:
        for field, schema in fields(FORMS.get(name).tree):
            asked.setdefault(field, set()).update(choices(schema))

    for field, words in read(path).get("fields", {}).items():
        assert field in asked
        assert set(words.get("options", {})) <= asked[field], field


def choices(schema: Mapping[str, Any]) -> set[str]:
    """Return what a field offers in words of ours: countries and languages have CLDR's."""
    if "x-options" in schema:
        return set()
    return set(schema.get("enum") or schema.get("items", {}).get("enum", ()))


@forms_and_locales
def test_every_problem_that_the_schema_can_find_has_a_message(form: Form, locale: str) -> None:
    words = Words(locale, form.catalogues[locale])
    problems = list(every_problem(form.tree))

    assert len(problems) >= FEWEST_PROBLEMS
    for problem in problems:
        message = words.problem(problem)
        assert message
        assert not placeholders(message), problem


@forms_and_locales
def test_no_two_questions_are_complained_about_in_the_same_words(form: Form, locale: str) -> None:
    words = Words(locale, form.catalogues[locale])
    about: dict[str, set[str]] = {}
    for problem in every_problem(form.tree):
        if problem.field in set(questions(form.tree)):
            about.setdefault(words.problem(problem), set()).add(problem.field)

    # A summary at the top of the page is nothing but these.
    assert {message: paths for message, paths in about.items() if len(paths) > 1} == {}


def questions(schema: Mapping[str, Any], path: str = "") -> Iterator[str]:
    """Yield what the page itself asks for, without the groups around it."""
    for name, inner in schema.get("properties", {}).items():
        asked = f"{path}.{name}" if path else name
        items = inner.get("items", {})
        if inner.get("x-omit-from-page"):
            continue
        yield from questions(items if "properties" in items else inner, asked)
        if "properties" not in inner and "properties" not in items:
            yield asked


def every_problem(schema: Mapping[str, Any], path: str = "") -> Iterator[Problem]:
    """Yield what each keyword of a resolved schema can find, named as the contract names it."""
    for rule in KEYWORDS & set(schema) - STRUCTURE:
        limit = schema[rule]
        shown = {"limit": limit} if isinstance(limit, int) else {}
        yield Problem(path, rule, "ANY", schema.get("x-error") or key(rule, limit), shown)
    for name, inner in schema.get("properties", {}).items():
        yield from every_problem(inner, f"{path}.{name}" if path else name)
    for inner in (*schema.get("allOf", ()), schema.get("then"), schema.get("items")):
        yield from every_problem(inner, path) if inner else ()


def key(rule: str, limit: Any) -> str:
    if rule == "type":
        return f"type_{limit}"
    return re.sub(r"[A-Z]", lambda letter: "_" + letter.group().lower(), rule)


@forms_and_locales
def test_every_error_text_belongs_to_a_rule(form: Form, locale: str) -> None:
    known = {
        problem.key for each in FORMS.names() for problem in every_problem(FORMS.get(each).tree)
    }
    known |= contradictions() | {"other", "not", "contains", "format", "pattern"}
    known |= {"file_without_record"}  # of the post, not of the answers

    assert set(form.catalogues[locale]["errors"]) <= known
    for path, words in form.catalogues[locale]["fields"].items():
        assert set(words.get("errors", {})) <= known, path


def contradictions() -> set[str]:
    """Name the rules beyond the schema: each has an example (test_examples.py)."""
    examples = map(read, SCHEMAS.glob("forms/*/examples/invalid/*.json"))
    return {each["expect"]["rule"] for each in examples} - KEYWORDS


@forms_and_locales
def test_every_contradiction_has_a_message(form: Form, locale: str) -> None:
    words = Words(locale, form.catalogues[locale])

    assert all(words.problem(Problem("", rule, "ANY", rule)) for rule in contradictions())


@forms_and_locales
def test_every_refusal_has_a_title_and_a_text(form: Form, locale: str) -> None:
    words = Words(locale, form.catalogues[locale])
    refusals = {
        each
        for _, each in inspect.getmembers(errors, inspect.isclass)
        if issubclass(each, IntakeError)
    }

    for refusal in refusals:
        assert words.text(f"messages.{refusal.key}.title")
        assert words.text(f"messages.{refusal.key}.text")


@forms_and_locales
def test_form_sections_and_requirements_are_worded(form: Form, locale: str) -> None:
    words = Words(locale, form.catalogues[locale])

    assert words.text("form.title")
    assert words.text("form.minutes").isdigit()
    assert words.texts("form.intro")
    assert words.texts("form.need")
    for section in form.meta["sections"]:
        assert words.text(f"sections.{section}.title")
    for requirement in form.requirements:
        assert words.text(f"requirements.{requirement['kind']}.name")
        assert words.text(f"requirements.{requirement['kind']}.ask")


@forms_and_locales
def test_every_text_that_the_code_names_is_there(form: Form, locale: str) -> None:
    there = {name.replace("/", ".")[1:] for name, _ in flat(form.catalogues[locale])}
    there |= {name.rpartition(".")[0] for name in there}
    sources = [*ROOT.glob("functions/**/*.py"), *ROOT.glob("functions/**/*.html")]
    named = {
        key
        for path in sources
        for key in re.findall(
            r"""["']((?:form|page|upload|mail)\.(?!html|js)[a-z_.]*[a-z])["']""",
            path.read_text("utf-8"),
        )
    }

    assert named
    assert named <= there


@pytest.mark.parametrize("path", [path for path in FILES if path.stem != "en"], ids=str)
def test_a_translation_says_all_that_english_says_and_no_more(path: Path) -> None:
    english = dict(flat(read(path.with_name("en.json"))))
    other = dict(flat(read(path)))
    counted = counted_texts(english)

    assert {general(key_, counted) for key_ in other} == {
        general(each, counted) for each in english
    }
    for key_, text in other.items():
        if key_ in english and key_ == general(key_, counted):
            assert placeholders(text) == placeholders(english[key_]), key_


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parents[1].name}-{path.stem}")
def test_what_is_counted_has_each_plural_of_the_language_and_no_other(path: Path) -> None:
    counted = counted_texts(dict(flat(read(path.with_name("en.json")))))
    texts = dict(flat(read(path)))
    categories = Locale.parse(path.stem, sep="-").plural_form.tags

    for key_ in counted:
        plurals = {f"{key_}_{category}" for category in categories}
        assert {each for each in texts if general(each, counted) == key_} == {key_, *plurals}
        for plural in plurals:
            # "One file" needs no number; what else the text tells, each plural tells.
            assert placeholders(texts[plural]) | NUMBERS >= placeholders(texts[key_]), plural
            assert placeholders(texts[plural]) <= placeholders(texts[key_]), plural


def counted_texts(english: Mapping[str, str]) -> set[str]:
    """Name the texts that have words of their own for one thing: "…/images" of "…/images_one"."""
    return {key_[: -len("_one")] for key_ in english if key_.endswith("_one")} & set(english)


def general(key_: str, counted: set[str]) -> str:
    """Name the text that *key_* is a plural of, or *key_* itself."""
    stem, _, category = key_.rpartition("_")
    return stem if category in CATEGORIES and stem in counted else key_


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parents[1].name}-{path.stem}")
def test_a_catalogue_says_whether_somebody_reviewed_it(path: Path) -> None:
    review = read(path)["review"]

    if path.stem == "en":
        assert review == "source"
    else:
        assert review == "unreviewed" or set(review) == {"reviewed_by", "reviewed_on"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parents[1].name}-{path.stem}")
def test_no_text_is_empty_or_promises_an_outcome(path: Path) -> None:
    for key_, text in flat(read(path)):
        assert text == text.strip() != "", key_
        assert not CLAIMS.search(text), key_


@pytest.mark.parametrize("locale", FORMS.get("general-inquiry").locales)
def test_pages_and_receipts_say_what_this_is_not(locale: str) -> None:
    words = Words(locale, FORMS.get("general-inquiry").catalogues[locale])

    for place in ("page", "mail.receipt"):
        assert words.text(f"{place}.not_emergency")
        assert words.text(f"{place}.not_advice")
