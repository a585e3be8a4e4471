"""The scanner's part in the world: whom it scans for, what it tells, and when it is silent."""

import json

import pytest

from infra.local.blueprint import ScanPlan
from infra.local.eicar import Eicar, pattern
from infra.local.journal import Journal
from infra.local.scanner import DETAIL_TYPE, Scanner
from tests.unit.infra_local.archives import locked
from tests.unit.infra_local.cloud import KEY, RECORDS, REGION, UPLOADS

PLAN = f"arn:aws:guardduty:{REGION}:123456789012:malware-protection-plan/p"


class World:
    """A scanner that protects the uploads bucket."""

    def __init__(self, cloud):
        self.events, self.silent, self.journal = [], False, Journal()
        plans = [ScanPlan(PLAN, UPLOADS)]
        heard = lambda: self.silent  # noqa: E731
        self.s3 = cloud.s3
        self.scanner = Scanner(plans, cloud.s3, self.events.append, heard, self.journal, Eicar())

    def put(self, content, bucket=UPLOADS):
        """Write an object and return its version."""
        return self.s3.put_object(Bucket=bucket, Key=KEY, Body=content)["VersionId"]

    def scan(self, *wanted):
        """Have it scan what is wanted; return the results in words."""
        for version in wanted:
            self.scanner.want(UPLOADS, KEY, version)
        self.scanner.start()
        self.scanner.stop()
        assert self.journal.idle
        return [event["detail"]["scanResultDetails"]["scanResultStatus"] for event in self.events]


@pytest.fixture
def world(cloud):
    return World(cloud)


def test_the_event_is_guardduties(world):
    version = world.put(pattern())
    world.scan(version)

    (event,) = world.events
    detail = event["detail"]
    assert (event["source"], event["detail-type"]) == ("aws.guardduty", DETAIL_TYPE)
    assert (event["resources"], event["region"]) == ([PLAN], REGION)
    assert set(event) == {
        *("version", "id", "detail-type", "source", "account", "time", "region"),
        *("resources", "detail"),
    }
    assert detail == {
        "schemaVersion": "1.0",
        "scanStatus": "COMPLETED",
        "resourceType": "S3_OBJECT",
        "s3ObjectDetails": {
            "bucketName": UPLOADS,
            "objectKey": KEY,
            "eTag": "44d88612fea8a8f36de82e1278abb02f",
            "versionId": version,
            "s3Throttled": False,
        },
        "scanResultDetails": {
            "scanResultStatus": "THREATS_FOUND",
            "threats": [{"name": "EICAR-Test-File"}],
        },
    }
    json.dumps(event)


def test_each_version_has_its_own_verdict(world):
    good, bad = world.put(b"fine"), world.put(pattern())

    assert world.scan(good, bad, None) == ["NO_THREATS_FOUND", "THREATS_FOUND", "THREATS_FOUND"]
    assert world.events[0]["detail"]["scanResultDetails"]["threats"] is None


def test_whatever_is_written_to_a_protected_bucket_is_scanned(world, told):
    for bucket in (UPLOADS, RECORDS):
        world.put(b"fine", bucket)
    world.s3.delete_object(Bucket=UPLOADS, Key=KEY, VersionId=world.put(b"gone"))
    for event in told:
        world.scanner.written(event)
    world.scanner.want(RECORDS, KEY, None)

    # Of the one that is gone nothing is told.
    assert world.scan() == ["NO_THREATS_FOUND"]


def test_what_was_found_while_it_is_silent_is_lost(world):
    version = world.put(b"fine")
    world.silent = True
    assert world.scan(version) == []

    again = World(world)
    assert again.scan(version) == ["NO_THREATS_FOUND"]


def test_what_cannot_be_looked_through_is_told_and_rings(world, capsys):
    version = world.put(locked(b"secret"))

    assert world.scan(version) == ["UNSUPPORTED"]
    assert world.events[0]["detail"]["scanStatus"] == "SKIPPED"
    assert [f.note for f in world.journal.failures] == ["UNSUPPORTED: a password is on an archive"]
    assert "[ALARM]" in capsys.readouterr().out


def test_a_file_that_s3_does_not_hand_out_decides_on_no_other(world):
    """As if each were asked for in a run of many, as ClamAV likes it."""

    class Many(Eicar):
        at_once = 3

        def scan(self, files):
            if any(one.version == bad for one in files):
                raise OSError("SlowDown")
            return super().scan(files)

    good, bad = world.put(b"fine"), world.put(b"unlucky")
    world.scanner = Scanner(
        [ScanPlan(PLAN, UPLOADS)],
        world.s3,
        world.events.append,
        lambda: False,
        world.journal,
        Many(),
    )

    assert world.scan(good, bad, good) == ["NO_THREATS_FOUND", "FAILED", "NO_THREATS_FOUND"]
    assert world.events[1]["detail"]["scanStatus"] == "FAILED"
