"""ClamAV by a stand-in that takes clamscan's options and answers as its manual says."""

import os
import sys

import pytest

from infra.local.clamav import ClamAv, installed
from infra.local.eicar import pattern
from infra.local.scanner import best_engine
from infra.local.stored import find
from tests.unit.infra_local.cloud import UPLOADS

CLEAN, FOUND, SKIPPED, FAILED = "NO_THREATS_FOUND", "THREATS_FOUND", "UNSUPPORTED", "FAILED"
OWN = "/27500/Sat Jan  4 09:31:00 2025"

CLAMSCAN = """#!{python}
import pathlib, sys
if "--version" in sys.argv:
    print("ClamAV 1.4.3{own}")
    sys.exit({broken})
options = dict(a[2:].partition("=")[::2] for a in sys.argv[1:] if a.startswith("--"))
files = [a for a in sys.argv[1:] if not a.startswith("--")]
if "database" in options:
    rules = pathlib.Path(options["database"]).read_text().splitlines()
    known = {{name + ".UNOFFICIAL": bytes.fromhex(bytes_) for name, kind, where, bytes_ in
             (rule.split(":") for rule in rules) if (kind, where) == ("0", "*")}}
else:
    assert "{own}", "no signatures"
    known = {{"Win.Test.EICAR_HDB-1": b"harm"}}
status = 0
for name in files:
    content = pathlib.Path(name).read_bytes()
    found = [threat for threat, sign in known.items() if sign in content]
    if content.startswith(b"large") and options.get("alert-exceeds-max") == "yes":
        found = ["Heuristics.Limits.Exceeded.MaxFileSize"]
    if content.startswith(b"locked") and options.get("alert-encrypted") == "yes":
        found = ["Heuristics.Encrypted.Zip"]
    if content.startswith(b"unreadable"):
        print(name + ": Can't open file ERROR")
        status = 2
    elif content.startswith(b"crash"):
        sys.exit(139)
    elif found:
        print(name + ": " + found[0] + " FOUND")
        status = status or 1
    else:
        print(name + ": " + ("OK" if content else "Empty file"))
sys.exit(status)
"""


@pytest.fixture
def on_path(tmp_path, monkeypatch):
    """Put a clamscan on PATH, with or without signatures of its own."""

    def on_path(own=OWN, broken=0):
        program = tmp_path / "clamscan"
        program.write_text(CLAMSCAN.format(python=sys.executable, own=own, broken=broken))
        program.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path) + os.pathsep + os.environ["PATH"])

    return on_path


@pytest.fixture
def said(cloud):
    """Return what ClamAV says of contents, in one run."""

    def said(*contents):
        stored = []
        for number, content in enumerate(contents):
            cloud.s3.put_object(Bucket=UPLOADS, Key=f"abc/{number:04}", Body=content)
            stored.append(find(cloud.s3, UPLOADS, f"abc/{number:04}", None))
        engine = installed()
        assert isinstance(engine, ClamAv)
        return [verdict.result for verdict in engine.scan(stored)]

    return said


def test_its_own_signatures_decide(on_path, said):
    on_path()

    assert said(b"fine", b"harm", b"", pattern()) == [CLEAN, FOUND, CLEAN, CLEAN]
    assert best_engine().says == (
        "Files are scanned by ClamAV 1.4.3 with its own signatures 27500."
    )


def test_without_signatures_ours_are_used_and_it_is_said(on_path, said):
    on_path(own="")

    assert said(b"harm", b"so " + pattern()) == [CLEAN, FOUND]
    assert "with one of ours" in best_engine().says


def test_over_its_limits_or_locked_is_not_clean(on_path, said):
    on_path()

    assert said(b"large", b"locked", b"fine") == [SKIPPED, SKIPPED, CLEAN]


def test_a_run_with_an_error_calls_nothing_clean(on_path, said):
    on_path()

    assert said(b"fine", b"unreadable", b"harm") == [FAILED, FAILED, FOUND]
    assert said(b"fine", b"crash", b"harm") == [FAILED, FAILED, FAILED]


def test_without_it_or_with_a_broken_one_only_the_pattern_is_known(on_path, monkeypatch, tmp_path):
    on_path(broken=1)
    assert installed() is None
    assert "EICAR" in best_engine().says

    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    assert installed() is None
