"""A setting that is missing, misspelt or of the wrong kind is named before anything reads it."""

import pytest

from infra.forms.check import check
from tests.unit.infra_forms.breaking import FORM, drop, edit, put, said

SETTINGS = f"forms/{FORM}/form.json"

# The place in form.json, what is done there, and what is said of it.
WRONG = {
    "misspelt": ("", put(honypot="x"), f"{SETTINGS}, honypot: there is no such setting."),
    "misspelt inside": (
        "service",
        put(answer_our=17),
        "service/answer_our: there is no such setting. Remove it, or take one of working_days, ",
    ),
    "misspelt in a record": ("requirements/1", put(max_size=9), "requirements/1/max_size: there"),
    "misspelt in a consent": ("consents/0", put(needed=True), "consents/0/needed: there is no"),
    "misspelt in a step": ("steps/0", put(show=[]), "steps/0/show: there is no such setting."),
    "missing": ("", drop("default_locale"), f"{SETTINGS}, default_locale: it is missing. Write"),
    "missing inside": ("service", drop("answer_hour"), "service/answer_hour: it is missing. Write"),
    "nothing shown": ("steps/1", drop("shows"), "steps/1/shows: it is missing. Write"),
    "no day": ("", put(version="soon"), "version: it is not a day, such as"),
    "no working day": (
        "service",
        put(working_days=[]),
        "service/working_days: it is not a list of mon, tue, wed, thu, fri, sat, sun",
    ),
    "a day of another language": ("service", put(working_days=["lun"]), "service/working_days: it"),
    "a day twice": ("service", put(working_days=["mon", "mon"]), "service/working_days: it is"),
    "an hour that no clock has": ("service", put(answer_hour=24), "service/answer_hour: it is not"),
    "an hour in words": (
        "service",
        put(answer_hour="17"),
        "service/answer_hour: it is not an hour from 0 to 23.",
    ),
    "no hour": ("service", put(answer_hour=True), "service/answer_hour: it is not an hour"),
    "days that nobody waits": (
        "service",
        put(answer_within_working_days=-1),
        "service/answer_within_working_days: it is not a number of days from 0 to 60.",
    ),
    "service of nothing": ("", put(service=2), "service: it is not an object with working_days,"),
    "a site without https": ("", put(next="clinic.example"), "next: it is not null or an address"),
    "an origin with a path": ("", put(origins=["https://a.example/x"]), "origins: it is not null"),
    "active in words": ("", put(active="yes"), "active: it is not true or false."),
    "one language": ("", put(locales="en"), "locales: it is not a list of languages, such as"),
    "a section that is none": ("", put(sections=[1]), "sections: it is not a list of names,"),
    "a step that is a name": ("steps", lambda all_: all_.append("golf"), "steps/7: it is not an"),
    "a file of no size": ("requirements/0", put(max_bytes=0), "requirements/0/max_bytes: it is"),
    "a file type by its ending": (
        "requirements/0",
        put(types=["pdf"]),
        "requirements/0/types: it is not a list of file types that are checked: application/",
    ),
    "a need that is none": ("consents/0", put(need="must"), "consents/0/need: it is not required"),
    "a purpose that is none": ("consents/0", put(purpose=None), "consents/0/purpose: it is not"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_no_setting_is_said(schemas, case):
    place, change, sentence = WRONG[case]
    edit(schemas / SETTINGS, place, change)

    assert said(schemas, sentence)


def test_all_of_it_is_said_at_once(schemas):
    edit(schemas / SETTINGS, "", put(service={}, honeypot=None, stepps=[]))

    assert len(check(schemas, [FORM])) == len(("working_days", "answer_hour", "days")) + 2


def test_a_default_language_that_is_not_offered_is_said(schemas):
    edit(schemas / SETTINGS, "", put(default_locale="de"))

    assert said(schemas, f"{SETTINGS}, default_locale: the form is not offered in “de”.")
