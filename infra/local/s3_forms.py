"""Whether S3 would take a browser's form: POST policy, and the answer moto leaves half done."""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from werkzeug.datastructures import Headers
from werkzeug.http import parse_options_header
from werkzeug.sansio.multipart import Data, Epilogue, Field, File, MultipartDecoder, NeedData

from infra.local.s3_signatures import RefusedError, denied
from infra.local.sealed import KEY_ID, SECRET

_NEVER_IN_POLICY = {"policy", "x-amz-signature", "file", "awsaccesskeyid", "signature"}
_MOST_FIELD_BYTES = 20_480  # S3's limit for everything but the file


@dataclass(frozen=True)
class Form:
    """The fields before the file, names in lower case, and the file's name and size."""

    fields: Mapping[str, str]
    file_name: str | None
    file_bytes: int

    @property
    def key(self) -> str:
        """Return the object's key, with `${filename}` filled in."""
        return self.fields.get("key", "").replace("${filename}", self.file_name or "")


def parse(content_type: str, body: bytes) -> Form:
    """Read a form as S3 does: whatever follows the file is ignored."""
    kind, options = parse_options_header(content_type)
    if kind != "multipart/form-data" or "boundary" not in options:
        raise RefusedError(412, "PreconditionFailed", "Bucket POST must be multipart/form-data")
    decoder = MultipartDecoder(options["boundary"].encode("latin-1"))
    decoder.receive_data(body)
    decoder.receive_data(None)
    fields: dict[str, str] = {}
    name, file_name, size, value = "", None, 0, b""
    while not isinstance(event := decoder.next_event(), Epilogue | NeedData):
        if isinstance(event, Field):
            name, value = event.name.lower(), b""
        elif isinstance(event, File):
            name, file_name = "file", event.filename
        elif isinstance(event, Data):
            value += event.data if file_name is None else b""
            size += len(event.data) if file_name is not None else 0
            if not event.more_data and file_name is not None:
                break
            if not event.more_data:
                fields[name] = value.decode("utf-8", "replace")
    return Form(fields, file_name, size)


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


def complete(
    form: Form, bucket: str, location: str, etag: str, headers: Headers
) -> tuple[int, bytes]:
    """Return status and body as S3 answers a form; moto leaves out ETag, Location and XML."""
    headers["ETag"] = etag
    headers["Location"] = location
    redirect = form.fields.get("success_action_redirect") or form.fields.get("redirect")
    if redirect:
        join = "&" if "?" in redirect else "?"
        headers["Location"] = f"{redirect}{join}bucket={bucket}&key={form.key}&etag={etag}"
        return 303, b""
    if form.fields.get("success_action_status") != "201":
        return 204, b""
    headers["Content-Type"] = "application/xml"
    return 201, (
        '<?xml version="1.0" encoding="UTF-8"?>\n<PostResponse>'
        f"<Location>{location}</Location><Bucket>{bucket}</Bucket>"
        f"<Key>{form.key}</Key><ETag>{etag}</ETag></PostResponse>"
    ).encode()
