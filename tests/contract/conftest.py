"""The templates as they are written, and as AWS would expand them."""

import copy
from pathlib import Path
from types import SimpleNamespace

import pytest
from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

TOP = Path(__file__).parents[2]
NESTED = (
    *("storage", "malware", "queues", "email", "secrets", "sign_in"),
    *("hosting", "alarms", "dashboard"),
)


def expand(template):
    """Translate as AWS does after `sam package` has put code and nested stacks into S3."""
    template = copy.deepcopy(template)
    if "Globals" in template:
        template["Globals"]["Function"]["CodeUri"] = "s3://bucket/code"
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::LayerVersion":
            resource["Properties"]["ContentUri"] = "s3://bucket/layer"
        elif resource["Type"] == "AWS::Serverless::Application":
            resource["Properties"]["Location"] = "https://s3.amazonaws.com/bucket/template"
    return transform(template, {}, SimpleNamespace(load=dict))


@pytest.fixture(scope="session")
def top():
    return TOP


@pytest.fixture(scope="session")
def written():
    """Every template, unexpanded: `root` and the nested ones by name."""
    paths = {"root": TOP / "template.yaml"} | {
        name: TOP / "infra" / f"{name}.yaml" for name in NESTED
    }
    return {name: yaml_parse(path.read_text("utf-8")) for name, path in paths.items()}


@pytest.fixture(scope="session")
def expanded(written):
    return {name: expand(template) for name, template in written.items()}


@pytest.fixture(scope="session")
def find(expanded):
    """Resources of one type: `find("root", "AWS::Lambda::Function")` by logical name."""

    def find(stack, kind):
        return {
            name: resource["Properties"]
            for name, resource in expanded[stack]["Resources"].items()
            if resource["Type"] == kind
        }

    return find
