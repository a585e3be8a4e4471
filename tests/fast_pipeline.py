"""The same pipeline on the fast cloud: for what is about the steps, and not about AWS's answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest
import time_machine
from botocore.exceptions import ClientError

from intake.aws import clients
from intake.inquiry import Case
from tests.faults.cloud import Call as Asked
from tests.faults.cloud import Cloud, install, uninstall
from tests.handlers import PLACE, Handlers, blueprint
from tests.pipeline import NOW, Call, Pipeline

_KEY = ("pk", "sk")


class Request:
    """One request as `between` sees it on moto, too; its body is all that was asked."""

    headers: dict[str, str] = {}  # noqa: RUF012  none, ever

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self.url = f"https://{asked.service}.aws.example/"

    @property
    def body(self) -> bytes:
        """The parameters, as JSON."""
        return json.dumps(self._asked.params, default=repr).encode()


class FastPipeline(Pipeline):
    """
    A pipeline for which `tests.faults.cloud` is AWS.

    `tests/faults/test_cloud_conforms.py` holds the two together.
    """

    def __init__(self, clock: time_machine.Coordinates, handlers: Handlers, cloud: Cloud) -> None:
        self._cloud = cloud
        super().__init__(clock, handlers)

    def _forget(self) -> None:
        self._cloud.reset()

    def _lay(self) -> None:
        self._cloud.between = self._called
        self._cloud.on_event, self._cloud.on_mail = self.happened, self._mailed
        self._cloud.on_scan = self._scan

    def _called(self, asked: Asked, do: Callable[[], Any]) -> Any:
        request = Request(asked)
        self.calls.append(Call(asked.name, request))
        self._under_way = do
        refused = self.between(asked.name, request)
        if refused is None:
            return do()
        told = json.loads(refused.content)
        error = {"Code": told["__type"], "Message": told["message"]}
        status = {"HTTPStatusCode": refused.status_code}
        raise ClientError({"Error": error, "ResponseMetadata": status}, asked.operation)

    def ask(self, operation: str, request: Any) -> Any:  # noqa: ARG002  as on moto
        """Do what `between` is told of, for one that loses the answer to it."""
        return self._under_way()

    # ---- What is there --------------------------------------------------------------------------

    def case(self, inquiry: str) -> Case:
        """Return what the table holds of *inquiry*, whatever is broken."""
        self._cloud.between = lambda _asked, do: do()
        try:
            return super().case(inquiry)
        finally:
            self._cloud.between = self._called

    def items(self) -> list[dict[str, Any]]:
        """Return every item of the table, as DynamoDB spells it."""
        return self._cloud.items(self._table)

    def versions(self) -> list[tuple[str, dict[str, Any]]]:
        """Return every version of every object, with its bucket's name."""
        buckets = blueprint().buckets
        return [(name, each) for name in buckets for each in self._cloud.versions(name)]

    def read(self, bucket: str, version: dict[str, Any]) -> Any:
        """Return one version's content."""
        return self._cloud.read(bucket, version["Key"], version["VersionId"])

    def depth(self, queue: str) -> int:
        """Count the messages that can be seen."""
        return self._cloud.depth(queue)

    def oldest(self, queue: str) -> datetime | None:
        """Return when the oldest message was first sent; None: there is none."""
        return self._cloud.oldest(queue)

    # ---- What somebody does to it ---------------------------------------------------------------

    def put(self, queue: str, body: str) -> None:
        """Put a message into a queue."""
        self._cloud.send(queue, body)

    def purge(self, queue: str) -> None:
        """Delete what a queue holds."""
        self._cloud.sqs.queues[queue].clear()

    def remove(self, item: dict[str, Any]) -> None:
        """Delete an item."""
        table = self._cloud.dynamodb.tables[self._table]
        table.remove(table.key_of({name: item[name] for name in _KEY}))

    def _take(self, queue: str, most: int) -> list[dict[str, Any]]:
        return self._cloud.receive(queue, most)

    def _delete(self, queue: str, receipt: str) -> None:
        self._cloud.delete(queue, receipt)


@contextmanager
def fast_pipeline() -> Iterator[FastPipeline]:
    """Deploy it at NOW into an empty cloud; the clock stands still until it is moved."""
    clients.client.cache_clear()
    cloud = Cloud(blueprint(), PLACE.region)
    with pytest.MonkeyPatch.context() as monkeypatch:
        handlers = Handlers(monkeypatch)
        install(cloud)
        try:
            with time_machine.travel(NOW, tick=False) as clock:
                yield FastPipeline(clock, handlers, cloud)
        finally:
            handlers.close()
            uninstall()
    clients.client.cache_clear()
