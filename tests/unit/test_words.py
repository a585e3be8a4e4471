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
        "other": "Please check “{label}”.",
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


@pytest.mark.parametrize(
    ("accepted", "locale"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-Hans"),
        ("zh-SG,en", "zh-Hans"),
        ("zh-Hans-HK,en", "zh-Hans"),
        ("zh-TW", "zh-Hans"),
        ("zh-Hant,fr", "zh-Hans"),
        # Rather another language that they named than a script that they did not.
        ("zh-TW,en;q=0.1", "en"),
        ("zh-Hant-HK,en;q=0.1", "en"),
        ("zh-TW,zh;q=0.9,en;q=0.8", "zh-Hans"),
    ],
)
def test_who_reads_traditional_chinese_gets_the_simplified_one_last(make_form, accepted, locale):
    form = make_form(locales=["en", "zh-Hans"])

    assert choose_locale(form, None, accepted) == locale


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
        ("patient.name", "never_heard_of", "Please check “Name”."),
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
        ("ja", "11月24日(火) 17:00", "2026年11月24日", "4.2 MB"),
        ("zh-Hans", "11月24日周二 17:00", "2026年11月24日", "4.2 MB"),
        ("ar", "الثلاثاء، 24 نوفمبر 17:00", "24 نوفمبر 2026", "4.2 م.ب"),
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
        ("de", 1_000_000, "1 MB"),
        ("de", 1_500, "1,5 kB"),
        ("ar", 1_000_000, "1 م.ب"),
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


@pytest.mark.parametrize(
    ("locale", "own_name", "bangkok", "thailand"),
    [
        ("en", "English", "Bangkok", "Thailand"),
        ("th", "ไทย", "กรุงเทพ", "ไทย"),
        ("zh-Hans", "简体中文", "曼谷", "泰国"),
        ("ja", "日本語", "バンコク", "タイ"),
        ("ar", "العربية", "بانكوك", "تايلاند"),
        ("de", "Deutsch", "Bangkok", "Thailand"),
    ],
)
def test_each_locale_names_itself_and_places(locale, own_name, bangkok, thailand):
    formats = Formats(locale)

    assert formats.own_name == own_name
    assert formats.zone_name(BANGKOK) == bangkok
    assert formats.territory("TH") == thailand


@pytest.mark.parametrize(
    ("locale", "number"),
    [("en", "1,234.5"), ("de", "1.234,5"), ("ar", "1,234.5"), ("ar-EG", "1,234.5")],
)
def test_numbers_are_written_as_the_locale_does_with_digits_that_all_can_read(locale, number):
    assert Formats(locale).number(1234.5) == number
    assert Formats(locale).number(999) == "999"


def test_numbers_in_a_text_are_written_as_the_locale_does_and_texts_stay():
    words = Words("de", {**CATALOGUE, "n": "{count} {reference}"})

    assert words.text("n", count=2000, reference="1234") == "2.000 1234"
    assert words.problem(problem("", "max_length", limit=2000)) == "At most 2.000."


@pytest.mark.parametrize(("locale", "direction"), [("en", "ltr"), ("th", "ltr"), ("ar", "rtl")])
def test_a_locale_knows_where_its_lines_begin(locale, direction):
    assert Formats(locale).direction == direction


def test_lists_are_sorted_as_readers_look_for_them():
    named = [("1", "Zypern"), ("2", "Österreich"), ("3", "Oman"), ("4", "ägypten")]
    thai = [("1", "เบลเยียม"), ("2", "กานา"), ("3", "ไทย")]

    assert [value for value, _ in Formats("de").in_order(named)] == ["4", "3", "2", "1"]
    chinese = [("1", "中国"), ("2", "泰国"), ("3", "阿曼"), ("4", "德国")]
    arabic = [("1", "تايلاند"), ("2", "ألمانيا"), ("3", "اليابان"), ("4", "بلجيكا")]
    japanese = [("1", "ドイツ"), ("2", "タイ"), ("3", "ダカール"), ("4", "中国"), ("5", "アメリカ")]

    assert [value for value, _ in Formats("th").in_order(thai)] == ["2", "3", "1"]
    assert [value for value, _ in Formats("zh-Hans").in_order(chinese)] == ["3", "4", "2", "1"]
    assert [value for value, _ in Formats("ar").in_order(arabic)] == ["2", "3", "4", "1"]
    assert [value for value, _ in Formats("ja").in_order(japanese)] == ["5", "2", "3", "1", "4"]


@pytest.mark.parametrize(
    ("locale", "counts"),
    [
        ("en", {"one": [1], "other": [0, 2, 11, 100]}),
        ("de", {"one": [1], "other": [0, 2, 21]}),
        ("th", {"other": [0, 1, 2]}),
        ("ja", {"other": [0, 1, 2]}),
        ("zh-Hans", {"other": [0, 1, 2]}),
        (
            "ar",
            {
                "zero": [0],
                "one": [1],
                "two": [2],
                "few": [3, 10, 103],
                "many": [11, 99, 180],
                "other": [100, 101, 102],
            },
        ),
    ],
)
def test_so_many_things_have_the_words_that_the_language_has_for_so_many(locale, counts):
    kinds = ("zero", "one", "two", "few", "many")
    catalogue = {"n": "other of {who}", **{f"n_{kind}": f"{kind} of {{who}}" for kind in kinds}}

    for kind, numbers in counts.items():
        for count in numbers:
            assert Words(locale, catalogue).counted("n", count, who="INQ") == f"{kind} of INQ"


def test_what_has_no_words_for_so_many_is_said_in_the_general_ones():
    assert Words("en", {"m": "{count} kb"}).counted("m", 1) == "1 kb"
