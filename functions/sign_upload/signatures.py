"""One request to sign: what it is about, and the answer that lets a file be sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from intake.aws.senders import Senders
from intake.errors import IntakeError, WithdrawnError
from intake.forms import Forms
from intake.http import Request
from intake.inquiry import File, Inquiry, from_key
from sign_upload import shapes, wish
from sign_upload.shapes import Beginning, Continuation
from sign_upload.show import Link
from sign_upload.signing import Signer, key_of


@dataclass(frozen=True)
class Asked:
    """What is to be signed, or why not, with what is known of it: only a good link hears more."""

    what: Beginning | Continuation | IntakeError
    inquiry: Inquiry | None
    file: File | None


@dataclass(frozen=True)
class Signed:
    """What the script is answered, and what was done to which file."""

    answer: Mapping[str, Any]
    n: int | None
    did: str


@dataclass(frozen=True)
class Signatures:
    """Looks up what a request is about, and signs."""

    forms: Forms
    senders: Senders
    signer: Signer

    def asked(self, request: Request, link: Link) -> Asked:
        """Read all that signing needs at once: a part of a large file costs one read."""
        try:
            what: Beginning | Continuation | IntakeError = shapes.read(wish.json_body(request))
        except IntakeError as error:
            what = error
        if isinstance(what, Beginning):
            return Asked(what, *self.senders.with_upload(link.inquiry, key_of(what)))
        place = from_key(what.key) if isinstance(what, Continuation) else None
        is_own = place is not None and place[0] == link.inquiry
        n = place[1] if place and is_own else None
        return Asked(what, *self.senders.with_file(link.inquiry, n))

    def sign(self, inquiry: Inquiry, asked: Asked, now: datetime) -> Signed:
        """Sign what was *asked* for this inquiry, or raise why not."""
        what, file = asked.what, asked.file
        if inquiry.withdrawn_at:
            raise WithdrawnError
        if isinstance(what, IntakeError):
            raise what
        if isinstance(what, Continuation):
            answer = self.signer.go_on(file, what, now)
            return Signed(answer, file.n if file else None, what.step.value)
        begun, answer = self.signer.begin(self.forms.get(inquiry.form), inquiry, file, what, now)
        return Signed(answer, begun.n, "parts begin" if what.in_parts else "whole file")
