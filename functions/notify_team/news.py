"""Which files a letter tells of."""

from __future__ import annotations

from intake.inquiry import TEAM_FALLBACK, TEAM_FOLLOW_UP, TEAM_LETTERS, Case, File, Letter


def files_to_tell(case: Case, kind: str) -> tuple[File, ...]:
    """Return the settled files, for a follow-up only those that no letter told of."""
    if kind != TEAM_FOLLOW_UP:
        return case.settled_files
    told = {n for letter in case.letters.values() for n in _told(case, letter)}
    return tuple(file for file in case.settled_files if file.n not in told)


def _told(case: Case, letter: Letter) -> tuple[int, ...]:
    """Return the numbers of the files that *letter* told its readers of."""
    if letter.kind not in TEAM_LETTERS or letter.sent_at is None:
        return ()
    if letter.told or letter.claimed_at is None:
        return letter.told
    # SES's event closed it because our own note was lost. The case was read after the claim, so
    # what was settled by then was told; what came in between is rather told twice than never.
    return tuple(file.n for file in case.settled_files if _settled_by(file, letter))


def _settled_by(file: File, letter: Letter) -> bool:
    return bool(file.checked_at and letter.claimed_at and file.checked_at <= letter.claimed_at)


def comes_too_early(case: Case, kind: str) -> bool:
    """Tell whether a follow-up would overtake the letter that it follows."""
    first = case.letters.get("team_new")
    return (
        kind == TEAM_FOLLOW_UP
        and first is not None
        and first.due_at is not None
        and first.sent_at is None
        and TEAM_FALLBACK not in case.letters
    )
