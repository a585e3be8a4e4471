"""A form that was just begun is complete: nothing is wrong with it, and it can be sent."""

import base64
import json
import shutil

import pytest

from infra.forms import SCHEMAS
from infra.forms.__main__ import REFUSED, main
from infra.forms.check import check
from intake import contract
from intake.forms import Forms
from tests.steps.clinic import NOW

NAME = "knee-pain"


@pytest.fixture(scope="module")
def schemas(tmp_path_factory):
    root = tmp_path_factory.mktemp("clinic") / "schemas"
    shutil.copytree(SCHEMAS, root, ignore=shutil.ignore_patterns("examples"))
    assert main(["new", NAME], root) == 0
    return root


def examples(schemas, kind):
    paths = sorted(schemas.glob(f"forms/{NAME}/examples/{kind}/*.json"))
    assert len(paths) >= {"valid": 8, "invalid": 25}[kind]
    return [json.loads(path.read_text("utf-8")) for path in paths]


def refusals(form, answers):
    problems = contract.all_problems(form, answers, NOW.date())
    return [(problem.field, problem.rule) for problem in problems]


def test_nothing_is_wrong_with_it(schemas):
    assert check(schemas, [NAME]) == []


def test_its_examples_are_taken_and_refused_as_they_say(schemas):
    form = Forms(schemas).get(NAME)

    for example in examples(schemas, "valid"):
        assert refusals(form, example["answers"]) == [], example["about"]
    for example in examples(schemas, "invalid"):
        expected = (example["expect"]["field"], example["expect"]["rule"])
        assert refusals(form, example["answers"]) == [expected], example["because"]


def test_an_inquiry_arrives_through_it_and_a_wrong_one_leaves_nothing(schemas, aws):
    aws.configure(SCHEMAS_DIR=str(schemas))
    good, bad = examples(schemas, "valid")[0], examples(schemas, "invalid")[0]

    refused, accepted = (post(aws, example["answers"]) for example in (bad, good))

    assert (refused["statusCode"], accepted["statusCode"]) == (422, 200)
    (row,) = (row for row in aws.rows() if "answers" in row)
    stored = aws.case(row["pk"].partition("#")[2]).inquiry
    assert (stored.form, stored.answers) == (NAME, good["answers"])


def test_what_to_do_next_names_files_that_are_there(schemas, capsys):
    assert main(["new", "next-steps"], schemas) == 0

    told = capsys.readouterr().out
    shutil.rmtree(schemas / "forms" / "next-steps")
    (named,) = (word for word in told.split() if word.startswith("schemas/"))
    assert (SCHEMAS.parent / named.rstrip(":")).is_file()


@pytest.mark.parametrize(
    ("name", "why"),
    [
        (NAME, "There is a form “knee-pain” already."),
        ("general-inquiry", "There is a form “general-inquiry” already."),
        ("Knee", "is no name for a form"),
        ("../knee", "is no name for a form"),
        ("knee--pain", "is no name for a form"),
        ("k" * 41, "is no name for a form"),
        ("", "is no name for a form"),
    ],
)
def test_a_bad_or_taken_name_is_refused_in_words_and_writes_nothing(schemas, capsys, name, why):
    before = sorted(schemas.rglob("*"))

    assert main(["new", name], schemas) == REFUSED
    assert why in capsys.readouterr().err
    assert sorted(schemas.rglob("*")) == before


def post(aws, answers):
    event = {
        "version": "2.0",
        "routeKey": "POST /f/{form}",
        "rawPath": f"/f/{NAME}",
        "rawQueryString": "",
        "headers": {"content-type": "application/json"},
        "requestContext": {
            "domainName": "intake.clinic.example",
            "http": {"method": "POST", "path": f"/f/{NAME}", "sourceIp": "192.0.2.7"},
        },
        "pathParameters": {"form": NAME},
        "isBase64Encoded": True,
        "body": base64.b64encode(json.dumps(answers).encode()).decode(),
    }
    return aws.invoke("accept", event)
