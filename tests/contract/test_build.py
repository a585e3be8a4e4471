"""What `make build` left: the bundle for each processor, with bytecode that stays valid."""

from pathlib import Path

import pytest
from samtranslator.yaml_helper import yaml_parse

pytestmark = pytest.mark.build

BUILT = Path(__file__).parents[2] / ".aws-sam"
# e_machine of an ELF header
MACHINES = {"arm64": 0xB7, "x86_64": 0x3E}
# Unzipped; Lambda's limit, and this is far from it.
LIMIT = 250 * 2**20

UNCHECKED_HASH = 0b01  # PEP 552: based on the source's hash, never compared with it


@pytest.fixture(params=MACHINES)
def processor(request):
    assert (BUILT / request.param / "template.yaml").is_file(), "run `make build` first"
    return request.param


@pytest.fixture
def bundles(processor):
    """Each function's folder, as the built template names it."""
    template = yaml_parse((BUILT / processor / "template.yaml").read_text("utf-8"))
    return {
        name: BUILT / processor / resource["Properties"]["CodeUri"]
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::Serverless::Function"
    }


def test_every_step_was_built_and_finds_its_handler(bundles, find):
    functions = find("root", "AWS::Lambda::Function")

    assert set(bundles) == set(functions)
    for name, bundle in bundles.items():
        module = functions[name]["Handler"].rpartition(".")[0]
        assert (bundle / module.replace(".", "/")).with_suffix(".py").is_file()


def test_every_source_has_bytecode_that_is_never_stale(bundles):
    for bundle in bundles.values():
        sources = [path for path in bundle.rglob("*.py") if "__pycache__" not in path.parts]
        assert sources
        for source in sources:
            [compiled] = (source.parent / "__pycache__").glob(f"{source.stem}.cpython-*.pyc")
            header = compiled.read_bytes()[:8]
            assert ".cpython-313." in compiled.name
            assert int.from_bytes(header[4:], "little") == UNCHECKED_HASH, compiled


def test_bytecode_names_the_runtimes_paths_and_not_the_builders(bundles):
    for bundle in bundles.values():
        for compiled in (bundle / "intake").rglob("*.pyc"):
            content = compiled.read_bytes()
            assert b"/var/task/" in content
            assert str(BUILT.parent).encode() + b"/" not in content


def test_only_what_runs_is_shipped(bundles, top):
    steps = {path.parent.name for path in (top / "functions").glob("*/handler.py")}
    for bundle in bundles.values():
        names = {path.name for path in bundle.iterdir()}

        assert steps | {"intake"} <= names
        assert not names & {"tests", "infra", "schemas", "boto3", "botocore", "moto", "pytest"}


def test_machine_code_is_for_the_processor(bundles, processor):
    for bundle in bundles.values():
        libraries = list(bundle.rglob("*.so"))
        assert libraries
        for library in libraries:
            header = library.read_bytes()[:20]
            assert int.from_bytes(header[18:20], "little") == MACHINES[processor], library


def test_bundle_stays_far_below_the_limit(bundles):
    for bundle in bundles.values():
        size = sum(path.stat().st_size for path in bundle.rglob("*") if path.is_file())
        assert size < LIMIT / 3


@pytest.fixture
def layers(processor):
    """Each layer's folder, as the built template names it."""
    template = yaml_parse((BUILT / processor / "template.yaml").read_text("utf-8"))
    return {
        name: (BUILT / processor / resource["Properties"]["ContentUri"]).resolve()
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::Serverless::LayerVersion"
    }


def test_schemas_travel_in_their_layer(layers):
    assert (layers["SchemasLayer"] / "forms").is_dir()


def test_case_page_and_its_one_package_travel_in_their_layer(layers):
    team = layers["WebsiteLayer"] / "team"

    assert (team / "index.html").is_file()
    assert (team / "vendor" / "oidc-client-ts.min.js").is_file()


def test_npms_packages_stay_behind(layers, bundles):
    for folder in (*layers.values(), *bundles.values()):
        assert not list(folder.rglob("node_modules"))
        assert not list(folder.rglob("package-lock.json"))


def test_the_function_with_the_site_finds_what_its_setting_names(layers, written):
    site = written["root"]["Resources"]["ShowSite"]["Properties"]["Environment"]["Variables"]

    # A layer's content is laid out in /opt.
    assert (layers["WebsiteLayer"] / site["WEBSITE_DIR"].removeprefix("/opt/")).is_dir()
