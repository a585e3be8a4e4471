"""Sign one request for one object of one inquiry, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from intake.aws.declared import Declared, upload_key
from intake.aws.uploads import UploadsBucket
from intake.errors import AlreadyReceivedError, NotSignedError
from intake.forms import Form
from intake.inquiry import LOOK_FOR_UPLOAD, File, Inquiry
from sign_upload import admission
from sign_upload.admission import Limits
from sign_upload.shapes import Beginning, Continuation, Step

# S3's bounds, and what Uppy makes of them: a part's size follows from the file's, on both sides.
MIN_PART_BYTES = 5 * 2**20
MOST_PARTS = 10_000


@dataclass(frozen=True)
class Signer:
    """Where files are declared, and the bucket that they are sent to."""

    declared: Declared
    uploads: UploadsBucket
    limits: Limits

    def begin(
        self, form: Form, inquiry: Inquiry, file: File | None, asked: Beginning, now: datetime
    ) -> tuple[File, Mapping[str, Any]]:
        """
        Declare a file, or find it declared, and sign what begins its upload.

        *file* is what the same client key of the same size and kind stands for already: a lost
        answer, a reload or a second click then goes on with it.
        """
        if file is None:
            file = self._declare(form, inquiry, asked, now)
        if file.arrived_at:
            raise AlreadyReceivedError
        if file.abandoned_at:
            self.declared.revive(file, now, self.limits.room)
            if file.upload_id:
                self.uploads.abort(file.key, file.upload_id)
            file = replace(file, abandoned_at=None, upload_id=None)
        if asked.in_parts:
            url, headers = self.uploads.signed_beginning(file.key)
            resumed = {"uploadId": file.upload_id} if file.upload_id else {}
            return file, {"url": url, "key": file.key, "headers": headers, **resumed}
        url, fields = self.uploads.signed_form(file.key, asked.size, asked.size)
        return file, {"url": url, "fields": fields}

    def _declare(self, form: Form, inquiry: Inquiry, asked: Beginning, now: datetime) -> File:
        record = admission.check(form, inquiry, asked, self.limits)
        wanted = declaration(inquiry.id, asked.requirement, record, now)
        wanted = replace(
            wanted, size=asked.size, name=asked.name, declared_type=asked.declared_type
        )
        return self.declared.declare(wanted, key_of(asked), self.limits.room)

    def go_on(self, file: File | None, asked: Continuation, now: datetime) -> Mapping[str, Any]:
        """
        Sign a step of a multipart upload.

        Key and upload id come from a browser: the key has to be a declared file's, and S3 has to
        know this upload under this very key.
        """
        if file is None or not file.size or file.abandoned_at:
            raise NotSignedError
        if asked.step is Step.COMPLETE:
            return {"url": self._complete(file, file.size, asked.upload_id)}
        if file.arrived_at:
            raise AlreadyReceivedError
        size = part_size(file.size, asked.part) if asked.step is Step.PART else 0
        if asked.upload_id != file.upload_id:
            if self.uploads.size_of_parts(file.key, asked.upload_id) is None:
                raise NotSignedError
            if asked.step is not Step.ABORT:
                self._switch(file, asked.upload_id)
        return {"url": self._url(file, asked, size, now)}

    def _url(self, file: File, asked: Continuation, size: int, now: datetime) -> str:
        if asked.step is Step.PART:
            return self.uploads.signed_part(file.key, asked.upload_id, asked.part, size)
        if asked.step is Step.PARTS:
            return self.uploads.signed_parts(file.key, asked.upload_id)
        # Whoever takes a file back begins anew, and the team need not wait for it.
        self.declared.abandon(file, now, asked.upload_id)
        return self.uploads.signed_abort(file.key, asked.upload_id)

    def _switch(self, file: File, upload_id: str) -> None:
        """Only one upload of a file may hold parts: the one before is thrown away."""
        old = self.declared.remember(file, upload_id)
        if old:
            self.uploads.abort(file.key, old)

    def _complete(self, file: File, declared: int, upload_id: str) -> str:
        is_known = upload_id == file.upload_id
        if file.arrived_at and not is_known:
            raise AlreadyReceivedError
        sent = self.uploads.size_of_parts(file.key, upload_id)
        # A known upload that S3 no longer lists was completed, and the answer got lost: S3 gives
        # it again to whoever repeats the request.
        if (sent is None and not is_known) or (sent or 0) > declared:
            raise NotSignedError
        if not is_known:
            self._switch(file, upload_id)
        return self.uploads.signed_completion(file.key, upload_id)


def declaration(inquiry: str, requirement: str, record: int | None, now: datetime) -> File:
    """Return a file of which nothing but its kind is known; it gets its number when stored."""
    return File(
        inquiry=inquiry,
        n=0,
        record=record,
        requirement=requirement,
        version=None,
        size=None,
        sha256=None,
        name="",
        declared_type="",
        declared_at=now,
        due_at=now + LOOK_FOR_UPLOAD,
    )


def key_of(asked: Beginning) -> str:
    """Return the key under which a script's file is declared once."""
    return upload_key("file", asked.requirement, asked.size, asked.client_key)


def part_size(size: int, part: int) -> int:
    """Return how many bytes part number *part* of a file must have; refuse one beyond its end."""
    full = max(MIN_PART_BYTES, -(-size // MOST_PARTS))
    before = (part - 1) * full
    if part < 1 or before >= size:
        raise NotSignedError
    return min(full, size - before)
