"""DAS28 against the vector of its source: 8 tender, 4 swollen, ESR 38, CRP 12, health 60 mm."""

from __future__ import annotations

import pytest

from intake import das28

PARTS = {"tjc28": 8, "sjc28": 4, "esr_mm_h": 38, "crp_mg_l": 12, "patient_global_mm": 60}
VECTOR = {"ESR-4": 5.53, "ESR-3": 5.23, "CRP-4": 4.87, "CRP-3": 4.52}


@pytest.mark.parametrize(("variant", "score"), VECTOR.items())
def test_each_variant_has_its_own_score(variant, score):
    assert das28.recomputed(PARTS | {"variant": variant}) == pytest.approx(score, abs=0.005)


def test_crp_in_mg_per_decilitre_gives_the_lower_score_that_betrays_it():
    wrong_unit = PARTS | {"variant": "CRP-4", "crp_mg_l": 1.2}

    assert das28.recomputed(wrong_unit) == pytest.approx(4.23, abs=0.005)


@pytest.mark.parametrize("variant", VECTOR)
@pytest.mark.parametrize("part", PARTS)
def test_a_missing_part_gives_no_score_unless_the_variant_does_without(variant, part):
    given = {name: value for name, value in PARTS.items() if name != part}
    unneeded = {
        "ESR-4": {"crp_mg_l"},
        "ESR-3": {"crp_mg_l", "patient_global_mm"},
        "CRP-4": {"esr_mm_h"},
        "CRP-3": {"esr_mm_h", "patient_global_mm"},
    }

    score = das28.recomputed(given | {"variant": variant})

    assert (score is not None) == (part in unneeded[variant])


def test_an_unknown_variant_gives_no_score():
    assert das28.recomputed(PARTS | {"variant": "unknown"}) is None


def test_a_patient_without_any_swelling_has_a_score_too():
    nothing = {"tjc28": 0, "sjc28": 0, "esr_mm_h": 1, "crp_mg_l": 0, "patient_global_mm": 0}

    assert das28.recomputed(nothing | {"variant": "ESR-4"}) == 0
    assert das28.recomputed(nothing | {"variant": "CRP-4"}) == pytest.approx(0.96)
