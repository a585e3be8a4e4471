"""What the API says of itself: valid, whole, and the same as the template and the forms."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from accept_inquiry.elsewhere import ALLOWED
from intake import http
from intake.errors import IntakeError
from intake.forms import Forms
from open_case import actions, asked
from show_site.form_schema import flat
from show_site.openapi import ApiDocument
from sign_upload import wish

SCHEMAS = Path(__file__).parents[2] / "schemas"
METHODS = {"get", "post", "put", "delete", "patch", "head", "options"}


@pytest.fixture(scope="module")
def forms():
    return Forms(SCHEMAS)


@pytest.fixture(scope="module")
def document(forms):
    return json.loads(ApiDocument(forms, SCHEMAS).text)


def operations(document):
    return {
        (method, path): operation
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    }


def kinds(kind=IntakeError):
    for each in kind.__subclasses__():
        yield each
        yield from kinds(each)


def names(node):
    if isinstance(node, list):
        for each in node:
            yield from names(each)
    elif isinstance(node, dict):
        for name, each in node.items():
            yield name
            yield from names(each)


def test_it_is_valid(document):
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []


def test_it_names_the_template_s_routes_and_no_other(document, find):
    api = find("root", "AWS::ApiGatewayV2::Api")["Api"]["Body"]
    served = {
        (method, path)
        for path, methods in api["paths"].items()
        for method in methods
        if path != "$default"
    }

    assert set(operations(document)) == served


def test_addresses_asked_with_another_method_name_those_that_they_have(document):
    methods = {
        path: ", ".join(sorted(name.upper() for name in item if name in METHODS))
        for path, item in document["paths"].items()
    }

    assert methods == ALLOWED


def test_it_asks_for_a_token_where_the_template_does(document, find):
    api = find("root", "AWS::ApiGatewayV2::Api")["Api"]["Body"]

    for (method, path), operation in operations(document).items():
        guarded = bool(api["paths"][path][method].get("security"))
        assert bool(operation.get("security")) is guarded, path


def test_it_has_every_form_for_people_and_no_keyword_of_ours(document, forms):
    (form,) = document["paths"]["/f/{form}"]["parameters"]
    assert form == {"$ref": "#/components/parameters/form"}
    assert document["components"]["parameters"]["form"]["schema"]["enum"] == list(forms.offered())
    assert not [name for name in names(document) if name.startswith("x-")]
    assert "canary" not in json.dumps(document)


@pytest.mark.parametrize("form", Forms(SCHEMAS).offered())
def test_a_form_s_schema_says_of_each_example_what_the_form_says(document, form):
    schema = document["components"]["schemas"][form]
    validator = Draft202012Validator(schema)

    assert schema["properties"]["patient"]["properties"]["full_name"]["title"]
    folder = SCHEMAS / "forms" / form / "examples"
    for path in folder.glob("valid/*.json"):
        assert validator.is_valid(json.loads(path.read_text("utf-8"))["answers"]), path.name


@pytest.mark.parametrize("form", Forms(SCHEMAS).offered())
def test_a_form_s_schema_has_each_text_to_consent_to_word_for_word(document, forms, form):
    consent = document["components"]["schemas"][form]["properties"]["consents"]["items"]
    told = {
        each["properties"]["notice_sha256"]["const"]: each["description"]
        for each in consent["oneOf"]
    }

    notices = forms.get(form).notices.values()
    assert told == {each.sha256: each.text for each in notices}
    assert "health_data_review" in {each.purpose for each in notices}


def test_its_examples_are_ours_nested_and_flat(document, forms):
    content = document["paths"]["/f/{form}"]["post"]["requestBody"]["content"]
    nested = content["application/json"]["examples"]
    plain = content["application/x-www-form-urlencoded"]["examples"]

    assert {name.partition(".")[0] for name in nested} == set(forms.offered())
    for name, example in nested.items():
        assert plain[name]["value"] == dict(flat(example["value"]))
    assert plain["general-inquiry.only-what-is-required"]["value"]["patient.full_name"]


def test_what_staff_may_do_is_what_the_case_page_offers(document):
    sample = {"revision": 3, "file": 0, "letter": "team_first", "requirement": "blood", "why": "x"}
    shapes = [
        document["components"]["schemas"][one["$ref"].rpartition("/")[2]]
        for one in document["components"]["schemas"]["Action"]["oneOf"]
    ]
    named = {}
    for shape in shapes:
        for action in shape["properties"]["action"]["enum"]:
            named[action] = {name: sample.get(name, action) for name in shape["required"]}

    assert set(named) == set(actions.ROLES)
    for body in named.values():
        assert asked.read(json.dumps(body).encode()).action == body["action"]


def test_what_senders_may_do_is_what_their_page_offers(document):
    change = document["components"]["schemas"]["Change"]["properties"]["do"]["enum"]
    fields = {"requirement": "blood", "key": "k", "slot": "blood", "size": 1, "sure": "yes"}
    offered = {
        value
        for name, value in vars(wish).items()
        if name.isupper() and isinstance(value, str) and value != http.JSON
    }

    assert set(change) == offered
    for do in change:
        body = json.dumps({**fields, "do": do})
        event = {
            "headers": {"content-type": "application/json"},
            "requestContext": {"http": {"method": "POST"}},
            "body": body,
        }
        assert wish.read(http.request(event)).do == do


def test_every_refusal_is_told_at_some_route(document):
    told = " ".join(
        response["description"]
        for operation in operations(document).values()
        for response in operation["responses"].values()
        if "description" in response
    )

    # That a method is wrong belongs to no operation.
    codes = {each.code for each in kinds()} - {"METHOD_NOT_ALLOWED"}
    assert {code for code in codes if f"`{code}`" not in told} == set()


def test_a_post_to_a_form_is_answered_as_the_design_says(document):
    responses = document["paths"]["/f/{form}"]["post"]["responses"]

    wanted = "200 303 400 403 404 409 413 415 422 429 503"
    assert set(responses) >= set(wanted.split())
    for status, response in responses.items():
        if int(status) >= 400:
            assert {"application/problem+json", "application/json"} & set(response["content"])
