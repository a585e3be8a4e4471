"""Whether a file is the patient's: by birth date first, then by any name that can be compared."""

from __future__ import annotations

import pytest

from check_upload.identity import compare
from check_upload.inspection.result import Person

BORN = "1961-04-09"


def form(name="Somchai Jaidee", latin=None, born=BORN, **more):
    patient = {"full_name": name, "name_latin": latin, "date_of_birth": born}
    return {"patient": {key: value for key, value in patient.items() if value}} | more


@pytest.mark.parametrize(
    ("stated", "named"),
    [
        ("Somchai Jaidee", "JAIDEE^SOMCHAI"),
        ("Ada Lovelace", "Byron^Ada^^Lady"),
        ("Jürgen Müller", "MUELLER^JUERGEN"),
        ("Jurgen Muller", "Müller^Jürgen"),
        ("Łukasz Wąsik", "WASIK^LUKASZ"),
        ("Søren Ågård", "Soeren Aagaard"),
        ("Nguyễn Thị Hương", "NGUYEN^THI HUONG"),
        ("山田太郎", "Yamada^Tarou=山田^太郎=やまだ^たろう"),
        ("やまだ たろう", "Yamada^Tarou=山田^太郎=やまだ^たろう"),
        ("王小明", "Wang^XiaoMing=王^小明"),
        ("홍길동", "Hong^Gildong=洪^吉洞=홍^길동"),
        ("สมหญิง ใจดี", "นางสาวสมหญิง^ใจดี"),
        ("Иван Петров", "ПЕТРОВ^ИВАН"),
        ("\uff21\uff24\uff21 Lovelace", "Lovelace"),
        ("Mary O'Brien", "OBRIEN"),
        ("Mary O\N{RIGHT SINGLE QUOTATION MARK}Brien", "OBRIEN^M"),
        ("OBrien Mary", "O'BRIEN"),
        ("Smith-Jones", "SMITHJONES^ANN"),
        ("Smith-Jones", "JONES^ANN"),
        ("Ann Smith\N{NON-BREAKING HYPHEN}Jones", "SMITHJONES"),
    ],
)
def test_a_name_in_another_spelling_is_the_same_persons(stated, named):
    assert compare([Person(named)], form(stated, born=None)) == "match"
    assert compare([Person(named, BORN)], form(stated)) == "match"


@pytest.mark.parametrize(
    ("stated", "named"),
    [
        ("Ada Lovelace", "Hopper^Grace"),
        ("Mr Ada Lovelace", "Hopper^Grace^^Mr"),
        ("A Lovelace", "A^Hopper"),
        ("สมหญิง ใจดี", "นางสาวมาลี^รักไทย"),
        ("王小明", "Li^Hua=李^华"),
        ("Lo Ann", "Lovelace^Anne"),
    ],
)
def test_names_that_share_no_word_differ(stated, named):
    assert compare([Person(named)], form(stated, born=None)) == "differs"
    assert compare([Person(named, BORN)], form(stated)) == "differs"


def test_the_birth_date_decides_over_a_shared_name():
    assert compare([Person("Jaidee^Somchai", "1989-01-02")], form()) == "differs"


@pytest.mark.parametrize("named", ["", "สมชาย^ใจดี", "ANONYMOUS^PATIENT", "S"])
def test_an_equal_birth_date_is_enough_where_names_say_nothing(named):
    assert compare([Person(named, BORN)], form()) == "match"
    assert compare([Person(named)], form()) == "absent"


@pytest.mark.parametrize("unknown", ["1900-01-01", None])
def test_a_birth_date_that_a_machine_made_up_is_none(unknown):
    assert compare([Person("Jaidee^Somchai", unknown)], form()) == "match"
    assert compare([Person("", unknown)], form()) == "absent"


def test_a_name_in_a_script_the_form_does_not_use_is_compared_with_the_latin_one():
    stated = form("สมชาย ใจดี", "Somchai Jaidee", born=None)

    assert compare([Person("Jaidee^Somchai")], stated) == "match"
    assert compare([Person("Hopper^Grace")], stated) == "differs"
    assert compare([Person("Jaidee^Somchai")], form("สมชาย ใจดี", born=None)) == "absent"


def test_of_several_people_one_has_to_be_the_patient():
    other, own = Person("Hopper^Grace", "1906-12-09"), Person("Jaidee^Somchai", BORN)

    assert compare([other, own], form()) == "match"
    assert compare([other, Person()], form()) == "differs"
    assert compare([Person(), Person()], form()) == "absent"
    assert compare([], form()) == "absent"


def test_whoever_fills_in_the_form_for_the_patient_is_nobody_here():
    sender = {"role": "representative", "representative": {"full_name": "Grace Hopper"}}

    assert compare([Person("Hopper^Grace")], form(born=None, submitter=sender)) == "differs"


@pytest.mark.parametrize("answers", [{}, {"patient": {}}, {"patient": None}])
def test_a_form_without_a_patient_is_compared_with_nothing(answers):
    assert compare([Person("Jaidee^Somchai", BORN)], answers) == "absent"
