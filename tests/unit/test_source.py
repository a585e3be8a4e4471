"""A version is read in few requests, within a budget, and no byte of it is ever wrong."""

from __future__ import annotations

import random
import threading

import pytest

from check_upload.inspection.result import WithheldError
from check_upload.source import VersionSource

BLOCK = 64 * 2**10
MIB = 2**20
CHANCE = random.Random(1)  # noqa: S311 - the same in every run
CONTENT = CHANCE.randbytes(5 * MIB + 123)


class Uploads:
    """The bucket's reading side. `asked` are ranges, `answer` may stand in for one."""

    def __init__(self, content=CONTENT):
        self.content = content
        self.asked = []
        self.threads = set()
        self.answer = None

    def read(self, key, version, start, end):
        assert (key, version) == ("a/0000", "v1")
        self.asked.append((start, end))
        self.threads.add(threading.get_ident())
        if self.answer:
            return self.answer(start, end)
        return self.content[start:end]


@pytest.fixture
def uploads():
    return Uploads()


@pytest.fixture
def source(uploads):
    with VersionSource(uploads, "a/0000", "v1", len(CONTENT)) as opened:
        yield opened


@pytest.mark.parametrize(
    ("offset", "size"),
    [
        (0, 1),
        (0, BLOCK),
        (1, BLOCK),
        (BLOCK - 1, 2),
        (BLOCK, BLOCK),
        (3 * BLOCK + 7, 3 * MIB),
        (0, len(CONTENT)),
        (len(CONTENT) - 5, 5),
        (len(CONTENT) - 5, 500),
        (len(CONTENT), 1),
        (len(CONTENT) + MIB, 1),
        (7, 0),
    ],
)
def test_any_range_comes_as_it_is(source, offset, size):
    assert source.read(offset, size) == CONTENT[offset : offset + size]


def test_any_order_of_reading_and_announcing_gives_the_same_bytes(source):
    for _step in range(300):
        offset, size = CHANCE.randrange(len(CONTENT)), CHANCE.choice((1, 100, BLOCK, MIB))
        if CHANCE.random() < 0.5:
            source.prefetch([(offset, size), (CHANCE.randrange(len(CONTENT)), BLOCK)])
        else:
            assert source.read(offset, size) == CONTENT[offset : offset + size]


def test_neighbours_come_in_one_request_and_none_twice(source, uploads):
    source.read(0, MIB)
    source.read(100, 50)
    source.read(MIB - 10, 20)

    assert uploads.asked == [(0, MIB), (MIB, MIB + BLOCK)]


def test_what_was_read_last_is_kept_and_little_of_it(uploads):
    uploads.content = bytes(40 * MIB)
    with VersionSource(uploads, "a/0000", "v1", 40 * MIB) as source:
        for offset in range(0, 40 * MIB, MIB):
            source.read(offset, MIB)
        source.read(39 * MIB, MIB)
        assert len(uploads.asked) == 40

        source.read(0, 1)
        assert len(uploads.asked) == 41


def test_announced_ranges_are_fetched_by_others_and_read_without_a_request(source, uploads):
    source.prefetch([(0, 10), (2 * MIB, 10), (2 * MIB + BLOCK, 10), (4 * MIB, 2 * BLOCK)])
    for offset in (0, 2 * MIB, 2 * MIB + BLOCK, 4 * MIB + BLOCK):
        assert source.read(offset, 10) == CONTENT[offset : offset + 10]

    assert len(uploads.asked) == 4
    assert threading.get_ident() not in uploads.threads


def test_much_that_is_announced_is_not_fetched_before_it_is_read(uploads):
    uploads.content = bytes(64 * MIB)
    with VersionSource(uploads, "a/0000", "v1", 64 * MIB) as source:
        source.prefetch([(offset, BLOCK) for offset in range(0, 64 * MIB, BLOCK)])
        assert source.requests == 128

        assert source.read(0, BLOCK) == bytes(BLOCK)
        assert source.requests == 129


def test_what_is_announced_without_end_is_withheld(uploads):
    uploads.content = bytes(64 * MIB)
    with VersionSource(uploads, "a/0000", "v1", 64 * MIB) as source:
        source.prefetch([(3 * BLOCK * (n % 300), 1) for n in range(15_000)])
        with pytest.raises(WithheldError, match="check_unfinished"):
            source.prefetch([(3 * BLOCK * (n % 300), 1) for n in range(15_000)])


def test_whoever_reads_elsewhere_than_announced_is_served(uploads):
    uploads.content = bytes(64 * MIB)
    with VersionSource(uploads, "a/0000", "v1", 64 * MIB) as source:
        source.prefetch([(offset, BLOCK) for offset in range(0, 32 * MIB, BLOCK)])

        assert source.read(60 * MIB, MIB) == bytes(MIB)
        assert source.read(0, 32) == bytes(32)


def test_reading_without_end_is_withheld(uploads):
    with VersionSource(uploads, "a/0000", "v1", len(CONTENT), budget=MIB) as source:
        source.read(0, MIB)
        with pytest.raises(WithheldError, match="check_unfinished"):
            source.read(2 * MIB, 1)
        with pytest.raises(WithheldError, match="check_unfinished"):
            source.prefetch([(3 * MIB, 1)])

    assert uploads.asked == [(0, MIB)]


@pytest.mark.parametrize("answer", [None, b"", b"less"])
def test_a_version_that_is_gone_or_shorter_is_withheld(source, uploads, answer):
    uploads.answer = lambda _start, _end: answer

    with pytest.raises(WithheldError, match="check_unfinished"):
        source.read(0, 10)


@pytest.mark.parametrize("announced", [False, True])
def test_an_outage_is_no_verdict(source, uploads, announced):
    def down(_start, _end):
        raise ConnectionError

    uploads.answer = down
    if announced:
        source.prefetch([(0, 10)])

    with pytest.raises(ConnectionError):
        source.read(0, 10)
