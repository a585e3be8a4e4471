"""Imports go one way (step, intake.aws, intake), and importing does nothing."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

FUNCTIONS = Path(__file__).parents[2] / "functions"
MODULES = sorted(FUNCTIONS.rglob("*.py"))
STEPS = sorted(path.parent.name for path in FUNCTIONS.glob("*/handler.py"))
TEXTS = sorted(
    path
    for kind in ("py", "html", "txt", "css", "js", "json")
    for path in FUNCTIONS.rglob(f"*.{kind}")
    if path.name != "form.js"  # made of infra/website/form, which test_script.py reads
)
# AWS_ENDPOINT_URL is the only switch: nothing in the bundle may ask where it runs.
FORBIDDEN = re.compile(
    r"\b(moto|localhost|is_local|local|mock|mocks|test|tests|pytest)\b", re.IGNORECASE
)
# About 200: more hides a second reason to change, unless it is told here why not.
MOST_LINES = 220
LONGER = {
    "intake/pages/fields.py": "one walk over a schema, whose branches call each other",
    "intake/aws/ledger.py": "all writes to a letter, so that their conditions can be compared",
    "intake/errors.py": "every refusal beside the others, so that codes can be compared",
    "intake/standing.py": "how a requirement is weighed, by rules that need each other's order",
    "intake/inquiry.py": "what the table holds, in words that need each other",
}


def named(path: Path) -> str:
    return str(path.relative_to(FUNCTIONS))


@cache
def imports(path: Path) -> tuple[str, ...]:
    """Return the dotted name of everything that a module imports, also inside functions."""
    return tuple(_imports(path))


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{named(path)}: a relative import hides where it goes"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def inside(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def importing(paths: Iterable[Path], *packages: str) -> list[tuple[str, str]]:
    """Return (module, what it imports) for all that is inside *packages*."""
    return [
        (named(path), name)
        for path in paths
        for name in imports(path)
        if any(inside(name, package) for package in packages)
    ]


def python(program: str) -> str:
    """Run *program* in a process with nothing in its environment."""
    done = subprocess.run(
        [
            sys.executable,
            "-I",
            "-c",
            f"import sys; sys.path.insert(0, {str(FUNCTIONS)!r})\n{program}",
        ],
        env={},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_pipeline_is_the_list_of_folders():
    assert STEPS == [
        "accept_inquiry",
        "check_upload",
        "notify_team",
        "open_case",
        "reply_to_sender",
        "report_quarantine",
        "retry_stalled",
        "send_canary",
        "show_form",
        "show_site",
        "sign_upload",
        "track_delivery",
    ]


@pytest.mark.parametrize("step", STEPS)
def test_no_step_knows_another(step):
    own = [path for path in MODULES if path.relative_to(FUNCTIONS).parts[0] == step]
    shared = [path for path in MODULES if path.relative_to(FUNCTIONS).parts[0] == "intake"]

    assert own
    assert importing(own, *(other for other in STEPS if other != step)) == []
    assert importing(shared, step) == []


def test_only_intake_aws_knows_boto3():
    others = [path for path in MODULES if "intake/aws/" not in named(path)]

    assert importing(others, "boto3", "botocore", "s3transfer") == []


def test_what_is_shared_does_not_know_aws():
    shared = [path for path in MODULES if named(path).startswith("intake/")]

    pure = [path for path in shared if "intake/aws/" not in named(path)]
    assert importing(pure, "intake.aws") == []


def test_nothing_in_the_bundle_is_made_for_trying_it_out():
    foreign = ("infra", "tests", "moto", "pytest", "hypothesis", "time_machine")

    assert importing(MODULES, *foreign) == []


def test_nothing_in_the_bundle_knows_where_it_runs():
    lines = [
        (named(path), line)
        for path in TEXTS
        for line in path.read_text(encoding="utf-8").splitlines()
    ]

    assert len(lines) > len(TEXTS)
    assert [each for each in lines if FORBIDDEN.search(each[1])] == []


def test_a_module_has_one_reason_to_change():
    long = {
        named(path)
        for path in MODULES
        if len(path.read_text(encoding="utf-8").splitlines()) > MOST_LINES
    }

    assert long <= set(LONGER)


@pytest.mark.parametrize("package", [path.parent for path in FUNCTIONS.glob("*/__init__.py")])
def test_a_folder_says_its_one_sentence_and_nothing_else(package):
    (only,) = ast.parse((package / "__init__.py").read_text(encoding="utf-8")).body

    assert isinstance(only, ast.Expr)
    assert isinstance(only.value, ast.Constant)


@pytest.mark.parametrize("step", STEPS)
def test_importing_a_handler_does_nothing(step):
    # Whoever cannot make a client has made none.
    made = python(
        f"import {step}.handler as handler\n"
        "clients = sys.modules.get('intake.aws.clients')\n"
        "print(clients.client.cache_info().currsize if clients else 0,"
        " handler.wiring.cache_info().currsize)"
    )

    assert made == "0 0"


# What opens strangers' files is loaded by the process that opens them, and by no other.
HEAVY = ("pydicom", "pikepdf", "defusedxml", "hl7", "lxml")
INSPECTION = [path for path in MODULES if named(path).startswith("check_upload/inspection/")]


def test_only_inspection_knows_what_opens_strangers_files():
    assert importing([path for path in MODULES if path not in INSPECTION], *HEAVY) == []


@pytest.mark.parametrize("path", INSPECTION, ids=named)
def test_inspection_knows_nothing_of_ours_but_what_it_says(path):
    ours = {"check_upload", "intake"}
    allowed = ("check_upload.inspection", "intake.findings")

    foreign = [name for name in imports(path) if name.partition(".")[0] in ours]
    assert not [each for each in foreign if not any(inside(each, one) for one in allowed)]
    packages = {name.partition(".")[0] for name in imports(path)} - ours
    assert packages <= {*sys.stdlib_module_names, *HEAVY}


def test_the_step_that_has_files_opened_opens_none_itself():
    loaded = python(
        "import check_upload.handler\n"
        f"print({set(HEAVY)!r} & {{name.partition('.')[0] for name in sys.modules}})"
    )

    assert loaded == "set()"


PURE = [
    "contract",
    "flags",
    "forms",
    "http",
    "inquiry",
    "letters.draft",
    "pages.page",
    "rules",
    "words",
]


@pytest.mark.parametrize("module", PURE)
def test_what_is_pure_loads_no_sdk(module):
    loaded = python(f"import intake.{module}\nprint({{'boto3', 'botocore'}} & set(sys.modules))")

    assert loaded == "set()"
