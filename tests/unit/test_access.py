"""Roles by form: groups are read as issuers write them, and an unknown one gives nothing."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.errors import NotSignedInError
from open_case.access import COORDINATOR, DOCTOR, ROLES, SUPERVISOR, Teams, named_groups

FORMS = ("general-inquiry", "rheumatoid-arthritis")
CLAIM = "cognito:groups"
GROUPS = {
    "doctors": {"role": "doctor", "forms": ["*"]},
    "ra-supervisors": {"role": "supervisor", "forms": ["rheumatoid-arthritis"]},
    "ra-coordinators": {"role": "coordinator", "forms": ["rheumatoid-arthritis"]},
    "old-form": {"role": "supervisor", "forms": ["retired-form"]},
    "nobody": {"role": "supervisor", "forms": []},
}
TEAMS = Teams.read(json.dumps(GROUPS), CLAIM)


def staff(groups, **claims):
    claims = {"sub": "5d0c", "username": "dr", CLAIM: groups} | claims
    return TEAMS.staff({"requestContext": {"authorizer": {"jwt": {"claims": claims}}}}, FORMS)


@pytest.mark.parametrize(
    ("claim", "groups"),
    [
        ("[a b]", {"a", "b"}),
        ("[a]", {"a"}),
        ("[]", set()),
        ("", set()),
        ("   ", set()),
        ("a b", {"a", "b"}),
        ("a,b", {"a", "b"}),
        ("a, b", {"a", "b"}),
        ('["a", "b"]', {"a", "b"}),
        ('["a"]', {"a"}),
        ("a", {"a"}),
        (["a", "b"], set()),
        (None, set()),
        (1, set()),
        ({"a": 1}, set()),
    ],
)
def test_groups_are_read_as_gateways_and_issuers_write_them(claim, groups):
    assert named_groups(claim) == groups


def test_several_groups_give_the_highest_role_of_each_form():
    both = staff("[doctors ra-supervisors ra-coordinators]")

    assert both.forms == {"general-inquiry": DOCTOR, "rheumatoid-arthritis": SUPERVISOR}


@pytest.mark.parametrize("groups", ["[nobody old-form visitors]", "[Doctors doctor *]", "", None])
def test_groups_without_a_form_of_ours_give_nothing(groups):
    nobody = staff(groups)

    assert nobody.forms == {}
    assert not any(nobody.may(role, form) for role in ROLES for form in FORMS)


def test_a_role_may_what_the_roles_before_it_may():
    coordinator = staff("[ra-coordinators]")

    may = [coordinator.may(role, "rheumatoid-arthritis") for role in ROLES]
    assert may == [True, True, False]
    assert not coordinator.may(DOCTOR, "general-inquiry")


def test_without_a_name_the_id_stands_for_it():
    assert staff("[doctors]", username="").name == "5d0c"
    assert staff("[doctors]", username=7).name == "5d0c"
    assert staff("[doctors]").name == "dr"


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"requestContext": None},
        {"requestContext": {"authorizer": {"claims": {"sub": "x"}}}},
        {"requestContext": {"authorizer": {"jwt": {"claims": {"username": "dr"}}}}},
        {"headers": {"authorization": "Bearer x"}, "requestContext": {"authorizer": None}},
        {"requestContext": {"authorizer": {"jwt": {"claims": "sub"}}}},
    ],
)
def test_only_the_gateways_claims_are_believed(event):
    with pytest.raises(NotSignedInError):
        TEAMS.staff(event, FORMS)


@pytest.mark.parametrize(
    "groups",
    [
        {"doctors": {"role": "chief", "forms": ["*"]}},
        {"doctors": {"role": "", "forms": ["*"]}},
        {"": {"role": "doctor", "forms": ["*"]}},
        {"the doctors": {"role": "doctor", "forms": ["*"]}},
        {"a,b": {"role": "doctor", "forms": ["*"]}},
    ],
)
def test_a_setting_that_nobody_could_mean_stops_the_function(groups):
    with pytest.raises(LookupError):
        Teams.read(json.dumps(groups), CLAIM)


@given(st.text())
def test_no_text_gives_a_role_that_none_of_its_words_has(text):
    given_ = staff(text).forms
    words = named_groups(text)

    assert bool(given_) == bool(words & {"doctors", "ra-supervisors", "ra-coordinators"})
    assert COORDINATOR not in given_.values() or "ra-coordinators" in words
