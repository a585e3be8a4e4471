"""What to look at first in a case: what its answers raised, and what its records raise today."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from intake import standing
from intake.forms import Form
from intake.inquiry import Case, Inquiry
from intake.standing import Note, Standing

# What a doctor should know before anything is opened; other notes stand with the requirement.
_TO_CHECK = (
    *(standing.DETAILS_DIFFER, standing.SEVERAL_PEOPLE, standing.TOO_OLD),
    *(standing.IMAGES_MISSING, standing.REPORT_MISSING, standing.SOME_WITHHELD),
)
_STALE_WHEN_ACCEPTED = "record_stale"


def of_answers(inquiry: Inquiry, found: Sequence[Standing]) -> tuple[str, ...]:
    """Return the flags of acceptance, but for one that the records say better by now."""
    said = any(note.key == standing.TOO_OLD for _, note in of_records(found))
    return tuple(flag for flag in inquiry.flags if not (said and flag == _STALE_WHEN_ACCEPTED))


def of_records(found: Sequence[Standing]) -> tuple[tuple[Standing, Note], ...]:
    """Return each doubt with the requirement that it is about, unless staff do without that."""
    return tuple(
        (each, note)
        for each in found
        if each.state != standing.WAIVED
        for note in each.notes
        if note.key in _TO_CHECK
    )


def count(form: Form, case: Case, today: date) -> int:
    """Return how many things there are to check on the day *today*: the case page lists as many."""
    found = standing.standings(form, case, today)
    return len(of_answers(case.inquiry, found)) + len(of_records(found))
