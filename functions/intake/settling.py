"""When somebody should be told: once all is settled that is on its way, and never too late."""

from __future__ import annotations

from datetime import datetime, timedelta

from intake.changes import stops_mail
from intake.inquiry import (
    FILES_UNUSABLE,
    LONGEST_WAIT,
    TEAM_FOLLOW_UPS,
    TEAM_LETTERS,
    WAIT_FOR_RECORDS,
    Case,
    File,
    Inquiry,
    Letter,
)

# People choose one file after the other; a letter for each would be noise.
QUIET = timedelta(minutes=2)
# No check of a file runs longer, so its verdict is in the table by then.
CHECK_TAKES = timedelta(minutes=5)
# For S3's event to pass its queue. It mostly takes a second or two.
EVENT_TAKES = timedelta(minutes=1)


def settled_from(case: Case, *, with_records: bool = True) -> datetime | None:
    """
    Return from when on all counts as settled if nothing else happens; None: something is awaited.

    No file is in flight, every announced record has one (*with_records*), and none was declared
    for two minutes or the sender said that this was all. Files of a plain post come all at once,
    so there is no quiet time to wait for.
    """
    inquiry, done_at = case.inquiry, case.inquiry.done_at
    coming = [file for file in case.files if not file.checked_at and not file.abandoned_at]
    later = [file.declared_at for file in case.files if file.declared_at > inquiry.received_at]
    last = max(later, default=None)
    if done_at and (last is None or last <= done_at):
        if any(file.arrived_at for file in coming):
            return None
        # A browser says "all" before S3's event of the last file is here; others never come.
        return done_at + EVENT_TAKES if coming else done_at
    covered = {file.record for file in case.files}
    if coming or (with_records and any(record.n not in covered for record in inquiry.records)):
        return None
    return last + QUIET if last else inquiry.received_at


def first_letter_at(case: Case) -> datetime:
    """Return when to write to the team first: at most 15 minutes after acceptance."""
    latest = case.inquiry.received_at + WAIT_FOR_RECORDS
    settled = settled_from(case)
    return min(settled, latest) if settled else latest


def follow_up_at(case: Case) -> datetime | None:
    """
    Return when to write of the files that no letter told of; None if there are none.

    At most 15 minutes after the first of them was checked. A record that never got a file holds
    nothing back.
    """
    since = min((file.checked_at for file in untold(case) if file.checked_at), default=None)
    if since is None:
        return None
    latest = since + WAIT_FOR_RECORDS
    settled = settled_from(case, with_records=False)
    return min(settled, latest) if settled else latest


def unusable_at(case: Case, now: datetime) -> datetime | None:
    """
    Return when to write to the sender of the files that were refused; None: not, or no more.

    With all of a batch, at most 15 minutes after the first of them was checked. Until somebody
    has confirmed the address nothing more is written to it: this is when to look again.
    """
    inquiry = case.inquiry
    since = min((file.checked_at for file in refused(case) if file.checked_at), default=None)
    if since is None or not _may_be_written_to(inquiry, now):
        return None
    if inquiry.confirmed_at is None:
        return min(now + LONGEST_WAIT, inquiry.tokens_expire_at)
    latest = since + WAIT_FOR_RECORDS
    settled = settled_from(case, with_records=False)
    return max(now, min(settled, latest) if settled else latest)


def unusable_letter(case: Case, now: datetime) -> Letter | None:
    """Return the letter of refused files as it is first owed; None where it need not be."""
    at = unusable_at(case, now)
    if at is None or FILES_UNUSABLE in case.letters:
        return None
    return Letter(case.inquiry.id, FILES_UNUSABLE, due_at=at)


def refused(case: Case) -> tuple[File, ...]:
    """Return the files that the sender has to replace."""
    return tuple(file for file in case.settled_files if file.state == "refused")


def _may_be_written_to(inquiry: Inquiry, now: datetime) -> bool:
    """Tell whether the sender could still do something, by a link that opens and reaches them."""
    is_over = inquiry.answered_at or inquiry.rejected_at or inquiry.withdrawn_at
    is_shut = inquiry.is_quarantined or inquiry.address_failed_at or stops_mail(inquiry)
    return not (is_over or is_shut) and now < inquiry.tokens_expire_at


def untold(case: Case) -> tuple[File, ...]:
    """Return the settled files that no letter to the team is known to have told of."""
    told = {n for letter in case.letters.values() for n in told_of(case, letter)}
    return tuple(file for file in case.settled_files if file.n not in told)


def told_of(case: Case, letter: Letter) -> tuple[int, ...]:
    """Return the numbers of the files that *letter* told the team of."""
    if letter.kind not in TEAM_LETTERS or letter.sent_at is None:
        return ()
    if letter.told is not None or letter.claimed_at is None:
        return letter.told or ()
    # SES's event closed it because our own note was lost. It knew what was settled well before
    # its claim; what was being written then is rather told twice than never.
    known_by = letter.claimed_at - CHECK_TAKES
    return tuple(
        file.n for file in case.settled_files if file.checked_at and file.checked_at <= known_by
    )


def next_follow_up(case: Case) -> str | None:
    """Return the kind of the next follow-up to be owed, or None after the last."""
    return next((kind for kind in TEAM_FOLLOW_UPS if kind not in case.letters), None)


def waiting_follow_up(case: Case) -> Letter | None:
    """Return the follow-up that is owed and not yet being written; it will tell all there is."""
    letters = (case.letters[kind] for kind in TEAM_FOLLOW_UPS if kind in case.letters)
    return next((each for each in letters if each.due_at and each.claimed_at is None), None)
