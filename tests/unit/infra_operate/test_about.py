"""What is printed of a dead letter: ids, and never anything else that stands in it."""

from __future__ import annotations

import json

import pytest

from infra.operate.dead import about

ID = "a1" * 13
MAIL = {"destination": ["amina@patients.example"], "tags": {"inquiry": [ID], "letter": ["receipt"]}}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"inquiry": ID, "letter": "team_new"}, f"{ID} team_new"),
        ({"bucket": "b", "key": f"{ID}/0003", "version": "v"}, f"{ID} file 0003"),
        ({"event": "Bounce", "inquiry": [ID], "letter": ["receipt"]}, f"Bounce {ID} receipt"),
        (
            {"detail-type": "Email Bounced", "detail": {"mail": MAIL}},
            f"Email Bounced {ID} receipt",
        ),
        (
            {
                "detail-type": "Object Created",
                "detail": {"source-ip-address": "192.0.2.7", "object": {"key": f"{ID}/0003"}},
            },
            f"Object Created {ID} file 0003",
        ),
        ({"detail": {"s3ObjectDetails": {"objectKey": f"{ID}/0003"}}}, f"{ID} file 0003"),
        ({"inquiry": "amina@patients.example", "letter": "x@y.example"}, "not one of ours"),
        ({"key": "Amina Example/passport.pdf", "detail": "text"}, "not one of ours"),
        ({"inquiry": 7, "letter": [], "detail": {"mail": []}}, "not one of ours"),
        (["Amina"], "not one of ours"),
    ],
)
def test_only_ids_are_named(body: object, said: str) -> None:
    assert about(json.dumps(body)) == said


def test_what_is_no_json_is_not_quoted() -> None:
    assert about("Amina Example, HIV") == "not JSON"
