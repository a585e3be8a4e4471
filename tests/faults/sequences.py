"""Requests by chance over few keys, so that conditions pass and fail."""

from __future__ import annotations

import base64
import hashlib
from random import Random
from typing import Any

TABLE = "intake-InquiryTable"
UPLOADS, RECORDS = "intake-uploadsbucket", "intake-recordsbucket"
Asked = tuple[str, dict[str, Any]]

# Of a few parts that each name what they use.
_CONDITIONS = (
    "attribute_exists(pk)",
    "attribute_not_exists(pk)",
    "attribute_not_exists(pk) OR due_at <= :t",
    "attribute_exists(due_at) AND attribute_not_exists(kept)",
    "due_at < :t AND NOT kept = :s",
    "(attribute_not_exists(kept) OR kept <> :s) AND attribute_exists(pk)",
    "due_at BETWEEN :s AND :t",
    "#n >= :n OR attribute_not_exists(#n)",
    "#n = :n AND (due_at > :t OR kept IN (:s, :t))",
    "attribute_exists(many) AND (contains(many, :s) OR size(many) < :n)",
    "attribute_not_exists(many) OR contains(many, :s)",
    "begins_with(kept, :s)",
    "#n = :s",
    "kept < :n",
)
_CHANGES = (
    "SET due_at = :t, due_shard = :s",
    "SET kept = if_not_exists(kept, :s), due_at = :t",
    "SET #n = if_not_exists(#n, :n) + :n, due_shard = if_not_exists(due_shard, :s)",
    "SET kept = :t REMOVE due_at, due_shard",
    "ADD #n :n SET kept = :s",
    "ADD many :set, #n :n",
    "SET kept = if_not_exists(kept, due_at) REMOVE due_at",
    "SET due_at = :n",
    "SET kept = #n - :n",
    "SET pk = :s",
    "ADD kept :n",
    "SET due_shard = :empty",
    "SET worklist = :s, worklist_order = :t, reference = :s",
)
_QUERIES = (
    (None, "pk = :p"),
    (None, "pk = :p AND sk = :k"),
    (None, "pk = :p AND sk BETWEEN :k AND :k2"),
    (None, "pk = :p AND begins_with(sk, :k)"),
    (None, "pk = :p AND sk > :k"),
    (None, "sk <= :k AND pk = :p"),
    ("due", "due_shard = :s AND due_at <= :t"),
    ("due", "due_shard = :s"),
    ("worklist", "worklist = :s"),
    ("nowhere", "pk = :p"),
    ("due", "pk = :p"),
)


def _used(text: str, values: dict[str, Any]) -> dict[str, Any]:
    """Return the values that *text* names; DynamoDB refuses others."""
    words = set(text.replace(",", " ").replace("(", " ").replace(")", " ").split())
    used = {name: value for name, value in values.items() if name in words}
    more = {"ExpressionAttributeValues": used} if used else {}
    return more | ({"ExpressionAttributeNames": {"#n": "size"}} if "#n" in text else {})


