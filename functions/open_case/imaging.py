"""The imaging studies of a case: what was examined, when, and in which files the images are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from intake.findings import DIFFERS, from_text, studies
from intake.inquiry import Case, File
from open_case.actions import can_be_opened
from open_case.sheet import Sheet


def table(case: Case, sheet: Sheet) -> list[dict[str, Any]]:
    """Return a row for each study, the newest first; a file that was refused has no part in it."""
    files = {file.n: file for file in case.files if file.state != "refused"}
    return [
        {
            "modality": study.modality,
            "bodyPart": study.body_part,
            "description": study.description,
            "date": study.date,
            "images": study.images,
            "imagesText": sheet.words.times("case.facts", study.copies, sheet.images(study)),
            "othersText": sheet.counted("others", study.others) if study.others else "",
            "sizeText": sheet.words.size(study.bytes) if study.bytes else "",
            "files": [n + 1 for n in numbers],
            "filesText": sheet.files(numbers),
            **_checked([files[n] for n in numbers], sheet),
            "doubtText": _doubt([files[n] for n in numbers], sheet),
        }
        for study, numbers in studies(files.values())
    ]


def _checked(files: Sequence[File], sheet: Sheet) -> dict[str, str]:
    """Say how many of the files with a study may be opened."""
    ready = sum(can_be_opened(file) for file in files)
    state = "all" if ready == len(files) else "some" if ready else "none"
    text = sheet.words.text(f"case.studies.{state}", count=ready, total=len(files))
    return {"ready": state, "readyText": text}


def _doubt(files: Sequence[File], sheet: Sheet) -> str:
    """Say that a file with a study names another patient: what was checked is not yet theirs."""
    if not any(from_text(file.facts).identity == DIFFERS for file in files):
        return ""
    return sheet.words.text("case.facts.identity.differs")
