"""What stands in front of moto: refuses what AWS refuses, one request at a time."""

import json
import shutil
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, BinaryIO
from xml.sax.saxutils import escape

from werkzeug.datastructures import Headers
from werkzeug.http import HTTP_STATUS_CODES
from werkzeug.wrappers import Request

from infra.local import affordable, s3_content, ses_rules
from infra.local.s3_requests import S3, Answer, environ_for_moto
from infra.local.s3_signatures import RefusedError
from infra.local.server import NoAnswerError
from infra.local.stack_list import StackList

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

SEND_EMAIL = "/v2/email/outbound-emails"
SEND_SCAN = "/object-malware-scan/send"
PLAYED = {"s3", "sqs", "dynamodb", "ses", "sts", "guardduty", "events", "cloudformation"}
SCANNER = "scanner"
"""What can be broken beside services: nothing is scanned then, and nobody may ask for it."""
BREAKABLE = PLAYED | {SCANNER}
_QUEUE_CHANGES = {"SendMessage", "SendMessageBatch", "ChangeMessageVisibility"}

OUTAGES: Mapping[str, tuple[int, str, str]] = {
    "outage": (503, "ServiceUnavailable", "The service is unavailable."),
    "throttle": (400, "ThrottlingException", "Maximum sending rate exceeded."),
    "quota": (429, "TooManyRequestsException", "Daily message quota exceeded."),
}
"""Ways in which a broken service refuses: status, AWS's code and sentence."""
LOST, TIMEOUT = "lost", "timeout"
WAYS = (*OUTAGES, LOST, TIMEOUT)
"""All ways to be broken; in the last two it does what it is asked, and nobody hears of it."""
SILENCE = 6.0
"""Seconds without an answer, more than any step waits for one that somebody waits for."""
_S3_THROTTLES = (503, "SlowDown", "Please reduce your request rate.")


