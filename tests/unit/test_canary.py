"""A canary is told from a patient by its id, so that no right and no expiry takes both."""

from __future__ import annotations

import base64
import json
import string
from datetime import UTC, datetime

from intake import canary
from intake.inquiry import ID_LENGTH, file_key, from_key, split_token
from intake.reference import new_id
from tests.handlers import ROOT

NOW = datetime(2026, 11, 23, 11, 4, tzinfo=UTC)


def test_no_random_id_can_begin_like_a_canary_s() -> None:
    of_ids = set(base64.b32encode(bytes(range(256))).decode("ascii").lower()) - {"="}

    assert of_ids == set(string.ascii_lowercase + "234567")
    assert set(canary.PREFIX) - of_ids == {"0"}
    assert set(new_id()) <= of_ids


def test_a_canary_s_id_is_random_behind_its_prefix_and_goes_wherever_an_id_goes() -> None:
    ids = {canary.new_id() for _ in range(1000)}
    one = min(ids)

    assert len(ids) == 1000
    assert {len(each) for each in ids} == {ID_LENGTH}
    assert all(map(canary.is_canary, ids))
    assert from_key(file_key(one, 0)) == (one, 0)
    assert split_token(one + new_id()) is not None


def test_only_a_canary_s_items_expire() -> None:
    assert canary.expiry(new_id(), NOW) == {}
    assert canary.expiry(canary.new_id(), None) == {}
    assert canary.expiry(canary.new_id(), NOW) == {"expires_at": int(NOW.timestamp()) + 86400}


def test_templates_name_the_same_prefix() -> None:
    root = (ROOT / "template.yaml").read_text("utf-8")
    storage = (ROOT / "infra" / "storage.yaml").read_text("utf-8")

    assert f"inquiry#{canary.PREFIX}*" in root
    assert f's3:prefix": ["{canary.PREFIX}*"]' in root
    assert f"/f/{canary.FORM}" in root
    assert storage.count(f"Prefix: {canary.PREFIX}\n") == 2


def test_its_form_lets_no_other_site_post() -> None:
    form = json.loads((ROOT / "schemas" / "forms" / canary.FORM / "form.json").read_text("utf-8"))

    assert form["origins"] == []
