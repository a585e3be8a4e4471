"""The environment as a dataclass: no defaults, all gaps at once."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from intake import settings


@dataclass(frozen=True)
class Wanted:
    inquiry_table: str
    team_queue: str
    clinic_zone: str


def test_each_field_reads_the_variable_of_its_name():
    env = {"INQUIRY_TABLE": "t", "TEAM_QUEUE": "q", "CLINIC_ZONE": "Asia/Bangkok", "OTHER": "x"}

    assert settings.read(Wanted, env) == Wanted("t", "q", "Asia/Bangkok")


def test_all_gaps_are_named_at_once_and_an_empty_one_is_a_gap():
    with pytest.raises(LookupError, match="missing settings: TEAM_QUEUE, CLINIC_ZONE"):
        settings.read(Wanted, {"INQUIRY_TABLE": "t", "TEAM_QUEUE": ""})


def test_files_go_to_the_bucket_as_declared_or_to_what_stands_in_for_aws():
    bucket = "https://uploads.s3.eu-west-2.amazonaws.com"

    assert settings.uploads_origin(bucket, {}) == bucket
    assert settings.uploads_origin(bucket, {"AWS_ENDPOINT_URL": ""}) == bucket
    stand_in = {"AWS_ENDPOINT_URL": "http://127.0.0.1:5080"}
    assert settings.uploads_origin(bucket, stand_in) == "http://127.0.0.1:5080"
