"""`python -m tests.unit.infra_local.answering [affordable]`: what moto's table says by chance."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from typing import Any

import boto3
import time_machine
from moto import mock_aws

from infra.local import affordable
from infra.local.creation import create
from tests.faults.conforming import SERVICES, heard
from tests.faults.sequences import Table
from tests.handlers import PLACE, SENDER, blueprint

_NOW = datetime(2026, 7, 26, 8, 0, tzinfo=UTC)
_SEEDS, _REQUESTS = 40, 12


def main() -> None:
    """Print one line of JSON for each request: the operation, and the answer or the refusal."""
    if sys.argv[1:] == ["affordable"]:
        affordable.install()
    with mock_aws(), time_machine.travel(_NOW, tick=False):
        aws = {service: boto3.client(service) for service in SERVICES}
        create(blueprint(), aws, SENDER, PLACE.region)
        for seed in range(_SEEDS):
            for operation, params in Table(seed).requests(_REQUESTS):
                told = [operation, _answer(aws, operation, params)]
                sys.stdout.write(json.dumps(told, default=list) + "\n")


def _answer(aws: dict[str, Any], operation: str, params: dict[str, Any]) -> Any:
    try:
        answer = heard(aws["dynamodb"], operation, params)
    except (TypeError, ValueError, AttributeError) as error:
        return type(error).__name__  # moto stumbles where types differ
    return {name: told for name, told in answer.items() if name != "ResponseMetadata"}


if __name__ == "__main__":
    main()
