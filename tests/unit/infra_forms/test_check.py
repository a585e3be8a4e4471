"""A form that is broken is told so in one sentence: file, place, what it is, what to do."""

import re

import pytest

from infra.forms.__main__ import main
from infra.forms.check import check
from tests.unit.infra_forms.breaking import CONDITION, FORM, SCHEMAS, drop, edit, put, said


def line_field(**more):
    return {"type": "string", "maxLength": 60, "x-phi": True, **more}


def with_field(**more):
    """Break the schema by one more field of the patient's condition, called sport."""
    return lambda node: node["properties"].update(sport=line_field(**more))


def inside(condition):
    """Make *condition* one about the illness of who writes for the patient."""
    role = {"required": ["submitter"], "properties": {"submitter": {"required": ["role"]}}}
    illness = {"properties": {"primary_condition": condition}}
    return {"if": role, "then": {"properties": {"clinical": illness}}}


def test_the_forms_as_they_are_have_nothing_wrong():
    assert check(SCHEMAS) == []


# The place in schema.json, what is done there, and what is said of it.
IN_THE_SCHEMA = {
    "unknown keyword": (
        CONDITION,
        with_field(maxLenght=9),
        "“maxLenght” is no keyword that is used here. Correct its spelling",
    ),
    "unknown format": (CONDITION, with_field(format="uri"), "nothing checks the format “uri”."),
    "broken reference": (
        "properties/patient",
        put(**{"$ref": "../../shared/clinical.json#/$defs/patients"}),
        "“../../shared/clinical.json#/$defs/patients” leads nowhere.",
    ),
    "secrecy not said": (
        CONDITION,
        lambda node: node["properties"].update(sport={"type": "string", "maxLength": 60}),
        "clinical.primary_condition.sport: it does not say whether the answer is secret.",
    ),
    "unit not said": (
        CONDITION,
        with_field(type="number", minimum=0, maximum=9),
        "clinical.primary_condition.sport: the number has no unit.",
    ),
    "unbounded text": (
        CONDITION,
        lambda node: node["properties"].update(sport={"type": "string", "x-phi": True}),
        "without “maxLength” an answer may be of any size.",
    ),
    "open object": (CONDITION, drop("additionalProperties"), "it takes fields that nobody asked"),
    "no label": (
        CONDITION,
        with_field(),
        "locales/en.json, fields/clinical.primary_condition.sport: the field has no label.",
    ),
    "no label in the other language": (
        CONDITION,
        with_field(),
        "locales/th.json, fields/clinical.primary_condition.sport: the field has no label.",
    ),
    "no name of a choice": (
        f"{CONDITION}/properties/injury_kind/enum",
        lambda node: node.append("tendon"),
        "injury_kind/options: the choice “tendon” has no name.",
    ),
    "no code": (
        f"{CONDITION}/properties/category/enum",
        lambda node: node.append("frozen_shoulder"),
        "codes.json, conditions/frozen_shoulder: the form orthopaedic offers an illness that has",
    ),
    "no text of an error": (
        f"{CONDITION}/allOf/1/then",
        lambda node: node.update({"x-error": "sport_needed"}),
        "errors/sport_needed: nothing says what to do when “sport_needed” is broken.",
    ),
    "condition on nothing": (
        f"{CONDITION}/allOf/1/if",
        lambda node: node.update(required=["sport"], properties={"sport": {"const": "golf"}}),
        "it depends on “sport”, which the form has not.",
    ),
    "condition that asks for nothing": (
        f"{CONDITION}/allOf/1/then",
        lambda node: node.update(required=["sport"]),
        "it asks for “sport”, which the form has not.",
    ),
    "condition that also holds without an answer": (
        f"{CONDITION}/allOf/1/if",
        drop("required"),
        'it holds as well where “category” was not answered. Add "required": ["category"]',
    ),
    "condition that never holds": (
        f"{CONDITION}/allOf/1/if",
        lambda node: node.update(properties={"category": {"const": "golf"}}),
        "it waits for golf, which nobody can choose.",
    ),
    "condition that nobody wrote": (
        CONDITION,
        with_field(**{"x-conditional": True}),
        "properties/sport: it is asked only under a condition, and there is none.",
    ),
    "requires what is not there": (
        CONDITION,
        lambda node: node["required"].append("sport"),
        f"forms/{FORM}/schema.json, #/{CONDITION}: it requires “sport”, which the form has not.",
    ),
    "a condition inside a condition on nothing": (
        "",
        lambda node: node["allOf"].append(
            inside(
                {
                    "if": {"required": ["sport"], "properties": {"sport": {"const": "golf"}}},
                    "then": {"required": ["description"]},
                }
            )
        ),
        "/then/properties/clinical/properties/primary_condition/if: it depends on “sport”, which",
    ),
    "a condition inside a condition that asks for nothing": (
        "",
        lambda node: node["allOf"].append(inside({"required": ["sport"]})),
        "/then/properties/clinical/properties/primary_condition: it asks for “sport”, which",
    ),
    "asks for nothing in a list": (
        f"{CONDITION}/allOf/1/then/properties/affected_sites/items",
        put(required=["sport"]),
        "/then/properties/affected_sites/items: it asks for “sport”, which the form has not.",
    ),
    "shows what is not there": (
        f"{CONDITION}/allOf/1/then",
        put(x_asks=["sport"]),
        "it asks for “sport”, which the form has not.",
    ),
    "shows nothing in a list": (
        f"{CONDITION}/allOf/1/then/properties/affected_sites/items",
        put(x_asks=["sport"]),
        "/then/properties/affected_sites/items: it asks for “sport”, which the form has not.",
    ),
    "asks for under no condition": (
        CONDITION,
        put(x_asks=["description"]),
        f"#/{CONDITION}: “x-asks” stands under no condition. Put it into a “then”.",
    ),
    "asks for no list": (
        f"{CONDITION}/allOf/1/then",
        put(x_asks="description"),
        '“x-asks” is no list of names. Write ["description"].',
    ),
    "conditional on a name": (
        CONDITION,
        with_field(**{"x-conditional": "category"}),
        "properties/sport: “x-conditional” names nothing, it is true or not there.",
    ),
    "definition that requires what is not there": (
        "",
        put(**{"$defs": {"golf": {"type": "object", "properties": {}, "required": ["club"]}}}),
        "#/$defs/golf: it requires “club”, which the form has not.",
    ),
    "half a slip": (
        CONDITION,
        with_field(
            **{"type": "number", "x-unit": "kg", "x-unit-slip": {"unit": "lb"}},
            minimum=0,
            maximum=9,
        ),
        "it is not said which other unit people may have read.",
    ),
    "section nowhere": ("properties", put(extra=line_field()), "“extra” of the schema is in none."),
}


