"""Quarantine: where files wait to be checked. Only check_upload and the scanner read it."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from intake.aws.outages import outages_become_refusals

# The sender's own type never reaches S3: no browser may ever act on it.
_TYPE = "application/octet-stream"
# Signed requests live short: whoever reads one from a log finds it expired.
SIGNED_FOR = timedelta(minutes=15)
# A form without a script shows no progress, and people choose their files while it is open.
FORM_SIGNED_FOR = timedelta(hours=1)
# Then nothing that was signed works any more, and what began before has come or broken.
LAPSED = FORM_SIGNED_FOR + timedelta(minutes=20)


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
                ContentType=_TYPE,
                ChecksumSHA256=base64.b64encode(sha256).decode("ascii"),
            )
        version: str = answer["VersionId"]
        return version

    def signed_form(
        self,
        key: str,
        smallest: int,
        largest: int,
        *,
        back_to: str | None = None,
    ) -> tuple[str, Mapping[str, str]]:
        """
        Return address and fields of the one POST that may make the object *key*.

        S3 itself holds the size. Every field is fixed by the policy, and there is none for tags:
        a malware scanner's verdict is a tag. With *back_to*, S3 sends the browser there.
        """
        answered = (
            {"success_action_redirect": back_to} if back_to else {"success_action_status": "201"}
        )
        fields = {"Content-Type": _TYPE, **answered}
        conditions: list[Any] = [{name: value} for name, value in fields.items()]
        lives = FORM_SIGNED_FOR if back_to else SIGNED_FOR
        signed = self.s3.generate_presigned_post(
            self.name,
            key,
            Fields=fields,
            Conditions=[*conditions, ["content-length-range", smallest, largest]],
            ExpiresIn=int(lives.total_seconds()),
        )
        return signed["url"], signed["fields"]

    def signed_beginning(self, key: str) -> tuple[str, Mapping[str, str]]:
        """Return the address that begins a multipart upload of *key*, and the headers it needs."""
        url = self._signed("create_multipart_upload", key, ContentType=_TYPE)
        return url, {"Content-Type": _TYPE}

    def signed_part(self, key: str, upload_id: str, part: int, size: int) -> str:
        """Return the address for one part, which must have exactly *size* bytes."""
        given = {"UploadId": upload_id, "PartNumber": part, "ContentLength": size}
        return self._signed("upload_part", key, **given)

    def signed_parts(self, key: str, upload_id: str) -> str:
        """Return the address that lists the parts that came."""
        return self._signed("list_parts", key, UploadId=upload_id)

    def signed_completion(self, key: str, upload_id: str) -> str:
        """Return the address that makes one object of the parts."""
        return self._signed("complete_multipart_upload", key, UploadId=upload_id)

    def signed_abort(self, key: str, upload_id: str) -> str:
        """Return the address that throws the parts away."""
        return self._signed("abort_multipart_upload", key, UploadId=upload_id)

    def _signed(self, operation: str, key: str, **given: Any) -> str:
        url: str = self.s3.generate_presigned_url(
            operation,
            Params={"Bucket": self.name, "Key": key, **given},
            ExpiresIn=int(SIGNED_FOR.total_seconds()),
        )
        return url

    def abort(self, key: str, upload_id: str) -> None:
        """Throw the parts of an upload away, if S3 will: they expire by themselves."""
        with suppress(ClientError, BotoCoreError):
            self.s3.abort_multipart_upload(Bucket=self.name, Key=key, UploadId=upload_id)

    def size_of_parts(self, key: str, upload_id: str) -> int | None:
        """Return how many bytes came in parts; None if *key* has no such upload."""
        pages = self.s3.get_paginator("list_parts").paginate(
            Bucket=self.name, Key=key, UploadId=upload_id
        )
        with outages_become_refusals():
            try:
                return sum(int(part["Size"]) for page in pages for part in page.get("Parts", ()))
            except ClientError as error:
                if error.response["Error"]["Code"] == "NoSuchUpload":
                    return None
                raise

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

    def read(self, key: str, version: str, start: int, end: int) -> bytes | None:
        """Return the bytes from *start* up to *end* of a version; None if there are none."""
        try:
            answer = self.s3.get_object(
                Bucket=self.name, Key=key, VersionId=version, Range=f"bytes={start}-{end - 1}"
            )
        except ClientError as error:
            if error.response["Error"]["Code"] in {"NoSuchKey", "NoSuchVersion", "404"}:
                return None
            raise
        content: bytes = answer["Body"].read()
        return content

    def first(self, key: str) -> tuple[str, Upload] | None:
        """Return the oldest version under *key*, without its bytes; None if nothing ever came."""
        pages = self.s3.get_paginator("list_object_versions").paginate(Bucket=self.name, Prefix=key)
        found = [each for page in pages for each in page.get("Versions", ()) if each["Key"] == key]
        if not found:
            return None
        # S3 lists the newest first. Its times, of whole seconds, tell less (S3 API reference,
        # ListObjectVersions).
        oldest = found[-1]
        return oldest["VersionId"], Upload(oldest["Size"], oldest["LastModified"], b"")

    def holds(self, key: str) -> bool:
        """Tell whether anything came under *key*, before its event did."""
        with outages_become_refusals():
            return self.first(key) is not None

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
