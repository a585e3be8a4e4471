"""The inquiry: what one accepted post is, and what its timestamps say about it."""

from __future__ import annotations

import hmac
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

ID_LENGTH = 26
DUE_SHARDS = 8
_MOST_DIGITS = 9

# The promise: with announced records the team's letter waits for them, but never longer.
WAIT_FOR_RECORDS = timedelta(minutes=15)
TOKENS_LIVE = timedelta(days=60)
# Longer than check_upload's queue needs to work through a burst; then the event counts as lost.
FILE_CHECK_OVERDUE = timedelta(minutes=5)

# A declared file should have come by then: a signed form lives for 15 minutes.
LOOK_FOR_UPLOAD = timedelta(minutes=20)
# Then S3 has removed the parts of an upload that nobody finished.
UPLOADS_LIVE = timedelta(days=8)
# The malware scanner mostly answers within a minute. Then it is asked again, and after that the
# file waits for a person, and the operator is told.
SCAN_OVERDUE = timedelta(minutes=10)
SCAN_GIVEN_UP = timedelta(minutes=30)
# A file that nobody may open and nobody decides on keeps a patient waiting.
WITHHELD_TOO_LONG = timedelta(days=5)

# No unfinished letter is put off for longer, so a look this far ahead sees all of them.
LONGEST_WAIT = timedelta(hours=4)

TEAM_NEW = "team_new"
TEAM_FOLLOW_UP = "team_follow_up"
TEAM_FALLBACK = "team_fallback"
TEAM_REMINDER = "team_reminder"
TEAM_ESCALATION = "team_escalation"
TEAM_WITHDRAWN = "team_withdrawn"
RECEIPT = "receipt"
FILES_UNUSABLE = "files_unusable"
# Files may come for weeks. Each batch is told of, but no link holder may flood the team.
TEAM_FOLLOW_UPS = (TEAM_FOLLOW_UP, *(f"{TEAM_FOLLOW_UP}_{n}" for n in range(2, 21)))
TEAM_LETTERS = (TEAM_NEW, *TEAM_FOLLOW_UPS, TEAM_FALLBACK)
# What a sender changed. So many that each change that `intake.changes` allows has its own.
TEAM_CHANGE = "team_change"
TEAM_CHANGES = (TEAM_CHANGE, *(f"{TEAM_CHANGE}_{n}" for n in range(2, 21)))
# One for each address: the first, and those that correct it.
RECEIPTS = (RECEIPT, *(f"{RECEIPT}_{n}" for n in range(2, 5)))
# To whoever sent the form. A mistyped address is theirs to mend: no alarm, no fallback.
SENDER_LETTERS = (*RECEIPTS, FILES_UNUSABLE)


@dataclass(frozen=True)
class Record:
    """One thing the sender announced under a requirement: a lab report, an MRI study."""

    n: int
    requirement: str
    document_date: str | None = None


@dataclass(frozen=True)
class File:
    """One S3 object of a record. `name` is the sender's own and never leaves table and pages."""

    inquiry: str
    n: int
    record: int | None  # None: came without having been announced
    requirement: str
    version: str | None  # the first one of its key; None until it arrived
    size: int | None  # bytes, as declared; None: declared on a page without a script
    sha256: str | None  # hex, as posted or as S3 computed it; None until it is clean
    name: str
    declared_type: str
    declared_at: datetime
    arrived_at: datetime | None = None
    checked_at: datetime | None = None
    verdict: str | None = None  # clean, refused or withheld
    reason: str | None = None  # key in the catalogue; set unless clean
    kind: str | None = None  # what the content is: pdf, dicom, zip ...
    facts: str | None = None  # JSON of `findings.Facts`: what our check read out of it
    inspected_at: datetime | None = None
    found: str | None = None  # clean, refused or withheld: our own check's share of the verdict
    scan: str | None = None  # the malware scanner's status for this very version
    scanned_at: datetime | None = None
    scan_asked_at: datetime | None = None  # when a scan was last asked for: none had answered
    records_version: str | None = None
    due_at: datetime | None = None
    upload_id: str | None = None  # of the multipart upload that was begun for it
    abandoned_at: datetime | None = None
    decision: str | None = None  # release or refuse: the staff's, on a withheld file
    decided_at: datetime | None = None
    second_at: datetime | None = None  # another object came under its key, and was not kept

    @property
    def key(self) -> str:
        """Where the object lies, in both buckets."""
        return file_key(self.inquiry, self.n)

    @property
    def state(self) -> str:
        """announced, arrived, clean, refused or withheld, from the timestamps."""
        if self.checked_at and self.verdict:
            return self.verdict
        return "arrived" if self.arrived_at else "announced"


@dataclass(frozen=True)
class Letter:
    """
    One mail that we owe.

    `owed_at` is the promise and never moves once it is known; `due_at` is the next attempt, or
    after `sent_at` the time by which a delivery should be reported. No `due_at`: finished.
    """

    inquiry: str
    kind: str
    due_at: datetime | None = None
    owed_at: datetime | None = None
    attempts: int = 0
    claimed_at: datetime | None = None
    in_doubt: bool = False  # an attempt began whose outcome nobody wrote down
    sent_at: datetime | None = None
    message_id: str | None = None
    told: tuple[int, ...] | None = None  # numbers of its files; None: not sent, or note lost
    heard: int | None = None  # how many of the sender's changes it tells of; None as above
    delivered_at: datetime | None = None
    delayed_at: datetime | None = None
    soft_bounced_at: datetime | None = None  # a full mailbox, or somebody is out of office
    bounced_at: datetime | None = None
    complained_at: datetime | None = None
    rejected_at: datetime | None = None
    undelivered_at: datetime | None = None
    gave_up_at: datetime | None = None
    closed_at: datetime | None = None
    reason: str | None = None
    pushed_at: datetime | None = None
    resent_at: datetime | None = None  # a person had it sent again
    earlier: tuple[str, ...] = ()  # message ids of the mails before that


