"""How complete a case is: the best that is true of each requirement, in counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from intake.completeness import CHECKING, MISSING, PROMISED, RECEIVED, completeness, states
from intake.forms import Forms
from intake.inquiry import Case, File, Inquiry

NOW = datetime(2026, 11, 22, 18, 4, tzinfo=UTC)
FORMS = Forms(Path(__file__).parents[2] / "schemas")
RHEUMATOID = FORMS.get("rheumatoid-arthritis")


def a_case(*files: File, records: tuple[str, ...] = (), missing: Any = ()) -> Case:
    inquiry = Inquiry(
        id="a" * 26,
        form="rheumatoid-arthritis",
        form_version="1",
        reference="INQ-7F3K-22QX",
        locale="en",
        received_at=NOW,
        answer_by=NOW,
        answers={
            "records": [{"requirement": requirement} for requirement in records],
            "missing_records": [{"slot": slot, "reason": reason} for slot, reason in missing],
        },
        upload_secret="u" * 26,
        receipt_secret="r" * 26,
        tokens_expire_at=NOW,
        base_url="https://clinic.example",
    )
    return Case(inquiry, files)


def a_file(requirement: str, record: int, verdict: str | None, *, arrived: bool = True) -> File:
    file = File(
        inquiry="a" * 26,
        n=0,
        record=record,
        requirement=requirement,
        version="1",
        size=1,
        sha256="",
        name="",
        declared_type="application/pdf",
        declared_at=NOW,
        arrived_at=NOW if arrived else None,
    )
    return replace(file, checked_at=NOW, verdict=verdict) if verdict else file


@pytest.mark.parametrize(
    ("case", "state"),
    [
        (a_case(), MISSING),
        (a_case(missing=[("blood", "never_done")]), MISSING),
        (a_case(missing=[("blood", "will_send_later")]), PROMISED),
        (a_case(records=("blood",)), PROMISED),
        (a_case(a_file("blood", 0, None, arrived=False), records=("blood",)), PROMISED),
        (a_case(a_file("blood", 0, None), records=("blood",)), CHECKING),
        (a_case(a_file("blood", 0, "refused"), records=("blood",)), MISSING),
        (a_case(a_file("blood", 0, "withheld"), records=("blood",)), MISSING),
        (a_case(a_file("blood", 0, "clean"), records=("blood",)), RECEIVED),
        # The best that is true: one clean file outweighs a refused one and a promise.
        (
            a_case(
                a_file("blood", 0, "refused"),
                a_file("blood", 1, "clean"),
                records=("blood", "blood", "blood"),
            ),
            RECEIVED,
        ),
        (a_case(a_file("blood", 0, "refused"), records=("blood", "blood")), PROMISED),
    ],
)
def test_the_state_of_a_requirement(case: Case, state: str) -> None:
    assert states(RHEUMATOID, case)["blood"] == state


def test_only_required_records_are_counted() -> None:
    case = a_case(
        a_file("blood", 0, "clean"),
        a_file("photo", 1, "clean"),
        records=("blood", "photo", "radiology"),
    )
    counts = completeness(RHEUMATOID, case)

    assert (counts.total, counts.received, counts.checking, counts.promised) == (3, 1, 0, 1)


def test_a_form_may_require_nothing() -> None:
    assert completeness(FORMS.get("general-inquiry"), a_case()).total == 0