class Table:
    """Requests to the table."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)

    def requests(self, most: int) -> list[Asked]:
        """Return so many requests."""
        kinds = (self._put, self._update, self._update, self._get, self._query, self._transact)
        return [self._random.choice((*kinds, self._batch))() for _ in range(most)]

    def _key(self) -> dict[str, Any]:
        pick = self._random.choice
        return {"pk": {"S": pick("ab")}, "sk": {"S": pick(("file#1", "file#2", "inquiry"))}}

    def _values(self) -> dict[str, Any]:
        pick = self._random.choice
        return {
            ":t": {"S": pick(("2026-01-01", "2026-02-02"))},
            ":s": {"S": pick("xy")},
            ":n": {"N": pick(("1", "2", "-3"))},
            ":set": {"SS": pick((["x"], ["y", "z"]))},
            ":empty": {"S": ""},
        }

    def _item(self) -> dict[str, Any]:
        values, some = self._values(), self._random.random
        more = {"due_at": ":t", "due_shard": ":s", "kept": ":s", "size": ":n", "many": ":set"}
        return self._key() | {k: values[v] for k, v in more.items() if some() < 0.6}

    def _put(self) -> Asked:
        only_if = self._random.choice(_CONDITIONS)
        given = {"TableName": TABLE, "Item": self._item(), "ConditionExpression": only_if}
        return "PutItem", given | _used(only_if, self._values())

    def _change(self) -> dict[str, Any]:
        change, only_if = self._random.choice(_CHANGES), self._random.choice(_CONDITIONS)
        given = {"TableName": TABLE, "Key": self._key(), "UpdateExpression": change}
        given |= {"ConditionExpression": only_if}
        return given | _used(f"{change} {only_if}", self._values())

    def _update(self) -> Asked:
        returned = self._random.choice(("NONE", "ALL_OLD", "ALL_NEW", "UPDATED_NEW"))
        more = {"ReturnValues": returned, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
        return "UpdateItem", self._change() | more

    def _get(self) -> Asked:
        return "GetItem", {"TableName": TABLE, "Key": self._key(), "ConsistentRead": True}

    def _batch(self) -> Asked:
        keys = [self._key() for _ in range(self._random.randint(1, 3))]
        return "BatchGetItem", {"RequestItems": {TABLE: {"Keys": keys, "ConsistentRead": True}}}

    def _query(self) -> Asked:
        index, text = self._random.choice(_QUERIES)
        values = self._values() | {":p": {"S": "a"}, ":k": {"S": "file#"}, ":k2": {"S": "inq"}}
        given = {"TableName": TABLE, "KeyConditionExpression": text, **_used(text, values)}
        given |= {"IndexName": index} if index else {"ConsistentRead": True}
        return "Query", given | {"ScanIndexForward": self._random.random() < 0.5}

    def _transact(self) -> Asked:
        writes = []
        for _ in range(self._random.randint(1, 3)):
            if self._random.random() < 0.5:
                writes.append({"Put": self._put()[1]})
            else:
                writes.append({"Update": self._change()})
        return "TransactWriteItems", {"TransactItems": writes}


def objects(seed: int, most: int) -> list[Asked]:
    """Return so many requests to buckets; "$n" stands for the version that request n made."""
    random, made, found = Random(seed), list[int](), list[Asked]()
    for n in range(most):
        version = f"${random.choice(made)}" if made else "none-such-was-ever-made-0000000000"
        place = {"Bucket": UPLOADS, "Key": random.choice(("a/0001", "a/0002"))}
        content = random.choice((b"", b"some bytes", b"other bytes"))
        digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
        kinds: list[Asked] = [
            ("PutObject", place | {"Body": content, "ChecksumSHA256": digest}),
            ("PutObject", place | {"Body": content, "ContentType": "application/pdf"}),
            ("GetObject", place | {"VersionId": version, "Range": "bytes=0-3"}),
            ("GetObject", place | {"VersionId": version, "Range": "bytes=4-400"}),
            ("HeadObject", place),
            ("HeadObject", place | {"Bucket": RECORDS, "ChecksumMode": "ENABLED"}),
            ("DeleteObject", place | {"VersionId": version}),
            ("ListObjectVersions", {"Bucket": UPLOADS, "Prefix": place["Key"]}),
            ("ListObjectVersions", {"Bucket": UPLOADS, "MaxKeys": 1}),
            ("AbortMultipartUpload", place | {"UploadId": "nobody-knows-it"}),
            ("ListParts", place | {"UploadId": "nobody-knows-it"}),
            ("CopyObject", _copy(place, version)),
        ]
        found.append(random.choice(kinds))
        if found[-1][0] == "PutObject":
            made.append(n)
    return found


def _copy(place: dict[str, Any], version: str) -> dict[str, Any]:
    return {
        "Bucket": RECORDS,
        "Key": place["Key"],
        "CopySource": place | {"VersionId": version},
        "MetadataDirective": "REPLACE",
        "TaggingDirective": "REPLACE",
        "ContentType": "application/octet-stream",
        "ChecksumAlgorithm": "SHA256",
    }
