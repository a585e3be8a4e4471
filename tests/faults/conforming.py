"""Whether two clouds say the same to the same requests, whatever they call what they make."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

from botocore import xform_name
from botocore.exceptions import ClientError
from botocore.response import StreamingBody

SERVICES = ("dynamodb", "s3", "sqs", "sesv2", "guardduty")
# What each cloud names as it likes. All of them are made while it answers.
_MADE = {"VersionId", "MessageId", "UploadId", "CopySourceVersionId"}
# Fields that moto's answers have, AWS's mostly too, and nobody here reads.
UNREAD = {
    "s3": {
        *("AcceptRanges", "ServerSideEncryption", "EncodingType", "Owner", "KeyMarker"),
        *("VersionIdMarker", "StorageClass", "ChecksumAlgorithm", "Prefix", "Initiator"),
        *("ChecksumCRC32", "ChecksumType", "DeleteMarker", "Location", "MaxParts", "Metadata"),
        *("PartNumberMarker", "NextPartNumberMarker", "Bucket", "Expiration", "Name"),
    },
    "dynamodb": {"ConsumedCapacity", "ItemCollectionMetrics"},
    "sqs": {"SequenceNumber"},
}
# Where moto's answer is not AWS's: the field, and what AWS does.
MOTO_DIFFERS = {
    "s3.DeleteObject": {"VersionId": "S3 names the version that it deleted"},
    "s3.PutObject": {"ChecksumSHA256": "S3 repeats the checksum that it compared"},
}
# Where moto refuses in another way than AWS: the operation, moto's code and AWS's.
MOTO_REFUSES_OTHERWISE = {
    ("dynamodb.UpdateItem", "ConditionalCheckFailedException", "ValidationException"): (
        "DynamoDB reads the change before it looks at the condition"
    ),
    ("dynamodb.TransactWriteItems", "TransactionCanceledException", "ValidationException"): (
        "the same, in a transaction"
    ),
    ("dynamodb.TransactWriteItems", "ValidationException", "TransactionCanceledException"): (
        "what a change makes of an item is found out with the conditions: reason ValidationError"
    ),
    ("dynamodb.Query", "ResourceNotFoundException", "ValidationException"): (
        "the table is there, an index that it lacks is a wrong parameter"
    ),
}


@dataclass
class Recorded:
    """One request, when it was made, and its answer or the code of its refusal."""

    at: datetime
    service: str
    operation: str
    params: dict[str, Any]
    answer: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Return service and operation."""
        return f"{self.service}.{self.operation}"


class Recorder:
    """Keeps what real clients ask and hear."""

    def __init__(self) -> None:
        self.calls: list[Recorded] = []

    def listen(self, service: str, client: Any) -> None:
        """Keep what *client* asks from now on."""

        def asked(params: Mapping[str, Any], model: Any, context: Any, **_: Any) -> None:
            if not context.get("is_presign_request"):  # which asks nobody
                given = copy.deepcopy(dict(params))
                # Known by its context: a step may ask for two things at the same time.
                context["recorded"] = Recorded(datetime.now(UTC), service, model.name, given)
                self.calls.append(context["recorded"])

        def answered(parsed: dict[str, Any], context: Any, **_: Any) -> None:
            recorded: Recorded = context["recorded"]
            if "Body" in parsed and "Error" not in parsed:
                content = parsed.pop("Body").read()
                recorded.answer = copy.deepcopy(parsed) | {"Body": content}
                parsed["Body"] = StreamingBody(BytesIO(content), len(content))
            else:
                recorded.answer = copy.deepcopy(parsed)

        prefix = client.meta.service_model.service_id.hyphenize()
        client.meta.events.register(f"provide-client-params.{prefix}", asked)
        client.meta.events.register(f"after-call.{prefix}", answered)


def heard(client: Any, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """Ask *client* and return its answer, or what a refusal says."""
    try:
        answer = dict(getattr(client, xform_name(operation))(**params))
    except ClientError as error:
        return dict(error.response)
    if "Body" in answer:
        answer["Body"] = answer["Body"].read()
    return answer


class Names:
    """What one cloud made, and what the other calls the same."""

    def __init__(self) -> None:
        self.known: dict[str, str] = {}

    def learn(self, theirs: Any, ours: Any) -> None:
        """Note the names in two answers to the same request."""
        if isinstance(theirs, dict) and isinstance(ours, dict):
            for name in theirs.keys() & ours.keys():
                if name in _MADE:
                    self.known.setdefault(theirs[name], ours[name])
                else:
                    self.learn(theirs[name], ours[name])
        elif isinstance(theirs, list) and isinstance(ours, list):
            for one, other in zip(theirs, ours, strict=False):
                self.learn(one, other)

    def ours(self, theirs: Any) -> Any:
        """Return what the other cloud said in our words."""
        if isinstance(theirs, dict):
            return {name: self.ours(value) for name, value in theirs.items()}
        if isinstance(theirs, list):
            return [self.ours(each) for each in theirs]
        return self.known.get(theirs, theirs) if isinstance(theirs, str) else theirs


def essence(service: str, answer: Any) -> Any:
    """Return what of an answer has to be the same: of a refusal its code, not its words."""
    if isinstance(answer, list):
        return [essence(service, each) for each in answer]
    if not isinstance(answer, dict):
        # moto keeps thousandths of seconds where S3 keeps none.
        return answer.replace(microsecond=0) if isinstance(answer, datetime) else answer
    answer = {k: v for k, v in answer.items() if k not in UNREAD.get(service, ())}
    if "Error" in answer:
        more = {k: answer[k] for k in ("Item", "CancellationReasons") if k in answer}
        more = {"status": answer["ResponseMetadata"]["HTTPStatusCode"], **more}
        return {"code": answer["Error"]["Code"], **essence(service, more)}
    answer.pop("ResponseMetadata", None)
    if answer.keys() == {"SS"}:
        return {"SS": sorted(answer["SS"])}
    if "Code" in answer:  # why a part of a transaction was cancelled
        answer.pop("Message", None)
    return {name: essence(service, value) for name, value in answer.items()}


def differences(recorded: Iterable[Recorded], cloud: Any, clock: Any) -> list[str]:
    """Ask *cloud* the same at the same moments; return where it says something else."""
    names, found = Names(), []
    for n, call in enumerate(recorded):
        clock.move_to(call.at)
        params = names.ours(call.params)
        ours = heard(cloud.client(call.service), call.operation, params)
        names.learn(call.answer, ours)
        theirs, said = (essence(call.service, each) for each in (names.ours(call.answer), ours))
        if (call.name, theirs.get("code"), said.get("code")) in MOTO_REFUSES_OTHERWISE:
            continue
        _forget(theirs, said, call)
        if theirs != said:
            params = {k: v for k, v in params.items() if k != "Body"}
            found.append(f"{n} {call.name} {params}\n  theirs {theirs}\n  ours   {said}")
    return found


def _forget(theirs: dict[str, Any], ours: dict[str, Any], call: Recorded) -> None:
    """Take out what moto is known to say otherwise."""
    for name in MOTO_DIFFERS.get(call.name, ()):
        theirs.pop(name, None)
        ours.pop(name, None)
    if call.params.get("ReturnValues") == "UPDATED_NEW" and "code" not in theirs:
        # moto adds the keys of an item that the update made, and leaves out what it did not
        # change; DynamoDB tells what the update wrote.
        first, second = theirs.pop("Attributes", {}), ours.pop("Attributes", {})
        both = first.keys() & second.keys()
        theirs["Attributes"] = {name: first[name] for name in both}
        ours["Attributes"] = {name: second[name] for name in both}
