"""The bucket of checked records, byte for byte as they were handed in."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from botocore.exceptions import ClientError

# CopyObject copies up to 5 GB in one call; no file of ours may be larger than 2 GB.


@dataclass(frozen=True)
class Copy:
    """One version in `records`, and the SHA-256 that S3 computed for it, in hex."""

    version: str
    sha256: str


@dataclass(frozen=True)
class RecordsBucket:
    """The bucket `records`."""

    s3: Any
    name: str

    def find(self, key: str) -> Copy | None:
        """Return the copy that an interrupted attempt left under *key*, or None."""
        try:
            answer = self.s3.head_object(Bucket=self.name, Key=key, ChecksumMode="ENABLED")
        except ClientError as error:
            if error.response["Error"]["Code"] in {"404", "NoSuchKey"}:
                return None
            raise
        return Copy(answer["VersionId"], _hex(answer["ChecksumSHA256"]))

    def take_in(self, key: str, uploads: str, version: str) -> Copy | None:
        """
        Copy exactly *version* of *key* from the bucket *uploads*, or find it copied already.

        None: that version is gone.

        Never a second copy: not by a twin, nor by the client's own retry after a lost answer. Tags
        are replaced by none: a verdict that somebody else wrote as a tag must not come along. S3
        computes the SHA-256 of what it stored.
        """
        try:
            answer = self.s3.copy_object(
                Bucket=self.name,
                Key=key,
                CopySource={"Bucket": uploads, "Key": key, "VersionId": version},
                **self._unless_taken,
                MetadataDirective="REPLACE",
                TaggingDirective="REPLACE",
                ContentType="application/octet-stream",
                ChecksumAlgorithm="SHA256",
            )
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code in {"NoSuchKey", "NoSuchVersion"}:
                return None
            copy = self.find(key) if code == "PreconditionFailed" else None
            if copy is None:
                raise
            return copy
        return Copy(answer["VersionId"], _hex(answer["CopyObjectResult"]["ChecksumSHA256"]))

    @property
    def _unless_taken(self) -> dict[str, str]:
        """
        Return the condition, where the runtime's botocore knows it.

        An older one would refuse the argument and with it every clean file; without it a twin may
        leave a second version, which nothing points to.
        """
        copy = self.s3.meta.service_model.operation_model("CopyObject")
        return {"IfNoneMatch": "*"} if "IfNoneMatch" in copy.input_shape.members else {}

    def link(self, key: str, version: str, name: str, lives: timedelta) -> str:
        """
        Return a URL that downloads exactly *version* as a file called *name*, for a short time.

        Made without asking S3. A browser saves it and never shows it: the content is whatever a
        stranger sent. *name* ends up in logs, so it must not be the sender's.
        """
        url: str = self.s3.generate_presigned_url(
            "get_object",
            Params={
                "Bucket": self.name,
                "Key": key,
                "VersionId": version,
                "ResponseContentDisposition": f"attachment; filename*=UTF-8''{name}",
                "ResponseContentType": "application/octet-stream",
            },
            ExpiresIn=int(lives.total_seconds()),
        )
        return url

    def delete(self, key: str, version: str) -> None:
        """Remove exactly this version."""
        self.s3.delete_object(Bucket=self.name, Key=key, VersionId=version)


def _hex(checksum: str) -> str:
    return base64.b64decode(checksum).hex()
