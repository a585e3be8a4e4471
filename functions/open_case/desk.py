"""The staff's requests: a list, a look, a file, a decision; each look is noted before it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from aws_lambda_powertools import Logger

from intake import clock, http, refusals
from intake.aws.casework import A_FILE, THE_CASE, Casework, a_note
from intake.aws.inquiries import InquiryTable
from intake.aws.records import RecordsBucket
from intake.errors import IntakeError, MalformedError, NotFoundError, UnsupportedTypeError
from intake.forms import Form, Forms
from intake.http import Reply, Request
from intake.inquiry import Case, File
from intake.words import Words, choose_locale
from open_case import find
from open_case.access import Staff
from open_case.actions import can_be_opened
from open_case.asked import one_file, read, read_object
from open_case.deciding import Deciding
from open_case.view import Seen, view

# Long enough for a click, too short to be passed on.
LINKS_LIVE = timedelta(minutes=5)
_LISTS = {"open": "", "quarantine": "quarantine#"}
# How a download ends, by the kind that was found in it; a program's never.
_ENDINGS = {
    "pdf": "pdf",
    "jpeg": "jpg",
    "png": "png",
    "tiff": "tif",
    "heic": "heic",
    "dicom": "dcm",
    "zip": "zip",
    "iso": "iso",
    "fhir": "json",
    "ccda": "xml",
    "hl7": "txt",
}
_MOST_DIGITS = 4

logger = Logger()


@dataclass(frozen=True)
class CaseDesk:
    """Where staff find cases, and where what they do is written."""

    forms: Forms
    inquiries: InquiryTable
    casework: Casework
    records: RecordsBucket
    deciding: Deciding
    zone: ZoneInfo

    def answer(self, request: Request, staff: Staff, now: datetime) -> Reply:
        """Answer one request of somebody who signed in."""
        if request.route == "GET /cases":
            return self._list(request, staff)
        if request.content_type != http.JSON:
            raise UnsupportedTypeError
        if request.route == "POST /cases/{case}/open":
            return self._open(request, staff, now)
        if request.route == "POST /cases/{case}/files/{n}/open":
            return self._open_file(request, staff, now)
        if request.route == "POST /cases/{case}/actions":
            return self._act(request, staff, now)
        raise NotFoundError

    def refuse(self, request: Request, error: IntakeError) -> Reply:
        """Say no in JSON, with a body that does not tell which case was asked for."""
        body = refusals.body(error, self._words(request), "")
        return http.json_reply(error.status, body, **refusals.headers(error))

    def _list(self, request: Request, staff: Staff) -> Reply:
        form = request.query.get("form", next(iter(staff.forms), None))
        kind = request.query.get("list", "open")
        after = find.position(request.query.get("after") or None)
        if kind not in _LISTS or (form is not None and form not in staff.forms):
            raise NotFoundError
        rows, end = self.casework.worklist(_LISTS[kind] + form, after) if form else ((), None)
        logger.info("worklist shown", who=staff.id, form=form, list=kind, cases=len(rows))
        return http.json_reply(
            200,
            {
                "who": {"name": staff.name, "role": staff.forms.get(form or "")},
                "forms": [
                    {"name": name, "title": self._words(request, name).text("form.title")}
                    for name in staff.forms
                ],
                "form": form,
                "list": kind,
                "cases": [
                    {
                        "reference": row.reference,
                        "received": row.received,
                        "answerBy": row.answer_by,
                    }
                    for row in rows
                ],
                "next": find.cursor(end),
            },
        )

    def _open(self, request: Request, staff: Staff, now: datetime) -> Reply:
        _read_nothing(request)
        form, case = self._find(request, staff)
        inquiry = case.inquiry
        self.casework.note_look(inquiry.id, a_note(now, staff.id, staff.name, THE_CASE))
        first = self._is_first_look(case, staff, now)
        if not inquiry.opened_at:
            case = self.inquiries.case(inquiry.id) or case
        logger.info("case opened", inquiry=inquiry.id, who=staff.id, first=first)
        return http.json_reply(200, self._seen(request, form, case, staff, now))

    def _open_file(self, request: Request, staff: Staff, now: datetime) -> Reply:
        _read_nothing(request)
        _, case = self._find(request, staff)
        file = one_file(case, _number(request.parameters.get("n", "")))
        if not can_be_opened(file):
            raise NotFoundError
        note = a_note(now, staff.id, staff.name, A_FILE, file=file.n)
        self.casework.note_look(case.inquiry.id, note)
        url = self.records.link(
            file.key, str(file.records_version), _file_name(case, file), LINKS_LIVE
        )
        first = self._is_first_look(case, staff, now)
        logger.info("file opened", inquiry=case.inquiry.id, file=file.n, who=staff.id, first=first)
        return http.json_reply(200, {"url": url, "expires": clock.text(now + LINKS_LIVE)})

    def _is_first_look(self, case: Case, staff: Staff, now: datetime) -> bool:
        """Write that the team has begun, if nobody had: nobody need be reminded any more."""
        inquiry = case.inquiry
        # Who only judges whether a person sent it has not begun to answer.
        if inquiry.opened_at or inquiry.is_quarantined:
            return False
        return self.casework.opened(inquiry.id, staff.id, now)

    def _act(self, request: Request, staff: Staff, now: datetime) -> Reply:
        asked = read(request.body)
        form, case = self._find(request, staff)
        errors = self.deciding.carry_out(form, case, staff, asked, now)
        logger.info(
            "decided",
            inquiry=case.inquiry.id,
            who=staff.id,
            action=asked.action,
            file=asked.file,
            letter=asked.letter,
            requirement=asked.requirement,
            not_queued=errors,
        )
        case = self.inquiries.case(case.inquiry.id) or case
        return http.json_reply(200, self._seen(request, form, case, staff, now))

    def _find(self, request: Request, staff: Staff) -> tuple[Form, Case]:
        """Return the case; NotFoundError alike for one that is not there or not theirs to see."""
        typed = request.parameters.get("case", "")
        reference = find.reference(typed)
        inquiry = self.casework.inquiry_of(reference) if reference else find.inquiry_id(typed)
        case = self.inquiries.case(inquiry) if inquiry else None
        if case is None or case.inquiry.form not in staff.forms:
            raise NotFoundError
        return self.forms.get(case.inquiry.form), case

    def _seen(
        self, request: Request, form: Form, case: Case, staff: Staff, now: datetime
    ) -> dict[str, Any]:
        decisions = self.casework.decisions(case.inquiry.id)
        looks = self.casework.looks(case.inquiry.id)
        words = self._words(request, form.name)
        return view(form, Seen(case, decisions, looks), staff, words, now, self.zone)

    def _words(self, request: Request, name: str | None = None) -> Words:
        form = self.forms.get(name or self.forms.offered()[0])
        locale = choose_locale(
            form, request.query.get("_language"), request.headers.get("accept-language")
        )
        return Words(locale, form.catalogues[locale] if name else self.forms.shared_words(locale))


def _read_nothing(request: Request) -> None:
    if read_object(request.body):
        raise MalformedError


def _number(typed: str) -> int | None:
    is_number = typed.isascii() and typed.isdigit() and len(typed) <= _MOST_DIGITS
    return int(typed) if is_number else None


def _file_name(case: Case, file: File) -> str:
    """Name a download by reference, kind of record and the page's number: URLs are logged."""
    ending = _ENDINGS.get(file.kind or "", "bin")
    return f"{case.inquiry.reference}_{file.requirement}_{file.n + 1:02d}.{ending}"
