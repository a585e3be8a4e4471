"""Quarantine: where files wait to be checked. Only check_upload and the scanner read it."""

from __future__ import annotations

import base64
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from intake.aws.outages import outages_become_refusals


@dataclass(frozen=True)
class Upload:
    """One version in quarantine: its size in bytes, when it came, and its first bytes."""

    size: int
    arrived_at: datetime
    start: bytes


@dataclass(frozen=True)
class UploadsBucket:
    """The bucket `uploads`. Keys are opaque; objects carry no type, name or tag of the sender."""

    s3: Any
    name: str

    def put(self, key: str, content: bytes, sha256: bytes) -> str:
        """Store *content*, have S3 compare its SHA-256, and return the version to be checked."""
        with outages_become_refusals():
            answer = self.s3.put_object(
                Bucket=self.name,
                Key=key,
                Body=content,
                ContentType="application/octet-stream",
                ChecksumSHA256=base64.b64encode(sha256).decode("ascii"),
            )
        version: str = answer["VersionId"]
        return version

    def look(self, key: str, version: str, start_bytes: int) -> Upload | None:
        """Read the first *start_bytes* bytes of a version; None if it is gone."""
        try:
            answer = self.s3.get_object(
                Bucket=self.name, Key=key, VersionId=version, Range=f"bytes=0-{start_bytes - 1}"
            )
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code == "InvalidRange":  # an empty object has no first byte
                return self._empty(key, version)
            if code in {"NoSuchKey", "NoSuchVersion", "404"}:
                return None
            raise
        size = int(answer["ContentRange"].rpartition("/")[2])
        return Upload(size, answer["LastModified"], answer["Body"].read())

    def first(self, key: str) -> tuple[str, Upload] | None:
        """Return the oldest version under *key*, without its bytes; None if nothing ever came."""
        pages = self.s3.get_paginator("list_object_versions").paginate(Bucket=self.name, Prefix=key)
        found = [each for page in pages for each in page.get("Versions", ()) if each["Key"] == key]
        if not found:
            return None
        oldest = min(found, key=lambda each: each["LastModified"])
        return oldest["VersionId"], Upload(oldest["Size"], oldest["LastModified"], b"")

    def _empty(self, key: str, version: str) -> Upload:
        answer = self.s3.head_object(Bucket=self.name, Key=key, VersionId=version)
        return Upload(answer["ContentLength"], answer["LastModified"], b"")

    def discard(self, key: str, version: str) -> None:
        """Remove what nobody needs, if S3 will: check_upload removes what is left over."""
        with suppress(ClientError, BotoCoreError):
            self.delete(key, version)

    def delete(self, key: str, version: str) -> None:
        """Remove exactly this version; without a version S3 would only hide it."""
        self.s3.delete_object(Bucket=self.name, Key=key, VersionId=version)
