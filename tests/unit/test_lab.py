"""Lab exports: names of panels and the newest day, from documents that may be anything at all."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest

from check_upload.inspection.lab import MOST_BYTES, inspect_lab
from check_upload.inspection.panels import MOST_PARTS
from check_upload.inspection.result import CLEAN, MOST_PANELS, RefusedError, WithheldError
from intake.findings import FROM_LAB, Facts
from tests.records import labs

WITHHELD = {"two_things", "check_unfinished"}
CBC = Facts(date="2026-09-14", date_source=FROM_LAB, panels=("Complete blood count",))


@dataclass
class Held:
    """A file that is here as a whole."""

    content: bytes
    size: int = 0

    def __post_init__(self):
        self.size = self.size or len(self.content)

    def read(self, offset, size):
        return self.content[offset : offset + size]


def look(content, kind):
    return inspect_lab(Held(content), kind)


def facts(content, kind):
    return look(content, kind).facts


def refused(content, kind):
    with pytest.raises(RefusedError) as refusal:
        look(content, kind)
    assert isinstance(refusal.value, WithheldError) == (refusal.value.reason in WITHHELD)
    return refusal.value.reason


# ---- Sound ones -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (labs.fhir(), "fhir"),
        (b"\xef\xbb\xbf" + labs.fhir(), "fhir"),
        (labs.ccda(), "ccda"),
        (labs.ccda(head='<?xml-stylesheet type="text/xsl" href="CDA.xsl"?>'), "ccda"),
        (labs.oru(), "hl7"),
        (labs.oru(end="\n"), "hl7"),
        (labs.oru(end="\r\n"), "hl7"),
        (b"\x0b" + labs.oru() + b"\x1c\r", "hl7"),
        (labs.batch([labs.oru(), labs.oru()]), "hl7"),
        (labs.batch([labs.oru(type_="ADT^A01"), labs.oru()]), "hl7"),
    ],
)
def test_an_export_says_what_was_measured_when_and_of_nobody(content, kind):
    found = look(content, kind)

    assert (found.outcome, found.reason, found.kind) == (CLEAN, None, kind)
    assert found.facts == CBC
    assert found.people == ()


def test_a_fhir_report_of_another_department_dates_no_blood_test():
    scan = labs.report("MRI knee", "2026-10-30", section="RAD")

    assert facts(labs.fhir(scan, labs.report("CRP", "2026-09-14")), "fhir").panels == ("CRP",)
    assert facts(labs.fhir(scan), "fhir") == Facts()


def test_vital_signs_are_no_result_of_a_laboratory():
    pulse = labs.result("Pulse", "2026-10-30")
    pulse["category"] = [{"coding": [{"code": "vital-signs"}]}]

    assert facts(labs.fhir(pulse, labs.result()), "fhir").panels == ("Hemoglobin",)


def test_without_reports_groups_are_named_and_then_single_results():
    group = labs.result("Liver panel") | {"hasMember": [{"reference": "Observation/1"}]}

    assert facts(labs.fhir(group, labs.result("ALT")), "fhir").panels == ("Liver panel",)
    assert facts(labs.fhir(labs.result("ALT"), labs.result("AST")), "fhir").panels == ("ALT", "AST")


def test_a_period_counts_until_its_end():
    each = labs.report("Urine, 24 h") | {
        "effectivePeriod": {"start": "2026-09-13", "end": "2026-09-14T07:00:00Z"}
    }

    assert facts(labs.fhir(each), "fhir").date == "2026-09-14"


@pytest.mark.parametrize("text", ["2026-09", "2026", "", "2026-02-30", "2026-W38-1x", "today", 7])
def test_a_month_a_year_and_nonsense_date_nothing(text):
    found = facts(labs.fhir(labs.report("CRP") | {"effectiveDateTime": text}), "fhir")

    assert (found.date, found.date_source) == (None, None)


def test_an_hl7_order_may_name_itself_in_a_code_alone():
    order = "OBR|1|||CRP|||20260914\rOBX|1|NM|CRP||5"

    assert facts(labs.oru(order), "hl7").panels == ("CRP",)


def test_an_organizer_may_be_named_by_its_text_or_a_translation():
    code = '<code code="58410-2" displayName="Complete blood count"/>'
    plain = labs.organizer()
    written = plain.replace(code, "<code><originalText>Blutbild</originalText></code>")
    other = plain.replace(code, '<code><translation displayName="Hemograma"/></code>')
    none = plain.replace(code, "")

    assert facts(labs.ccda(written, other, none), "ccda").panels == ("Blutbild", "Hemograma")


def test_names_are_one_line_of_text_and_not_too_many():
    odd = "Blood\u202e\u0000\r\n  count\U0001f489 é" + "x" * 500
    reports = [labs.report(odd, "2026-09-14"), *(labs.report(f"{n}") for n in range(50))]

    names = facts(labs.fhir(*reports), "fhir").panels

    assert names[0] == ("Blood count\U0001f489 é" + "x" * 500)[:80]
    assert len(names) == MOST_PANELS


# ---- Anything else --------------------------------------------------------------------------

BOMB = "<!DOCTYPE x [" + "".join(
    f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "lol"}">' for n in range(12)
)
XXE = '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">'
SCRIPT = '<x:script xmlns:x="http://www.w3.org/1999/xhtml">alert(1)</x:script>'


@pytest.mark.parametrize(
    ("content", "kind", "reason"),
    [
        (b'{"resourceType":"Patient"}', "fhir", "unknown_kind"),
        (b'["resourceType","Bundle"]', "fhir", "unknown_kind"),
        (labs.fhir()[:-9], "fhir", "file_damaged"),
        (labs.fhir().replace(b"12.5", b"NaN"), "fhir", "file_damaged"),
        (labs.fhir().replace(b"12.5", b"9" * 9_999), "fhir", "file_damaged"),
        (labs.fhir().replace(b'"type"', b'"resourceType"'), "fhir", "file_damaged"),
        (b'{"resourceType":"Bundle","entry":' + b"[" * 150_000, "fhir", "file_damaged"),
        (labs.fhir().decode().encode("utf-16"), "fhir", "file_damaged"),
        (labs.ccda(root="Feed"), "ccda", "unknown_kind"),
        (labs.ccda().replace(b"urn:hl7-org:v3", b"urn:other"), "ccda", "unknown_kind"),
        (labs.ccda()[:-9], "ccda", "file_damaged"),
        (labs.ccda().replace(b'"UTF-8"', b'"klingon"'), "ccda", "file_damaged"),
        (labs.ccda(body="<a" * 20 + "\0"), "ccda", "file_damaged"),
        (labs.ccda().decode().encode("utf-16"), "ccda", "file_damaged"),
        (labs.ccda(head=BOMB + "]>", body="&l11;"), "ccda", "unknown_kind"),
        (labs.ccda(head=XXE + "]>", body="&f;"), "ccda", "unknown_kind"),
        (labs.ccda(head='<!DOCTYPE x SYSTEM "http://x.example/">'), "ccda", "unknown_kind"),
        (labs.ccda(body=SCRIPT), "ccda", "two_things"),
        (labs.ccda(body="<s:a xmlns:s='http://www.w3.org/2000/svg'/>"), "ccda", "two_things"),
        (labs.ccda(head='<?xml-stylesheet href="data:text/xsl,"?>'), "ccda", "two_things"),
        (labs.oru(type_="ADT^A01"), "hl7", "unknown_kind"),
        (labs.oru(type_="ORU^R30"), "hl7", "unknown_kind"),
        (labs.oru("OBR|1|||CRP|||20260914"), "hl7", "file_damaged"),
        (labs.oru()[:80], "hl7", "file_damaged"),
        (b"MSH|", "hl7", "unknown_kind"),
        (b"MSH|aaaa|" + b"a" * 400_000, "hl7", "unknown_kind"),
    ],
)
def test_what_is_none_of_these_is_refused(content, kind, reason):
    assert refused(content, kind) == reason


@pytest.mark.parametrize("kind", ["fhir", "ccda", "hl7"])
def test_a_large_file_is_not_even_read(kind):
    class Unread(Held):
        """Never asked for a byte."""

        read = None

    with pytest.raises(WithheldError, match="check_unfinished"):
        inspect_lab(Unread(b"", MOST_BYTES + 1), kind)


@pytest.mark.parametrize(
    ("made", "kind"),
    [
        (lambda parts: labs.fhir(entries=[{}] * (parts // 2)), "fhir"),  # and a comma each
        (lambda parts: labs.ccda(body="<a/>" * parts), "ccda"),
        (lambda parts: labs.oru("OBX" + "|" * (parts // 2)), "hl7"),
        (lambda parts: labs.oru(f"OBX|1|||{'^' * (parts // 2)}"), "hl7"),
    ],
    ids=["entries", "elements", "fields", "components"],
)
def test_so_many_parts_are_left_to_a_person(made, kind):
    too_much = made(MOST_PARTS)
    assert len(too_much) < MOST_BYTES
    assert refused(too_much, kind) == "check_unfinished"
    assert look(made(MOST_PARTS * 99 // 100), kind).outcome == CLEAN


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (labs.fhir(*[labs.result("CRP")] * 9000), "fhir"),
        (labs.ccda(body='<content ID="a1">b</content>' * 70_000), "ccda"),
        (labs.ccda(body="A" * 5_100_000), "ccda"),
        (labs.oru(f"OBR|1|||CRP\rOBX|1|ED|||{'A' * 5_100_000}"), "hl7"),
    ],
)
def test_a_large_export_is_read_as_any_other(content, kind):
    assert look(content, kind).outcome == CLEAN


@pytest.mark.parametrize("wrong", [None, 7, "x", [], {}, [None], [{"resource": 3}]])
@pytest.mark.parametrize("name", ["category", "code", "effectivePeriod", "effectiveDateTime"])
def test_a_bundle_of_other_shapes_holds_nothing_to_show(wrong, name):
    bundle = json.loads(labs.fhir(labs.report("CRP", "2026-09-14") | {name: wrong}))
    assert facts(json.dumps(bundle).encode(), "fhir").panels in {("CRP",), ()}

    assert facts(json.dumps(bundle | {"entry": wrong}).encode(), "fhir") == Facts()
