"""A process that opens strangers' files: it survives them, and its words are weighed."""

from __future__ import annotations

import os
import signal
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
import time_machine

from check_upload.inspection.result import Asked, Inspection, WithheldError
from check_upload.inspector import BrokenInspectorError, Inspector, Limits
from tests.records import pdfs, pictures, small
from tests.records.reading import Bytes

ASKED = Asked("scan", "", "radiology")
SOUND = {
    "pdf": small.pdf(),
    "jpeg": small.picture("jpeg"),
    "png": small.picture("png"),
    "tiff": small.picture("tiff"),
    "heic": pictures.heic(),
    "dicom": small.dicom(),
    "hl7": b"MSH|^~\\&|LAB|H|||20260203||ORU^R01|1|P|2.5\rPID|1\rOBR|1|||CBC^Blood count\r"
    b"OBX|1|NM|718-7^Hb||13|g/dL|||||F\r",
}
UNFINISHED = Inspection("withheld", "check_unfinished")


@pytest.fixture(scope="module")
def inspector():
    made = Inspector()
    yield made
    made.close()


@pytest.fixture
def strict():
    """Return a maker of inspectors with tighter limits."""
    made = []

    def make(**limits):
        made.append(Inspector(Limits(**limits)))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.mark.parametrize("kind", SOUND)
def test_each_kind_is_read_with_nothing_left_to_open(inspector, kind):
    found = inspector.inspect(Bytes(SOUND[kind]), ASKED)

    assert (found.outcome, found.reason, found.kind) == ("clean", None, kind)
    assert inspector.last_usage.error is None
    assert inspector.last_usage.cpu_s < 2
    assert 0 < inspector.last_usage.peak_bytes < 128 * 2**20


def test_a_refusal_comes_with_its_reason(inspector):
    assert inspector.inspect(Bytes(b""), ASKED) == Inspection("refused", "empty_file")
    assert inspector.inspect(Bytes(b"hello"), ASKED) == Inspection("refused", "unknown_kind")
    assert inspector.inspect(Bytes(pdfs.made(loose=pdfs.script)), ASKED).reason == "pdf_active"


def test_what_the_sender_says_reaches_the_child(inspector):
    found = inspector.inspect(Bytes(small.pdf()), Asked("ผล\u202e.exe", "image/png", "blood"))

    assert set(found.facts.flags) == {"type_differs", "odd_name"}


def test_memory_is_bounded_and_the_next_file_is_fine(strict):
    inspector = strict(memory=160 * 2**20)
    bomb = pdfs.bomb(60 * 2**20)

    assert len(bomb) < 2**17
    assert inspector.inspect(Bytes(bomb), ASKED).outcome != "clean"
    assert inspector.last_usage.peak_bytes <= 160 * 2**20
    assert inspector.inspect(Bytes(small.pdf()), ASKED).outcome == "clean"


class Endless(Bytes):
    """A photo whose pixels never end."""

    def __init__(self):
        super().__init__(pictures.wide_jpeg(1200, 1600)[:-3])
        self.size = 10**12

    def read(self, offset, size):
        return super().read(offset, size).ljust(size, b"\0")


def test_time_on_the_processor_is_bounded(strict):
    inspector = strict(cpu_s=1, bytes_read=10**12, requests=10**9)

    assert inspector.inspect(Endless(), ASKED) == UNFINISHED
    assert 0.9 < inspector.last_usage.cpu_s < 2
    assert inspector.inspect(Bytes(small.pdf()), ASKED).outcome == "clean"


def test_a_child_that_takes_too_long_is_ended_under_a_frozen_clock_too(strict):
    inspector = strict(wall_s=1)
    inspector.inspect(Bytes(small.pdf()), ASKED)
    done = threading.Event()

    class Slow(Bytes):
        def read(self, offset, size):
            done.wait(1.5)
            return super().read(offset, size)

    with time_machine.travel(datetime(2026, 11, 3, tzinfo=UTC), tick=False):
        assert inspector.inspect(Slow(small.pdf()), ASKED) == UNFINISHED
        assert inspector.inspect(Bytes(small.pdf()), ASKED).outcome == "clean"


