"""Files of our pages get to where CloudFront looks, as the API serves them, and none ever goes."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from infra.operate import commands
from infra.operate.commands import RefusedError
from infra.operate.deployed import Clients, Deployed
from infra.operate.publish import files, publish
from infra.operate.talk import Talk
from intake import http
from intake.pages import assets
from tests.handlers import ROOT

BUCKET = "site"
Kept = dict[str, tuple[bytes, str, str]]


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        client = boto3.client("s3", "us-east-1")
        client.create_bucket(Bucket=BUCKET)
        client.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        yield client


@pytest.fixture
def deployed(s3: Any) -> Deployed:
    aws = Clients(*[None] * 3, s3=s3, sqs=None, sts=None)
    return Deployed(aws, datetime.now(UTC), "table", "uploads", {}, "intake", BUCKET)


@pytest.fixture
def kept(s3: Any) -> Callable[[], Kept]:
    """Return what the bucket holds: content, type and how long to keep it, by key."""

    def look() -> Kept:
        held = {}
        for one in s3.list_objects_v2(Bucket=BUCKET).get("Contents", []):
            found = s3.get_object(Bucket=BUCKET, Key=one["Key"])
            held[one["Key"]] = (found["Body"].read(), found["ContentType"], found["CacheControl"])
        return held

    return look


def of_a_release(text: str) -> dict[str, http.Reply]:
    """Return what show_site would serve after a release that changed one file."""
    reply = http.reply(200, "text/css; charset=utf-8", text, Cache_Control="public, max-age=9")
    return {f"team.{len(text)}.css": reply}


def versions(s3: Any) -> int:
    return len(s3.list_object_versions(Bucket=BUCKET)["Versions"])


def test_what_the_api_serves_is_in_the_bucket_word_for_word(
    deployed: Deployed, kept: Callable[[], Kept]
) -> None:
    served = files()

    done = publish(deployed, served)

    assert assets.script_path().removeprefix("/site/") in done.put
    assert kept() == {
        f"site/{name}": (
            reply["body"].encode(),
            reply["headers"]["Content-Type"],
            reply["headers"]["Cache-Control"],
        )
        for name, reply in served.items()
    }


def test_every_file_of_the_teams_page_goes_along(deployed: Deployed) -> None:
    stems = {name.partition(".")[0] for name in publish(deployed, files()).put}

    assert {path.stem for path in (ROOT / "infra/website/team").glob("*.js")} <= stems


def test_files_of_earlier_releases_stay(deployed: Deployed, kept: Callable[[], Kept]) -> None:
    publish(deployed, of_a_release("old"))
    publish(deployed, of_a_release("newer"))

    assert {key: content for key, (content, *_) in kept().items()} == {
        "site/team.3.css": b"old",
        "site/team.5.css": b"newer",
    }


def test_again_changes_nothing(deployed: Deployed, s3: Any) -> None:
    publish(deployed, of_a_release("old"))

    again = publish(deployed, of_a_release("old"))

    assert (again.put, again.there) == ([], ["team.3.css"])
    assert versions(s3) == 1


@pytest.mark.parametrize("changed", [{"Body": b"x"}, {"ContentType": "text/html"}])
def test_what_somebody_changed_there_is_put_right(
    deployed: Deployed, s3: Any, kept: Callable[[], Kept], changed: dict[str, Any]
) -> None:
    publish(deployed, of_a_release("old"))
    right = kept()
    said = {"Body": b"old", "ContentType": "text/css; charset=utf-8", "CacheControl": "no"}
    s3.put_object(Bucket=BUCKET, Key="site/team.3.css", **said | changed)

    publish(deployed, of_a_release("old"))

    assert kept() == right


def test_a_bucket_that_refuses_is_no_bucket_without_the_file(deployed: Deployed) -> None:
    lost = Deployed(deployed.aws, deployed.now, "table", "uploads", {}, site="not-ours")

    with pytest.raises(ClientError, match="NoSuchBucket"):
        publish(lost, of_a_release("old"))


def test_the_operator_hears_what_was_put_and_what_was_there(deployed: Deployed) -> None:
    said: list[str] = []
    talk = Talk(say=said.append)

    first = commands.publish(deployed, Namespace(), talk)
    count = len(files())

    assert (first, said[-1]) == (0, f"{count} files put into site, 0 were there")
    assert commands.publish(deployed, Namespace(), talk) == 0
    assert said[-1] == f"0 files put into site, {count} were there"


def test_without_a_domain_there_is_nowhere_to_put_them(deployed: Deployed) -> None:
    bare = Deployed(deployed.aws, deployed.now, "table", "uploads", {})

    with pytest.raises(RefusedError, match="HostDomain"):
        commands.publish(bare, Namespace(), Talk())
