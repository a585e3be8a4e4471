"""Whether S3 would take a browser's form: POST policy, and the answer moto leaves half done."""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO
from urllib.parse import urlencode, urlsplit
from xml.sax.saxutils import escape

from werkzeug.http import parse_options_header
from werkzeug.sansio.multipart import (
    Data,
    Epilogue,
    Event,
    Field,
    File,
    MultipartDecoder,
    NeedData,
)

from infra.local.s3_content import blocks, spool
from infra.local.s3_signatures import RefusedError, denied
from infra.local.sealed import KEY_ID, SECRET

_NEVER_IN_POLICY = {"policy", "x-amz-signature", "file", "awsaccesskeyid", "signature"}
_MOST_FIELD_BYTES = 20_480  # S3's limit for everything but the file


@dataclass(frozen=True)
class Form:
    """The fields before the file, names in lower case, and the file's name, size and content."""

    fields: Mapping[str, str]
    file_name: str | None
    file_bytes: int
    content: BinaryIO

    @property
    def key(self) -> str:
        """Return the object's key, with `${filename}` filled in."""
        return self.fields.get("key", "").replace("${filename}", self.file_name or "")

    @property
    def metadata(self) -> dict[str, str]:
        """Return what S3 keeps with the object."""
        kept = {"cache-control", "content-disposition", "content-encoding", "content-type"}
        return {
            name: value
            for name, value in self.fields.items()
            if name in kept or name.startswith("x-amz-meta-")
        }


def parse(content_type: str, body: BinaryIO) -> Form:
    """Read a form as S3 does: whatever follows the file is ignored."""
    kind, options = parse_options_header(content_type)
    if kind != "multipart/form-data" or "boundary" not in options:
        raise RefusedError(412, "PreconditionFailed", "Bucket POST must be multipart/form-data")
    content, fields = spool(), dict[str, str]()
    name, file_name, size, value = "", None, 0, b""
    for event in _events(MultipartDecoder(options["boundary"].encode("latin-1")), body):
        if isinstance(event, Field):
            name, value = event.name.lower(), b""
        elif isinstance(event, File):
            name, file_name = "file", event.filename
        elif isinstance(event, Data) and file_name is not None:
            size += content.write(event.data)
            if not event.more_data:
                break
        elif isinstance(event, Data):
            value += event.data
            if not event.more_data:
                fields[name] = value.decode("utf-8", "replace")
    return Form(fields, file_name, size, content)


def _events(decoder: MultipartDecoder, body: BinaryIO) -> Iterator[Event]:
    for block in (*blocks(body), None):
        decoder.receive_data(block)
        while not isinstance(event := decoder.next_event(), Epilogue | NeedData):
            yield event


def check(form: Form, bucket: str, now: datetime) -> None:
    """Raise RefusedError unless S3 would store the file of *form* in *bucket* at *now*."""
    fields = form.fields
    if form.file_name is None:
        raise RefusedError(
            400, "InvalidArgument", "POST requires exactly one file upload per request."
        )
    if not fields.get("key"):
        raise RefusedError(400, "InvalidArgument", "Bucket POST must contain a field named 'key'.")
    if "policy" not in fields:
        raise denied("Access Denied")
    if sum(len(name) + len(value) for name, value in fields.items()) > _MOST_FIELD_BYTES:
        raise RefusedError(
            400,
            "MaxPostPreDataLengthExceeded",
            "Your POST request fields preceding the upload file were too large.",
        )
    _check_signature(fields)
    policy = _policy(fields["policy"])
    _check_expiry(policy, now)
    _check_conditions(policy["conditions"], form, bucket)


