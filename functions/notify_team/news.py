"""Which letter still has something to say, when, and which files it tells of."""

from __future__ import annotations

from intake import changes
from intake.inquiry import (
    TEAM_CHANGES,
    TEAM_ESCALATION,
    TEAM_FALLBACK,
    TEAM_FOLLOW_UPS,
    TEAM_NEW,
    TEAM_REMINDER,
    TEAM_WITHDRAWN,
    Case,
    File,
    is_change,
    is_follow_up,
)
from intake.settling import told_of

# That nobody looked, said once to the team, then once more where somebody else reads it too.
UNOPENED = (TEAM_REMINDER, TEAM_ESCALATION)
# These tell of no file that another letter would not tell of too.
WITHOUT_FILES = (*UNOPENED, TEAM_WITHDRAWN, *TEAM_CHANGES)


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
    if inquiry.withdrawn_at and not _tells_of_the_end(case, kind):
        return "withdrawn"
    if kind in UNOPENED and (inquiry.opened_at or inquiry.answered_at):
        return "opened"
    if is_follow_up(kind) and not files_to_tell(case, kind):
        return "nothing_new"
    if is_change(kind) and not changes.untold(case, kind):
        return "nothing_new"
    return None


def comes_too_early(case: Case, kind: str) -> bool:
    """Tell whether a letter would overtake one that it follows, or that tells of the same."""
    kinds = TEAM_CHANGES if is_change(kind) else TEAM_FOLLOW_UPS
    if kind not in kinds:
        return False
    before = (TEAM_NEW, *kinds[: kinds.index(kind)])
    letters = (case.letters[each] for each in before if each in case.letters)
    return any(letter.due_at and not letter.sent_at for letter in letters)


def _is_resent(case: Case, kind: str) -> bool:
    letter = case.letters.get(kind)
    return letter is not None and letter.resent_at is not None


def _tells_of_the_end(case: Case, kind: str) -> bool:
    """Tell whether a letter says that the inquiry is withdrawn, or that this one got lost."""
    return kind == TEAM_WITHDRAWN or (kind == TEAM_FALLBACK and TEAM_WITHDRAWN in case.letters)
