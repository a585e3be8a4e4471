"""The sender's own page, for whoever holds its link."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from aws_lambda_powertools import Logger

from intake import http
from intake.aws.inquiries import InquiryTable
from intake.errors import NotFoundError
from intake.http import Reply, Request
from intake.inquiry import Case, is_senders_own, opens, split_token
from intake.pages import page
from intake.pages.reception import Reception
from sign_upload.overview import overview, state_key

logger = Logger()


@dataclass(frozen=True)
class SenderPages:
    """Shows inquiries, and changes nothing: mail scanners open every link before people do."""

    reception: Reception
    inquiries: InquiryTable
    zone: ZoneInfo

    def show(self, request: Request, now: datetime) -> Reply:
        """Return the page, or JSON; the same NotFoundError whatever is wrong with the token."""
        case, secret = self._case(request.parameters.get("token", ""), now)
        inquiry = case.inquiry
        form = self.reception.forms.get(inquiry.form)
        seen = overview(form, case, now.astimezone(self.zone).date())
        logger.info("sender's page shown", inquiry=inquiry.id, files=seen.files)
        if request.wants_json:
            return http.json_reply(200, seen.body())
        words = self.reception.words(request, form, inquiry.locale)
        shown = page.render(
            "upload.html",
            words,
            self.reception.clinic_name,
            title=words.text("upload.title"),
            languages=page.other_languages(form, words),
            seen=seen,
            # People put names and diagnoses into them, and a receipt may reach a stranger.
            with_names=is_senders_own(inquiry, secret),
            state_key=state_key,
            zone=self.zone,
        )
        return http.html_reply(200, shown, page.policy())

    def _case(self, token: str, now: datetime) -> tuple[Case, str]:
        parts = split_token(token)
        case = self.inquiries.case(parts[0]) if parts else None
        if parts is None or case is None or not opens(case.inquiry, parts[1], now):
            raise NotFoundError
        return case, parts[1]
