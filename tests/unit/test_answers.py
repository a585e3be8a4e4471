"""What a browser posts, read back as answers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intake import contract
from intake.errors import MalformedError
from intake.forms import Forms
from intake.pages import page
from intake.reading.answers import decode, split_control_fields
from intake.words import Words
from tests.examples import examples

SCHEMAS = Path(__file__).parents[2] / "schemas"
FORMS = Forms(SCHEMAS)
RA = FORMS.get("rheumatoid-arthritis")
GENERAL = FORMS.get("general-inquiry")
WORDS = Words("en", RA.catalogues["en"])
EXAMPLES = sorted(SCHEMAS.glob("forms/*/examples/valid/*.json"))


def answers(*fields, files=(), form=RA):
    return decode(form, fields, files).answers


def get(tree, path):
    for part in path.split("."):
        tree = tree[int(part)] if part.isdigit() else tree.get(part)
        if tree is None:
            return None
    return tree


def read(name, value, form=RA):
    return get(answers((name, value), form=form), name)


def flat(value, path=""):
    """Write answers as a simple client would: one dotted name for each value."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from flat(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from flat(inner, f"{path}.{index}")
    else:
        yield path, json.dumps(value) if not isinstance(value, str) else value


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: f"{path.parts[-4]}-{path.stem}")
def test_every_valid_example_survives_the_way_through_a_form(path):
    # A textarea's line ends in one way on the wire, and in another with us.
    example = json.loads(path.read_text("utf-8").replace(r"\r\n", r"\n"))["answers"]
    form = FORMS.get(path.parts[-4])

    decoded = decode(form, flat(example)).answers

    assert decoded == {**example, **{k: v for k, v in decoded.items() if v == []}}
    assert contract.find_problems(form, decoded) == ()


@pytest.mark.parametrize(
    ("name", "typed", "value"),
    [
        ("patient.full_name", "  Ada \t", "Ada"),
        ("patient.full_name", " \u00a0 ", None),
        ("contact.email", "ada@example.com\r\n", "ada@example.com\r\n"),
        ("contact.phone", "+66 (81) 234-5678", "+66812345678"),
        ("message", "one\r\ntwo\rthree\n", "one\ntwo\nthree\n"),
        ("message", " \r\n ", None),
        ("patient.height_cm", "164", 164),
        ("patient.weight_kg", "61.5", 61.5),
        ("patient.weight_kg", "61,5", 61.5),
        ("patient.weight_kg", "1,000", "1,000"),
        ("patient.weight_kg", "1e999", "1e999"),
        ("patient.weight_kg", "NaN", "NaN"),
        ("patient.weight_kg", "1_0", "1_0"),
        ("patient.weight_kg", "๖๑", 61),
        ("patient.weight_kg", "9" * 400, "9" * 400),
        ("travel.companions", "2", 2),
        ("travel.companions", "2.0", "2.0"),
        ("travel.can_stay_two_weeks", "true", True),
        ("travel.can_stay_two_weeks", "on", True),
        ("travel.can_stay_two_weeks", "false", False),
        ("travel.can_stay_two_weeks", "perhaps", "perhaps"),
        ("travel.can_stay_two_weeks", "", None),
    ],
)
def test_text_becomes_what_the_schema_asks_for_or_stays_as_typed(name, typed, value):
    assert read(name, typed) == value
    assert type(read(name, typed)) is type(value)


@pytest.mark.parametrize(
    ("boxes", "value"),
    [
        ({"day": "3", "month": "2", "year": "1971"}, "1971-02-03"),
        ({"day": "31", "month": "02", "year": "1971"}, "1971-02-31"),
        ({"day": "3", "month": "", "year": "1971"}, "1971--03"),
        ({"day": "x-y", "month": "2", "year": "71"}, "71-02-x/y"),
        ({"day": " ", "month": "", "year": ""}, None),
    ],
)
def test_three_boxes_are_one_date(boxes, value):
    fields = [(f"patient.date_of_birth.{box}", text) for box, text in boxes.items()]

    assert get(answers(*fields), "patient.date_of_birth") == value


@pytest.mark.parametrize(
    ("boxes", "value"),
    [
        ({"year": "2011"}, "2011"),
        ({"year": "2011", "month": "5", "day": ""}, "2011-05"),
        ({"year": "2011", "month": "5", "day": "9"}, "2011-05-09"),
        ({"year": "", "month": "5", "day": ""}, "-05"),
    ],
)
def test_a_date_may_be_partial_where_the_schema_says_so(boxes, value):
    name = "clinical.primary_condition.diagnosed_on"
    fields = [(f"{name}.{box}", text) for box, text in boxes.items()]

    assert get(answers(*fields), name) == value


def test_two_boxes_are_a_month():
    fields = [("travel.earliest_month.month", "3"), ("travel.earliest_month.year", "2027")]

    assert answers(*fields)["travel"] == {"earliest_month": "2027-03"}


def test_a_date_may_come_in_one_field_too():
    assert read("patient.date_of_birth", "1971-02-03") == "1971-02-03"


def test_empty_groups_go_and_indexes_close_up():
    decoded = answers(
        ("clinical.prior_treatments.0.class", ""),
        ("clinical.prior_treatments.2.class", "nsaid"),
        ("clinical.prior_treatments.7.class", "surgery"),
        ("clinical.prior_treatments.7.started.year", "2011"),
    )

    assert decoded["clinical"]["prior_treatments"] == [
        {"class": "nsaid"},
        {"class": "surgery", "started": "2011"},
    ]


