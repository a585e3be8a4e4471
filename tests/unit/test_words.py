"""In which language, and in which words."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from intake.errors import Problem, TooManyFilesError
from intake.formats import Formats
from intake.words import MissingTextError, Words, choose_locale

BANGKOK = ZoneInfo("Asia/Bangkok")
CATALOGUE = {
    "form": {"title": "Small form", "need": ["One thing", "Another"]},
    "page": {"send": "Send", "minutes": "About {minutes} minutes"},
    "sections": {"travel": {"title": "Travel"}},
    "fields": {
        "patient.name": {"label": "Name", "errors": {"required": "Enter a name."}},
        "visits": {"label": "Visits so far", "entry": "Visit"},
        "visits.place": {"label": "Place", "help": "A town.", "options": {"here": "Here"}},
    },
    "errors": {
        "required": "Fill in “{label}”.",
        "max_length": "At most {limit}.",
        "other": "Please check.",
    },
    "messages": {
        "too_many_files": {"title": "Too many", "text": "At most {limit} files."},
        "unavailable": {"title": "Later", "text": "Try again later."},
    },
}
WORDS = Words("en", CATALOGUE)


def problem(field, key, **params):
    return Problem(field, key, "ANY", key, params)


@pytest.mark.parametrize(
    ("explicit", "accepted", "locale"),
    [
        ("th", "en", "th"),
        ("TH-th", None, "th"),
        (None, "th;q=0.2, en;q=0.9", "en"),
        (None, "fr-CH, fr;q=0.9, th;q=0.5, *;q=0.1", "th"),
        (None, "zh", "zh-Hans"),
        (None, "zh-hans", "zh-Hans"),
        (None, "th;q=0", "en"),
        (None, "th;q=nan, th;q=1_0, th;q=-1", "en"),
        ("xx", "th", "th"),
        ("../../etc/passwd", "\x00;;,,q=", "en"),
        ("", "", "en"),
        (None, None, "en"),
        (None, ", ".join(["xx"] * 5000), "en"),
    ],
)
def test_readers_get_the_locale_that_fits_them_best(make_form, explicit, accepted, locale):
    form = make_form(locales=["zh-Hans", "th", "en"])

    assert choose_locale(form, explicit, accepted) == locale


def test_texts_are_found_by_key():
    assert WORDS.text("page.send") == "Send"
    assert WORDS.text("page.minutes", minutes="5") == "About 5 minutes"
    assert WORDS.texts("form.need") == ("One thing", "Another")
    assert WORDS.maybe("page.nothing") is None


def test_indexes_do_not_matter_for_words():
    assert WORDS.label("visits.3.place") == "Place"
    assert WORDS.help("visits.0.place") == "A town."
    assert WORDS.option("visits.12.place", "here") == "Here"


def test_one_entry_of_a_list_has_its_own_name():
    assert WORDS.entry("visits") == "Visit"
    assert WORDS.entry("patient.name") == "Name"


@pytest.mark.parametrize(
    "ask",
    [
        lambda: WORDS.text("page.nothing"),
        lambda: WORDS.text("form.need"),
        lambda: WORDS.texts("page.send"),
        lambda: WORDS.label("patient.nothing"),
        lambda: WORDS.option("visits.place", "there"),
    ],
)
def test_a_gap_raises_rather_than_shows_a_key(ask):
    with pytest.raises(MissingTextError):
        ask()


@pytest.mark.parametrize(
    ("field", "key", "message"),
    [
        ("patient.name", "required", "Enter a name."),
        ("visits.0.place", "required", "Fill in “Place”."),
        ("visits.0.secret", "required", "Fill in “Visits so far”."),
        ("travel.secret", "required", "Fill in “Travel”."),
        ("secret", "required", "Fill in “Small form”."),
        ("", "required", "Fill in “Small form”."),
        ("patient.name", "never_heard_of", "Please check."),
        ("", "unavailable", "Try again later."),
    ],
)
def test_a_problem_is_said_in_the_field_s_words_and_never_names_what_we_do_not_know(
    field, key, message
):
    assert WORDS.problem(problem(field, key)) == message


def test_a_problem_tells_the_limit():
    assert WORDS.problem(problem("patient.name", "max_length", limit=120)) == "At most 120."


def test_braces_in_a_label_are_no_places():
    words = Words("en", {**CATALOGUE, "fields": {"x": {"label": "{0} {limit}"}}})

    assert words.problem(problem("x", "required")) == "Fill in “{0} {limit}”."


def test_a_refusal_has_a_title_and_a_text():
    assert WORDS.refusal(TooManyFilesError(limit=20)) == ("Too many", "At most 20 files.")


@pytest.mark.parametrize(
    ("locale", "moment", "day", "size"),
    [
        ("en", "Tue 24 Nov 17:00", "24 Nov 2026", "4.2 MB"),
        ("th", "อ. 24 พ.ย. 17:00", "24 พ.ย. 2026", "4.2 MB"),
        ("de", "Di., 24. Nov. 17:00", "24. Nov. 2026", "4,2 MB"),
    ],
)
def test_dates_and_sizes_are_written_as_the_locale_does(locale, moment, day, size):
    formats = Formats(locale)

    assert formats.moment(datetime(2026, 11, 24, 10, tzinfo=UTC), BANGKOK) == moment
    assert formats.day("2026-11-24") == day
    assert formats.size(4_200_000) == size


def test_a_partial_date_is_written_as_far_as_it_goes():
    assert Formats("en").day("2026") == "2026"
    assert Formats("en").day("2026-11") == "Nov 2026"


@pytest.mark.parametrize(
    ("locale", "size", "text"),
    [
        ("en", 0, "0 bytes"),
        ("en", 1, "1 byte"),
        ("en", 999, "999 bytes"),
        ("en", 40_000, "40 kB"),
        ("en", 999_499, "999 kB"),
        ("en", 999_500, "1 MB"),
        ("en", 9_960_000, "10 MB"),
        ("en", 12_345_678, "12 MB"),
        ("en", 999_999_999, "1 GB"),
        ("th", 999, "999 ไบต์"),
        ("th", 40_000, "40 kB"),
    ],
)
def test_sizes_are_rounded_for_people(locale, size, text):
    assert Formats(locale).size(size) == text


def test_places_and_languages_have_names():
    formats = Formats("en")

    assert formats.territory("TH") == "Thailand"
    assert formats.language("zh-Hans") == "Chinese (Simplified)"
    assert formats.language("<b>") == "<b>"
    assert formats.zone_name(BANGKOK) == "Bangkok"
    assert Formats("th").own_name == "ไทย"


@pytest.mark.parametrize(("locale", "direction"), [("en", "ltr"), ("th", "ltr"), ("ar", "rtl")])
def test_a_locale_knows_where_its_lines_begin(locale, direction):
    assert Formats(locale).direction == direction


def test_lists_are_sorted_as_readers_look_for_them():
    named = [("1", "Zypern"), ("2", "Österreich"), ("3", "Oman"), ("4", "ägypten")]
    thai = [("1", "เบลเยียม"), ("2", "กานา"), ("3", "ไทย")]

    assert [value for value, _ in Formats("de").in_order(named)] == ["4", "3", "2", "1"]
    assert [value for value, _ in Formats("th").in_order(thai)] == ["2", "3", "1"]


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 files for INQ"), (1, "One file for INQ"), (2, "2 files for INQ")]
)
def test_one_thing_has_words_of_its_own_where_the_language_has_them(count, text):
    catalogue = {"n": "{count} files for {who}", "n_one": "One file for {who}", "m": "{count} kb"}

    assert Words("en", catalogue).counted("n", count, who="INQ") == text
    assert Words("en", catalogue).counted("m", count) == f"{count} kb"
