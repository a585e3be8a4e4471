"""The fast cloud says what moto says, to everything that the steps ask; where moto is lax, AWS."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import botocore.session
import pytest
import time_machine
from botocore import xform_name
from moto import mock_aws
from moto.dynamodb.models import dynamodb_backends
from moto.s3.models import s3_backends

from infra.local import affordable
from infra.local.creation import create
from infra.local.identity import ACCOUNT
from intake.aws import clients
from tests.faults.cloud import Cloud
from tests.faults.conforming import SERVICES, Recorded, Recorder, differences, heard
from tests.faults.sequences import RECORDS, TABLE, UPLOADS, Table, objects
from tests.handlers import PLACE, ROOT, SENDER, blueprint
from tests.journey.visitor import GENERAL, RA, Visitor
from tests.pipeline import NOW, pipeline

MIB = 1 << 20
_METHOD = re.compile(r'\.(\w+)\(|(?:get_paginator|_signed|presigned_url)\(\s*"(\w+)"')


def lives(visitor: Visitor) -> None:
    """Post with and without files, send more, repeat and contradict oneself; staff decide."""
    posted = visitor.post_json(RA, visitor.answers(RA, "only-what-is-required"))
    assert posted.status == 200
    visitor.pipeline.run()
    token = json.loads(posted.body)["upload"]["url"].rpartition("/")[2]
    in_one_piece(visitor, token)
    in_parts(visitor, token)
    visitor.pipeline.run()
    assert visitor.press(token, do="done").status == 303
    bad = [("blood", "pdf"), ("radiology", "program"), ("urine", "empty")]
    child = visitor.answers(RA, "parent-for-a-child")
    assert visitor.post_page(RA, child, bad, _id="the-same-key").status == 303
    other = visitor.answers(RA, "osteoarthritis-names-its-joints")
    assert visitor.post_page(RA, other, _id="the-same-key").status == 409
    visitor.pipeline.run()
    trap = {"_gotcha": "bot"}
    assert visitor.post_json(GENERAL, visitor.answers(GENERAL, "with-records") | trap).status == 200
    visitor.pipeline.wait(3)
    staff(visitor)
    visitor.pipeline.wait(1)


def in_one_piece(visitor: Visitor, token: str) -> None:
    form = json.loads(visitor.sign(token, method="PUT", contentType="").body)
    key = form["fields"]["key"]
    for kind in ("dicom", "pdf"):  # the second is one too many
        content = visitor.content(kind)
        put = clients.client("s3").put_object(Bucket=UPLOADS, Key=key, Body=content)
    again = {"Bucket": UPLOADS, "Key": key, "VersionId": put["VersionId"]}
    clients.client("guardduty").send_object_malware_scan(S3Object=again)


def in_parts(visitor: Visitor, token: str) -> None:
    s3 = clients.client("s3")
    contents = [b"MZ".ljust(5 * MIB, b"x"), b"end"]
    size = sum(map(len, contents))
    begun = json.loads(visitor.sign(token, method="POST", key="client", size=size).body)
    given = {"Bucket": UPLOADS, "Key": begun["key"]}
    for content in contents:  # the first is given up for the second
        more = {"ContentType": "application/octet-stream"}
        upload = s3.create_multipart_upload(**given, **more)["UploadId"]
        s3.upload_part(**given, UploadId=upload, PartNumber=2, Body=content)
        step = {"method": "PUT", "key": begun["key"], "uploadId": upload, "partNumber": 1}
        assert visitor.sign(token, **step).status == 200
    tags = [
        s3.upload_part(**given, UploadId=upload, PartNumber=n, Body=content)["ETag"]
        for n, content in enumerate(contents, 1)
    ]
    listed = [{"PartNumber": n, "ETag": tag} for n, tag in enumerate(tags, 1)]
    s3.complete_multipart_upload(**given, UploadId=upload, MultipartUpload={"Parts": listed})


def staff(visitor: Visitor) -> None:
    listed = visitor.staff("GET", "/cases", list="open", form=RA)
    assert listed.status == 200
    for inquiry in visitor.pipeline.inquiries():
        seen = visitor.staff("POST", "/cases/{case}/open", {}, case=inquiry)
        case = json.loads(seen.body)
        for action in case["can"]:
            asked = {"action": action, "revision": case["revision"]}
            for _ in range(2):  # the second comes too late
                visitor.staff("POST", "/cases/{case}/actions", asked, case=inquiry)


@pytest.fixture(scope="module")
def recorded() -> Iterator[Recorder]:
    recorder = Recorder()
    with pipeline() as deployed:
        for service in SERVICES:
            recorder.listen(service, clients.client(service))
        recorder.listen("s3", clients.client("s3", patient=True))
        lives(Visitor(deployed))
    return recorder


@pytest.fixture
def cloud() -> Cloud:
    return Cloud(blueprint(), PLACE.region)


@pytest.fixture(scope="module")
def by_chance() -> list[tuple[int, list[Recorded]]]:
    """Two hundred sequences with what moto answered, each from an empty account."""
    affordable.install()
    with mock_aws(), time_machine.travel(NOW, tick=False) as clock:
        theirs = {service: boto3.client(service) for service in SERVICES}
        create(blueprint(), theirs, SENDER, PLACE.region)
        return [
            (seed, [each for each in _answered(theirs, seed, clock) if each.answer])
            for seed in range(200)
        ]


def _answered(theirs: dict[str, Any], seed: int, clock: Any) -> Iterator[Recorded]:
    """Ask for rows or for objects, by turns."""
    if seed % 2:
        dynamodb_backends[ACCOUNT][PLACE.region].tables[TABLE].items.clear()
        for request in Table(seed).requests(8):
            yield _asked(theirs, "dynamodb", *request)
        return
    for name in (UPLOADS, RECORDS):
        s3_backends[ACCOUNT]["aws"].buckets[name].keys.clear()
    made: list[Recorded] = []
    for operation, params in objects(seed, 6):
        clock.shift(1)
        made.append(_asked(theirs, "s3", operation, _with_versions(params, made)))
        yield made[-1]


def _with_versions(params: Any, made: list[Recorded]) -> Any:
    if isinstance(params, dict):
        return {name: _with_versions(value, made) for name, value in params.items()}
    if isinstance(params, str) and params.startswith("$"):
        return made[int(params[1:])].answer["VersionId"]
    return params


def _asked(theirs: dict[str, Any], service: str, operation: str, params: Any) -> Recorded:
    try:
        answer = heard(theirs[service], operation, params)
    except (TypeError, ValueError, AttributeError):
        answer = {}  # moto stumbles where types differ, and changes nothing
    return Recorded(datetime.now(UTC), service, operation, params, answer)


def test_a_replayed_day_is_answered_alike(recorded: Recorder, cloud: Cloud) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        found = differences(recorded.calls, cloud, clock)

    assert found == [], f"{len(found)} of {len(recorded.calls)}"


def test_requests_by_chance_are_answered_alike(
    by_chance: list[tuple[int, list[Recorded]]], cloud: Cloud
) -> None:
    found = {}
    with time_machine.travel(NOW, tick=False) as clock:
        for seed, asked in by_chance:
            cloud.reset()
            if differing := differences(asked, cloud, clock):
                found[seed] = differing[0]

    assert found == {}


def test_every_operation_that_the_steps_ask_for_was_compared(
    recorded: Recorder, by_chance: list[tuple[int, list[Recorded]]]
) -> None:
    compared = {call.name for call in recorded.calls}
    compared |= {call.name for _, asked in by_chance for call in asked}

    assert asked_for() == compared & asked_for()
    assert {name.partition(".")[0] for name in asked_for()} == set(SERVICES)


def asked_for() -> set[str]:
    """Return every operation whose method the source calls, has signed, or goes through."""
    text = "".join(path.read_text("utf-8") for path in (ROOT / "functions").rglob("*.py"))
    named = {name for pair in _METHOD.findall(text) for name in pair}
    session = botocore.session.get_session()
    return {
        f"{service}.{operation}"
        for service in SERVICES
        for operation in session.get_service_model(service).operation_names
        if xform_name(operation) in named
    }
