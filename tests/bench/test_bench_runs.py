"""The benchmark still runs and says everything it should; how long anything takes is its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STEPS = sorted(path.parent.name for path in (ROOT / "functions").glob("*/handler.py"))


def test_the_short_benchmark_prints_every_row() -> None:
    command = [sys.executable, "-m", "tests.bench", "--short"]
    ran = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)

    assert ran.returncode == 0, ran.stderr
    for title in (
        "accept a short post",
        "accept every field filled in",
        "sign a whole file",
        "sign the beginning of parts",
        "sign a part",
        "worklist of",
        "upload of",
        "validation of what is valid",
        "validation of what is not",
        "post to letter",
        *(f"check a small {kind}" for kind in ("pdf", "png", "dicom", "zip", "iso", "fhir")),
        "check a ZIP of",
        "memory for it",
        "hostile files, most memory",
        "hostile files, most CPU",
        "import boto3",
        *(f"import {step}" for step in STEPS),
        "import intake.inquiry loads",
        "form.js",
        "the team's page",
        "headers of",
    ):
        assert f"\n{title}" in ran.stdout
