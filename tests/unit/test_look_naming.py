"""The page's hint that scans may be of somebody else: only where the server would say so, too."""

from __future__ import annotations

import random
from itertools import product

import pytest

from check_upload.identity import compare
from check_upload.inspection.result import Person
from intake.findings import DIFFERS
from tests.records.looked import run

SCANNED = (
    *("DOE^JANE", "Doe^Jane^A^^Mrs", "SMITHJONES^ANN", "OBRIEN^PAT", "MUELLER^JUERGEN"),
    *("STRAUSS^GROSS", "MALGORZATA^WISNIEWSKA", "SOERENSEN^LARS", "AASE^ODD", "WANG^XIAO=王^小明"),
    *(
        "JAIDEE^SOMCHAI=ใจดี^สมชาย",
        "ใจดี^สมชาย",
        "นายสมชาย ใจดี",
        "Иванов^Иван",
        "ANONYMOUS",
        "UNKNOWN^X",
    ),
    *("", "^^^", "X", "Anonymized^7", "NO NAME", "^Deidentified", "Li^Bo", "Thordis^Aethelred"),
)
TYPED = (
    *(
        "Jane Doe",
        "Mrs Jane Smith",
        "Ann Smith-Jones",
        "Pat O'Brien",
        "Jürgen Müller",
        "Groß Strauß",
    ),
    *(
        "Małgorzata Wiśniewska",
        "Lars Sørensen",
        "Odd Åse",
        "王小明",
        "สมชาย ใจดี",
        "นางสาวสมหญิง รักดี",
    ),
    *(
        "Somchai Jaidee",
        "Иван Петров",
        "José García",
        "Þórdís Æðelred",
        "Mr สมชาย",
        "Bo Li",
        "X",
        "",
    ),
)
BORN = ("1970-01-15", "1980-02-29", None)


def said(typed: str, born: str | None, person: Person) -> str:
    answers = {"patient": {"full_name": typed, "date_of_birth": born}}
    return compare([person], answers)


def test_what_the_page_doubts_the_server_doubts_and_it_does_doubt():
    drawn = random.Random(9)  # noqa: S311  draws names, no secret
    cases = [
        (typed, drawn.choice(BORN), Person(name, drawn.choice(BORN)))
        for typed, name in product(TYPED, SCANNED)
    ]
    cases += [(typed, None, Person(name)) for typed, name in product(TYPED, SCANNED)]
    found = run(
        "naming.js",
        "differs",
        [[typed, born, _scan(person)] for typed, born, person in cases],
    )

    server = [said(typed, born, person) == DIFFERS for typed, born, person in cases]
    assert [
        case for case, ours, theirs in zip(cases, found, server, strict=True) if ours and not theirs
    ] == []
    assert sum(found) > 0.8 * sum(server)


@pytest.mark.parametrize(
    ("typed", "scanned", "differs"),
    [
        ("Somchai Example", "DOE^JANE", True),
        ("Jane A. Doe", "DOE^JANE", False),
        ("Jürgen Müller", "MUELLER^JUERGEN", False),
        ("สมหญิง รักดี", "ใจดี^สมชาย", True),
        ("สมชาย ใจดี", "DOE^JANE", False),
        ("Jane Doe", "ANONYMOUS", False),
        ("", "DOE^JANE", False),
    ],
)
def test_a_name_is_doubted_only_if_no_word_of_it_fits(typed, scanned, differs):
    assert run("naming.js", "differs", [[typed, None, _scan(Person(scanned))]]) == [differs]


def _scan(person: Person) -> dict[str, str]:
    return {"patientName": person.name, "birthDate": person.birth_date or ""}
