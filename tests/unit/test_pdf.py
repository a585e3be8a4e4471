"""A PDF may show pages. Whatever acts, hides or needs repair does not pass."""

from __future__ import annotations

import pytest
from pikepdf import Array, Dictionary, Name, String

from check_upload.inspection.pdf import inspect_pdf
from check_upload.inspection.result import RefusedError
from tests.records import pdfs, small
from tests.records.pdfs import FIRST_PAGE, made, script
from tests.records.reading import Bytes

TO_PAGE = {"/S": Name.GoTo, "/D": [FIRST_PAGE, Name.Fit]}


def link(to):
    return {"page": {"/Annots": [{"/A": {"/S": Name.URI, "/URI": String(to)}}]}}


def look(content):
    return inspect_pdf(Bytes(content))


def refused(content):
    with pytest.raises(RefusedError) as raised:
        look(content)
    return raised.value.reason


def test_a_sound_pdf_is_clean_with_pages_and_date():
    found = look(made(pages=3, created="D:20260203101500+07'00'", font=True))

    assert (found.outcome, found.kind) == ("clean", "pdf")
    assert (found.facts.pages, found.facts.flags) == (3, ())
    assert (found.facts.date, found.facts.date_source) == ("2026-02-03", "pdf")


@pytest.mark.parametrize("content", [small.pdf(), small.pdf(b"x" * 2**20), made(packed=True)])
def test_a_pdf_by_any_maker_is_clean(content):
    assert look(content).outcome == "clean"


@pytest.mark.parametrize(
    "stated", [None, "", "yesterday", "D:20261301", "D:00010101", "D:19700101", "D:2026"]
)
def test_a_date_that_cannot_be_is_none(stated):
    facts = look(made(created=stated)).facts

    assert (facts.date, facts.date_source) == (None, None)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(
    "holds",
    [
        {"root": {"/OpenAction": script()}},
        {"root": {"/OpenAction": {"/S": Name.URI, "/URI": String("https://clinic.example")}}},
        {"root": {"/OpenAction": {"/S": Name.Launch, "/F": String("cmd.exe")}}},
        {"root": {"/OpenAction": TO_PAGE | {"/Next": script()}}},
        {"root": {"/OpenAction": TO_PAGE | {"/Next": [TO_PAGE, {"/S": Name.Hide}]}}},
        {"root": {"/AA": {"/WC": script()}}},
        {"page": {"/AA": {"/O": {"/S": Name.URI, "/URI": String("https://clinic.example")}}}},
        {"root": {"/Names": {"/JavaScript": {"/Names": []}}}},
        {"root": {"/Names": {"/EmbeddedFiles": {"/Names": []}}}},
        {"root": {"/AcroForm": {"/XFA": []}}},
        {"page": {"/Annots": [{"/Subtype": Name.RichMedia}]}},
        {"page": {"/Annots": [{"/A": {"/S": Name.SubmitForm}}]}},
        {"page": {"/Annots": [{"/A": {"/S": Name.GoToR, "/F": String(r"\\host\share")}}]}},
        {"page": {"/Annots": [{"/A": {"/S": Name.URI, "/URI": String("javascript:alert(1)")}}]}},
        {"page": {"/Annots": [{"/A": {"/S": Name.URI, "/URI": String("file:///etc/passwd")}}]}},
        {"page": {"/Annots": [{"/A": {"/S": Name.URI, "/URI": String(r"\\host\share")}}]}},
        link("//host/share/x.exe"),
        link("/\\host/share/x.exe"),
        link("C:\\x.exe"),
        link("\tjava\nscript:alert(1)"),
        link("URL:javascript:alert(1)"),
        link(b"\xfe\xff" + "javascript:alert(1)".encode("utf-16-be")),
        link("ms-msdt:/id"),
        {"root": {"/URI": {"/Base": String("javascript:")}}},
        {"root": {"/URI": {"/Base": String("java")}}},
        {"root": {"/URI": {"/Base": String("file://evil.example/share/")}}},
        {"root": {"/OpenAction": {"/S": Name.Thread, "/F": String(r"\\host\x.pdf"), "/D": 0}}},
        {"page": {"/Annots": [{"/A": {"/S": Name.Thread, "/F": {"/FS": Name.URL}}}]}},
        {"root": {"/OpenAction": {"/S": Name.Named, "/N": Name("/AcroForm:ExportFDF")}}},
        {"root": {"/OpenAction": {"/S": Name.Named}}},
        {"loose": lambda: Name.Thread},
        {"page": {"/Annots": [{"/Subtype": Name.Movie}]}},
        {"page": {"/Annots": [{"/FS": {"/EF": {"/F": 1}}}]}},
        {"loose": script},
        {"loose": lambda: Array([Array([Array([script()])])])},
        {"loose": lambda: Dictionary(Type=Name.EmbeddedFile)},
    ],
)
def test_a_pdf_that_acts_is_refused_wherever_it_hides_that(holds, packed):
    assert refused(made(packed=packed, **holds)) == "pdf_active"


def test_content_from_another_file_is_refused():
    content = small.pdf(b"x" * 100).replace(b"/Length 100", b"/F(\\\\h\\x)/Length 100")

    assert refused(pdfs.moved(content)) == "pdf_active"


def test_a_file_that_was_added_to_needs_no_repair():
    assert look(pdfs.added_to()).outcome == "clean"


def test_a_name_in_another_spelling_is_the_same_name():
    content = made(loose=lambda: Dictionary(S=Name("/XavaScript"), XY=String("x")))
    spelled = content.replace(b"/XavaScript", b"/#4aavaScript").replace(b"/XY", b"/JS")

    # Two bytes longer than its place in the table says, so behind everything else.
    assert b"#4a" in spelled
    assert refused(pdfs.moved(spelled)) == "pdf_active"


