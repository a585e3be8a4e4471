"""Whether S3 would take a presigned URL: its signature, its age and its algorithm."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from infra.local.sealed import KEY_ID, SECRET

LONGEST = 604_800
"""Seven days in seconds: AWS signs no link for longer."""

_STAMP = "%Y%m%dT%H%M%SZ"
_NEVER_SIGNED = {"x-amz-content-sha256"}


class RefusedError(Exception):
    """S3 would refuse: HTTP status, S3's own error code, and a sentence."""

    def __init__(self, status: int, code: str, message: str) -> None:
        """Keep what S3's answer is made of."""
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


@dataclass(frozen=True)
class Asked:
    """A request as it came over the wire: *target* still percent-encoded."""

    method: str
    target: str
    headers: Mapping[str, str]

    @property
    def query(self) -> dict[str, str]:
        """Return the query parameters, decoded."""
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))


def denied(message: str) -> RefusedError:
    """Return S3's 403."""
    return RefusedError(403, "AccessDenied", message)


def check_presigned(asked: Asked, now: datetime) -> None:
    """Raise RefusedError unless S3 would take this presigned request at *now*."""
    query = asked.query
    if "X-Amz-Signature" not in query:
        raise RefusedError(
            400,
            "InvalidRequest",
            "The authorization mechanism you have provided is not supported. "
            "Please use AWS4-HMAC-SHA256.",
        )
    needed = ("X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders")
    if missing := [name for name in needed if name not in query]:
        raise _malformed(f"missing {', '.join(missing)}")
    key_id, _, scope = query["X-Amz-Credential"].partition("/")
    if key_id != KEY_ID:
        raise RefusedError(
            403, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist."
        )
    if query.get("X-Amz-Algorithm") != "AWS4-HMAC-SHA256":
        raise _malformed("X-Amz-Algorithm only supports AWS4-HMAC-SHA256")
    _check_age(query, now)
    signed = query["X-Amz-SignedHeaders"].split(";")
    unsigned = [
        name
        for name in asked.headers
        if name.startswith("x-amz-") and name not in signed and name not in _NEVER_SIGNED
    ]
    if unsigned:
        raise denied(
            f"There were headers present in the request which were not signed: "
            f"{', '.join(sorted(unsigned))}"
        )
    if not hmac.compare_digest(_signature(asked, scope, signed), query["X-Amz-Signature"]):
        raise RefusedError(
            403,
            "SignatureDoesNotMatch",
            "The request signature we calculated does not match the signature you provided. "
            "Check your key and signing method.",
        )


def _malformed(message: str) -> RefusedError:
    return RefusedError(400, "AuthorizationQueryParametersError", message)


def _check_age(query: Mapping[str, str], now: datetime) -> None:
    try:
        signed_at = datetime.strptime(query["X-Amz-Date"], _STAMP).replace(tzinfo=UTC)
        expires = int(query["X-Amz-Expires"])
    except ValueError as error:
        raise _malformed("X-Amz-Date and X-Amz-Expires must be a date and a number") from error
    if not 1 <= expires <= LONGEST:
        raise _malformed("X-Amz-Expires must be less than a week (in seconds)")
    if now > signed_at + timedelta(seconds=expires):
        raise denied("Request has expired")
    if signed_at > now + timedelta(minutes=15):
        raise denied("Request is not yet valid")


def _signature(asked: Asked, scope: str, signed: list[str]) -> str:
    """Sign the request anew, by botocore's own steps, as the credential's *scope* says."""
    try:
        _, region, service, _ = scope.split("/")
    except ValueError as error:
        raise _malformed("X-Amz-Credential is not date/region/service/aws4_request") from error
    auth = S3SigV4QueryAuth(Credentials(KEY_ID, SECRET), service, region)
    path, _, raw_query = asked.target.partition("?")
    headers = {name: asked.headers[name] for name in signed if name in asked.headers}
    request = AWSRequest(method=asked.method, url=f"http://host{path}", headers=headers)
    request.context["timestamp"] = asked.query["X-Amz-Date"]
    pairs = [part if "=" in part else f"{part}=" for part in raw_query.split("&")]
    canonical = "\n".join(
        [
            asked.method,
            path,
            "&".join(sorted(p for p in pairs if not p.startswith("X-Amz-Signature="))),
            "".join(f"{name}:{_one_space(headers.get(name, ''))}\n" for name in signed),
            ";".join(signed),
            "UNSIGNED-PAYLOAD",
        ]
    )
    return str(auth.signature(auth.string_to_sign(request, canonical), request))


def _one_space(value: str) -> str:
    return " ".join(value.split())
