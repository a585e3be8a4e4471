"""What a submission becomes: the claim on its key, the inquiry, its letters, the answer."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from accept_inquiry.gate import Findings, Visit
from accept_inquiry.posted import PostedFile
from intake import canary, clock, flags, owed
from intake.aws.inquiries import KEYS_LIVE, SAME_CONTENT, Claim
from intake.forms import Form, canonical, canonical_sha256
from intake.inquiry import TOKENS_LIVE, Inquiry, Letter
from intake.reference import new_id, new_reference
from intake.service_date import answer_by

# A flag beside the clinical ones: the team sees that nobody could check the captcha.
CAPTCHA_UNKNOWN = "captcha_unknown"


@dataclass(frozen=True)
class Submission:
    """One post that was read and checked: answers meet schema and rules, files have records."""

    form: Form
    answers: Mapping[str, Any]
    canonical_answers: bytes  # the one JSON text of equal answers
    files: Sequence[PostedFile]
    key: str | None  # the client's idempotency key
    from_page: bool  # the key is one render's: going back and sending again brings another
    locale: str
    base_url: str
    next_url: str | None  # where the page wants a browser to go, if it may
    visit: Visit
    found: Findings  # what speaks against it

    @property
    def content(self) -> str:
        """What a second post with the same key must equal: SHA-256 of answers and files."""
        files = [[file.record, file.requirement, file.sha256.hex()] for file in self.files]
        return hashlib.sha256(self.canonical_answers + canonical(files)).hexdigest()


def claim(submission: Submission) -> Claim:
    """
    Return the right to be the one inquiry of this key, or of this content without a key.

    A page's key is one render's, and going back draws the page anew: there both hold.
    """
    content = submission.content
    # A person whose browser filled the trap, and who sends again without it, is heard.
    kind = "trapped" if submission.found.traps else "content"
    by_content = f"{kind}#{submission.form.name}#{content}"
    if not submission.key:
        return Claim({by_content: SAME_CONTENT}, content, "")
    by_key = f"key#{submission.form.name}#{canonical_sha256(submission.key)}"
    keys = {by_key: KEYS_LIVE} | ({by_content: SAME_CONTENT} if submission.from_page else {})
    return Claim(keys, content, "")


def inquiry(submission: Submission, zone: ZoneInfo, now: datetime) -> Inquiry:
    """Return the inquiry, with new ids, and with what only the server knows."""
    form, answers = submission.form, submission.answers
    return Inquiry(
        id=canary.new_id() if form.name == canary.FORM else new_id(),
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
        quarantined_at=now if submission.found.suspect else None,
        flags=(
            *flags.raised(answers, form.policy, now.astimezone(zone).date()),
            *((CAPTCHA_UNKNOWN,) if submission.found.captcha_unknown else ()),
        ),
        consents=tuple(_consents(submission, now)),
        policy=form.policy["version"],
        files_declared=len(submission.files),
        bytes_declared=sum(len(file.content) for file in submission.files),
    )


def _consents(submission: Submission, now: datetime) -> list[Mapping[str, str]]:
    """Write down for each decision what only the server knows: which words, and when."""
    decided: list[Mapping[str, str]] = []
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


def letters(
    inquiry: Inquiry, submission: Submission, zone: ZoneInfo, now: datetime
) -> list[Letter]:
    """Return the letters that acceptance owes to whoever is no bot."""
    waits = bool(inquiry.records) or bool(submission.files)
    return owed.letters(inquiry, submission.form.meta["service"], zone, now, waits=waits)


def answer(inquiry: Inquiry, submission: Submission) -> str:
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
