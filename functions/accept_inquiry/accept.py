"""Store an inquiry, once: its files first, then everything else in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from accept_inquiry import paperwork
from accept_inquiry.gate import Findings, Gate
from accept_inquiry.paperwork import Submission
from accept_inquiry.posted import PostedFile
from intake.aws.inquiries import Claim, Earlier, InquiryTable, ReferenceTakenError
from intake.aws.queues import MailQueues
from intake.aws.uploads import UploadsBucket
from intake.errors import KeyReusedError, UnavailableError
from intake.inquiry import FILE_CHECK_OVERDUE, File, Inquiry, file_key
from intake.reference import new_reference

# 34 random bits: a second collision in a row is a broken generator.
_REFERENCES = 3


@dataclass(frozen=True)
class Accepted:
    """What the sender is told, byte for byte the same on every repeat, and what to log."""

    answer: str
    inquiry: str
    repeated: bool = False
    reference: str = ""  # unless repeated
    files: int = 0
    not_queued: tuple[str, ...] = ()  # error types of a queue that was down
    found: Findings = field(default_factory=Findings)  # what spoke against it, unless repeated


@dataclass(frozen=True)
class Intake:
    """Where inquiries are kept and announced."""

    inquiries: InquiryTable
    uploads: UploadsBucket
    mail: MailQueues
    zone: ZoneInfo
    gate: Gate

    def accept(self, submission: Submission, now: datetime) -> Accepted:
        """
        Store the inquiry, then have its letters written; the same key and content change nothing.

        Files are put first, so that no row speaks of an object we do not have; one without a
        row is removed by check_upload. Stored before announced, so that no letter speaks of an
        inquiry we do not have; should the queue be down, the letters are due and retry_stalled
        sends them on. The gate comes after what is known already, so that a double click and a
        repeat count once. Raises KeyReusedError, TooManyPostsError, UnavailableError.
        """
        claim = paperwork.claim(submission)
        earlier = self.inquiries.earlier(claim, now)
        if earlier:
            return _again(earlier, claim)
        found = self.gate.findings(submission.visit, claim.content, now)
        submission = replace(submission, found=found)
        claim = paperwork.claim(submission)
        inquiry = paperwork.inquiry(submission, self.zone, now)
        files = self._put(inquiry, submission.files, now)
        owed = paperwork.letters(inquiry, submission, self.zone, now)
        letters = [] if found.suspect else owed  # what looks like a bot's is kept without any
        for _ in range(_REFERENCES):
            answer = paperwork.answer(inquiry, submission)
            try:
                won = self.inquiries.accept(inquiry, files, letters, replace(claim, answer=answer))
            except ReferenceTakenError:
                inquiry = replace(inquiry, reference=new_reference())
                continue
            # Our own row under the key means that the answer to our first attempt was lost.
            if won and won.inquiry != inquiry.id:
                self._take_back(files)
                return _again(won, claim)
            # Of a bot's, too, which has none: or it would know by how long this takes.
            due = [letter for letter in owed if letter.due_at == now]
            errors = [self.mail.announce(inquiry.id, letter.kind) for letter in due]
            return Accepted(
                answer,
                inquiry.id,
                reference=inquiry.reference,
                files=len(files),
                not_queued=tuple(error for error in errors if error),
                found=found,
            )
        raise UnavailableError("ReferenceTaken")

    def _put(self, inquiry: Inquiry, posted: Sequence[PostedFile], now: datetime) -> list[File]:
        return [
            File(
                inquiry=inquiry.id,
                n=n,
                record=file.record,
                requirement=file.requirement,
                version=self.uploads.put(file_key(inquiry.id, n), file.content, file.sha256),
                size=len(file.content),
                sha256=file.sha256.hex(),
                name=file.name,
                declared_type=file.content_type,
                declared_at=now,
                arrived_at=now,
                due_at=now + FILE_CHECK_OVERDUE,
            )
            for n, file in enumerate(posted)
        ]

    def _take_back(self, files: Sequence[File]) -> None:
        """Remove what a post put that lost against its twin; check_upload would do so later."""
        for file in files:
            if file.version:
                self.uploads.discard(file.key, file.version)


def _again(earlier: Earlier, claim: Claim) -> Accepted:
    if earlier.content != claim.content:
        raise KeyReusedError
    return Accepted(earlier.answer, earlier.inquiry, repeated=True)
