import os
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from infra.local.blueprint import Function
from infra.local.functions import (
    EventTooLargeError,
    FunctionFailedError,
    Functions,
    StillRunningError,
    environment_of,
)
from infra.local.intrinsics import UnknownToThisWorldError
from infra.local.journal import Journal

HANDLER = """
import os, time
from functools import cache
from aws_lambda_powertools import Logger

logger = Logger(service="same")

@cache
def wiring():
    return os.environ["OWN"], os.environ["SCHEMAS_DIR"], os.listdir(os.environ["SCHEMAS_DIR"])

def handle(event, context):
    if event == "crash":
        raise ValueError("secret")
    if event == "sleep":
        time.sleep(0.5)
    if event == "object":
        return object()
    left = context.get_remaining_time_in_millis()
    return {
        "wired": wiring(),
        "now": os.environ.get("OWN"),
        "shared": os.environ["SHARED"],
        "name": context.function_name,
        "in_time": 0 < left <= 1000,
        "logger": id(logger._logger),
    }
"""


@pytest.fixture
def lambdas(tmp_path, monkeypatch):
    path = list(sys.path)  # the world adds the bundle to it
    for name in [name for name in os.environ if name in {"OWN", "SHARED"}]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("SHARED", "before")
    (tmp_path / "schemas").mkdir()
    functions = {}
    for number, step in enumerate(("first_step", "second_step")):
        folder = tmp_path / "code" / step
        folder.mkdir(parents=True)
        (folder / "__init__.py").touch()
        (folder / "handler.py").write_text(HANDLER)
        environment = {"OWN": step, "SHARED": "shared", "SCHEMAS_DIR": "/opt"}
        handler = f"{step}.handler.handle"
        functions[step] = Function(
            step, step, f"arn:{number}", handler, 1, 128, "code/", ("schemas/",), environment
        )
    journal = Journal()
    all_of_them = Functions(functions, tmp_path, {}, journal)
    yield SimpleNamespace(
        invoke=all_of_them.invoke,
        wire=all_of_them.wire,
        journal=journal,
        schemas=str(tmp_path / "schemas"),
        one=functions["first_step"],
        root=tmp_path,
    )
    sys.path[:] = path
    for name in [name for name in sys.modules if name.startswith(("first_step", "second_step"))]:
        del sys.modules[name]


def test_each_handler_is_wired_once_under_its_own_environment(lambdas):
    first, second = (lambdas.invoke(arn, {}) for arn in ("arn:0", "arn:1"))

    assert first["wired"] == ["first_step", lambdas.schemas, []]
    assert second["wired"] == ["second_step", lambdas.schemas, []]
    assert (first["now"], first["shared"]) == (None, "shared")
    assert (first["name"], second["name"]) == ("first_step", "second_step")
    assert first["in_time"]
    assert first["logger"] != second["logger"]


def test_a_form_that_is_new_is_known_to_all_once_they_are_wired_again(lambdas):
    Path(lambdas.schemas, "knee-pain").touch()
    assert lambdas.invoke("arn:0", {})["wired"][2] == []

    lambdas.wire()

    for n, step in enumerate(("first_step", "second_step")):
        said = lambdas.invoke(f"arn:{n}", {})
        assert said["wired"] == [step, lambdas.schemas, ["knee-pain"]]
        assert (said["now"], said["shared"]) == (None, "shared")


def test_a_handler_that_raises_fails_and_logs_as_lambda_does(lambdas, capsys):
    with pytest.raises(FunctionFailedError):
        lambdas.invoke("arn:0", "crash")

    assert "[ERROR]" in capsys.readouterr().out
    assert lambdas.journal.failures[0].note == "ValueError"
    assert lambdas.journal.idle


def test_an_answer_that_is_no_json_fails(lambdas):
    with pytest.raises(FunctionFailedError):
        lambdas.invoke("arn:0", "object")


def test_whose_time_ran_out_decides_the_error(lambdas):
    with pytest.raises(StillRunningError):
        lambdas.invoke("arn:0", "sleep", at_most=0.05)


def test_events_over_six_megabytes_are_refused(lambdas):
    assert lambdas.invoke("arn:0", {"body": "x" * 6_291_000})
    with pytest.raises(EventTooLargeError):
        lambdas.invoke("arn:0", {"body": "x" * 6_291_556})


def test_a_layer_that_lacks_what_the_environment_names_is_an_error(lambdas):
    environment = environment_of(lambdas.one, lambdas.root, {})
    assert environment["SCHEMAS_DIR"] == lambdas.schemas

    lambdas.one.environment["SCHEMAS_DIR"] = "/opt/elsewhere"
    with pytest.raises(UnknownToThisWorldError, match="no layer has /opt/elsewhere"):
        environment_of(lambdas.one, lambdas.root, {})