@pytest.mark.parametrize("case", IN_THE_SCHEMA)
def test_what_is_wrong_in_a_schema_is_said(schemas, case):
    place, change, sentence = IN_THE_SCHEMA[case]
    edit(schemas / "forms" / FORM / "schema.json", place, change)

    assert said(schemas, sentence)


IN_THE_SETTINGS = {
    "no recency": (
        "requirements/0",
        drop("recency"),
        "requirements/0: it does not say how recent “blood” has to be.",
    ),
    "stale for ever": (
        "requirements/0",
        put(recency=None),
        '“blood” grows old, and nothing says how recent it has to be. Write "recency": "blood".',
    ),
    "unknown window": ("requirements/0", put(recency="weeks"), "the policy has no window “weeks”."),
    "unknown record": ("requirements/0", put(kind="saliva"), "there is no record “saliva”."),
    "unknown need": ("requirements/0", put(need="must"), "“must” is no need."),
    "text never published": (
        "consents/0",
        put(purpose="marketing"),
        "no text for “marketing” is published in en. Publish one in consent/published.json",
    ),
    "trap is a field": ("", put(honeypot="description"), "the trap “description” is a real field"),
    "trap is a record": ("", put(honeypot="blood"), "the trap “blood” is a real field"),
    "trap is filled in": (
        "",
        put(honeypot="company_website"),
        "browsers may fill in the trap “company_website” by themselves.",
    ),
    "step shows nothing": (
        "steps/0/shows",
        lambda node: node.append("clinical.golf"),
        "the form has no “clinical.golf” to show.",
    ),
    "step twice": (
        "steps/1/shows",
        lambda node: node.append("clinical.primary_condition"),
        "“clinical.primary_condition” is shown twice.",
    ),
    "steps leave a section out": (
        "steps",
        lambda node: node.pop(),
        "no step shows “consents”.",
    ),
    "steps leave a question out": (
        "steps/2",
        put(shows=["clinical.comorbidities"]),
        "no step shows “clinical.allergies”.",
    ),
    "step of nothing": ("steps/0", put(shows=[]), "steps/0: it shows nothing. Name a section, or"),
    "step of what others show": (
        "steps",
        lambda node: (node.append({"name": "health", "shows": ["patient"]}), shown_apart(node)),
        "steps/7: it shows nothing: other steps show all of “patient”.",
    ),
    "step of what is never asked": (
        "steps/0/shows",
        lambda node: node.append("form_locale"),
        "“form_locale” can't be shown by itself.",
    ),
    "step of a part of a part": (
        "steps/0/shows",
        lambda node: node.append("clinical.primary_condition.category"),
        "“clinical.primary_condition.category” can't be shown by itself. Name a section, or one",
    ),
    "step of a part of a list": (
        "steps/0/shows",
        lambda node: node.append("records.document_date"),
        "“records.document_date” can't be shown by itself.",
    ),
    "step whose title is no section's": (
        "steps/1",
        drop("name"),
        "steps/1: it has no title. Give it a “name”",
    ),
    "step without a title": (
        "steps/0",
        put(name="golf"),
        "locales/th.json, steps/golf: there is no text.",
    ),
    "section of nothing": (
        "sections",
        lambda node: node.append("golf"),
        "“golf” is no part of the schema.",
    ),
    "language without words": (
        "locales",
        lambda node: node.append("nl"),
        "locales/nl.json: there is no such file. Copy en.json and translate it.",
    ),
}


