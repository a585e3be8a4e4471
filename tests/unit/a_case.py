"""A case for tests of what staff read: an inquiry, files, words, somebody who may do anything."""

from __future__ import annotations

from datetime import UTC, date, datetime

from intake.inquiry import File, Inquiry
from intake.words import Words
from open_case.access import SUPERVISOR, Staff

NOW = datetime(2026, 11, 22, 11, 4, tzinfo=UTC)
TODAY = date(2026, 11, 22)
FORM = "rheumatoid-arthritis"
CHIEF = Staff("5d0c", "chief", {FORM: SUPERVISOR})


def the_words(forms, locale="en", form=FORM):
    return Words(locale, forms.get(form).catalogues[locale])


def an_inquiry(**changes):
    given = {
        "id": "a" * 26,
        "form": FORM,
        "form_version": "1",
        "reference": "INQ-7F3K-22QW",
        "locale": "en",
        "received_at": NOW,
        "answer_by": NOW,
        "answers": {},
        "upload_secret": "u" * 26,
        "receipt_secret": "r" * 26,
        "tokens_expire_at": NOW,
        "base_url": "https://clinic.example",
    }
    return Inquiry(**(given | changes))


def a_file(n=0, requirement="blood", verdict: str | None = "clean", **changes):
    given = {
        "record": None,
        "version": "v",
        "size": 1000,
        "sha256": None,
        "name": "scan.pdf",
        "declared_type": "application/pdf",
        "declared_at": NOW,
        "arrived_at": NOW,
        "checked_at": NOW if verdict else None,
        "verdict": verdict,
        "records_version": "r" if verdict == "clean" else None,
    }
    return File(inquiry="a" * 26, n=n, requirement=requirement, **(given | changes))
