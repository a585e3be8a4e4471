"""The form as people see it, and as a browser posts it."""

from __future__ import annotations

import base64
import copy
import gzip
import hashlib
import json
import re
import subprocess
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from intake import contract
from intake.errors import Problem
from intake.forms import Forms
from intake.pages import assets, page
from intake.reading.answers import decode, split_control_fields
from intake.words import MissingTextError, Words
from tests.plain_browser import Page

SCHEMAS = Path(__file__).parents[2] / "schemas"
FORMS = Forms(SCHEMAS)
RA = FORMS.get("rheumatoid-arthritis")
GENERAL = FORMS.get("general-inquiry")
LOCALES = [(name, locale) for name in FORMS.names() for locale in FORMS.get(name).locales]
VALID = sorted(SCHEMAS.glob("forms/*/examples/valid/*.json"))
# One of each name: forms share what is wrong as they share the questions.
_INVALID = sorted(SCHEMAS.glob("forms/*/examples/invalid/*.json"))
INVALID = list({each.stem: each for each in _INVALID}.values())
HOSTILE = (
    """"'><script>alert(1)</script><img src=x onerror=y>&lt;{{7*7}}{% x %}</textarea></select>"""
)
BENIGN = "x"

# Of each form the valid example with the most in it.
RICHEST = [
    max(VALID, key=lambda path, of=name: (path.parts[-4] == of, path.stat().st_size))
    for name in FORMS.names()
]
every_locale = pytest.mark.parametrize(("name", "locale"), LOCALES)


def example_id(path):
    return f"{path.parts[-4]}-{path.stem}"


def html(form=RA, locale="en", **given):
    words = Words(locale, form.catalogues[locale])
    told = {"clinic_name": "A & B Clinic", "action": f"/f/{form.name}", "idempotency_key": "key"}
    return page.render_form(form, words, **(told | given))


def shown(form=RA, locale="en", **given):
    return Page(html(form, locale, **given))


@cache
def drawn(name, locale):
    """Draw each form once per language: six of each are what takes time here."""
    return html(FORMS.get(name), locale)


@cache
def opened_in(name, locale):
    return Page(drawn(name, locale))


def answers(path):
    return json.loads(path.read_text("utf-8"))["answers"]


def sent(opened, form=RA):
    """Send *opened* as a browser would; return the answers."""
    _, fields, ignored = split_control_fields(opened.fields(), form.meta["honeypot"])
    assert ignored == []
    return decode(form, fields).answers


def problem(field, key="required"):
    return Problem(field, "required", "ANY", key)


@every_locale
def test_everything_that_is_named_is_there_once(name, locale):
    opened = opened_in(name, locale)

    assert len(opened.ids) == len(set(opened.ids))
    for each in opened.elements:
        for id_ in (
            each["for"],
            *each["aria-describedby"].split(),
            *each["aria-labelledby"].split(),
        ):
            assert not id_ or id_ in opened.ids, id_
        if each.tag == "a" and each["href"].startswith("#"):
            assert each["href"][1:] in opened.ids


@every_locale
def test_every_control_has_a_label(name, locale):
    opened = opened_in(name, locale)
    labelled = {label["for"] for label in opened.all("label") if label.text.strip()}

    for each in opened.elements:
        if each.tag in {"input", "select", "textarea"} and each["type"] != "hidden":
            assert each["id"] in labelled, each


@every_locale
def test_a_page_runs_and_loads_one_script_of_ours_and_leaves_checking_to_us(name, locale):
    opened = opened_in(name, locale)

    words, script = opened.all("script")
    assert words["type"] == "application/json"
    assert (script["type"], script["src"]) == ("module", assets.script_path())
    assert script.text == ""
    assert not any(each.has("style") or each.has("required") for each in opened.elements)
    assert not any(name.startswith("on") for each in opened.elements for name in each.attributes)
    assert {each["href"] for each in opened.all("link")} == {"data:,"}
    assert opened.one("form").has("novalidate")


def test_the_style_sheet_is_small_and_allowed_by_its_hash():
    style = shown().one("style").text

    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in assets.policy()
    assert len(gzip.compress(style.encode())) <= 6_000
    assert not re.search(r"(margin|padding|border|inset)-(left|right)|@import|url\(", style)