def shown_apart(steps):
    """Have the patient's questions shown one by one, not by the step about persons."""
    parts = ("full_name", "name_latin", "date_of_birth", "administrative_sex", "nationality")
    parts += ("country_of_residence", "height_cm", "weight_kg")
    steps[4]["shows"] = ["submitter", *(f"patient.{part}" for part in parts)]


@pytest.mark.parametrize("case", IN_THE_SETTINGS)
def test_what_is_wrong_in_the_settings_is_said(schemas, case):
    place, change, sentence = IN_THE_SETTINGS[case]
    edit(schemas / "forms" / FORM / "form.json", place, change)

    assert said(schemas, sentence)


def test_a_withdrawn_consent_text_is_said(schemas):
    def withdraw(entries):
        for entry in entries:
            if entry["purpose"] == "research":
                entry["withdrawn_on"] = "2026-11-23"

    edit(schemas / "consent" / "published.json", "", withdraw)

    assert said(schemas, "the text for “research” was withdrawn.")


def test_words_for_what_is_not_asked_and_a_text_that_one_language_lacks_are_said(schemas):
    path = schemas / "forms" / FORM / "locales" / "en.json"
    edit(path, "fields", lambda node: node.update(golf={"label": "Golf"}))

    assert said(schemas, "locales/en.json, fields/golf: the form asks for no such field.")
    assert said(schemas, "locales/th.json lacks fields/golf/label. Make the two files say the same")


@pytest.mark.parametrize(
    ("pattern", "sentence"),
    [
        (r"^[a-z]+$", "a pattern that ends in $ lets a line break through."),
        (r"^[a-z]+", "a pattern without an end lets anything follow."),
        (r"[a-z]+(?![\s\S])", "a pattern without a beginning"),
        (r"^\d+(?![\s\S])", r"\d takes the digits and letters of every script. Write [0-9]."),
        (r"^\w+(?![\s\S])", r"\w takes the digits and letters of every script."),
        (r"^(a+)+(?![\s\S])", "it repeats something that repeats or chooses by itself."),
        (r"^(a|a)*(?![\s\S])", "it repeats something that repeats or chooses by itself."),
        (r"^((a{1,60})b?){1,60}(?![\s\S])", "it repeats something that repeats or chooses"),
        (r"^(?=(a*)*)a(?![\s\S])", "it repeats something that repeats or chooses"),
        (r"^[a-z]*[a-z]*[a-z]*[a-z]*(?![\s\S])", "some texts take it far longer than others."),
        (r"^(a(?![\s\S])", "is no pattern that Python reads."),
    ],
)
def test_an_unsafe_pattern_is_said(schemas, pattern, sentence):
    path = schemas / "forms" / FORM / "schema.json"
    edit(path, CONDITION, with_field(pattern=pattern, maxLength=2000))

    assert said(schemas, sentence)


def test_what_a_shared_definition_requires_and_has_not_is_said(schemas):
    path = schemas / "shared" / "definitions.json"
    edit(path, "$defs/contact/required", lambda node: node.append("fax"))

    lines = check(schemas)
    assert [line for line in lines if line.startswith("shared/definitions.json, #/$defs/contact:")]
    assert [line for line in lines if line.startswith(f"forms/{FORM}/schema.json, #/properties/co")]


def test_a_file_that_is_no_json_is_named_with_its_line(schemas):
    path = schemas / "forms" / FORM / "locales" / "th.json"
    path.write_text('{\n  "review": "unreviewed",\n}', "utf-8")

    (line,) = check(schemas)
    assert re.match(rf"forms/{FORM}/locales/th\.json, line [23]: this is no JSON: ", line)


def test_the_command_says_all_of_it_and_fails(schemas, capsys):
    edit(schemas / "forms" / FORM / "form.json", "", put(honeypot="email"))

    assert main(["check", FORM], schemas) == 1
    told = capsys.readouterr().out
    assert "schemas/forms/orthopaedic/form.json, honeypot: the trap “email”" in told
    assert main(["check", "golf"], schemas) == 1
    assert "forms/golf: there is no such form. There are orthopaedic." in capsys.readouterr().out
