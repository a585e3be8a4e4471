"""Uploads in parts, answered as S3 does; moto takes parts for other objects and any order."""

import re
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from moto.s3.models import FakeMultipart
from moto.settings import S3_UPLOAD_PART_MIN_SIZE

from infra.local import s3_content
from infra.local.s3_signatures import RefusedError

MOST_PARTS = 10_000
_MOST_LISTED = 1000
_XMLNS = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'


def check(bucket: str, key: str, query: Mapping[str, str]) -> FakeMultipart:
    """Return the unfinished upload that a request names, or refuse as S3 does."""
    upload: FakeMultipart | None = s3_content.bucket_called(bucket).multiparts.get(
        query["uploadId"]
    )
    if upload is None or upload.key_name != key:
        raise RefusedError(
            404,
            "NoSuchUpload",
            "The specified upload does not exist. The upload ID may be invalid, or the upload may "
            "have been aborted or completed.",
        )
    return upload


def check_number(text: str) -> None:
    """Raise unless *text* is the number of a part."""
    if not (re.fullmatch("[0-9]{1,5}", text) and 1 <= int(text) <= MOST_PARTS):
        raise RefusedError(
            400, "InvalidArgument", "Part number must be an integer between 1 and 10000, inclusive"
        )


def complete(bucket: str, key: str, query: Mapping[str, str], body: bytes) -> Any:
    """Make one object of the parts that *body* lists, and return it. A second time is the same."""
    done = _completed_before(bucket, key, query["uploadId"])
    if done is not None:
        return done
    upload = check(bucket, key, query)
    content, etag = s3_content.joined(_chosen(upload, _listed(body)))
    made = s3_content.store(
        (bucket, key),
        content,
        upload.metadata,
        s3_content.CREATED_FROM_PARTS,
        etag=etag,
        multipart=upload,
    )
    give_up(bucket, upload)
    return made


def _completed_before(bucket: str, key: str, upload_id: str) -> Any:
    for version in s3_content.bucket_called(bucket).keys.getlist(key, []):
        upload = getattr(version, "multipart", None)  # a delete marker has none
        if upload is not None and upload.id == upload_id:
            return version
    return None


def _listed(body: bytes) -> list[tuple[int, str]]:
    """Return numbers and ETags as the request lists them."""
    try:
        parts = ET.fromstring(body).findall("{*}Part")  # noqa: S314 - from this machine
        found = [
            (int(part.findtext("{*}PartNumber", "")), part.findtext("{*}ETag", "").strip('"'))
            for part in parts
        ]
    except (ET.ParseError, ValueError):
        found = []
    if not found:
        raise RefusedError(
            400,
            "MalformedXML",
            "The XML you provided was not well-formed or did not validate against our published "
            "schema",
        )
    return found


def _chosen(upload: FakeMultipart, listed: list[tuple[int, str]]) -> list[Any]:
    numbers = [number for number, _ in listed]
    if numbers != sorted(set(numbers)):
        raise RefusedError(
            400,
            "InvalidPartOrder",
            "The list of parts was not in ascending order. Parts must be ordered by part number.",
        )
    parts = [upload.parts.get(number) for number in numbers]
    for part, (_, etag) in zip(parts, listed, strict=True):
        if part is None or part.etag.strip('"') != etag:
            raise RefusedError(
                400,
                "InvalidPart",
                "One or more of the specified parts could not be found. The part may not have "
                "been uploaded, or the specified entity tag may not match the part's entity tag.",
            )
    if any(part.contentsize < S3_UPLOAD_PART_MIN_SIZE for part in parts[:-1] if part):
        raise RefusedError(
            400, "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size"
        )
    return parts


def give_up(bucket: str, upload: FakeMultipart) -> None:
    """Forget an unfinished upload and its parts."""
    s3_content.bucket_called(bucket).multiparts.pop(upload.id, None)
    upload.dispose()


def listing(bucket: str, upload: FakeMultipart, query: Mapping[str, str]) -> bytes:
    """Return ListPartsResult; moto gives it another name and counts where S3 goes by numbers."""
    after = int(query.get("part-number-marker") or 0)
    most = min(int(query.get("max-parts") or _MOST_LISTED), _MOST_LISTED)
    later = [number for number in sorted(upload.parts) if number > after]
    shown = later[:most]
    parts = "".join(
        f"<Part><PartNumber>{number}</PartNumber>"
        f"<LastModified>{upload.parts[number].last_modified_ISO8601}</LastModified>"
        f"<ETag>{escape(upload.parts[number].etag)}</ETag>"
        f"<Size>{upload.parts[number].contentsize}</Size></Part>"
        for number in shown
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<ListPartsResult {_XMLNS}>'
        f"<Bucket>{bucket}</Bucket><Key>{escape(upload.key_name)}</Key>"
        f"<UploadId>{upload.id}</UploadId><StorageClass>STANDARD</StorageClass>"
        f"<PartNumberMarker>{after}</PartNumberMarker>"
        f"<NextPartNumberMarker>{shown[-1] if shown else 0}</NextPartNumberMarker>"
        f"<MaxParts>{most}</MaxParts><IsTruncated>{str(len(later) > most).lower()}</IsTruncated>"
        f"{parts}</ListPartsResult>"
    ).encode()


def completed(location: str, bucket: str, made: Any) -> bytes:
    """Return CompleteMultipartUploadResult."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<CompleteMultipartUploadResult {_XMLNS}>'
        f"<Location>{escape(location)}</Location><Bucket>{bucket}</Bucket>"
        f"<Key>{escape(made.name)}</Key><ETag>{escape(made.etag)}</ETag>"
        "</CompleteMultipartUploadResult>"
    ).encode()
