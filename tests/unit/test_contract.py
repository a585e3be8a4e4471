"""What breaks a schema, as problems: field, public code, message key, and never the value."""

from __future__ import annotations

from datetime import date

import pytest

from intake import contract
from intake.diagnosis import MAX_PROBLEMS
from intake.errors import Problem

SECRET = "Jane Canary"


def problems(form, answers):
    return [(p.field, p.code, p.key) for p in contract.find_problems(form, answers)]


def one(make_form, schema, value):
    """Return the single problem of *value* as the field `a`."""
    (problem,) = contract.find_problems(make_form({"properties": {"a": schema}}), {"a": value})
    assert problem.field == "a"
    return problem


@pytest.mark.parametrize(
    ("schema", "value", "code", "key", "params"),
    [
        ({"minLength": 1}, "", "REQUIRED_FIELD_EMPTY", "required", {"limit": 1}),
        ({"minLength": 1, "x-error": "name"}, "", "REQUIRED_FIELD_EMPTY", "required", {"limit": 1}),
        ({"minLength": 10}, SECRET[:4], "TOO_SHORT", "min_length", {"limit": 10}),
        ({"maxLength": 4}, SECRET, "TOO_LONG", "max_length", {"limit": 4}),
        ({"format": "email"}, SECRET, "TYPE_EMAIL", "format", {}),
        ({"format": "email", "x-error": "email"}, SECRET, "TYPE_EMAIL", "email", {}),
        ({"format": "email", "pattern": "^[a-z@.]*$"}, "A@b.c", "TYPE_EMAIL", "pattern", {}),
        ({"pattern": "^x"}, SECRET, "WRONG_FORMAT", "pattern", {}),
        ({"format": "date"}, "1971-02-30", "WRONG_FORMAT", "format", {}),
        ({"enum": ["x", "y"]}, SECRET, "CHOICE_NOT_OFFERED", "enum", {}),
        ({"const": True}, False, "CHOICE_NOT_OFFERED", "const", {}),
        ({"minimum": 30}, 7, "OUT_OF_RANGE", "minimum", {"limit": 30}),
        ({"maximum": 3}, 7, "OUT_OF_RANGE", "maximum", {"limit": 3}),
        ({"minItems": 1}, [], "TOO_FEW", "min_items", {"limit": 1}),
        ({"maxItems": 1}, [SECRET, 7], "TOO_MANY", "max_items", {"limit": 1}),
        ({"contains": {"const": 1}}, [SECRET], "REQUIRED_FIELD_MISSING", "contains", {}),
        ({"type": "string"}, 7, "TYPE_TEXT", "type_string", {}),
        ({"type": "number"}, SECRET, "TYPE_NUMERIC", "type_number", {}),
        ({"type": "integer"}, 7.5, "TYPE_NUMERIC", "type_integer", {}),
        ({"type": "boolean"}, SECRET, "WRONG_FORMAT", "type_boolean", {}),
        ({"type": "object"}, SECRET, "WRONG_FORMAT", "type_object", {}),
        ({"type": "array"}, SECRET, "WRONG_FORMAT", "type_array", {}),
        ({"type": "string", "x-error": "phone"}, 7, "TYPE_TEXT", "phone", {}),
        ({"not": {}}, SECRET, "INVALID", "not", {}),
    ],
)
def test_each_keyword_has_a_code_a_message_and_its_limit(
    make_form, schema, value, code, key, params
):
    problem = one(make_form, schema, value)

    assert (problem.code, problem.key, problem.params) == (code, key, params)
    assert problem.pointer == "/a"
    assert SECRET not in repr(problem)


def test_each_missing_field_is_named_once_where_it_belongs(make_form):
    person = {"required": ["name", "born"], "properties": {"name": {}, "born": {}}}
    form = make_form({"properties": {"patients": {"items": person}}, "required": ["patients"]})

    assert problems(form, {"patients": [{"name": "x"}, {}]}) == [
        ("patients.0.born", "REQUIRED_FIELD_MISSING", "required"),
        ("patients.1.name", "REQUIRED_FIELD_MISSING", "required"),
        ("patients.1.born", "REQUIRED_FIELD_MISSING", "required"),
    ]
    assert problems(form, {}) == [("patients", "REQUIRED_FIELD_MISSING", "required")]


def test_the_name_of_an_unknown_field_is_not_repeated(make_form):
    form = make_form({"properties": {"a": {"additionalProperties": False}}})

    (problem,) = contract.find_problems(form, {"a": {SECRET: SECRET}})

    assert (problem.field, problem.code) == ("a", "UNKNOWN_FIELD")
    assert SECRET not in repr(problem)


def test_a_condition_speaks_through_its_own_key_at_the_field_it_names(make_form):
    condition = {
        "if": {"required": ["role"], "properties": {"role": {"const": "patient"}}},
        "then": {
            "not": {"required": ["representative"]},
            "x-error": "representative_unexpected",
            "x-field": "representative",
        },
    }
    form = make_form({"properties": {"submitter": {"allOf": [condition]}}})

    assert problems(form, {"submitter": {"role": "patient", "representative": SECRET}}) == [
        ("submitter.representative", "INVALID", "representative_unexpected")
    ]
    assert problems(form, {"submitter": {"representative": SECRET}}) == []


