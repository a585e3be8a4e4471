"""Which letter still has something to say, when, and which files it tells of."""

from __future__ import annotations

from intake.inquiry import (
    TEAM_ESCALATION,
    TEAM_FALLBACK,
    TEAM_FOLLOW_UPS,
    TEAM_NEW,
    TEAM_REMINDER,
    Case,
    File,
    is_follow_up,
)
from intake.settling import told_of

# That nobody looked, said once to the team, then once more where somebody else reads it too.
UNOPENED = (TEAM_REMINDER, TEAM_ESCALATION)


def files_to_tell(case: Case, kind: str) -> tuple[File, ...]:
    """Return the settled files, for a follow-up only those that no other letter told of."""
    if not is_follow_up(kind):
        return case.settled_files
    others = [letter for letter in case.letters.values() if letter.kind != kind]
    if _is_resent(case, kind):
        # It did not arrive, so the fallback told others of its files. Now the team shall know.
        others = [letter for letter in others if letter.kind != TEAM_FALLBACK]
    told = {n for letter in others for n in told_of(case, letter)}
    return tuple(file for file in case.settled_files if file.n not in told)


def not_wanted(case: Case, kind: str) -> str | None:
    """Return why a letter has nothing to say any more, None if it has."""
    inquiry = case.inquiry
    if inquiry.rejected_at:
        return "rejected"
    if kind in UNOPENED and (inquiry.opened_at or inquiry.answered_at):
        return "opened"
    if is_follow_up(kind) and not files_to_tell(case, kind):
        return "nothing_new"
    return None


def comes_too_early(case: Case, kind: str) -> bool:
    """Tell whether a follow-up would overtake a letter that it follows."""
    if not is_follow_up(kind):
        return False
    before = (TEAM_NEW, *TEAM_FOLLOW_UPS[: TEAM_FOLLOW_UPS.index(kind)])
    letters = (case.letters[each] for each in before if each in case.letters)
    return any(letter.due_at and not letter.sent_at for letter in letters)


def _is_resent(case: Case, kind: str) -> bool:
    letter = case.letters.get(kind)
    return letter is not None and letter.resent_at is not None