@dataclass
class Guard:
    """
    WSGI around moto. What the pipeline has to hear of goes to the callbacks.

    *on_scan* is told bucket, key and version of what somebody wants to have scanned in one of the
    *scanned* buckets; without a version it is the current one.
    """

    moto: "WSGIApplication"
    on_queue: Callable[[str], None]
    on_mail: Callable[[str, Mapping[str, Any]], None]
    on_refusal: Callable[[str, str], None]
    on_scan: Callable[[str, str, str | None], None] = lambda *_: None
    configuration_sets: frozenset[str] = frozenset()
    scanned: frozenset[str] = frozenset()
    stack: StackList = field(default_factory=StackList)
    broken: dict[str, tuple[datetime, str]] = field(default_factory=dict)
    wait: Callable[[float], None] = time.sleep
    # moto looks and then writes: without the lock two conditional writes both win.
    lock: threading.RLock = field(default_factory=threading.RLock)

    def __post_init__(self) -> None:
        """Put the part that plays S3 in its place, and make moto's table affordable."""
        affordable.install()
        self.s3 = S3(self._ask_moto, self.lock)

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer one request, or raise NoAnswerError after it was done."""
        request = Request(environ)
        how = self._how_broken(_service(request))
        with s3_content.spool() as body:
            # Read before the lock is taken, or one slow upload would stop the world.
            shutil.copyfileobj(request.stream, body, s3_content.BLOCK)
            status, headers, answer = self._answered(request, body, how)
        if how in {LOST, TIMEOUT}:
            self.wait(SILENCE if how == TIMEOUT else 0)
            raise NoAnswerError
        if request.method != "HEAD":
            headers["Content-Length"] = str(len(answer))
        start_response(f"{status} {_reason(status)}", list(headers))
        return [answer]

    def _answered(self, request: Request, body: BinaryIO, how: str) -> Answer:
        service = _service(request)
        try:
            _refuse_if_broken(service, how)
            status, headers, answer = self._answer(service, request, body)
        except RefusedError as refused:
            self.on_refusal("s3", refused.code)
            status, headers, answer = _s3_error(refused, request)
        except ses_rules.MailRefusedError as refused:
            self.on_refusal(service, refused.kind)
            status, headers, answer = _json_error(refused)
        if service == "s3":
            self.s3.with_cors(request, headers)
        return status, headers, answer

    def break_service(self, service: str, how: str, until: datetime) -> None:
        """Have every call of *service* fail until then, in one of WAYS."""
        self.broken[service] = (until, how)

    def _how_broken(self, service: str) -> str:
        """Return in which way *service* is broken now, or nothing."""
        for name in (service, SCANNER) if service == "guardduty" else (service,):
            until, how = self.broken.get(name, (None, ""))
            if until is not None and datetime.now(UTC) < until:
                return how
        return ""

    def _answer(self, service: str, request: Request, body: BinaryIO) -> Answer:
        if service not in PLAYED:
            message = f"{service} is not played by this world"
            raise ses_rules.MailRefusedError(501, "NotImplemented", message)
        if service == "s3":
            return self.s3.answer(request, body)
        content = b"".join(s3_content.blocks(body))
        if service == "ses" and request.path == SEND_EMAIL and request.method == "POST":
            return self._mail(request, body, content)
        if service == "guardduty":
            return self._scan(request, content)
        if service == "cloudformation":
            return self.stack.answer(content)
        answer = self._ask_moto(request, body)
        operation = request.headers.get("X-Amz-Target", "").removeprefix("AmazonSQS.")
        if service == "sqs" and operation in _QUEUE_CHANGES:
            self.on_queue(str(json.loads(content)["QueueUrl"]).rpartition("/")[2])
        return answer

    def _mail(self, request: Request, body: BinaryIO, content: bytes) -> Answer:
        mail = json.loads(content)
        ses_rules.check(mail, len(content), self.configuration_sets)
        status, headers, answer = self._ask_moto(request, body)
        if status == 200:  # noqa: PLR2004
            self.on_mail(json.loads(answer)["MessageId"], mail)
        return status, headers, answer

    def _scan(self, request: Request, content: bytes) -> Answer:
        """Play SendObjectMalwareScan, which answers nothing; moto has none."""
        if (request.method, request.path) != ("POST", SEND_SCAN):
            message = f"{request.path} of GuardDuty is not played by this world"
            raise ses_rules.MailRefusedError(501, "NotImplemented", message)
        wanted = json.loads(content or b"{}").get("s3Object", {})
        bucket, key = wanted.get("bucket"), wanted.get("key")
        if bucket not in self.scanned or not key:
            message = (
                "The request was rejected because the bucket has no plan or the key is missing."
            )
            raise ses_rules.MailRefusedError(400, "BadRequestException", message)
        self.on_scan(bucket, key, wanted.get("versionId"))
        return 200, Headers({"Content-Type": "application/json"}), b"{}"

    def _ask_moto(self, request: Request, body: BinaryIO) -> Answer:
        told: list[tuple[int, Headers]] = []

        def start(status: str, headers: list[tuple[str, str]], _error: Any = None) -> Any:
            told.append((int(status.split(None, 1)[0]), Headers(headers)))

        with self.lock:
            answer = b"".join(self.moto(environ_for_moto(request, body), start))
        return (*told[-1], answer)


def _service(request: Request) -> str:
    authorization = request.headers.get("Authorization", "")
    credential = authorization.partition("Credential=")[2].partition(",")[0]
    scope = (credential or request.args.get("X-Amz-Credential", "")).split("/")
    if len(scope) == 5:  # noqa: PLR2004 - key id, date, region, service, "aws4_request"
        return scope[3]
    return "s3"


def _refuse_if_broken(service: str, how: str) -> None:
    if how not in OUTAGES:
        return
    if service == "s3":
        raise RefusedError(*(_S3_THROTTLES if how == "throttle" else OUTAGES[how]))
    raise ses_rules.MailRefusedError(*OUTAGES[how])


def _s3_error(refused: RefusedError, request: Request) -> Answer:
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<Error><Code>{refused.code}</Code><Message>{escape(refused.message)}</Message>"
        f"<Resource>{escape(request.path)}</Resource><RequestId>LOCAL</RequestId></Error>"
    )
    return refused.status, Headers({"Content-Type": "application/xml"}), body.encode()


def _json_error(refused: ses_rules.MailRefusedError) -> Answer:
    headers = Headers({"Content-Type": "application/json", "x-amzn-ErrorType": refused.kind})
    body = json.dumps({"__type": refused.kind, "message": refused.message})
    return refused.status, headers, body.encode()


def _reason(status: int) -> str:
    return HTTP_STATUS_CODES.get(status, "Unknown")