def _check_signature(fields: Mapping[str, str]) -> None:
    credential = fields.get("x-amz-credential", "").split("/")
    if fields.get("x-amz-algorithm") != "AWS4-HMAC-SHA256" or len(credential) != 5:  # noqa: PLR2004
        raise RefusedError(400, "InvalidRequest", "Please use AWS4-HMAC-SHA256.")
    if credential[0] != KEY_ID:
        raise RefusedError(
            403, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist."
        )
    key = f"AWS4{SECRET}".encode()
    for part in credential[1:]:
        key = hmac.digest(key, part.encode(), hashlib.sha256)
    expected = hmac.digest(key, fields["policy"].encode(), hashlib.sha256).hex()
    if not hmac.compare_digest(expected, fields.get("x-amz-signature", "")):
        raise RefusedError(
            403,
            "SignatureDoesNotMatch",
            "The request signature we calculated does not match the signature you provided.",
        )


def _policy(encoded: str) -> dict[str, Any]:
    try:
        policy = json.loads(base64.b64decode(encoded, validate=True))
        if isinstance(policy["expiration"], str) and isinstance(policy["conditions"], list):
            return dict(policy)
    except (binascii.Error, ValueError, KeyError, TypeError):
        pass
    raise RefusedError(400, "InvalidPolicyDocument", "The policy is not valid JSON.")


def _check_expiry(policy: Mapping[str, Any], now: datetime) -> None:
    try:
        expires = datetime.fromisoformat(policy["expiration"])
        expired = now > expires
    except (ValueError, TypeError) as error:
        raise RefusedError(400, "InvalidPolicyDocument", "expiration is no date") from error
    if expired:
        raise denied("Invalid according to Policy: Policy expired.")


def _check_conditions(conditions: list[Any], form: Form, bucket: str) -> None:
    values = {**form.fields, "key": form.key, "bucket": bucket}
    covered: set[str] = set()
    for condition in conditions:
        if isinstance(condition, dict):
            parts = [["eq", f"${name}", value] for name, value in condition.items()]
        else:
            parts = [condition]
        for operator, name, value in parts:
            field = str(name).removeprefix("$").lower()
            if operator == "content-length-range":
                _check_size(int(name), int(value), form.file_bytes)
            elif operator not in {"eq", "starts-with"}:
                raise RefusedError(400, "InvalidPolicyDocument", f"unknown operator {operator}")
            else:
                covered.add(field)
                given = values.get(field, "")
                holds = given == value if operator == "eq" else given.startswith(value)
                if not holds:
                    raise denied(
                        f"Invalid according to Policy: Policy Condition failed: "
                        f'["{operator}", "${field}", "{value}"]'
                    )
    extra = [
        name
        for name in form.fields
        if name not in covered | _NEVER_IN_POLICY and not name.startswith("x-ignore-")
    ]
    if extra:
        raise denied(f"Invalid according to Policy: Extra input fields: {', '.join(sorted(extra))}")


def _check_size(least: int, most: int, size: int) -> None:
    if size < least:
        raise RefusedError(
            400, "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size"
        )
    if size > most:
        raise RefusedError(
            400, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size"
        )


def answer(
    form: Form, bucket: str, location: str, told: Mapping[str, str]
) -> tuple[int, dict[str, str], bytes]:
    """Return what S3 says to a form whose file is stored; *told* is what it tells of the object."""
    redirect = form.fields.get("success_action_redirect") or form.fields.get("redirect", "")
    headers = {**told, "Location": location}
    if urlsplit(redirect).scheme in {"http", "https"}:
        query = urlencode({"bucket": bucket, "key": form.key, "etag": told["ETag"]})
        headers["Location"] = f"{redirect}{'&' if '?' in redirect else '?'}{query}"
        return 303, headers, b""
    status = form.fields.get("success_action_status")
    if status != "201":
        return (200 if status == "200" else 204), headers, b""
    headers["Content-Type"] = "application/xml"
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<PostResponse>'
        f"<Location>{escape(location)}</Location><Bucket>{bucket}</Bucket>"
        f"<Key>{escape(form.key)}</Key><ETag>{escape(told['ETag'])}</ETag></PostResponse>"
    )
    return 201, headers, body.encode()