@pytest.mark.parametrize(
    "holds",
    [
        {"root": {"/OpenAction": [FIRST_PAGE, Name.Fit]}},
        {"root": {"/OpenAction": TO_PAGE}},
        {"root": {"/OpenAction": TO_PAGE | {"/Next": {"/S": Name.Named, "/N": Name.NextPage}}}},
        {"page": {"/AA": {"/O": TO_PAGE}}},
        {"root": {"/OpenAction": {"/S": Name.SetOCGState, "/State": []}}},
        {"root": {"/OpenAction": {"/S": Name.Named, "/N": Name.Print}}},
        {"root": {"/OpenAction": {"/S": Name.Thread, "/D": 0}}},
    ],
)
def test_moving_to_a_page_on_opening_is_told_and_not_refused(holds):
    assert look(made(font=True, **holds)).facts.flags == ("opens_itself",)


@pytest.mark.parametrize(
    "holds",
    [
        {"page": {"/Annots": [{"/A": {"/S": Name.URI, "/URI": String("https://clinic.example")}}]}},
        {"page": {"/Annots": [{"/A": {"/S": Name.URI, "/URI": String("mailto:a@b.example")}}]}},
        {"page": {"/Annots": [{"/A": {"/S": Name.URI, "/URI": String("www.clinic.example/a:b")}}]}},
        *map(link, ["doi:10.1000/182", "Tel.: 089 123", "Email: a@b.de", "www.a.example:80/x"]),
        *map(
            link, ["sms:+49", "fax:123", "geo:1,2", "ftp://a/b", "line://ti/p", "a/b:c", "HTTP://A"]
        ),
        link(b"\xfe\xff" + "https://clinic.example".encode("utf-16-be")),
        {"root": {"/URI": {"/Base": String("https://clinic.example/")}}},
        {"page": {"/Annots": [{"/A": TO_PAGE}]}},
        {"page": {"/Resources": {"/Font": {"/JS": {"/Name": Name.JS}}}}},
        {"root": {"/Threads": [{"/Type": Name.Thread, "/F": {"/N": 1}}]}},
        {"root": {"/Note": String("of /JavaScript and /Launch ")}},
    ],
)
def test_links_and_words_are_fine(holds):
    found = look(made(**holds))

    assert (found.outcome, found.facts.flags) == ("clean", ())


def test_a_password_for_opening_is_refused_and_one_for_printing_is_not():
    assert refused(pdfs.locked(user="secret")) == "pdf_locked"
    assert look(pdfs.locked(user="", owner="secret")).outcome == "clean"


def test_a_lock_that_opens_with_a_certificate_is_refused_as_one():
    content = pdfs.locked().replace(b"/Filter /Standard", b"/Filter /PubSec  ")

    assert refused(content) == "pdf_locked"


@pytest.mark.parametrize(
    "content",
    [
        made(pages=30)[:-300],
        made(pages=30)[:400],
        b"%PDF-1.7\n",
        b"%PDF-1.7\n" + b"x" * 4096,
        small.pdf(b"x" * 100).replace(b"startxref\n", b"startxref\n1"),
        small.pdf(b"x" * 100).replace(b"/Length 100", b"/Length 090"),
        small.pdf(b"x" * 100).replace(b"endobj\n2", b"xxxxxx\n2"),
        small.pdf().replace(b"/Kids[3 0 R]", b"/Kids[2 0 R]"),
        small.pdf().replace(b"/Kids[3 0 R]", b"/Kids[     ]"),
        pdfs.twice_named(),
        pdfs.nested(9000),
    ],
    ids=range(11),
)
def test_what_would_need_repair_is_damaged(content):
    assert refused(content) == "file_damaged"


def test_bytes_behind_the_end_are_told_of():
    assert look(made() + b"and more").facts.flags == ("trailing_bytes",)
    assert look(made() + b"\r\n\r\n").facts.flags == ()


@pytest.mark.parametrize("thing", [b"MZ\x90", b"\n<script>", b"Rar!\x1a\x07", b"<HTML>"])
def test_another_thing_behind_the_end_makes_it_two(thing):
    assert refused(made() + thing) == "two_things"


def test_pages_without_letters_are_a_scan():
    assert look(made(image=True)).facts.flags == ("scanned_pages",)
    assert look(made(image=True, font=True)).facts.flags == ()


def test_a_large_pdf_is_read_in_parts():
    filler = bytes(range(256)) * 4 * 2**10  # 1 MiB
    content = small.pdf(filler * 20)
    reader = Bytes(content)

    assert inspect_pdf(reader).outcome == "clean"
    assert sum(size for _offset, size in reader.asked) < len(content) / 4


def test_a_pdf_that_may_hold_many_objects_is_held_in_memory():
    # 109 pages of tables took 2.9 million reads, each of them one of Python's: too many for 4 s.
    content = small.pdf(bytes(2**20 + 7))
    reader = Bytes(content)

    assert inspect_pdf(reader).outcome == "clean"
    assert reader.asked[:2] == [(0, 2**20), (2**20, 2**20)]
    assert len(reader.asked) <= 4  # and its end, in two blocks


def test_deep_values_are_followed_and_very_deep_ones_are_not():
    assert look(pdfs.nested(400)).outcome == "clean"

    def hidden():
        value = script()
        for _level in range(60):
            value = Array([value])
        return value

    assert refused(made(loose=hidden)) == "check_unfinished"


def test_what_one_pdf_holds_says_nothing_of_the_next():
    for _time in range(3):
        assert refused(made(loose=script)) == "pdf_active"
        assert look(made()).outcome == "clean"
