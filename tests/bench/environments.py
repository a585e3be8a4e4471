"""
What template.yaml puts into each function's environment, printed as JSON by function.

Run as a process of its own: reading a template needs packages that would weigh on a measurement.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from infra.local import sealed
from infra.local.functions import environment_of
from infra.local.identity import Place
from infra.local.reading import read
from infra.local.template import Stack
from infra.local.world import ROOT, parameters
from tests.bench.plan import AWS_URL


def environments(aws_url: str) -> Mapping[str, Mapping[str, str]]:
    """Return by logical id what the local world gives each function, with AWS at *aws_url*."""
    sealed.seal(aws_url)  # the template's translator asks this process for its region
    place = Place(sealed.region(), aws_url)
    stack = Stack(ROOT / "template.yaml", place, parameters("https://clinic.example"))
    functions = read(stack.resources(), place).functions
    given = sealed.variables(aws_url)
    return {name: environment_of(function, ROOT, given) for name, function in functions.items()}


if __name__ == "__main__":
    print(json.dumps(environments(AWS_URL)))
