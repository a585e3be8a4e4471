"""Puts the files of our pages where CloudFront finds those of every release."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from infra.operate.deployed import Deployed
from intake.http import Reply
from show_site.site import read_site

WEBSITE = Path(__file__).parents[1] / "website" / "team"
PREFIX = "site/"  # as in their addresses, /site/...
_KEPT = ("Content-Type", "Cache-Control")
_NOT_THERE = {"404", "NoSuchKey"}


@dataclass(frozen=True)
class Published:
    """What was put there, and what was there already."""

    put: list[str]
    there: list[str]


def files(website: Path = WEBSITE) -> Mapping[str, Reply]:
    """Return every file that show_site serves, as it serves it, by the name in its address."""
    site = read_site(website)
    return {name: site.file(name) for name in sorted(site.files)}


def publish(deployed: Deployed, served: Mapping[str, Reply]) -> Published:
    """
    Put what is *served* and not there yet into the bucket; delete nothing, ever.

    Other websites name files of earlier releases, and would lose their form with them.
    """
    done = Published([], [])
    for name, reply in served.items():
        body = str(reply["body"]).encode()
        headers = {header: reply["headers"][header] for header in _KEPT}
        if _is_there(deployed, name, body, headers):
            done.there.append(name)
            continue
        deployed.aws.s3.put_object(
            Bucket=deployed.site,
            Key=PREFIX + name,
            Body=body,
            ContentType=headers["Content-Type"],
            CacheControl=headers["Cache-Control"],
        )
        done.put.append(name)
    return done


def _is_there(deployed: Deployed, name: str, body: bytes, headers: Mapping[str, str]) -> bool:
    """Tell whether the bucket has this very file: content and what is said about it."""
    try:
        kept: Any = deployed.aws.s3.get_object(Bucket=deployed.site, Key=PREFIX + name)
    except ClientError as error:
        if error.response["Error"]["Code"] in _NOT_THERE:
            return False
        raise
    said = {"Content-Type": kept["ContentType"], "Cache-Control": kept.get("CacheControl")}
    return bool(said == headers and kept["Body"].read() == body)
