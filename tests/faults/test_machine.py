"""What a machine needs of its process it gives back, also when what ran on it broke."""

import time
from contextlib import suppress
from datetime import UTC, datetime

import boto3
from botocore.client import BaseClient

from tests.faults.cloud.client import Client
from tests.faults.machine import machine
from tests.pipeline import NOW


class BrokenError(Exception):
    """What somebody's code raises on a machine."""


def test_a_machine_that_breaks_leaves_its_process_as_it_was():
    before = time.time()

    with suppress(BrokenError), machine():
        assert isinstance(boto3.client("s3"), Client)
        assert datetime.now(UTC) == NOW
        raise BrokenError

    assert isinstance(boto3.client("s3"), BaseClient)
    assert time.time() >= before
