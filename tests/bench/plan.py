"""What every part of the benchmark is given."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from tests.bench.children import ROOT

# Stands for an address that is known only when its server runs.
AWS_URL = "http://aws.invalid"
Environment = Mapping[str, str]


@dataclass(frozen=True)
class Plan:
    """How long to measure, and the functions' environments as template.yaml has them."""

    short: bool
    environments: Mapping[str, Environment]

    def environment(self, function: str, aws_url: str) -> Environment:
        """Return the environment of the *function* with this logical id, AWS at *aws_url*."""
        given = self.environments[function]
        return {name: value.replace(AWS_URL, aws_url) for name, value in given.items()}

    def rounds(self, many: int) -> int:
        """Return *many*, or one when it is only asked whether everything runs."""
        return 1 if self.short else many


def plan(*, short: bool) -> Plan:
    """Read the template."""
    command = [sys.executable, "-m", "tests.bench.environments"]
    printed = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout
    return Plan(short, json.loads(printed))
