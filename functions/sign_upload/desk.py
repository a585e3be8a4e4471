"""What the holder of an inquiry's link may do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aws_lambda_powertools import Logger

from intake import http
from intake.aws.announcing import Announcer
from intake.aws.inquiries import InquiryTable
from intake.aws.outages import outages_become_refusals
from intake.aws.senders import Senders
from intake.errors import IntakeError, NotFoundError, NotSignedError, UnavailableError
from intake.http import Reply, Request
from intake.inquiry import Case, File, Inquiry, from_key, is_senders_own, opens, split_token
from sign_upload import shapes, wish
from sign_upload.shapes import Beginning, Continuation
from sign_upload.show import Link, SenderPages
from sign_upload.signing import Signer, key_of
from sign_upload.slots import Slots
from sign_upload.wish import Wish

SIGN = "POST /u/{token}/sign"
CHANGE = "POST /u/{token}"
# Where on the page people see what their button did.
_PLACES = {wish.DECLARE: "#upload", wish.DONE: "#done", wish.CONFIRM: "", wish.TAKE_BACK: ""}

logger = Logger()


@dataclass(frozen=True)
class Desk:
    """Pages, files and words to the team, all behind one link."""

    pages: SenderPages
    inquiries: InquiryTable
    senders: Senders
    announcer: Announcer
    slots: Slots
    signer: Signer

    def respond(self, request: Request, now: datetime) -> Reply:
        """
        Show, change or sign; the same NotFoundError whatever is wrong with the link.

        A GET changes nothing: mail scanners open every link before people do.
        """
        token = split_token(request.parameters.get("token", ""))
        if token is None:
            raise NotFoundError
        link = Link(*token)
        if request.route == SIGN:
            return self._sign(request, link, now)
        case = self.inquiries.case(link.inquiry)
        if case is None or not opens(case.inquiry, link.secret, now):
            raise NotFoundError
        if request.route != CHANGE:
            case = self.slots.seen(case, now)
            logger.info("sender's page shown", inquiry=link.inquiry, files=len(case.files))
            return self.pages.show(request, link, case, now)
        try:
            wanted = wish.read(request)
            self._change(link, case, wanted, now)
        except IntakeError as error:
            _log_refusal(request, error)
            if request.wants_json:
                return self._refuse(request, error, case.inquiry)
            return self.pages.show(request, link, self.slots.seen(case, now), now, error)
        if request.wants_json:
            after = self.inquiries.case(link.inquiry) or case
            return self.pages.show(request, link, self.slots.seen(after, now), now)
        there = self.pages.address(request, link, case.inquiry)
        return http.see_other(there + _PLACES[wanted.do])

    def _change(self, link: Link, case: Case, wanted: Wish, now: datetime) -> None:
        inquiry = case.inquiry
        if wanted.do == wish.CONFIRM and is_senders_own(inquiry, link.secret):
            raise NotSignedError  # this link was never mailed, so it proves no address
        if wanted.do == wish.DECLARE:
            form = self.pages.reception.forms.get(inquiry.form)
            file = self.slots.open(form, case, wanted.requirement, wanted.record, now)
            logger.info("place for a file opened", inquiry=inquiry.id, n=file.n)
        if wanted.do == wish.TAKE_BACK:
            _, taken = self.senders.with_upload(inquiry.id, wanted.upload)
            if taken:
                self.signer.declared.abandon(taken, now)
                logger.info("file taken back", inquiry=inquiry.id, n=taken.n)
        if wanted.do == wish.DONE:
            self.slots.close(case, now)
            self.senders.say_all(inquiry.id, now)
            logger.info("sender has sent all", inquiry=inquiry.id)
            self._announce(inquiry, now)
        self._confirm(link, inquiry, now)

    def _announce(self, inquiry: Inquiry, now: datetime) -> None:
        """Have everybody told now; with the queue down, what is due is sent on a minute later."""
        try:
            with outages_become_refusals():
                self.announcer.announce(inquiry.id, now)
        except UnavailableError as error:
            logger.warning("team was not told at once", inquiry=inquiry.id, error=error.reason)

    def _confirm(self, link: Link, inquiry: Inquiry, now: datetime) -> None:
        """Whoever acts by the link that was mailed has shown that the address is right."""
        if inquiry.confirmed_at is None and not is_senders_own(inquiry, link.secret):
            self.senders.confirm(inquiry.id, now)
            logger.info("address confirmed", inquiry=inquiry.id)
            self._announce(inquiry, now)

    def _sign(self, request: Request, link: Link, now: datetime) -> Reply:
        asked = _asked(request)
        inquiry, file = self._find(link, asked)
        if inquiry is None or not opens(inquiry, link.secret, now):
            raise NotFoundError
        try:
            answer = self._signed(inquiry, file, asked, now)
        except IntakeError as error:
            _log_refusal(request, error)
            return self._refuse(request, error, inquiry)
        self._confirm(link, inquiry, now)
        return http.json_reply(200, answer)

    def _find(
        self, link: Link, asked: Beginning | Continuation | IntakeError
    ) -> tuple[Inquiry | None, File | None]:
        """Read all that signing needs at once: a part of a large file costs one read."""
        if isinstance(asked, Beginning):
            return self.senders.with_upload(link.inquiry, key_of(asked))
        place = from_key(asked.key) if isinstance(asked, Continuation) else None
        is_own = place is not None and place[0] == link.inquiry
        return self.senders.with_file(link.inquiry, place[1] if place and is_own else None)

    def _signed(
        self,
        inquiry: Inquiry,
        file: File | None,
        asked: Beginning | Continuation | IntakeError,
        now: datetime,
    ) -> Mapping[str, Any]:
        if isinstance(asked, IntakeError):
            raise asked
        if isinstance(asked, Continuation):
            answer = self.signer.go_on(file, asked, now)
            n, did = (file.n if file else None), asked.step.value
        else:
            form = self.pages.reception.forms.get(inquiry.form)
            begun, answer = self.signer.begin(form, inquiry, file, asked, now)
            n, did = begun.n, "parts begin" if asked.in_parts else "whole file"
        logger.info("upload signed", inquiry=inquiry.id, n=n, did=did)
        return answer

    def _refuse(self, request: Request, error: IntakeError, inquiry: Inquiry) -> Reply:
        return self.pages.reception.refuse(request, error, inquiry.locale)


def _asked(request: Request) -> Beginning | Continuation | IntakeError:
    """Return what is to be signed, or why not: only a good link's holder hears that."""
    try:
        return shapes.read(wish.json_body(request))
    except IntakeError as error:
        return error


def _log_refusal(request: Request, error: IntakeError) -> None:
    logger.info("refused", code=error.code, status=error.status, route=request.route)
