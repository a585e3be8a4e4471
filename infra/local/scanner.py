"""GuardDuty's Malware Protection for S3: scans what is written, and tells the bus what it found."""

import queue
import threading
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol

from infra.local.blueprint import ScanPlan
from infra.local.clamav import installed
from infra.local.eicar import Eicar
from infra.local.identity import ACCOUNT
from infra.local.journal import Journal
from infra.local.stored import GoneError, Stored, Verdict, failed, find

_BYTES_AT_ONCE = 256 << 20
DETAIL_TYPE = "GuardDuty Malware Protection Object Scan Result"

Wanted = tuple[str, str, str | None]
"""Bucket, key and version; without a version the current one."""


class Engine(Protocol):
    """What really looks into files."""

    @property
    def says(self) -> str:
        """Say in one sentence what scans."""

    @property
    def at_once(self) -> int:
        """Return how many files it likes to be given together."""

    def scan(self, files: Sequence[Stored]) -> list[Verdict]:
        """Return a verdict on each of *files*; OSError if one cannot be read."""


def best_engine() -> Engine:
    """Return ClamAV if this machine has it, else what only knows the test pattern."""
    return installed() or Eicar()


def as_event(plan: str, stored: Stored, verdict: Verdict, region: str) -> dict[str, Any]:
    """Return GuardDuty's event about *stored*; *plan* is the ARN of the plan it was scanned by."""
    scanned = {
        "bucketName": stored.bucket,
        "objectKey": stored.key,
        "eTag": stored.etag,
        "versionId": stored.version,
        "s3Throttled": False,
    }
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": DETAIL_TYPE,
        "source": "aws.guardduty",
        "account": ACCOUNT,
        "time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": region,
        "resources": [plan],
        "detail": {
            "schemaVersion": "1.0",
            "scanStatus": verdict.scan,
            "resourceType": "S3_OBJECT",
            "s3ObjectDetails": scanned,
            "scanResultDetails": {
                "scanResultStatus": verdict.result,
                "threats": [{"name": name} for name in verdict.threats] or None,
            },
        },
    }


class Scanner:
    """Scans on a thread of its own, so that nobody who writes waits for it."""

    def __init__(
        self,
        plans: Iterable[ScanPlan],
        s3: Any,
        publish: Callable[[dict[str, Any]], None],
        is_silent: Callable[[], bool],
        journal: Journal,
        engine: Engine | None = None,
    ) -> None:
        """*publish* takes events; while *is_silent*, what was found reaches nobody, ever."""
        self._plans: Mapping[str, str] = {plan.bucket: plan.arn for plan in plans}
        self._s3, self._publish, self._is_silent = s3, publish, is_silent
        self._journal = journal
        self._engine = engine or best_engine()
        self._wanted: queue.SimpleQueue[Wanted | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="scanner", daemon=True)

    @property
    def says(self) -> str:
        """Say in one sentence what scans."""
        return self._engine.says

    def start(self) -> None:
        """Begin to scan."""
        self._thread.start()

    def stop(self) -> None:
        """Stop after what is under way."""
        self._wanted.put(None)
        self._thread.join(timeout=5)

    def written(self, event: Mapping[str, Any]) -> None:
        """Have scanned what S3's *event* tells of, if a plan protects its bucket."""
        stored = event["detail"]["object"]
        if event["detail-type"] == "Object Created":
            self.want(event["detail"]["bucket"]["name"], stored["key"], stored.get("version-id"))

    def want(self, bucket: str, key: str, version: str | None) -> None:
        """Have one version scanned soon; returns at once."""
        if bucket in self._plans:
            self._journal.begin()
            self._wanted.put((bucket, key, version))

    def _run(self) -> None:
        while (wanted := self._wanted.get()) is not None:
            waiting: list[Wanted] = [wanted]
            try:
                while len(waiting) < self._engine.at_once and not self._wanted.empty():
                    if (another := self._wanted.get()) is None:
                        self._wanted.put(None)  # for the loop outside
                        break
                    waiting.append(another)
                for batch in _batches(self._found(waiting)):
                    self._scan(batch)
            finally:
                for _ in waiting:
                    self._journal.end()

    def _found(self, waiting: Iterable[Wanted]) -> Iterable[Stored]:
        for bucket, key, version in waiting:
            try:
                yield find(self._s3, bucket, key, version)
            except GoneError:
                continue  # nobody says what GuardDuty tells of it; silence is the harder answer
            except OSError as error:
                self._journal.failed("scan", bucket, str(error))

    def _scan(self, batch: Sequence[Stored]) -> None:
        try:
            verdicts = self._engine.scan(batch)
        except OSError as error:
            # One that vanished must not decide on the others.
            if len(batch) > 1:
                for one in batch:
                    self._scan([one])
                return
            verdicts = [failed(str(error))]
        for stored, verdict in zip(batch, verdicts, strict=True):
            if verdict.why:
                print(f"[ALARM] {stored.key} was not scanned: {verdict.why}", flush=True)
                self._journal.failed("scan", stored.bucket, f"{verdict.result}: {verdict.why}")
            if not self._is_silent():
                plan, region = self._plans[stored.bucket], self._plans[stored.bucket].split(":")[3]
                self._publish(as_event(plan, stored, verdict, region))


def _batches(files: Iterable[Stored]) -> Iterable[list[Stored]]:
    """Yield *files* in lists that fit onto the disk beside everything else."""
    batch: list[Stored] = []
    for file in files:
        if batch and sum(one.size for one in batch) + file.size > _BYTES_AT_ONCE:
            yield batch
            batch = []
        batch.append(file)
    if batch:
        yield batch
