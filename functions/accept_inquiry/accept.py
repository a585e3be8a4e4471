"""Store an inquiry, once: its files first, then everything else in one transaction."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from accept_inquiry.posted import PostedFile
from intake import clock, flags
from intake.aws.inquiries import (
    KEYS_LIVE,
    SAME_CONTENT,
    Claim,
    Earlier,
    InquiryTable,
    ReferenceTakenError,
)
from intake.aws.queues import MailQueues
from intake.aws.uploads import UploadsBucket
from intake.errors import KeyReusedError, UnavailableError
from intake.forms import Form, canonical_sha256
from intake.inquiry import (
    FILE_CHECK_OVERDUE,
    RECEIPT,
    TEAM_NEW,
    TOKENS_LIVE,
    WAIT_FOR_RECORDS,
    File,
    Inquiry,
    Letter,
    file_key,
)
from intake.reference import new_id, new_reference
from intake.service_date import answer_by

# 34 random bits: a second collision in a row is a broken generator.
_REFERENCES = 3


@dataclass(frozen=True)
class Submission:
    """One post that was read and checked: answers meet schema and rules, files have records."""

    form: Form
    answers: Mapping[str, Any]
    files: Sequence[PostedFile]
    key: str | None  # the client's idempotency key
    locale: str
    base_url: str
    next_url: str | None  # where the page wants a browser to go, if it may
    bot: bool  # filled in what no person sees

    @property
    def content(self) -> str:
        """What a second post with the same key must equal: SHA-256 of answers and files."""
        files = [[file.record, file.requirement, file.sha256.hex()] for file in self.files]
        return canonical_sha256({"answers": self.answers, "files": files})


@dataclass(frozen=True)
class Accepted:
    """What the sender is told, byte for byte the same on every repeat, and what to log."""

    answer: str
    inquiry: str = ""  # empty on a repeat
    files: int = 0
    not_queued: tuple[str, ...] = ()  # error types of a queue that was down


@dataclass(frozen=True)
class Intake:
    """Where inquiries are kept and announced."""

    inquiries: InquiryTable
    uploads: UploadsBucket
    mail: MailQueues
    zone: ZoneInfo

    def accept(self, submission: Submission, now: datetime) -> Accepted:
        """
        Store the inquiry, then have its letters written; the same key and content change nothing.

        Files are put first, so that no row speaks of an object we do not have; one without a
        row is removed by check_upload. Stored before announced, so that no letter speaks of an
        inquiry we do not have; should the queue be down, the letters are due and retry_stalled
        sends them on. Raises KeyReusedError, UnavailableError.
        """
        claim = _claim(submission)
        earlier = self.inquiries.earlier(claim.key, now)
        if earlier:
            return _again(earlier, claim)
        inquiry = _inquiry(submission, self.zone, now)
        files = self._put(inquiry, submission.files, now)
        letters = _letters(inquiry, files, now)
        for _ in range(_REFERENCES):
            answer = _answer(inquiry, submission)
            try:
                won = self.inquiries.accept(
                    inquiry, files, letters, replace(claim, answer=answer)
                )
            except ReferenceTakenError:
                inquiry = replace(inquiry, reference=new_reference())
                continue
            # Our own row under the key means that the answer to our first attempt was lost.
            if won and won.inquiry != inquiry.id:
                self._take_back(files)
                return _again(won, claim)
            due = [letter for letter in letters if letter.due_at == now]
            errors = [self.mail.announce(inquiry.id, letter.kind) for letter in due]
            return Accepted(answer, inquiry.id, len(files), tuple(e for e in errors if e))
        raise UnavailableError

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
            self.uploads.discard(file.key, file.version)


def _claim(submission: Submission) -> Claim:
    """Return the right to be the one inquiry of this key, or of this content without a key."""
    content = submission.content
    kind, what, lives = (
        ("key", canonical_sha256(submission.key), KEYS_LIVE)
        if submission.key
        else ("content", content, SAME_CONTENT)
    )
    return Claim(f"{kind}#{submission.form.name}#{what}", content, "", lives)


def _again(earlier: Earlier, claim: Claim) -> Accepted:
    if earlier.content != claim.content:
        raise KeyReusedError
    return Accepted(earlier.answer)


def _inquiry(submission: Submission, zone: ZoneInfo, now: datetime) -> Inquiry:
    form, answers = submission.form, submission.answers
    return Inquiry(
        id=new_id(),
        form=form.name,
        form_version=form.meta["version"],
        reference=new_reference(),
        locale=submission.locale,
        received_at=now,
        answer_by=answer_by(now, form.meta["service"], zone),
        answers=answers,
        upload_secret=new_id(),
        receipt_secret=new_id(),
        tokens_expire_at=now + TOKENS_LIVE,
        base_url=submission.base_url,
        quarantined_at=now if submission.bot else None,
        flags=flags.raised(answers, form.policy, now.astimezone(zone).date()),
        consents=tuple(_consents(submission, now)),
    )


def _consents(submission: Submission, now: datetime) -> list[Mapping[str, str]]:
    """Write down for each decision what only the server knows: which words, and when."""
    decided = []
    for consent in submission.answers.get("consents", ()):
        notice = submission.form.notices_by_hash[consent["notice_sha256"]]
        decided.append(
            {
                "purpose": notice.purpose,
                "decision": consent["decision"],
                "notice_sha256": notice.sha256,
                "notice_locale": notice.locale,
                "notice_version": notice.version,
                "received_at": clock.text(now),
            }
        )
    return decided


def _letters(inquiry: Inquiry, files: Sequence[File], now: datetime) -> list[Letter]:
    """
    Return the letters that acceptance owes.

    With announced records the team's waits until all are settled, 15 minutes at most; only then
    is it known since when it is owed. What looks like a bot's is kept without any letter.
    """
    if inquiry.quarantined_at:
        return []
    waits = bool(inquiry.records) or bool(files)
    return [
        Letter(
            inquiry=inquiry.id,
            kind=TEAM_NEW,
            owed_at=None if waits else now,
            due_at=now + WAIT_FOR_RECORDS if waits else now,
        ),
        Letter(inquiry=inquiry.id, kind=RECEIPT, owed_at=now, due_at=now),
    ]


def _answer(inquiry: Inquiry, submission: Submission) -> str:
    """Write what the sender is told, with all that a form client needs for the next step."""
    upload = f"{inquiry.base_url}/u/{inquiry.upload_token}"
    body = {
        "ok": True,
        "next": submission.next_url or submission.form.meta["next"] or upload,
        "reference": inquiry.reference,
        "upload": {"url": upload, "expires": clock.text(inquiry.tokens_expire_at)},
        "records": [
            {"n": record.n, "requirement": record.requirement} for record in inquiry.records
        ],
        "requirements": [
            {
                "kind": requirement["kind"],
                "required": requirement["need"] == "mandatory",
                "maxBytes": requirement["max_bytes"],
                "types": requirement["types"],
            }
            for requirement in submission.form.requirements
        ],
    }
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))
