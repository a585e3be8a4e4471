"""S3: objects that come in parts."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from itertools import count
from typing import Any

from tests.faults.cloud.buckets import Upload, Version, etag, this_second
from tests.faults.cloud.client import Operation
from tests.faults.cloud.errors import RefusedError, answered
from tests.faults.cloud.s3 import Objects

SMALLEST = 5 << 20
"""Bytes of every part but the last."""
_MOST_PARTS, _MOST_LISTED = 10_000, 1000


class Parts:
    """Unfinished uploads; `smallest` bounds every part but the last, in bytes."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._numbers = count(1)
        self.smallest = SMALLEST

    def reset(self) -> None:
        """Begin with the first upload id."""
        self._numbers = count(1)

    def operations(self) -> dict[str, Operation]:
        """Return the operations by name."""

        def takes(run: Callable[[Any], Any], *required: str, **optional: Any) -> Operation:
            return Operation(run, frozenset({"Bucket", "Key", *required}), **optional)

        listed = frozenset({"MaxParts", "PartNumberMarker"})
        return {
            "CreateMultipartUpload": takes(self.begin, optional=frozenset({"ContentType"})),
            "UploadPart": takes(self.put, "UploadId", "PartNumber", "Body"),
            "ListParts": takes(self.list_parts, "UploadId", optional=listed),
            "CompleteMultipartUpload": takes(self.complete, "UploadId", "MultipartUpload"),
            "AbortMultipartUpload": takes(self.abort, "UploadId"),
        }

    def _upload(self, params: Mapping[str, Any]) -> Upload:
        return self._objects.bucket(params).upload(params["Key"], params["UploadId"])

    def begin(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Answer CreateMultipartUpload."""
        bucket, key = self._objects.bucket(params), params["Key"]
        upload_id = f"upload{next(self._numbers):026d}"
        bucket.uploads[upload_id] = Upload(
            key, upload_id, params.get("ContentType", ""), this_second()
        )
        return answered(Bucket=bucket.name, Key=key, UploadId=upload_id)

    def put(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Answer UploadPart; a part that comes again replaces the one before."""
        upload, content, number = self._upload(params), params["Body"], params["PartNumber"]
        if not 1 <= number <= _MOST_PARTS:
            raise RefusedError(
                "InvalidArgument",
                "Part number must be an integer between 1 and 10000, inclusive",
            )
        upload.parts[number] = (content, etag(content), this_second())
        return answered(ETag=etag(content))

    def list_parts(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Answer ListParts."""
        upload, after = self._upload(params), int(params.get("PartNumberMarker", 0))
        most = min(params.get("MaxParts", _MOST_LISTED), _MOST_LISTED)
        later = [number for number in sorted(upload.parts) if number > after]
        shown = later[:most]
        answer = answered(
            Bucket=params["Bucket"],
            Key=upload.key,
            UploadId=upload.id,
            PartNumberMarker=after,
            NextPartNumberMarker=shown[-1] if shown else 0,
            MaxParts=most,
            IsTruncated=len(later) > most,
        )
        if shown:
            answer["Parts"] = [_listed(number, *upload.parts[number]) for number in shown]
        return answer

    def complete(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Answer CompleteMultipartUpload; a second time it is the same."""
        bucket = self._objects.bucket(params)
        for version in bucket.keys.get(params["Key"], ()):
            if version.upload == params["UploadId"]:
                return _completed(params, version)
        upload = self._upload(params)
        listed = [(p["PartNumber"], p["ETag"]) for p in params["MultipartUpload"]["Parts"]]
        contents = self._chosen(upload, listed)
        digests = b"".join(hashlib.md5(each, usedforsecurity=False).digest() for each in contents)
        whole = hashlib.md5(digests, usedforsecurity=False).hexdigest()
        made = self._objects.store(
            *(bucket, upload.key, b"".join(contents), "CompleteMultipartUpload"),
            content_type=upload.content_type,
            etag=f'"{whole}-{len(contents)}"',
            upload=upload.id,
        )
        del bucket.uploads[upload.id]
        return _completed(params, made)

    def _chosen(self, upload: Upload, listed: list[tuple[int, str]]) -> list[bytes]:
        numbers = [number for number, _ in listed]
        if not numbers:
            raise RefusedError("MalformedXML", "The XML you provided was not well-formed")
        if numbers != sorted(set(numbers)):
            raise RefusedError("InvalidPartOrder", "The list of parts was not in ascending order.")
        for number, tag in listed:
            if number not in upload.parts or upload.parts[number][1].strip('"') != tag.strip('"'):
                raise RefusedError(
                    "InvalidPart", "One or more of the specified parts could not be found."
                )
        contents = [upload.parts[number][0] for number in numbers]
        if any(len(each) < self.smallest for each in contents[:-1]):
            raise RefusedError(
                "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size"
            )
        return contents

    def abort(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Answer AbortMultipartUpload."""
        upload = self._upload(params)
        del self._objects.bucket(params).uploads[upload.id]
        answer = answered()
        answer["ResponseMetadata"]["HTTPStatusCode"] = 204
        return answer


def _listed(number: int, content: bytes, tag: str, at: Any) -> dict[str, Any]:
    return {"PartNumber": number, "LastModified": at, "ETag": tag, "Size": len(content)}


def _completed(params: Mapping[str, Any], made: Version) -> dict[str, Any]:
    return answered(
        Bucket=params["Bucket"],
        Key=made.name,
        ETag=made.etag,
        VersionId=made.version_id,
    )