@dataclass(frozen=True)
class Inquiry:
    """One accepted post with what the server knows about it."""

    id: str
    form: str
    form_version: str
    reference: str
    locale: str
    received_at: datetime
    answer_by: datetime
    answers: Mapping[str, Any]
    upload_secret: str
    receipt_secret: str
    tokens_expire_at: datetime
    base_url: str
    quarantined_at: datetime | None = None
    flags: tuple[str, ...] = ()
    consents: tuple[Mapping[str, str], ...] = ()  # what the server knows about each decision
    policy: str | None = None  # version of the recency policy that was in force
    waived: tuple[Mapping[str, str], ...] = ()  # kinds that staff do without: kind, why, by whom
    files_declared: int = 0  # also the number of the next file
    bytes_declared: int = 0
    done_at: datetime | None = None  # the sender said: that is all
    confirmed_at: datetime | None = None  # somebody used the link that was mailed to the address
    address_failed_at: datetime | None = None  # no more mail goes to the sender's address
    address_failure: str | None = None  # bounced, complained or rejected
    opened_at: datetime | None = None  # first look by the team
    answered_at: datetime | None = None
    released_at: datetime | None = None
    rejected_at: datetime | None = None
    revision: int = 0  # each decision of the staff adds one, and each change of the sender
    changes: tuple[Mapping[str, str], ...] = ()  # the sender's, by their link; see intake.changes
    address: str | None = None  # corrected by the sender: the answers stay as they were posted
    address_corrected_at: datetime | None = None
    receipt: str = RECEIPT  # the kind of the one that goes to this address
    withdrawn_at: datetime | None = None  # the sender wants no answer any more

    @property
    def is_quarantined(self) -> bool:
        """Whether it looks like a bot's, and nobody has decided yet."""
        return bool(self.quarantined_at and not self.released_at and not self.rejected_at)

    @property
    def records(self) -> tuple[Record, ...]:
        """The records that the sender announced, in the order of the post."""
        return tuple(
            Record(n, record["requirement"], record.get("document_date"))
            for n, record in enumerate(self.answers.get("records", ()))
        )

    @property
    def upload_token(self) -> str:
        """What stands in the success page's address."""
        return self.id + self.upload_secret

    @property
    def receipt_token(self) -> str:
        """What stands in the receipt's link; its own, so that it alone can prove the address."""
        return self.id + self.receipt_secret


@dataclass(frozen=True)
class Case:
    """An inquiry with all that belongs to it, read in one consistent query."""

    inquiry: Inquiry
    files: Sequence[File] = field(default_factory=tuple)
    letters: Mapping[str, Letter] = field(default_factory=dict)

    @property
    def settled_files(self) -> tuple[File, ...]:
        """The files that were checked, whatever came out."""
        return tuple(file for file in self.files if file.checked_at)


def file_key(inquiry: str, n: int) -> str:
    """
    Return the S3 key of file number *n*.

    Never contains the file's name: patients put names and diagnoses in it, and keys end up in
    access logs.
    """
    return f"{inquiry}/{n:04d}"


def from_key(key: str) -> tuple[str, int] | None:
    """Return (inquiry, file number) of an S3 *key*, or None if it is not one of ours."""
    inquiry, _, number = key.partition("/")
    if len(inquiry) != ID_LENGTH or not number.isascii() or not number.isdigit():
        return None
    if len(number) > _MOST_DIGITS:
        return None  # Python refuses to read a number of thousands of digits
    n = int(number)
    # "1" and "00001" are other objects than "0001", and none of ours.
    return (inquiry, n) if key == file_key(inquiry, n) else None


def due_shard(inquiry: str) -> str:
    """Return the partition of the due index for this inquiry: spreads a busy day over eight."""
    return str(zlib.crc32(inquiry.encode("ascii")) % DUE_SHARDS)


def split_token(token: str) -> tuple[str, str] | None:
    """Return (inquiry id, secret) of a token from a URL, or None if it can't be one."""
    if len(token) != 2 * ID_LENGTH or not token.isascii() or not token.isalnum():
        return None
    return token[:ID_LENGTH], token[ID_LENGTH:]


def opens(inquiry: Inquiry, secret: str, now: datetime) -> bool:
    """Tell whether *secret* opens the sender's page of *inquiry* (compared in constant time)."""
    given = secret.encode("ascii")
    uploads = hmac.compare_digest(inquiry.upload_secret.encode("ascii"), given)
    receipt = hmac.compare_digest(inquiry.receipt_secret.encode("ascii"), given)
    is_open = now < inquiry.tokens_expire_at and inquiry.rejected_at is None
    return (uploads or receipt) and is_open


def is_senders_own(inquiry: Inquiry, secret: str) -> bool:
    """
    Tell whether *secret* was given to whoever sent the form.

    The receipt's was mailed to an address that they typed, and it may be somebody else's.
    """
    return hmac.compare_digest(inquiry.upload_secret.encode("ascii"), secret.encode("ascii"))


def has_fallback(kind: str) -> bool:
    """Tell whether somebody else is told where a letter of this *kind* may not have arrived."""
    return kind in {TEAM_NEW, TEAM_WITHDRAWN, *TEAM_FOLLOW_UPS, *TEAM_CHANGES}


def is_change(kind: str) -> bool:
    """Tell whether a letter of this *kind* tells of what the sender changed."""
    return kind in TEAM_CHANGES


def is_follow_up(kind: str) -> bool:
    """Tell whether a letter of this *kind* tells of files that came after another letter."""
    return kind in TEAM_FOLLOW_UPS
