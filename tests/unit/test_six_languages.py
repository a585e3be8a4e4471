"""Every letter, and a case as staff read it, in each language of a form: no gap, one meaning."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from intake.forms import Forms
from intake.inquiry import (
    FILES_UNUSABLE,
    RECEIPT,
    TEAM_CHANGE,
    TEAM_ESCALATION,
    TEAM_FALLBACK,
    TEAM_FOLLOW_UP,
    TEAM_NEW,
    TEAM_REMINDER,
    TEAM_WITHDRAWN,
    Case,
    Letter,
)
from intake.letters.draft import Mail
from intake.letters.posting import Attempt
from intake.words import Words
from notify_team.letter import TeamLetters
from notify_team.readers import Readers
from open_case.view import Seen, view
from reply_to_sender.receipt import Receipts
from reply_to_sender.unusable import UnusableFiles
from tests.unit.a_case import CHIEF, FORM, NOW, a_file, an_inquiry
from tests.unit.test_letters import Reader

FORMS = Forms(Path(__file__).parents[2] / "schemas")
LOCALES = FORMS.get(FORM).locales
SIX = {"en", "th", "zh-Hans", "ja", "ar", "de"}
ZONE = "Asia/Bangkok"
ANSWERS = {
    "contact": {
        "email": "somchai@example.com",
        "preferred_language": "th",
        "interpreter_needed": True,
    }
}
CHANGES = (
    {"what": "note", "said": "one", "at": NOW.isoformat(), "by": "link"},
    {"what": "note", "said": "two", "at": NOW.isoformat(), "by": "link"},
)
# As often as makes a difference in one of the languages.
COUNTS = (1, 2, 3, 11, 100)
KINDS = (
    *(TEAM_NEW, TEAM_FOLLOW_UP, TEAM_FALLBACK, TEAM_REMINDER, TEAM_ESCALATION),
    *(TEAM_CHANGE, TEAM_WITHDRAWN),
)


class OfOneLanguage:
    """The forms, with another default: the team's letters are in it."""

    def __init__(self, locale):
        self.locale = locale

    def get(self, name):
        form = FORMS.get(name)
        return replace(form, meta={**form.meta, "default_locale": self.locale})


def refused(n):
    return a_file(n, verdict="refused", reason="pdf_locked")


def a_case(*files, locale="en", **changes):
    given = {"answers": ANSWERS, "confirmed_at": NOW, "tokens_expire_at": NOW + timedelta(60)}
    return Case(an_inquiry(locale=locale, **(given | changes)), files)


def an_attempt(case, kind, **changes):
    letter = Letter(case.inquiry.id, kind, due_at=NOW, owed_at=NOW, **changes)
    return Attempt(case, letter, repeat=True, now=NOW)


def drafted(composer, case, kind, **changes):
    mail = composer.compose(an_attempt(case, kind, **changes))
    assert isinstance(mail, Mail), mail
    return mail.draft


def assert_reads_well(draft, locale):
    """Both parts say the same, in *locale* and from its side, with every place filled in."""
    html = Reader(draft.html)
    assert squeezed(draft.text.replace(draft.link.url, "")) == squeezed("".join(html.words))
    assert html.links == [draft.link.url]
    direction = "rtl" if locale == "ar" else "ltr"
    assert f'<html lang="{locale}" dir="{direction}">' in draft.html
    assert "INQ-7F3K-22QW" in draft.subject
    # What stands beside a reference from right to left must not come between its parts.
    assert draft.html.count("INQ-7F3K-22QW") == (
        len(re.findall(r"<bdi[^>]*>INQ-7F3K-22QW</bdi>", draft.html))
        + draft.html.count("#INQ-7F3K-22QW")
        + 1  # the title
    )
    assert "{" not in draft.text
    assert not re.search("[?\uff1f\u061f]:", draft.text)


def squeezed(text):
    return re.sub(r"[\s*:]", "", text)


def test_there_are_six_languages_and_english_is_the_source():
    for name in FORMS.names():
        assert set(FORMS.get(name).locales) == SIX
        assert FORMS.get(name).locales[0] == "en"


@pytest.mark.parametrize("locale", LOCALES)
def test_a_receipt_is_whole_in_each_language(locale):
    receipts = Receipts(FORMS, "Clinic", ZONE, lambda *_: True)

    for name in FORMS.names():
        for count in COUNTS:
            coming = [a_file(n, verdict=None, arrived_at=None) for n in range(count)]
            case = a_case(*coming, a_file(count), locale=locale, form=name)
            assert_reads_well(drafted(receipts, case, RECEIPT), locale)


@pytest.mark.parametrize("locale", LOCALES)
def test_a_letter_of_refused_files_is_whole_in_each_language(locale):
    letters = UnusableFiles(FORMS, ZONE)

    leads = set()
    for count in COUNTS:
        case = a_case(*map(refused, range(count)), locale=locale)
        draft = drafted(letters, case, FILES_UNUSABLE)
        assert_reads_well(draft, locale)
        leads.add(draft.lead)

    assert len(leads) == len(COUNTS)


@pytest.mark.parametrize("locale", LOCALES)
def test_a_team_may_have_its_letters_in_each_language(locale):
    letters = TeamLetters(
        OfOneLanguage(locale),
        Readers({"default": ["team@clinic.example"]}, "ops@clinic.example"),
        ZONE,
        summary=True,
        environment="staging",
    )

    for kind in KINDS:
        changes = {"withdrawn_at": NOW} if kind == TEAM_WITHDRAWN else {}
        case = a_case(a_file(0), refused(1), changes=CHANGES, **changes)
        assert_reads_well(drafted(letters, case, kind), locale)


@pytest.mark.parametrize("locale", LOCALES)
def test_a_case_is_whole_in_each_language(locale):
    form = FORMS.get(FORM)
    words = Words(locale, form.catalogues[locale])
    case = a_case(a_file(0), refused(1), changes=CHANGES)

    shown = view(form, Seen(case, (), ()), CHIEF, words, NOW, ZoneInfo(ZONE))

    assert shown["form"]["title"] == form.catalogues[locale]["form"]["title"]
    assert "{" not in " ".join(texts(shown))


def texts(value):
    """Return all texts of a JSON value."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [text for each in value for text in texts(each)]
    return [value] if isinstance(value, str) else []
