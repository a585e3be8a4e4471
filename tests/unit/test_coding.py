"""Plain answers become codes, each with its edition, and never more than the answers say."""

from pathlib import Path

import pytest

from intake import coding
from intake.forms import Forms

TABLE = Forms(Path(__file__).parents[2] / "schemas").get("orthopaedic").codes
CM, WHO = "http://hl7.org/fhir/sid/icd-10-cm", "http://hl7.org/fhir/sid/icd-10"
BACK = "degenerative_disc_or_back"


def ill(category, serology=None, **more):
    clinical = {"primary_condition": {"category": category, **more}}
    return {"clinical": clinical | ({"serology": serology} if serology else {})}


def sites(*names):
    return [{"site": name, "laterality": "left"} for name in names]


def codes(answers):
    return [each["code"] for each in coding.of(TABLE, answers)]


def test_a_code_says_of_which_edition_it_is_and_who_chose_it():
    assert coding.of(TABLE, ill("ankylosing_spondylitis")) == [
        {"system": CM, "version": "2026-04", "code": "M45.9", "source": "clinic_mapped"},
        {"system": WHO, "version": "2019", "code": "M45", "source": "clinic_mapped"},
    ]


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        (ill("rheumatoid_arthritis"), ["M06.9", "M06.9"]),
        (ill("rheumatoid_arthritis", {"rheumatoid_factor": "positive"}), ["M05.9", "M05.9"]),
        (ill("rheumatoid_arthritis", {"rheumatoid_factor": "negative"}), ["M06.00", "M06.0"]),
        (ill("rheumatoid_arthritis", {"rheumatoid_factor": "unknown"}), ["M06.9", "M06.9"]),
        (ill("osteoarthritis", affected_sites=sites("knee", "knee")), ["M17.9", "M17.9"]),
        (ill("osteoarthritis", affected_sites=sites("knee", "hip")), ["M19.90", "M19.9"]),
        (ill("osteoarthritis", affected_sites=sites("knee", "hip", "hand")), ["M15.9", "M15.9"]),
        (ill("stroke", stroke_kind="clot", residuals="no"), ["Z86.73", "Z86.7"]),
        (ill("stroke", stroke_kind="clot", residuals="yes"), ["I69.30", "I69.3"]),
        (ill("stroke", stroke_kind="unknown", residuals="unknown"), ["I69.90", "I69.4"]),
        (ill("multiple_sclerosis", ms_type="unknown"), ["G35.D", "G35"]),
        (ill(BACK, spine_level="lower_back", disc_on_scan="yes"), ["M51.369", "M51.3"]),
        (ill(BACK, spine_level="lower_back", disc_on_scan="no"), ["M54.50", "M54.5"]),
        (ill("other"), []),
        (ill("undiagnosed"), []),
        ({}, []),
        ({"clinical": {}}, []),
    ],
)
def test_what_was_answered_decides_the_code(answers, expected):
    assert codes(answers) == expected
