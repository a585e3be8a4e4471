"""What the holder of an inquiry's link may do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from aws_lambda_powertools import Logger

from intake import http
from intake.aws.announcing import Announcer
from intake.aws.changed import Change, Changed
from intake.aws.inquiries import InquiryTable
from intake.aws.outages import outages_become_refusals
from intake.aws.queues import MailQueues
from intake.aws.senders import Senders
from intake.errors import (
    IntakeError,
    NotFoundError,
    NotSignedError,
    UnavailableError,
    WithdrawnError,
)
from intake.http import Reply, Request
from intake.inquiry import Case, Inquiry, is_senders_own, opens, split_token
from sign_upload import changing, wish
from sign_upload.show import Link, SenderPages
from sign_upload.signatures import Signatures
from sign_upload.slots import Slots
from sign_upload.wish import Wish

SIGN = "POST /u/{token}/sign"
CHANGE = "POST /u/{token}"
# Where on the page people see what their button did; what ends the inquiry is at the top.
_PLACES = {
    wish.DECLARE: "#upload",
    wish.DONE: "#done",
    **dict.fromkeys((wish.CORRECT, wish.ADD, wish.REVOKE), "#changed"),
}
# Each round loses against somebody who changed the case, or began to write a letter about it.
_ROUNDS = 5

logger = Logger()


@dataclass(frozen=True)
class Desk:
    """Pages, files and words to the team, all behind one link."""

    pages: SenderPages
    inquiries: InquiryTable
    senders: Senders
    announcer: Announcer
    slots: Slots
    signatures: Signatures
    changed: Changed
    mail: MailQueues

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
            if not case.inquiry.withdrawn_at:
                case = self.slots.seen(case, now)
            logger.info("sender's page shown", inquiry=link.inquiry, files=len(case.files))
            return self.pages.show(request, link, case, now)
        wanted: Wish | None = None
        try:
            wanted = wish.read(request)
            self._change(link, case, wanted, now)
        except NotFoundError:
            raise  # the address was corrected this moment, and this link is dead
        except IntakeError as error:
            _log_refusal(request, error)
            if request.wants_json:
                return self._refuse(request, error, case.inquiry)
            after = self.inquiries.case(link.inquiry) or case
            return self.pages.show(request, link, self.slots.seen(after, now), now, error, wanted)
        if request.wants_json:
            after = self.inquiries.case(link.inquiry) or case
            return self.pages.show(request, link, self.slots.seen(after, now), now)
        there = self.pages.address(request, link, case.inquiry)
        return http.see_other(there + _PLACES.get(wanted.do, ""))

    def _change(self, link: Link, case: Case, wanted: Wish, now: datetime) -> None:
        inquiry = case.inquiry
        if wanted.is_change:
            self._correct(link, case, wanted, now)
            return
        if inquiry.withdrawn_at:
            raise WithdrawnError
        if wanted.do == wish.CONFIRM and is_senders_own(inquiry, link.secret):
            raise NotSignedError  # this link was never mailed, so it proves no address
        if wanted.do == wish.DECLARE:
            form = self.pages.reception.forms.get(inquiry.form)
            file = self.slots.open(form, case, wanted.requirement, wanted.record, now)
            logger.info("place for a file opened", inquiry=inquiry.id, n=file.n)
        if wanted.do == wish.TAKE_BACK:
            _, taken = self.senders.with_upload(inquiry.id, wanted.upload)
            if taken:
                self.signatures.signer.declared.abandon(taken, now)
                logger.info("file taken back", inquiry=inquiry.id, n=taken.n)
        if wanted.do == wish.DONE:
            self.slots.close(case, now)
            self.senders.say_all(inquiry.id, now)
            logger.info("sender has sent all", inquiry=inquiry.id)
            self._announce(inquiry, now)
        self._confirm(link, inquiry, now)

    def _correct(self, link: Link, case: Case, wanted: Wish, now: datetime) -> None:
        """Change what was sent before, once; what was changed meanwhile is looked at again."""
        form = self.pages.reception.forms.get(case.inquiry.form)
        for _ in range(_ROUNDS):
            change = changing.planned(form, case, link.secret, wanted, now)
            if change is None or self._is_written(change, wanted, now):
                return
            found = self.inquiries.case(link.inquiry)
            if found is None or not opens(found.inquiry, link.secret, now):
                raise NotFoundError
            case = found
        raise UnavailableError

    def _is_written(self, change: Change, wanted: Wish, now: datetime) -> bool:
        if not self.changed.write(change, now):
            return False
        due = [letter for letter in change.owed if letter.due_at == now]
        errors = [self.mail.announce(letter.inquiry, letter.kind) for letter in due]
        logger.info(
            "changed by sender",
            inquiry=change.after.id,
            did=wanted.do,
            not_queued=[error for error in errors if error],
        )
        return True

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
            self.senders.confirm(inquiry.id, link.secret, now)
            logger.info("address confirmed", inquiry=inquiry.id)
            self._announce(inquiry, now)

    def _sign(self, request: Request, link: Link, now: datetime) -> Reply:
        asked = self.signatures.asked(request, link)
        inquiry = asked.inquiry
        if inquiry is None or not opens(inquiry, link.secret, now):
            raise NotFoundError
        try:
            signed = self.signatures.sign(inquiry, asked, now)
        except IntakeError as error:
            _log_refusal(request, error)
            return self._refuse(request, error, inquiry)
        logger.info("upload signed", inquiry=inquiry.id, n=signed.n, did=signed.did)
        self._confirm(link, inquiry, now)
        return http.json_reply(200, signed.answer)

    def _refuse(self, request: Request, error: IntakeError, inquiry: Inquiry) -> Reply:
        return self.pages.reception.refuse(request, error, inquiry.locale)


def _log_refusal(request: Request, error: IntakeError) -> None:
    logger.info("refused", code=error.code, status=error.status, route=request.route)