@pytest.mark.parametrize("limit", [{"requests": 2}, {"bytes_read": 70_000}])
def test_reading_without_end_is_ended(strict, limit):
    inspector = strict(**limit)

    assert inspector.inspect(Bytes(pdfs.made(pages=900)), ASKED) == UNFINISHED
    assert inspector.inspect(Bytes(b"hello"), ASKED).reason == "unknown_kind"


def test_what_reading_raises_comes_through_and_leaves_the_process_well(inspector):
    class Down(Bytes):
        def read(self, offset, size):
            raise ConnectionError(offset, size)

    with pytest.raises(ConnectionError):
        inspector.inspect(Down(small.pdf()), ASKED)

    assert inspector.inspect(Bytes(small.pdf()), ASKED).outcome == "clean"


def test_a_source_that_withholds_is_a_verdict(inspector):
    class Gone(Bytes):
        def read(self, *_range):
            raise WithheldError("check_unfinished")

    assert inspector.inspect(Gone(small.pdf()), ASKED) == UNFINISHED


def test_a_dead_process_is_replaced(inspector):
    inspector.inspect(Bytes(small.pdf()), ASKED)
    os.kill(_waiting(), signal.SIGKILL)

    assert inspector.inspect(Bytes(small.pdf()), ASKED).outcome == "clean"


def _waiting():
    """Return the process that waits for files: this one's youngest child."""
    own = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    return max((int(child) for each in own for child in each.read_text().split()), key=_started)


def _started(process):
    """Return when it was started, in ticks (proc_pid_stat(5)): numbers of processes start over."""
    after_its_name = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2]
    return int(after_its_name.split()[19])


def test_a_process_that_never_starts_is_no_verdict(strict):
    inspector = strict(cpu_s=0.5)  # no number of seconds that the process would take

    with pytest.raises(BrokenInspectorError):
        inspector.inspect(Bytes(small.pdf()), ASKED)


def test_the_child_has_no_secret_and_no_file(inspector):
    inspector.inspect(Bytes(small.pdf()), ASKED)

    environment = Path(f"/proc/{_waiting()}/environ").read_bytes()
    opened = [link.readlink() for link in Path(f"/proc/{_waiting()}/fd").iterdir()]

    assert b"AWS" not in environment
    assert not environment or environment.startswith(b"LD_LIBRARY_PATH=")
    names = sorted(str(each).partition(":")[0] for each in opened)
    assert names == [*["/dev/null"] * 3, "/dev/urandom", "socket"]


def test_many_files_leave_no_descriptor_and_no_process_behind(inspector):
    inspector.inspect(Bytes(b"hello"), ASKED)
    before = _leftovers()
    for _file in range(60):
        inspector.inspect(Bytes(b"hello"), ASKED)

    assert _leftovers() == before


def _leftovers():
    own, child = os.getpid(), _waiting()
    descriptors = [len(list(Path(f"/proc/{each}/fd").iterdir())) for each in (own, child)]
    children = [each.read_text() for each in Path(f"/proc/{child}/task").glob("*/children")]
    return descriptors, children


def test_threads_take_turns(inspector):
    found = []
    contents = [SOUND["pdf"], b"hello", SOUND["png"], SOUND["jpeg"]] * 3

    def inspect(content):
        found.append((content, inspector.inspect(Bytes(content), ASKED)))

    threads = [threading.Thread(target=inspect, args=(content,)) for content in contents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    kinds = {content: kind for kind, content in SOUND.items()}
    assert len(found) == len(contents)
    assert all(each.kind == kinds.get(content) for content, each in found)


def test_closing_ends_the_process_and_a_later_file_starts_another(inspector):
    inspector.inspect(Bytes(small.pdf()), ASKED)
    first = _waiting()
    inspector.close()

    assert not Path(f"/proc/{first}").exists()
    assert inspector.inspect(Bytes(small.pdf()), ASKED).outcome == "clean"
