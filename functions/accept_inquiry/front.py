"""The front desk: one request in, one reply out, in the sender's form and language."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from aws_lambda_powertools import Logger

from accept_inquiry import posted
from accept_inquiry.accept import Accepted, Intake
from accept_inquiry.elsewhere import allowed
from accept_inquiry.gate import Findings, Visit
from accept_inquiry.origins import Origins
from accept_inquiry.paperwork import Submission
from accept_inquiry.posted import Posted
from intake import captcha, clock, contract, counting, http, refusals, rules, viewer
from intake.bots import TimeTrap
from intake.canary import is_canary
from intake.errors import (
    AnswersTooLargeError,
    InactiveFormError,
    IntakeError,
    InvalidAnswersError,
    MalformedError,
    MethodNotAllowedError,
    NotFoundError,
    Problem,
    TooManyPostsError,
    UnavailableError,
)
from intake.forms import Form, canonical
from intake.http import Reply, Request
from intake.pages import fetched, page
from intake.pages.reception import FORM_PATH, Reception, form_name
from intake.reference import new_id
from intake.words import choose_locale

# Of the answers, as canonical UTF-8: well below the 400 KB of a DynamoDB item.
MAX_ANSWERS = 262_144
_MAX_KEY = 255
_UPLOAD_PATH = "/u/"
_TEAM_PATH = "/team"
# After these the same form can be sent again, so a page keeps what was typed.
_MENDABLE = (InvalidAnswersError, TooManyPostsError, UnavailableError)

logger = Logger()


@dataclass(frozen=True)
class Front:
    """What the desk needs: forms and words, who may post, where inquiries go."""

    reception: Reception
    origins: Origins
    intake: Intake
    trap: TimeTrap

    def respond(self, request: Request) -> Reply:
        """Accept what was posted to a form; every other address is not ours."""
        clean = "/" + request.path.strip("/")
        is_page = clean.startswith((FORM_PATH, _UPLOAD_PATH)) or clean == _TEAM_PATH
        if request.method == "GET" and is_page and clean != request.path:
            # No route may end in a slash; a browser takes what follows # along.
            return http.see_other(quote(clean))  # the gateway hands it over decoded
        form = self.reception.forms.get(self._posted_to(request))
        if not form.meta["active"]:
            raise InactiveFormError
        self.origins.check(form, request)
        if viewer.is_doubtful(request, self.origins.origin_secret):
            # CloudFront's is not ours: all readers of one of its places are counted as one network.
            logger.warning("origin secret does not match")
        post = posted.read(form, request)
        for name in post.ignored:
            logger.info("ignored_control_field", field=name)
        if "_more" in post.controls and not request.wants_json:
            return self._page(form, request, post, more=post.controls["_more"])
        try:
            return self._accept(form, request, post)
        except IntakeError as error:
            refusals.log(logger, request.route, error)
            counting.count("InquiriesRefused")
            if request.wants_json or not isinstance(error, _MENDABLE):
                return self.reception.refuse(request, error, post.controls.get("_language"))
            return self._page(form, request, post, error=error)

    def _posted_to(self, request: Request) -> str:
        """Return the name of the form that a request posts to, or refuse any other request."""
        name = form_name(request)
        if name and request.method == "POST":
            return name
        methods = allowed("/" + request.path.strip("/"))
        if methods and request.method not in methods.split(", "):
            raise MethodNotAllowedError(allow=methods)
        raise NotFoundError

    def _accept(self, form: Form, request: Request, post: Posted) -> Reply:
        now = clock.now()
        text = canonical(post.answers)
        if len(text) > MAX_ANSWERS:
            raise AnswersTooLargeError(limit=MAX_ANSWERS)
        problems = contract.all_problems(form, post.answers, now.date(), post.problems)
        if problems:
            raise InvalidAnswersError(problems)
        visit = self._visit(form, request, post, now)
        submission = Submission(
            form=form,
            answers=post.answers,
            canonical_answers=text,
            files=post.files,
            key=_key(request, post.controls),
            from_page="idempotency-key" not in request.headers,
            locale=choose_locale(form, post.answers.get("form_locale"), None),
            base_url=self.origins.base_url(request),
            next_url=self.origins.next_url(form, request, _next(post.controls)),
            visit=visit,
            found=Findings(visit.traps),
        )
        accepted = self.intake.accept(submission, now)
        _log(accepted)
        if request.wants_json:
            return http.reply(200, http.JSON, accepted.answer)
        return http.see_other(json.loads(accepted.answer)["next"])

    def _visit(self, form: Form, request: Request, post: Posted, now: datetime) -> Visit:
        controls = post.controls
        page_token = controls.get("_started", "")
        return Visit(
            form=form.name,
            network=viewer.network(viewer.address(request, self.origins.origin_secret)),
            email=rules.get(post.answers, "contact.email") or "",
            page=page_token,
            opened=self.trap.judge(form.name, page_token, now),
            honeypot=_is_caught(form, controls),
            captcha=next((controls[each] for each in captcha.FIELDS if controls.get(each)), ""),
            hosts=self.origins.hosts(form, request),
        )

    def _page(
        self,
        form: Form,
        request: Request,
        post: Posted,
        *,
        more: str = "",
        error: IntakeError | None = None,
    ) -> Reply:
        """Draw the form again with what was typed, and say what to do about *error*."""
        is_strangers = self.origins.is_strangers(request)
        text = page.render_form(
            form,
            self.reception.words(request, form, post.controls.get("_language")),
            clinic_name=self.reception.clinic_name,
            action=f"{FORM_PATH}{form.name}",
            # A stranger's page may have posted what it likes, to have it sent by whoever sees this.
            idempotency_key=(not is_strangers and post.controls.get("_id")) or new_id(),
            # The first one's time: mending one field takes two seconds.
            started="" if is_strangers else post.controls.get("_started", ""),
            captcha=self.reception.captcha,
            values=post.answers,
            problems=_problems(error) if error else (),
            more=more,
        )
        status, headers = (error.status, refusals.headers(error)) if error else (200, {})
        policy = self.reception.policy(form)
        text = fetched.for_whom(request, text)
        # It holds what this sender typed and no secret, so its length tells nobody anything.
        return http.compressed(request, http.html_reply(status, text, policy, **headers))


def _log(accepted: Accepted) -> None:
    inquiry, found = accepted.inquiry, accepted.found
    if not accepted.repeated and not is_canary(inquiry):  # which has a metric of its own
        counting.count("InquiriesQuarantined" if found.suspect else "InquiriesAccepted")
    if accepted.repeated:
        logger.info("inquiry repeated", inquiry=inquiry)
        return
    logger.info(
        "inquiry accepted",
        inquiry=inquiry,
        reference=accepted.reference,  # what a patient who calls can name
        files=accepted.files,
        quarantined=bool(found.suspect),
        suspect=list(found.suspect),
        captcha=found.captcha,
    )
    if found.unknown:
        # Let in all the same: that AWS or a captcha's maker was down is no fault of the sender's.
        logger.warning("not all checks worked", inquiry=inquiry, errors=list(found.unknown))
    if accepted.not_queued:
        # Not lost: the letters are due in the table, and retry_stalled sends them on.
        logger.error("letters not queued", inquiry=inquiry, errors=list(accepted.not_queued))


def _problems(error: IntakeError) -> Sequence[Problem]:
    """Return what the page must say; an outage is a problem with the form as a whole."""
    if isinstance(error, InvalidAnswersError):
        return error.problems
    return (Problem("", error.key, error.code, error.key),)


def _key(request: Request, controls: Mapping[str, str]) -> str | None:
    key = request.headers.get("idempotency-key") or controls.get("_id")
    if key and not (len(key) <= _MAX_KEY and key.isprintable()):
        raise MalformedError
    return key or None


def _next(controls: Mapping[str, str]) -> str | None:
    return controls.get("_next") or controls.get("redirect")


def _is_caught(form: Form, controls: Mapping[str, Any]) -> bool:
    """Tell whether a field was filled in that no person sees. A verdict, never a refusal."""
    return bool(controls.get("_gotcha") or controls.get(form.meta["honeypot"]))
