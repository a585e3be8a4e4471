"""How much of what a form needs has come, from the announced records and their files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from intake.forms import Form
from intake.inquiry import Case

RECEIVED = "received"  # a clean file is there
CHECKING = "checking"  # a file arrived and waits for its verdict
PROMISED = "promised"  # announced without a file yet, or to be sent later
MISSING = "missing"


@dataclass(frozen=True)
class Completeness:
    """Counts of the required kinds of record. Counts only: the kinds tell of illnesses."""

    total: int
    received: int
    checking: int
    promised: int


def completeness(form: Form, case: Case) -> Completeness:
    """Count the form's mandatory requirements by what has come of them."""
    found = states(form, case)
    mandatory = [need["kind"] for need in form.requirements if need["need"] == "mandatory"]
    counts = Counter(found[kind] for kind in mandatory)
    return Completeness(len(mandatory), counts[RECEIVED], counts[CHECKING], counts[PROMISED])


def states(form: Form, case: Case) -> Mapping[str, str]:
    """
    Return one of the constants above for each requirement of *form*: the best that is true.

    A file that was refused or withheld is as good as none, and its record promises no other.
    """
    clean = {file.requirement for file in case.files if file.state == "clean"}
    checking = {file.requirement for file in case.files if file.state == "arrived"}
    settled = {file.record for file in case.settled_files}
    promised = {record.requirement for record in case.inquiry.records if record.n not in settled}
    promised |= {
        missing["slot"]
        for missing in case.inquiry.answers.get("missing_records", ())
        if missing["reason"] == "will_send_later"
    }
    best_first = ((RECEIVED, clean), (CHECKING, checking), (PROMISED, promised))
    return {
        need["kind"]: next((state for state, kinds in best_first if need["kind"] in kinds), MISSING)
        for need in form.requirements
    }
