"""What `make build` left: the bundle for each processor, with bytecode that stays valid."""

import re
from pathlib import Path

import pytest
from samtranslator.yaml_helper import yaml_parse

pytestmark = pytest.mark.build

BUILT = Path(__file__).parents[2] / ".aws-sam"
# e_machine of an ELF header
MACHINES = {"arm64": 0xB7, "x86_64": 0x3E}
# Unzipped, of a function with its layers; Lambda's limit, and this is far from it.
LIMIT = 250 * 2**20

GLIBC = (2, 34)  # Amazon Linux 2023's
PIN = re.compile(r"^([a-z0-9-]+)==([0-9.]+)", re.MULTILINE)
TAG = re.compile(r"^Tag: [^-]+-[^-]+-(.+)$", re.MULTILINE)
UNCHECKED_HASH = 0b01  # PEP 552: based on the source's hash, never compared with it


@pytest.fixture(params=MACHINES)
def processor(request):
    assert (BUILT / request.param / "template.yaml").is_file(), "run `make build` first"
    return request.param


@pytest.fixture
def built(processor):
    """The resources of the built template."""
    return yaml_parse((BUILT / processor / "template.yaml").read_text("utf-8"))["Resources"]


@pytest.fixture
def bundles(built, processor):
    """Each function's folder, as the built template names it."""
    return {
        name: BUILT / processor / resource["Properties"]["CodeUri"]
        for name, resource in built.items()
        if resource["Type"] == "AWS::Serverless::Function"
    }


@pytest.fixture
def layers(built, processor):
    """Each layer's folder, as the built template names it."""
    return {
        name: (BUILT / processor / resource["Properties"]["ContentUri"]).resolve()
        for name, resource in built.items()
        if resource["Type"] == "AWS::Serverless::LayerVersion"
    }


def test_every_step_was_built_and_finds_its_handler(bundles, find):
    functions = find("root", "AWS::Lambda::Function")

    assert set(bundles) == set(functions)
    for name, bundle in bundles.items():
        module = functions[name]["Handler"].rpartition(".")[0]
        assert (bundle / module.replace(".", "/")).with_suffix(".py").is_file()


def test_every_source_has_bytecode_that_is_never_stale(bundles, layers):
    for folder in (*bundles.values(), layers["InspectionLayer"]):
        sources = [path for path in folder.rglob("*.py") if "__pycache__" not in path.parts]
        assert sources
        for source in sources:
            [compiled] = (source.parent / "__pycache__").glob(f"{source.stem}.cpython-*.pyc")
            header = compiled.read_bytes()[:8]
            assert ".cpython-313." in compiled.name
            assert int.from_bytes(header[4:], "little") == UNCHECKED_HASH, compiled


def test_bytecode_names_the_runtimes_paths_and_not_the_builders(bundles, layers):
    folders = [(bundle / "intake", b"/var/task/") for bundle in bundles.values()]
    for folder, place in (*folders, (layers["InspectionLayer"], b"/opt/python/")):
        for compiled in folder.rglob("*.pyc"):
            content = compiled.read_bytes()
            assert place in content
            assert str(BUILT.parent).encode() + b"/" not in content


def test_only_what_runs_is_shipped(bundles, top):
    steps = {path.parent.name for path in (top / "functions").glob("*/handler.py")}
    for bundle in bundles.values():
        names = {path.name for path in bundle.iterdir()}

        assert steps | {"intake"} <= names
        assert not names & {"tests", "infra", "schemas", "boto3", "botocore", "moto", "pytest"}


def test_machine_code_is_for_the_processor(bundles, layers, processor):
    for folder in (*bundles.values(), layers["InspectionLayer"]):
        libraries = [path for path in folder.rglob("*") if is_machine_code(path)]
        assert libraries
        for library in libraries:
            header = library.read_bytes()[:20]
            assert int.from_bytes(header[18:20], "little") == MACHINES[processor], library


def is_machine_code(path):
    # Some libraries that a package brings with it have a version behind their ".so".
    return ".so" in path.suffixes and path.is_file()


def size_of(folder):
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def test_a_function_with_its_layers_stays_far_below_the_limit(bundles, layers, built):
    for name, bundle in bundles.items():
        carried = built[name]["Properties"].get("Layers", [])
        sizes = {one["Ref"]: size_of(layers[one["Ref"]]) for one in carried}
        whole = size_of(bundle) + sum(sizes.values())
        most = LIMIT * 2 / 3 if "InspectionLayer" in sizes else LIMIT / 3
        assert whole < most, f"{name} has {whole >> 20} MB"


def test_one_function_carries_what_opens_strangers_files(layers, built):
    with_layer = [
        name
        for name, resource in built.items()
        if {"Ref": "InspectionLayer"} in resource["Properties"].get("Layers", [])
    ]
    packages = {path.name for path in (layers["InspectionLayer"] / "python").iterdir()}

    assert with_layer == ["CheckUpload"]
    assert {"pydicom", "pikepdf", "PIL", "defusedxml", "hl7"} <= packages


def test_every_package_of_the_layer_is_the_pinned_wheel_for_the_runtime(layers, top, processor):
    pinned = set(PIN.findall((top / "infra/inspection/requirements.txt").read_text("utf-8")))
    machine = {"arm64": "aarch64", "x86_64": "x86_64"}[processor]
    installed = set()
    for folder in (layers["InspectionLayer"] / "python").glob("*.dist-info"):
        name, _, version = folder.name.removesuffix(".dist-info").partition("-")
        installed.add((name.replace("_", "-").lower(), version))
        tags = TAG.findall((folder / "WHEEL").read_text("utf-8"))
        # One that was built on this machine would be for its C library, not the runtime's.
        assert any(platform == "any" or fits(platform, machine) for platform in tags), folder.name

    assert installed == pinned


def fits(platform, machine):
    old = {"manylinux1": (2, 5), "manylinux2010": (2, 12), "manylinux2014": (2, 17)}
    name, _, of = platform.partition(f"_{machine}")
    glibc = old.get(name) or tuple(int(n) for n in name.removeprefix("manylinux_").split("_"))
    return of == "" and platform.endswith(machine) and glibc <= GLIBC


def test_nothing_in_the_layer_is_there_for_its_makers(layers):
    for path in layers["InspectionLayer"].rglob("*"):
        assert path.name not in {"tests", "test", "test_files", "requirements.txt"}, path


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
