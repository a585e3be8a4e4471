"""How long signing takes beside the same boto3 calls and boto3's bare presign."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import boto3
from botocore.config import Config

from tests.bench.calls import Call, bare_clients, recorded, repeat
from tests.bench.children import serving
from tests.bench.figures import Figure, alternate, cpu_ms, elapsed_ms
from tests.bench.plan import Plan
from tests.bench.steps import accept, example, sign, wired

GOAL = 1.5
_FORM = "rheumatoid-arthritis"
_EXAMPLE = "every-record-promised"
_SIZE = 80_000_000
_UPLOAD_ID = "an-upload-that-was-begun"
_FILE = {"slot": "radiology", "name": "knee.dcm", "size": _SIZE}
_LIVES_S = 900


@dataclass(frozen=True)
class _Shape:
    """One thing that is signed: by our step, and by boto3 for whoever trusts every caller."""

    title: str
    ours: Callable[[], Any]
    presign: Callable[[], Any]
    calls: Sequence[Call]


def rows(plan: Plan) -> list[Figure]:
    """Measure sign_upload against canned answers: its calls cost what boto3 takes for them."""
    rounds, times = plan.rounds(20), plan.rounds(10)
    with serving("tests.bench.stub") as printed:
        url = printed.split()[-1]
        link = _accepted(plan, url)
        shapes = _Link(plan, url, link).shapes()
        bare = bare_clients([call for shape in shapes for call in shape.calls])
        return [row for shape in shapes for row in _figures(shape, bare, rounds, times)]


def _figures(
    shape: _Shape, clients: Mapping[str, Any], rounds: int, times: int
) -> Sequence[Figure]:
    def bare() -> None:
        repeat(clients, shape.calls)
        shape.presign()

    ours, baseline, presign = alternate(
        rounds, *(elapsed_ms(times, work) for work in (shape.ours, bare, shape.presign))
    )
    cpu, bare_cpu = alternate(rounds, cpu_ms(times, shape.ours), cpu_ms(times, bare))
    beside = f"its boto3 calls ({len(shape.calls)}) and presign"
    return (
        Figure(f"{shape.title}: elapsed", "ms", ours, baseline, beside, GOAL),
        Figure(f"{shape.title}: CPU", "ms", cpu, bare_cpu, beside),
        Figure(f"{shape.title}: elapsed", "ms", ours, presign, "that presign alone, no call"),
    )


def _accepted(plan: Plan, url: str) -> str:
    """Have a post accepted, keep its inquiry in the stub, and return the token of its link."""
    handler = wired("accept_inquiry", plan.environment("AcceptInquiry", url))
    with recorded(handler.client("dynamodb")) as calls:
        answer = accept(handler, _FORM, example(_FORM, _EXAMPLE))
    inquiry = next(
        write["Put"]
        for call in calls
        for write in call.arguments.get("TransactItems", ())
        if write["Put"]["Item"]["sk"]["S"] == "inquiry"
    )
    boto3.client("dynamodb").put_item(TableName=inquiry["TableName"], Item=inquiry["Item"])
    token: str = answer["upload"]["url"].rpartition("/")[2]
    return token


class _Link:
    """The link to one inquiry, and what is signed behind it."""

    def __init__(self, plan: Plan, url: str, token: str) -> None:
        """Connect the step, and declare a file whose parts are under way."""
        environment = plan.environment("SignUpload", url)
        self._handler = wired("sign_upload", environment)
        self._token = token
        self._names = map(str, itertools.count())
        self._bucket = environment["UPLOADS_BUCKET"]
        # boto3 as its manual has it, but for the signature that S3's encryption needs.
        self._s3 = boto3.client("s3", config=Config(signature_version="s3v4"))
        self._key = self._begun()

    def shapes(self) -> Sequence[_Shape]:
        """Return what is measured, with the calls that our step makes for each."""
        of_part = {"key": self._key, "uploadId": _UPLOAD_ID, "partNumber": 3}
        return [
            self._shape("sign a whole file", partial(self._first, "PUT"), self._post_policy),
            self._shape("sign the beginning of parts", partial(self._first, "POST"), self._begin),
            self._shape("sign a part", lambda: self._sign("PUT", **of_part), self._part),
        ]

    def _shape(self, title: str, ours: Callable[[], Any], presign: Callable[[], Any]) -> _Shape:
        with recorded(self._handler.client("dynamodb")) as calls:
            ours()
        return _Shape(title, ours, presign, calls)

    def _sign(self, method: str, **asked: Any) -> Any:
        return sign(self._handler, self._token, {"method": method, **asked})

    def _first(self, method: str) -> Any:
        """Sign a file that nobody asked about before."""
        return self._sign(method, key=next(self._names), **_FILE)

    def _begun(self) -> str:
        """Leave in the table what sign_upload writes for a file, with its upload's id."""
        with recorded(self._handler.client("dynamodb")) as calls:
            key: str = self._first("POST")["key"]
        for call in calls:
            for write in call.arguments.get("TransactItems", ()):
                item = write["Put"]["Item"]
                if item["sk"]["S"].startswith("file#"):
                    boto3.client("dynamodb").put_item(
                        TableName=write["Put"]["TableName"],
                        Item={**item, "upload_id": {"S": _UPLOAD_ID}},
                    )
        return key

    def _post_policy(self) -> Any:
        fields = {"Content-Type": "application/octet-stream", "success_action_status": "201"}
        conditions: list[Any] = [{name: value} for name, value in fields.items()]
        return self._s3.generate_presigned_post(
            self._bucket,
            self._key,
            Fields=fields,
            Conditions=[*conditions, ["content-length-range", _SIZE, _SIZE]],
            ExpiresIn=_LIVES_S,
        )

    def _begin(self) -> Any:
        given = {"ContentType": "application/octet-stream"}
        return self._presigned("create_multipart_upload", given)

    def _part(self) -> Any:
        size = {"ContentLength": 5 * 2**20}
        given = {"UploadId": _UPLOAD_ID, "PartNumber": 3, **size}
        return self._presigned("upload_part", given)

    def _presigned(self, operation: str, given: Mapping[str, Any]) -> str:
        params = {"Bucket": self._bucket, "Key": self._key, **given}
        url: str = self._s3.generate_presigned_url(operation, Params=params, ExpiresIn=_LIVES_S)
        return url
