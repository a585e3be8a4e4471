"""How much memory the steps need while a gigabyte goes up, straight to the emulator."""

from __future__ import annotations

import random
import struct
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.bench.children import running
from tests.bench.figures import Fact
from tests.bench.host import Host
from tests.bench.plan import Plan
from tests.bench.steps import example
from tests.records import small

MOST_MB = 300
_SIZE, _SIZE_SHORT = 2**30, 12 * 2**20
_PART = 5 * 2**20
_FORM = "rheumatoid-arthritis"
_EXAMPLE = "every-record-promised"
_LENGTH = struct.Struct("<L")  # of an element's value (PS3.5, 7.1.2)
_MB = 1_000_000
_PROCESSES = Path("/proc")
_CHECKED_WITHIN_S = 300
_SETTLES_WITHIN_S = 60


def rows(plan: Plan) -> list[Fact]:
    """Send one file by the six shapes as a browser does, until its verdict is here."""
    size = _SIZE_SHORT if plan.short else _SIZE
    if not (_PROCESSES / "self/status").exists():
        return [Fact(f"upload of {size / 2**20:,.0f} MiB", "needs Linux")]
    ports = {"PORT": "0", "AWS_PORT": "0", "AWS_APART": "1"}
    with running("infra.local", **ports) as (pid, printed):
        urls = dict(line.split()[:2] for line in printed.splitlines())
        emulator = _emulator(pid)
        before = _peak_mb(pid), _peak_mb(emulator)
        begun = time.perf_counter()
        link = _Link(urls["ready"])
        link.send(size)
        took = time.perf_counter() - begun
        link.wait()
        ours, theirs = _peak_mb(pid), _peak_mb(emulator)
    title = f"upload of {size / 2**20:,.0f} MiB"
    beside = "before it began"
    return [
        Fact(
            f"{title}: peak of the steps, MB",
            f"{ours:.0f}",
            ours < MOST_MB,
            f"< {MOST_MB}",
            f"{before[0]:.0f}",
            beside,
        ),
        Fact(
            f"{title}: peak of the emulator, MB",
            f"{theirs:.0f}",
            baseline=f"{before[1]:.0f}",
            beside=beside,
        ),
        Fact(f"{title}: elapsed, s", f"{took:.1f}"),
    ]


class _Link:
    """A link to an inquiry, held by a script that knows the six shapes and nothing else of us."""

    def __init__(self, url: str) -> None:
        """Send the form's text."""
        self._world = Host(url)
        answer = self._world.ask("POST", f"/f/{_FORM}", example(_FORM, _EXAMPLE))
        self._path = urlsplit(answer["upload"]["url"]).path

    def send(self, size: int) -> None:
        """Send a file of *size* bytes, of which one part at a time exists."""
        block, beginning = random.Random(size).randbytes(_PART), _beginning(size)  # noqa: S311
        begun = self._sign("POST", key="knee", slot="radiology", name="knee.dcm", size=size)
        place = {"key": begun["key"]}
        told = _asked("POST", begun["url"], b"", begun["headers"])
        place["uploadId"] = told.partition("<UploadId>")[2].partition("</UploadId>")[0]
        tags = []
        for n, start in enumerate(range(0, size, _PART), start=1):
            part = (beginning + block[len(beginning) :] if n == 1 else block)[: size - start]
            url = self._sign("PUT", **place, partNumber=n)["url"]
            tags.append(_asked("PUT", url, part, tag=True))
        parts = "".join(
            f"<Part><PartNumber>{n}</PartNumber><ETag>{tag}</ETag></Part>"
            for n, tag in enumerate(tags, start=1)
        )
        whole = f"<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>".encode()
        _asked("POST", self._sign("POST", **place)["url"], whole)

    def wait(self) -> None:
        """Wait until the file was checked and copied."""
        deadline = time.monotonic() + _CHECKED_WITHIN_S
        while time.monotonic() < deadline:
            # The emulator answers nobody else while it copies: asked sooner, a step gives up on it.
            self._world.ask("GET", f"/world.json?settle={_SETTLES_WITHIN_S}")
            (file,) = self._world.ask("GET", self._path)["files"]
            if file["state"] == "clean":
                return
        raise RuntimeError(f"still {file['state']}")

    def _sign(self, method: str, **asked: Any) -> Any:
        return self._world.ask("POST", f"{self._path}/sign", {"method": method, **asked})


def _beginning(size: int) -> bytes:
    """Return how a sound scan of *size* bytes begins, up to its pixels."""
    made, pixels = small.dicom(b"pixels"), len(b"pixels")
    header = made[: -pixels - _LENGTH.size]
    return header + _LENGTH.pack(size - len(header) - _LENGTH.size)


def _asked(
    method: str,
    url: str,
    body: bytes,
    headers: Mapping[str, str] | None = None,
    *,
    tag: bool = False,
) -> str:
    """Send what was signed to the store; return its answer's text, or its ETag."""
    with _connected(url) as (connection, target):
        connection.request(method, target, body, dict(headers or {}))
        answer = connection.getresponse()
        text = answer.read().decode()
        if answer.status != 200:
            raise RuntimeError(f"{method}: {answer.status} {text}")
        return str(answer.getheader("ETag")) if tag else text


@contextmanager
def _connected(url: str) -> Iterator[tuple[HTTPConnection, str]]:
    parts = urlsplit(url)
    connection = HTTPConnection(parts.netloc, timeout=120)
    yield connection, f"{parts.path}?{parts.query}"
    connection.close()


def _emulator(pid: int) -> int:
    """Return the process id of the one child of the world that runs Python for it."""
    children = (_PROCESSES / f"{pid}/task/{pid}/children").read_text().split()
    found = [
        int(child)
        for child in children
        if b"spawn_main" in (_PROCESSES / child / "cmdline").read_bytes()
    ]
    (emulator,) = found
    return emulator


def _peak_mb(pid: int) -> float:
    """Return the most memory that a process ever had, in MB."""
    status = (_PROCESSES / f"{pid}/status").read_text()
    (line,) = [line for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1]) * 1024 / _MB
