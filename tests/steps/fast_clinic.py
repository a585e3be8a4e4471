"""The clinic on the fast cloud: a week of sweeps in the time of an hour of them."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from itertools import count
from typing import Any

import botocore.session
import pytest
import time_machine
from botocore.endpoint import convert_to_response_dict
from botocore.exceptions import ClientError, HTTPClientError
from botocore.model import OperationModel, ServiceModel
from botocore.parsers import create_parser
from botocore.retries.standard import RetryContext, StandardRetryConditions

from intake.aws import items
from intake.aws.clients import client
from tests.fast_pipeline import Request
from tests.faults.cloud import Call, Cloud
from tests.handlers import PLACE
from tests.steps.clinic import QUEUES, RECORDS, TABLE, UPLOADS, Clinic
from tests.steps.fast_cloud import fast_cloud, small
from tests.steps.mailroom import INQUIRY

# As intake.aws.clients has botocore ask; here nothing sleeps in between.
_RETRIES = StandardRetryConditions(max_attempts=2)


class _Asked(Request):
    """A request as hooks see it."""

    def __init__(self, asked: Call, do: Callable[[], Any]) -> None:
        super().__init__(asked)
        self._do = do

    def carry_out(self) -> None:
        """Have it done or refused; nobody hears which."""
        with suppress(ClientError):
            self._do()


class FastClinic(Clinic):
    """
    A clinic for which `tests.faults.cloud` is AWS.

    `test_fast_clinic.py` holds its faults to the other's.
    """

    def __init__(
        self, cloud: Cloud, clock: time_machine.Coordinates, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self._cloud = cloud
        super().__init__({name: PLACE.queue_url(name) for name in QUEUES}, clock, monkeypatch)

    def _watch(self) -> None:
        self._cloud.between = self._called
        self._cloud.on_scan = lambda *wanted: self.scans_asked.append(wanted)

    def close(self) -> None:
        """Leave nothing: the cloud goes with its clinic."""

    def _called(self, call: Call, do: Callable[[], Any]) -> Any:
        """Ask as botocore does: again if no answer came, or one that may pass."""
        model = _model(call.service).operation_model(call.operation)
        request = _Asked(call, do)
        for attempt in count(1):
            heard = RetryContext(attempt, model)
            try:
                answer = self._hooked(f"before-send.{call.name}", request)
            except HTTPClientError as lost:
                heard.caught_exception = lost
            else:
                if answer is None:
                    return do()
                heard.http_response, heard.parsed_response = answer, _read(model, answer)
            if not _RETRIES.is_retryable(heard):
                break
        raise heard.caught_exception or ClientError(heard.parsed_response, call.operation)

    # ---- What is left, and what there may be ----------------------------------------------------

    def rows(self, prefix: str = "") -> list[dict[str, Any]]:
        """Return all items whose partition key begins with *prefix*."""
        found = [items.plain(item) for item in self._cloud.items(TABLE)]
        return [item for item in found if item["pk"].startswith(prefix)]

    def waiting(self, queue: str) -> list[dict[str, Any]]:
        """Take what is visible in *queue*."""
        found = []
        while messages := self._cloud.receive(queue, 10):
            for message in messages:
                found.append(json.loads(message["Body"]))
                self._cloud.delete(queue, message["ReceiptHandle"])
        return found

    def upload(self, content: bytes, n: int = 0, inquiry: str = INQUIRY) -> str:
        """Put an object where files wait; return its version."""
        # What botocore works out for the other clinic.
        checksum = base64.b64encode(hashlib.sha256(content).digest()).decode()
        answer = client("s3").put_object(
            Bucket=UPLOADS, Key=f"{inquiry}/{n:04d}", Body=content, ChecksumSHA256=checksum
        )
        version: str = answer["VersionId"]
        return version


@cache
def _model(service: str) -> ServiceModel:
    return botocore.session.Session().get_service_model(service)


def _read(model: OperationModel, answer: Any) -> dict[str, Any]:
    """Return what botocore reads in a refusal, with what more its service tells of this one."""
    raw = convert_to_response_dict(answer, model)
    if raw["status_code"] < 300:
        raise NotImplementedError("an answer that is no refusal")
    parser = create_parser(model.service_model.resolved_protocol)
    told: dict[str, Any] = parser.parse(raw, model.output_shape)
    shape = model.service_model.shape_for_error_code(told["Error"]["Code"])
    return told | parser.parse(raw, shape) if shape else told


@contextmanager
def fast_clinic(monkeypatch: pytest.MonkeyPatch) -> Iterator[FastClinic]:
    """Open an empty clinic at NOW; the clock stands still until it is moved."""
    with fast_cloud(small(QUEUES, (UPLOADS, RECORDS))) as (cloud, clock):
        yield FastClinic(cloud, clock, monkeypatch)
