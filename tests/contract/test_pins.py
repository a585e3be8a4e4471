"""What is installed is named once, pinned with hashes, and the same everywhere."""

import json
import re
import tomllib

import pytest

PINS = {
    "runtime": "functions/requirements.txt",
    "inspection": "infra/inspection/requirements.txt",
    "tests": "tests/requirements.txt",
    "sam": "infra/sam-requirements.txt",
}


def pinned(text):
    """Version by name."""
    found = re.findall(r"^([a-z0-9._-]+)(?:\[[^]]*\])?==(\S+)", text, re.MULTILINE)
    return dict(found)


@pytest.fixture(scope="module")
def pins(top):
    return {name: (top / path).read_text("utf-8") for name, path in PINS.items()}


@pytest.mark.parametrize("name", PINS)
def test_every_pin_has_hashes_and_no_line_says_where_to_fetch_from(pins, name):
    lines = pins[name].splitlines()
    entries = "\n".join(line for line in lines if not line.lstrip().startswith("#"))

    for entry in re.split(r"\n(?=\S)", entries.strip()):
        assert re.match(r"[a-z0-9._-]+(\[[^]]*\])?==\S+", entry), entry
        assert "--hash=sha256:" in entry, entry
    assert not re.search(r"https?:|file:|--(extra-)?index|--find-links", pins[name])


@pytest.mark.parametrize("shipped", ["runtime", "inspection"])
def test_functions_ship_what_they_were_tested_with(pins, shipped):
    ships, tests = pinned(pins[shipped]), pinned(pins["tests"])

    assert {name: tests.get(name) for name in ships} == ships


def test_boto3_comes_from_the_runtime(pins):
    assert not {"boto3", "botocore"} & set(pinned(pins["runtime"]))
    assert "boto3" in pinned(pins["tests"])


def test_what_the_project_names_is_pinned(pins, top):
    given = tomllib.loads((top / "pyproject.toml").read_text("utf-8"))
    project = given["project"]

    def names(listed):
        return {re.match(r"[A-Za-z0-9._-]+", one)[0].lower() for one in listed}

    assert names(project["dependencies"]) <= set(pinned(pins["runtime"]))
    assert names(given["dependency-groups"]["inspection"]) <= set(pinned(pins["inspection"]))
    assert names(project["optional-dependencies"]["dev"]) <= set(pinned(pins["tests"]))


# ---- what browsers and the tests take from npm -----------------------------------------------


@pytest.fixture(scope="module")
def lock(top):
    return json.loads((top / "infra" / "package-lock.json").read_text("utf-8"))


def test_every_npm_package_is_pinned_by_checksum_and_no_line_says_where_to_fetch_from(lock, top):
    for path, package in lock["packages"].items():
        assert "resolved" not in package, path
        assert not path or package["integrity"].startswith("sha512-"), path
        assert not path or package["version"], path
    settings = (top / "infra" / ".npmrc").read_text("utf-8").splitlines()
    assert "omit-lockfile-registry-resolved=true" in settings
    assert "ignore-scripts=true" in settings  # a package may not run anything on being installed
    assert not [line for line in settings if re.search(r"https?:|registry=|_auth", line)]


def test_npm_packages_are_named_exactly_and_the_lock_is_of_these(lock, top):
    named = json.loads((top / "infra" / "package.json").read_text("utf-8"))

    for kind in ("dependencies", "devDependencies"):
        assert lock["packages"][""][kind] == named[kind]
        for name, version in named[kind].items():
            assert re.fullmatch(r"[0-9]+\.[0-9]+\.[0-9]+", version), name
            assert lock["packages"][f"node_modules/{name}"]["version"] == version


def test_a_browser_is_given_one_npm_package_and_what_is_in_it(lock, top):
    named = json.loads((top / "infra" / "package.json").read_text("utf-8"))
    shipped = {path for path, package in lock["packages"].items() if not package.get("dev")}

    assert set(named["dependencies"]) == {"oidc-client-ts"}
    # jwt-decode is bundled into it.
    assert shipped == {"", "node_modules/oidc-client-ts", "node_modules/jwt-decode"}