def test_problems_come_in_the_order_of_the_form(make_form):
    text = {"type": "string"}
    part = {"properties": {"first": text, "second": text}}
    form = make_form(
        {
            "properties": {"zeta": part, "alpha": {"items": part}, "omega": text},
            "required": ["zeta"],
            "additionalProperties": False,
        }
    )
    answers = {
        "unknown": 1,
        "omega": 1,
        "alpha": [{"second": 1}, {"second": 1, "first": 1}],
        "zeta": {"second": 1, "first": 1},
    }

    assert [field for field, *_ in problems(form, answers)] == [
        "",
        "zeta.first",
        "zeta.second",
        "alpha.0.second",
        "alpha.1.first",
        "alpha.1.second",
        "omega",
    ]


def test_no_more_problems_are_collected_than_anybody_reads(make_form):
    form = make_form({"properties": {"a": {"items": {"type": "string"}}}})

    assert len(contract.find_problems(form, {"a": [0] * 10_000})) == MAX_PROBLEMS


STRICT = {
    "required": ["name"],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string"},
        "patient": {"properties": {"date_of_birth": {"type": "string", "format": "date"}}},
        "records": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["requirement"],
                "properties": {"document_date": {"type": "string", "pattern": "^2"}},
            },
        },
        "consents": {"type": "array"},
    },
}


def all_found(form, answers, *read):
    found = contract.all_problems(form, answers, date(2026, 11, 22), read)
    return [(problem.field, problem.rule) for problem in found]


def test_what_contradicts_itself_is_told_along_with_what_breaks_the_schema(make_form):
    answers = {
        "patient": {"date_of_birth": "2099-01-01"},
        "records": [{"requirement": "blood", "document_date": 7}, {"document_date": "2098"}],
    }

    assert all_found(make_form(STRICT, requirements=("blood",)), answers) == [
        ("name", "required"),
        ("patient.date_of_birth", "date_in_future"),
        ("records.0.document_date", "type"),
        ("records.1.document_date", "date_in_future"),
        ("records.1.requirement", "required"),
    ]


def test_a_field_has_the_problems_of_one_finder_alone(make_form):
    form = make_form(STRICT)
    answers = {"name": "Canary", "patient": {"date_of_birth": "2099-01-01"}}
    typed = Problem("patient.date_of_birth", "format", "WRONG_FORMAT", "format")

    assert all_found(form, answers, typed) == [("patient.date_of_birth", "format")]
    assert all_found(form, {**answers, "name": 7}, typed) == [
        ("patient.date_of_birth", "format"),
        ("name", "type"),
    ]


@pytest.mark.parametrize(
    "answers",
    [
        7,
        None,
        [],
        {"records": 7},
        {"records": [7, None, "x", []]},
        {"records": [{}], "consents": 7},
        {"patient": {"date_of_birth": "x"}},
        {"patient": {"date_of_birth": {}}},
        {"missing_records": 7, "clinical": {"prior_treatments": [7]}, "travel": 1},
        {f"unknown_{n}": n for n in range(100)} | {"missing_records": 7},
        {"records": [7] * 100},
    ],
)
def test_whatever_is_sent_is_refused_by_the_schema_alone(make_form, answers):
    schema = STRICT | {"type": "object"}
    form = make_form(schema)

    rules_of = {problem.rule for problem in contract.find_problems(form, answers)}

    assert {rule for _, rule in all_found(form, answers)} == rules_of != set()


FORMATS = {
    "date": (
        ["1971-04-05", "2024-02-29", "0001-01-01"],
        [
            "",
            "19710405",
            "1971-W47-7",
            "1971-4-5",
            "1971-02-29",
            "04/05/1971",
            "1971-04-05\n",
            "1971-04",
            "๑๙๗๑-04-05",
            "1971-04-05T00:00",
            "0000-01-01",
        ],
    ),
    "partial-date": (
        ["1971", "1971-04", "1971-04-05", "2024-02-29"],
        [
            "",
            "71",
            "197104",
            "1971-13",
            "1971-00",
            "2026-02-31",
            "1971-4",
            "1971-",
            "1971\n",
            "1971-04-05-06",
            "0000",
            "๑๙๗๑",
        ],
    ),
    "email": (
        [
            "ada@patient.example",
            "a@b.c",
            "a@..c",
            "o'brien+x@a.b.example",
            "ada@b\u00fccher.example",
        ],
        [
            "",
            "@",
            "a@b",
            "a@.b",
            "a@b.",
            "a b@c.example",
            "a@b.example\r\nBcc: x@y.example",
            "a@b@c.example",
            "a@b.example\n",
            "a@b.example, c@d.example",
        ],
    ),
}


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, (good, _) in FORMATS.items() for value in good]
)
def test_formats_take_what_exists(make_form, name, value):
    form = make_form({"properties": {"a": {"format": name}}})

    assert contract.find_problems(form, {"a": value}) == ()
    assert contract.find_problems(form, {"a": 7}) == ()  # `type` speaks about that


def test_an_address_of_dots_takes_no_longer_than_it_is_long(make_form):
    # Some tests of formats take its square: this would then be 10,000 seconds.
    assert one(make_form, {"format": "email"}, "a@" + "." * 1_000_000 + " b").rule == "format"


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, (_, bad) in FORMATS.items() for value in bad]
)
def test_formats_really_check(make_form, name, value):
    assert one(make_form, {"format": name}, value).rule == "format"