@every_locale
def test_a_page_is_light_enough_for_a_slow_network(name, locale):
    assert len(gzip.compress(drawn(name, locale).encode())) < 25_000


def test_the_policy_names_the_site_that_a_form_sends_people_on_to():
    form = replace(RA, meta={**RA.meta, "next": "https://clinic.example/thanks?x=1"})

    assert "form-action 'self' https://clinic.example;" in assets.policy(form)
    assert "form-action 'self' https://s3.example https://clinic.example;" in assets.policy(
        form, "https://s3.example"
    )
    assert "form-action 'self';" in assets.policy(RA)


def test_the_policy_lets_nothing_run_or_be_reached_but_ours_and_the_uploads():
    told = dict(
        part.split(maxsplit=1) for part in assets.policy(RA, "https://s3.example").split("; ")
    )

    assert told.pop("style-src").startswith("'sha256-")
    assert told == {
        "default-src": "'none'",
        "script-src": "'self'",
        "img-src": "data:",
        "connect-src": "'self' https://s3.example",
        "form-action": "'self' https://s3.example",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    assert "connect-src 'self';" in assets.policy()


def test_before_the_first_field_a_reader_learns_what_and_who_and_when():
    text = html()
    first_field = text.index("<form")

    for key in ("need", "who_reads", "what_next", "not_this", "not_emergency", "not_advice"):
        assert text.index(RA.catalogues["en"]["page"][key]) < first_field


def test_the_language_and_its_direction_are_told_and_the_others_offered():
    opened = shown(locale="th")

    assert (opened.one("html")["lang"], opened.one("html")["dir"]) == ("th", "ltr")
    assert opened.one("a", hreflang="en").text == "English"
    assert opened.one("input", name="form_locale")["value"] == "th"


def test_a_text_to_consent_to_without_translation_is_shown_in_its_own_language():
    opened = shown(locale="th")
    notice = RA.notice("health_data_review", "th")
    assert notice.locale == "en"

    text = opened.by_id("consents.0-text")
    assert text["lang"] == "en"
    assert notice.title in text.text
    assert RA.catalogues["th"]["page"]["consent_only_in"] in html(locale="th")


def test_nothing_is_agreed_to_beforehand_and_no_tick_means_no():
    consents = sent(shown())["consents"]

    assert [each["purpose"] for each in consents] == [
        each["purpose"] for each in RA.meta["consents"]
    ]
    assert {each["decision"] for each in consents} == {"refused"}
    assert all(each["notice_sha256"] in RA.notices_by_hash for each in consents)


def test_a_tick_is_for_the_words_it_stood_under():
    consent = {"purpose": "research", "decision": "granted", "notice_sha256": "0" * 64}
    current = {**consent, "notice_sha256": RA.notice("research", "en").sha256}

    old, new = (shown(values={"consents": [each]}) for each in (consent, current))

    assert not old.by_id("consents.0.decision").has("checked")
    assert new.by_id("consents.0.decision").has("checked")


def test_the_trap_for_robots_is_out_of_people_s_way():
    trap = shown().one("input", name="homepage_link")

    assert (trap["tabindex"], trap["autocomplete"], trap["value"]) == ("-1", "off", "")
    assert 'class="trap" aria-hidden="true"' in html()


def test_enter_in_a_text_field_sends_nothing():
    first = next(each for each in shown().all("button") if each["type"] != "button")

    assert first.has("disabled")
    assert first.has("hidden")


def test_up_to_seven_choices_are_radios_and_more_a_select():
    opened = shown()

    assert len(opened.all("input", name="clinical.comorbidities.cancer", type="radio")) == 4
    assert opened.one("select", name="patient.country_of_residence").options[0]["value"] == ""
    assert len(opened.one("select", name="clinical.primary_condition.category").options) > 8


def test_an_optional_choice_can_be_taken_back():
    values = [each["value"] for each in shown().all("input", name="travel.can_stay_two_weeks")]

    assert values == ["true", "false", ""]


def test_without_a_script_a_question_says_that_it_hangs_on_another_answer():
    opened = shown(FORMS.get("neurological"))

    told = {
        each.text for each in opened.elements if each.tag == "legend" and "applies" in each.text
    }
    assert "What caused the stroke? (if it applies)" in told
    assert not any(text.startswith("Who made the diagnosis?") for text in told)
    # Whoever has the script is only asked it where it applies.
    assert {each.text for each in opened.all("noscript")} == {" (if it applies)"}


def test_what_the_page_does_not_ask_is_not_on_it():
    assert "codings" not in html()
    assert "time_zone" not in html()


def test_a_card_says_what_is_needed_and_how_recent():
    card = shown().by_id("records.2")

    words = Words("en", RA.catalogues["en"])
    xray = words.option("records.modality", "XR")
    assert words.text("requirements.radiology.name") in card.text
    assert words.text("page.recent", days=180) in card.text
    assert words.text("page.recent_kind", kind=xray, days=365) in card.text


def test_files_go_to_their_record():
    opened = shown()
    blood = opened.one("input", type="file", name="records.0.file")
    images = opened.one("input", type="file", name="records.2.file")

    assert blood.has("multiple")
    assert "application/pdf" in blood["accept"]
    # Files on a disc of images have no ending, so the browser would hide them.
    assert not images.has("accept")


@pytest.mark.parametrize("path", VALID, ids=example_id)
def test_a_page_shows_all_that_was_typed_and_posts_it_again(path):
    form = FORMS.get(path.parts[-4])
    example = answers(path)

    again = sent(shown(form, values=example), form)

    again["form_locale"] = example["form_locale"]
    assert without_page_facts(again) == without_page_facts(example)


def without_page_facts(example):
    """Leave out how a page says what it says: no tick for false, one kind of line end."""
    text = json.dumps(example).replace(r"\r\n", r"\n")
    kept = json.loads(text)
    kept["consents"] = sorted(
        each["purpose"] for each in kept["consents"] if each["decision"] == "granted"
    )
    for record in kept.get("records", ()):
        for name in ("is_images", "is_report"):
            if record.get(name) is False:
                del record[name]
    for name in ("records", "missing_records"):
        if not kept.get(name):
            kept.pop(name, None)
    return kept


@pytest.mark.parametrize("path", INVALID, ids=example_id)
def test_every_problem_is_in_the_summary_and_leads_to_its_field(path):
    form = FORMS.get(path.parts[-4])
    values = answers(path)
    problems = contract.find_problems(form, values)

    opened = shown(form, values=values, problems=problems)

    links = [each for each in opened.all("a") if each["href"].startswith("#")]
    links = [each for each in links if each["href"] != "#form" or not each["class"]]
    assert len(links) == len(problems)
    assert all(link["href"][1:] in opened.ids for link in links)
    if problems:
        assert opened.one("title").text.startswith("Error: ")


def test_a_message_stands_beside_its_field_in_the_words_of_the_summary():
    opened = shown(
        values={"contact": {"email": "nope"}}, problems=[problem("contact.email", "email")]
    )
    field = opened.by_id("contact.email")

    message = opened.by_id("contact.email-error").text.strip()
    assert message == "For “Email address”, enter an address like name@example.com."
    assert opened.one("a", href="#contact.email").text == message
    assert field["aria-describedby"].split() == ["contact.email-help", "contact.email-error"]
    assert (field["aria-invalid"], field["value"]) == ("true", "nope")


def test_the_summary_says_which_of_several_cards_a_line_is_about():
    treatments = [{"class": "nsaid", "status": "current"}] * 2
    values = {"clinical": {"prior_treatments": treatments}}
    wrong = [f"clinical.prior_treatments.{n}.response" for n in range(2)]
    wrong += ["records.0.document_date", "contact.email"]

    opened = shown(values=values, problems=[problem(field) for field in wrong])

    assert [
        opened.one("a", href=f"#{target}").text
        for target in (*wrong[:2], "records.0.document_date.day", "contact.email")
    ] == [
        "Treatment 1: Fill in “Did it help?”.",
        "Treatment 2: Fill in “Did it help?”.",
        "Blood test: Fill in “Date on the record”.",
        "Enter an email address, so that we can answer you.",
    ]


@every_locale
def test_no_two_lines_of_the_summary_are_the_same(name, locale):
    form = FORMS.get(name)
    values = empty_twice(
        answers(max(VALID, key=lambda path: (path.parts[-4] == name, path.stat().st_size)))
    )
    opened = shown(form, locale, values=values, problems=contract.find_problems(form, values))

    lines = [each.text for each in opened.all("a") if each["href"].startswith("#")]
    assert len(lines) == len(set(lines))


def empty_twice(value):
    """Return answers in which all is empty, and of each list there are two."""
    if isinstance(value, dict):
        return {name: empty_twice(inner) for name, inner in value.items()}
    return [empty_twice(value[0])] * 2 if isinstance(value, list) and value else "?"


def test_the_summary_is_where_the_reader_is_taken():
    summary = shown(values={}, problems=[problem("contact.email")]).one("div", role="alert")

    assert summary.has("autofocus")
    assert summary["tabindex"] == "-1"


def test_the_summary_is_in_the_order_of_the_page_and_names_each_question():
    fields = ["clinical.comorbidities.hiv", "clinical.comorbidities.cancer"]
    opened = shown(values={}, problems=[problem(field) for field in fields])

    texts = [each.text for each in opened.all("a") if each["href"].startswith("#clinical")]
    fine = "“I don't know” is fine."
    assert texts == [f"Choose an answer for “{each}”. {fine}" for each in ("Cancer", "HIV")]


@pytest.mark.parametrize(
    ("locale", "order"),
    [
        *((each, ["day", "month", "year"]) for each in ("en", "th", "ar", "de")),
        *((each, ["year", "month", "day"]) for each in ("ja", "zh-Hans")),
    ],
)
def test_the_boxes_of_a_date_stand_as_the_language_says_it(locale, order):
    wrong = [problem("patient.date_of_birth", "date")]
    opened = shown(locale=locale, values={}, problems=wrong)

    boxes = [each for each in opened.all("input") if each["id"].startswith("patient.date_of_b")]
    assert [each["name"].rpartition(".")[2] for each in boxes] == order
    assert opened.all("a", href=f"#{boxes[0]['id']}")


def test_a_date_keeps_its_three_boxes_even_if_it_is_none():
    opened = shown(
        values={"patient": {"date_of_birth": "71-02-x/y"}},
        problems=[problem("patient.date_of_birth", "date")],
    )

    boxes = [
        opened.by_id(f"patient.date_of_birth.{box}")["value"] for box in ("day", "month", "year")
    ]
    assert boxes == ["x/y", "02", "71"]
    assert opened.all("a", href="#patient.date_of_birth.day")


def test_a_missing_record_leads_to_its_card():
    wanted = Problem("missing_records", "contains", "ANY", "urine_needed")
    opened = shown(values={"missing_records": []}, problems=[wanted])

    assert opened.one("a", href="#records.1").text in opened.by_id("records.1").text


def test_records_keep_their_place_so_that_problems_find_them():
    values = {
        "records": [
            {"requirement": "bone_density"},
            {"requirement": "urine", "document_date": "2026-02-31"},
        ],
        "missing_records": [{"slot": "blood", "reason": "never_done"}],
    }
    opened = shown(values=values, problems=[problem("records.1.document_date", "partial_date")])

    assert opened.one("input", name="records.1.requirement")["value"] == "urine"
    assert opened.by_id("records.1.document_date.day")["value"] == "31"
    assert "For “Date on the record”, enter a year" in opened.by_id("records.1").text
    chosen = opened.one("select", name="records.0.requirement")
    assert [each["value"] for each in chosen.options if each.has("selected")] == ["bone_density"]
    assert opened.one("input", name="records.2.requirement")["value"] == "blood"


def test_chosen_files_are_asked_for_again():
    opened = shown(values={"records": [{"requirement": "blood"}]})

    assert "records.0.file-again" in opened.ids
    assert "records.1.file-again" not in opened.ids


def test_what_our_page_does_not_ask_is_taken_along_unless_it_is_wrong():
    values = {"contact": {"time_zone": "Asia/Bangkok"}, "unheard_of": "x"}

    right, wrong = (
        shown(values=values, problems=problems)
        for problems in ([], [problem("contact.time_zone", "time_zone")])
    )

    assert right.one("input", name="contact.time_zone")["type"] == "hidden"
    assert not wrong.all("input", name="contact.time_zone")
    assert not right.all("input", name="unheard_of")


def test_the_key_stays_and_links_that_would_lose_what_was_typed_are_for_the_script():
    opened = shown(values={})

    assert opened.one("input", name="_id")["value"] == "key"
    assert opened.one("nav")["class"] == "live"


@pytest.mark.parametrize(
    ("more", "groups"),
    [
        ("", ["nsaid", "surgery"]),
        ("clinical.prior_treatments", ["nsaid", "surgery", ""]),
        ("-clinical.prior_treatments.0", ["surgery"]),
        ("-clinical.prior_treatments.7", ["nsaid", "surgery"]),
        ("-clinical.prior_treatments.x", ["nsaid", "surgery"]),
        ("-", ["nsaid", "surgery"]),
        ("patient", ["nsaid", "surgery"]),
    ],
)
def test_a_button_adds_or_removes_one_group(more, groups):
    values = {"clinical": {"prior_treatments": [{"class": "nsaid"}, {"class": "surgery"}]}}
    before = copy.deepcopy(values)

    opened = shown(values=values, more=more)

    chosen = [
        next((option["value"] for option in each.options if option.has("selected")), "")
        for each in opened.all("select")
        if each["name"].endswith(".class")
    ]
    assert chosen == groups
    assert values == before
    assert not opened.all("div", role="alert")


def test_the_answer_to_such_a_button_opens_at_the_changed_place():
    values = {"clinical": {"prior_treatments": [{"class": "nsaid"}]}}
    opened = shown(values=values)

    for button in opened.all("button", name="_more"):
        assert button.has("formnovalidate")
        assert button["formaction"].partition("#")[0] == f"/f/{RA.name}"
        # "Other records" has no last one yet.
        assert button["formaction"].partition("#")[2] in {*opened.ids, "records-last"}


def test_no_list_grows_beyond_what_the_schema_takes():
    values = {"clinical": {"prior_treatments": [{"class": "nsaid"}] * 30}}

    opened = shown(values=values, more="clinical.prior_treatments")

    assert not opened.all("button", name="_more", value="clinical.prior_treatments")


@pytest.mark.parametrize("path", RICHEST, ids=example_id)
def test_hostile_text_adds_no_element_and_no_attribute(path):
    form = FORMS.get(path.parts[-4])
    example = answers(path)

    hostile, benign = (
        shown(form, values=planted(example, text), idempotency_key=text, clinic_name=text)
        for text in (HOSTILE, BENIGN)
    )

    assert hostile.kinds == benign.kinds


def planted(value, text, name=""):
    """Put *text* into everything that a person can type freely."""
    if isinstance(value, dict):
        return {inner: planted(each, text, inner) for inner, each in value.items()}
    if isinstance(value, list):
        return [planted(each, text, name) for each in value]
    chosen = name in {"requirement", "slot", "purpose", "decision", "notice_sha256"}
    return value if chosen or not isinstance(value, str) else text


def test_hostile_text_is_shown_as_it_was_typed():
    opened = shown(GENERAL, values={"message": HOSTILE})

    assert opened.by_id("message").text == f"\n{HOSTILE}"


def test_a_gap_in_the_catalogue_raises():
    catalogue = copy.deepcopy(RA.catalogues["en"])
    del catalogue["fields"]["patient.full_name"]["label"]

    with pytest.raises(MissingTextError, match=r"patient\.full_name"):
        page.render_form(
            RA, Words("en", catalogue), clinic_name="C", action="/", idempotency_key="k"
        )


def test_a_message_page_says_one_thing_and_leads_back():
    words = Words("en", RA.catalogues["en"])
    told = {"clinic_name": "C", "title": "<b>", "text": "&"}

    with_way_back = Page(page.render_message(words, **told, back="/f/x"))
    without = Page(page.render_message(words, **told))

    assert with_way_back.one("h1").text == "<b>"
    assert with_way_back.one("a")["href"] == "/f/x"
    assert not without.all("a")


@pytest.mark.parametrize("heavy", ["babel", "jinja2", "jsonschema", "boto3"])
def test_whoever_only_may_need_a_page_does_not_pay_for_it(heavy):
    loaded = f"import intake.pages.page, sys; print({heavy!r} in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", loaded],
        env={"PYTHONPATH": str(SCHEMAS.parent / "functions")},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.strip() == "False"