def test_repeated_names_are_a_list_where_the_schema_has_one():
    decoded = answers(
        ("clinical.allergies", "latex"), ("clinical.allergies", ""), ("clinical.allergies", "nuts")
    )

    assert decoded["clinical"]["allergies"] == ["latex", "nuts"]


def test_what_only_the_page_fixed_is_no_record():
    decoded = answers(("records.0.requirement", "blood"), ("missing_records.0.slot", "blood"))

    assert "records" not in decoded
    assert "missing_records" not in decoded


def test_a_kind_that_the_sender_picked_is_a_record():
    decoded = answers(("records.4.requirement", "bone_density"))

    assert decoded["records"] == [{"requirement": "bone_density"}]


def test_a_file_makes_its_record_and_follows_it():
    decoded = decode(
        RA,
        [("records.0.requirement", "blood"), ("records.3.requirement", "urine")],
        ["records.3.file", "blood"],
    )

    assert decoded.answers["records"] == [{"requirement": "urine"}]
    assert decoded.files == {"records.3.file": "records.0.file", "blood": "blood"}


def test_a_consent_that_was_not_ticked_is_refused():
    decoded = answers(
        ("consents.0.purpose", "health_data_review"),
        ("consents.0.decision", "granted"),
        ("consents.1.purpose", "research"),
    )

    assert [each["decision"] for each in decoded["consents"]] == ["granted", "refused"]


def test_required_groups_stay_so_that_each_field_is_asked_for():
    fields = {problem.field for problem in contract.find_problems(RA, answers())}

    assert {"patient.full_name", "contact.email", "clinical.comorbidities.hiv"} <= fields


def test_an_optional_group_that_nobody_filled_in_is_absent():
    assert "representative" not in answers(("submitter.representative.full_name", ""))["submitter"]


def test_unknown_names_stay_to_be_refused():
    decoded = answers(("patient.shoe_size", "41"), ("message.x", "1"))

    assert decoded["patient"]["shoe_size"] == "41"
    assert decoded["message"] == {"x": "1"}
    rules = {(problem.field, problem.rule) for problem in contract.find_problems(RA, decoded)}
    assert ("patient", "additionalProperties") in rules


@pytest.mark.parametrize(
    "names",
    [
        ["message", "message"],
        ["patient.date_of_birth", "patient.date_of_birth.day"],
        ["patient.date_of_birth.day", "patient.date_of_birth.day"],
        ["patient.date_of_birth.day", "patient.date_of_birth.hour"],
        ["x", "x.y"],
        ["clinical.prior_treatments.100.class"],
        ["clinical.prior_treatments.-1.class"],
        ["clinical.prior_treatments.๑.class"],
        ["clinical.prior_treatments.1.class", "clinical.prior_treatments.01.class"],
        ["clinical.allergies.x"],
        [".".join("a" * 13)],
    ],
)
def test_names_that_contradict_each_other_or_have_no_bound_are_refused(names):
    with pytest.raises(MalformedError):
        answers(*((name, "1") for name in names))


def test_control_fields_are_no_answers():
    controls, rest, ignored = split_control_fields(
        [
            ("_id", "first"),
            ("_id", "second"),
            ("redirect", "https://elsewhere.example"),
            ("homepage_link", "spam"),
            ("_subject", "hello"),
            ("_unheard_of", "x"),
            ("_to", "me@elsewhere.example"),
            ("_replyto", "ada@example.com"),
            ("message", "hi"),
        ],
        honeypot="homepage_link",
    )

    assert controls == {
        "_id": "first",
        "redirect": "https://elsewhere.example",
        "homepage_link": "spam",
    }
    assert rest == [("_replyto", "ada@example.com"), ("message", "hi")]
    assert ignored == ["_to"]


PARTS = st.sampled_from(
    [
        *("clinical", "prior_treatments", "allergies", "affected_sites", "primary_condition"),
        *("records", "missing_records", "consents", "requirement", "slot", "purpose", "decision"),
        *("patient", "date_of_birth", "day", "month", "document_date", "contact", "phone"),
        *("0", "1", "2", "99", "travel", "companions", "is_images", "message", "file", ""),
    ]
)
NAMES = st.lists(PARTS, min_size=1, max_size=5).map(".".join)
VALUES = st.one_of(
    st.sampled_from(["", "blood", "other", "true", "12", "-", "health_data_review", "granted"]),
    st.text(max_size=8),
)


@settings(max_examples=examples(150), deadline=None)
@given(st.lists(st.tuples(NAMES, VALUES), max_size=8), st.lists(NAMES, max_size=2), NAMES)
def test_whatever_is_posted_is_refused_or_shown_again(fields, files, more):
    try:
        decoded = decode(RA, fields, files)
    except MalformedError:
        return

    problems = contract.find_problems(RA, decoded.answers)
    html = page.render_form(
        RA,
        WORDS,
        clinic_name="Clinic",
        action="/f/x",
        idempotency_key="k",
        values=decoded.answers,
        problems=problems,
        more=more,
    )
    assert html
    assert set(decoded.files) == set(files)
