"""What scans without ClamAV: finds the one pattern wherever it hides, and never says clean of what
it could not look through."""

import pytest

from infra.local.eicar import Bounds, Eicar, pattern
from infra.local.stored import BLOCK, find
from tests.unit.infra_local.archives import locked, packed
from tests.unit.infra_local.cloud import KEY, UPLOADS

CLEAN, FOUND, SKIPPED = "NO_THREATS_FOUND", "THREATS_FOUND", "UNSUPPORTED"


@pytest.fixture
def scanned(cloud):
    """Return what is said of a content that lies in the bucket."""

    def scanned(content, **bounds):
        cloud.s3.put_object(Bucket=UPLOADS, Key=KEY, Body=content)
        (verdict,) = Eicar(Bounds(**bounds)).scan([find(cloud.s3, UPLOADS, KEY, None)])
        return verdict

    return scanned


@pytest.mark.parametrize(
    "hide",
    [
        lambda bad: bad,
        lambda bad: b"%PDF-1.7\n" + bad + b"\n%%EOF",
        lambda bad: b"a" * (BLOCK - 30) + bad + b"b" * 100,
        lambda bad: packed(b"fine", bad),
        lambda bad: b"\0" * 128 + b"DICM" + packed(bad),
        lambda bad: packed(packed(b"fine", packed(bad))),
        lambda bad: packed(b"c" * (BLOCK - 30) + bad),
    ],
    ids=["alone", "in a PDF", "over two blocks", "in a ZIP", "behind a preamble", "deep", "inside"],
)
def test_the_pattern_is_found(scanned, hide):
    assert scanned(hide(pattern())).result == FOUND
    assert scanned(hide(pattern()[:-1])).result == CLEAN


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 and then nothing", b"PK\x05\x06"])
def test_what_is_no_archive_is_only_searched(scanned, content):
    assert scanned(content).result == CLEAN


@pytest.mark.parametrize(
    ("content", "bounds", "why"),
    [
        (locked(b"secret"), {}, "password"),
        (packed(*[b"x"] * 4), {"members": 3}, "too many files"),
        (packed(packed(*[b"x"] * 2), b"y"), {"members": 3}, "too many files"),
        (packed(b"\0" * 1001), {"unpacked": 1000}, "too much"),
        (packed(b"\0" * 501, b"\0" * 500), {"unpacked": 1000}, "too much"),
        (packed(packed(packed(b"x"))), {"deep": 1}, "too deep"),
        (packed(b"x" * 1000).replace(b"IM00000", b"IM00001", 1), {}, "damaged"),
    ],
)
def test_what_cannot_be_looked_through_is_not_called_clean(scanned, content, bounds, why):
    verdict = scanned(content, **bounds)

    assert (verdict.scan, verdict.result) == ("SKIPPED", SKIPPED)
    assert why in verdict.why


def test_just_within_its_bounds_it_looks_at_all(scanned):
    archive = packed(packed(b"\0" * 500), pattern())

    inside = {"unpacked": 2000, "members": 3, "deep": 1}
    assert scanned(archive, **inside).result == FOUND
    assert scanned(archive, **inside | {"members": 2}).result == SKIPPED
