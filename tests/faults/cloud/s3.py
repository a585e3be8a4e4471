"""S3: objects and their versions."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Collection, Mapping
from io import BytesIO
from itertools import count
from typing import Any

from botocore.response import StreamingBody

from infra.local.s3_events import as_event
from tests.faults.cloud.buckets import Bucket, Version, etag, this_second
from tests.faults.cloud.client import Operation, Pages
from tests.faults.cloud.errors import RefusedError, answered

_TYPE = "binary/octet-stream"
_RANGE = re.compile(r"bytes=([0-9]+)-([0-9]+)")
_MOST_LISTED = 1000
_MOST_KEY_BYTES = 1024
# The one way in which the steps copy.
_COPIED = {
    "IfNoneMatch": "*",
    "MetadataDirective": "REPLACE",
    "TaggingDirective": "REPLACE",
    "ChecksumAlgorithm": "SHA256",
}
PAGES = {
    "list_object_versions": Pages(
        "MaxKeys",
        {"NextKeyMarker": "KeyMarker", "NextVersionIdMarker": "VersionIdMarker"},
        "IsTruncated",
    ),
    "list_parts": Pages("MaxParts", {"NextPartNumberMarker": "PartNumberMarker"}, "IsTruncated"),
}


class Objects:
    """Every bucket; *told* hears of each write and delete in a watched one."""

    def __init__(
        self, buckets: Collection[Bucket], region: str, told: Callable[[dict[str, Any]], None]
    ) -> None:
        self.buckets = {bucket.name: bucket for bucket in buckets}
        self._region, self._told = region, told
        self._versions, self._events = count(1), count(1)

    def reset(self) -> None:
        """Forget everything."""
        for bucket in self.buckets.values():
            bucket.clear()
        self._versions, self._events = count(1), count(1)

    def operations(self) -> dict[str, Operation]:
        """Return the operations by name."""

        def takes(run: Callable[[Any], Any], *optional: str) -> Operation:
            return Operation(run, frozenset({"Bucket", "Key"}), frozenset(optional))

        copied = frozenset({"Bucket", "Key", "CopySource", "ContentType", *_COPIED})
        return {
            "PutObject": takes(self.put, "Body", "ContentType", "ChecksumSHA256"),
            "GetObject": takes(self.get, "VersionId", "Range"),
            "HeadObject": takes(self.head, "VersionId", "ChecksumMode"),
            "CopyObject": Operation(
                self.copy, copied - {"IfNoneMatch"}, frozenset({"IfNoneMatch"})
            ),
            "DeleteObject": Operation(self.delete, frozenset({"Bucket", "Key", "VersionId"})),
            "ListObjectVersions": Operation(
                self.list_versions,
                frozenset({"Bucket"}),
                frozenset({"Prefix", "MaxKeys", "KeyMarker", "VersionIdMarker"}),
            ),
        }

    def bucket(self, params: Mapping[str, Any]) -> Bucket:
        """Return the bucket that a request names, or refuse."""
        found = self.buckets.get(params["Bucket"])
        if found is None:
            raise RefusedError("NoSuchBucket", "The specified bucket does not exist", 404)
        if "Key" in params and not 1 <= len(params["Key"].encode()) <= _MOST_KEY_BYTES:
            raise RefusedError("KeyTooLongError", "Your key is too long")
        return found

    def store(self, bucket: Bucket, key: str, content: bytes, reason: str, **more: Any) -> Version:
        """Make a version and tell of it; *reason* as S3 words it."""
        made = Version(
            key,
            f"version{next(self._versions):025d}",
            content,
            more.pop("etag", None) or etag(content),
            this_second(),
            more.pop("content_type", None) or _TYPE,
            **more,
        )
        bucket.add(made)
        self._tell(reason, bucket, made)
        return made

    def _tell(self, reason: str, bucket: Bucket, version: Version) -> None:
        if not bucket.watched:
            return
        event = as_event(reason, bucket, version, self._region)
        number = next(self._events)
        event["id"] = f"00000000-0000-4000-9000-{number:012d}"
        event["detail"]["request-id"] = f"{number:016X}"
        event["detail"]["object"]["sequencer"] = f"{number:016X}"
        self._told(event)

    def put(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Answer PutObject."""
        bucket, content = self.bucket(params), params["Body"]
        if not isinstance(content, bytes):
            raise NotImplementedError("a body that is no bytes")
        promised = params.get("ChecksumSHA256")
        if promised is not None and promised != _sha256(content):
            raise RefusedError(
                "BadDigest", "The SHA256 you specified did not match the calculated checksum."
            )
        made = self.store(
            *(bucket, params["Key"], content, "PutObject"),
            content_type=params.get("ContentType"),
            checksum=promised,
        )
        told = {"ChecksumSHA256": promised, "ChecksumType": "FULL_OBJECT"} if promised else {}
        return answered(ETag=made.etag, VersionId=made.version_id, **told)

    def get(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Answer GetObject."""
        version = self.bucket(params).version(params["Key"], params.get("VersionId"))
        if "Range" not in params:
            return _with_body(version, version.content)
        asked = _RANGE.fullmatch(params["Range"])
        if not asked or int(asked[1]) > int(asked[2]):
            raise NotImplementedError(f"the range {params['Range']}")
        first, last = int(asked[1]), min(int(asked[2]), version.size - 1)
        if first >= version.size:
            raise RefusedError("InvalidRange", "The requested range is not satisfiable", 416)
        answer = _with_body(version, version.content[first : last + 1])
        answer["ContentRange"] = f"bytes {first}-{last}/{version.size}"
        answer["ResponseMetadata"]["HTTPStatusCode"] = 206
        return answer

    def head(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Answer HeadObject; an error has no body, hence no name but its status."""
        try:
            version = self.bucket(params).version(params["Key"], params.get("VersionId"))
        except RefusedError as refused:
            raise RefusedError("404", "Not Found", refused.status) from None
        answer = _described(version, version.size)
        if params.get("ChecksumMode") == "ENABLED" and version.checksum:
            answer |= {"ChecksumSHA256": version.checksum, "ChecksumType": "FULL_OBJECT"}
        return answer

    def copy(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Answer CopyObject."""
        for name, known in _COPIED.items():
            if params.get(name, known) != known:
                raise NotImplementedError(f"CopyObject with {name}={params[name]}")
        bucket, source = self.bucket(params), params["CopySource"]
        if source.keys() != {"Bucket", "Key", "VersionId"}:
            raise NotImplementedError(f"a copy of {sorted(source)}")
        if params.get("IfNoneMatch") and bucket.current(params["Key"]):
            raise RefusedError(
                "PreconditionFailed",
                "At least one of the pre-conditions you specified did not hold",
                412,
            )
        version = self.bucket(source).version(source["Key"], source["VersionId"])
        made = self.store(
            *(bucket, params["Key"], version.content, "CopyObject"),
            content_type=params["ContentType"],
            checksum=_sha256(version.content),
        )
        result = {
            "ETag": made.etag,
            "LastModified": made.modified,
            "ChecksumSHA256": made.checksum,
            "ChecksumType": "FULL_OBJECT",
        }
        return answered(
            VersionId=made.version_id,
            CopySourceVersionId=version.version_id,
            CopyObjectResult=result,
        )

    def delete(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Answer DeleteObject; to delete what is not there is no error."""
        bucket = self.bucket(params)
        for version in bucket.keys.get(params["Key"], ()):
            if version.version_id == params["VersionId"]:
                bucket.remove(version)
                self._tell("DeleteObject", bucket, version)
                break
        answer = answered(VersionId=params["VersionId"])
        answer["ResponseMetadata"]["HTTPStatusCode"] = 204
        return answer

    def list_versions(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Answer ListObjectVersions."""
        bucket, prefix = self.bucket(params), params.get("Prefix", "")
        most = min(params.get("MaxKeys", _MOST_LISTED), _MOST_LISTED)
        found = list(bucket.listed(prefix))
        after = params.get("KeyMarker"), params.get("VersionIdMarker")
        if after[0]:
            places: list[Any] = [(each.name, each.version_id) for each in found]
            found = found[places.index(after) + 1 :]
        shown = found[:most]
        answer = answered(
            Name=bucket.name, Prefix=prefix, MaxKeys=most, IsTruncated=len(found) > most
        )
        if shown:
            answer["Versions"] = [listed(bucket, each) for each in shown]
        if answer["IsTruncated"]:
            answer |= {
                "NextKeyMarker": shown[-1].name,
                "NextVersionIdMarker": shown[-1].version_id,
            }
        return answer


def listed(bucket: Bucket, version: Version) -> dict[str, Any]:
    """Return *version* as ListObjectVersions names it."""
    return {
        "Key": version.name,
        "VersionId": version.version_id,
        "IsLatest": version is bucket.current(version.name),
        "ETag": version.etag,
        "Size": version.size,
        "LastModified": version.modified,
        "StorageClass": "STANDARD",
    }


def _described(version: Version, length: int) -> dict[str, Any]:
    return answered(
        ContentLength=length,
        ContentType=version.content_type,
        ETag=version.etag,
        LastModified=version.modified,
        VersionId=version.version_id,
        Metadata={},
    )


def _with_body(version: Version, content: bytes) -> dict[str, Any]:
    answer = _described(version, len(content))
    answer["Body"] = StreamingBody(BytesIO(content), len(content))
    return answer


def _sha256(content: bytes) -> str:
    return base64.b64encode(hashlib.sha256(content).digest()).decode("ascii")
