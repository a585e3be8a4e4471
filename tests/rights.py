"""What each step may do on AWS. One test holds the template to it, others the handlers' calls."""

import json

RIGHTS = {
    "show_form": set(),
    "show_site": set(),
    "accept_inquiry": {
        *("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"),
        *("s3:PutObject", "s3:DeleteObjectVersion", "sqs:SendMessage"),
    },
    "sign_upload": {
        *("dynamodb:BatchGetItem", "dynamodb:Query", "dynamodb:PutItem", "dynamodb:UpdateItem"),
        *("s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"),
        *("s3:ListBucketVersions", "sqs:SendMessage"),
    },
    "check_upload": {
        *("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"),
        *("s3:GetObject", "s3:GetObjectVersion", "s3:PutObject", "s3:DeleteObjectVersion"),
        *("s3:ListBucket", "s3:ListBucketVersions", "sqs:SendMessage"),
        "guardduty:SendObjectMalwareScan",
    },
    "notify_team": {
        *("dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem", "ses:SendEmail"),
    },
    "reply_to_sender": {"dynamodb:Query", "dynamodb:UpdateItem", "ses:SendEmail"},
    "track_delivery": {
        *("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "sqs:SendMessage"),
    },
    "open_case": {
        *("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"),
        *("s3:GetObjectVersion", "sqs:SendMessage"),
    },
    "retry_stalled": {
        *("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"),
        "sqs:SendMessage",
    },
    "report_quarantine": {"dynamodb:PutItem", "dynamodb:Query", "ses:SendEmail"},
    "send_canary": {
        *("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "s3:ListBucketVersions"),
    },
}

# Signing asks AWS nothing: whoever holds the link acts in the step's name, by these of its rights.
SIGNED = {
    "sign_upload": {"s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"},
    "open_case": {"s3:GetObjectVersion"},
}

# The rights that a call asks for (Service Authorization Reference). A transaction asks for those
# of its parts, each named apart unless it is a put; a version asks for its own right.
ASKED = {
    "dynamodb.BatchGetItem": {"dynamodb:BatchGetItem"},
    "dynamodb.GetItem": {"dynamodb:GetItem"},
    "dynamodb.PutItem": {"dynamodb:PutItem"},
    "dynamodb.Query": {"dynamodb:Query"},
    "dynamodb.TransactWriteItems": {"dynamodb:PutItem"},
    "dynamodb.TransactWriteItems.ConditionCheck": {"dynamodb:ConditionCheckItem"},
    "dynamodb.TransactWriteItems.Delete": {"dynamodb:DeleteItem"},
    "dynamodb.TransactWriteItems.Update": {"dynamodb:UpdateItem"},
    "dynamodb.UpdateItem": {"dynamodb:UpdateItem"},
    "guardduty.SendObjectMalwareScan": {"guardduty:SendObjectMalwareScan"},
    "s3.AbortMultipartUpload": {"s3:AbortMultipartUpload"},
    "s3.CompleteMultipartUpload": {"s3:PutObject"},
    "s3.CopyObject": {"s3:GetObjectVersion", "s3:PutObject"},
    "s3.CreateMultipartUpload": {"s3:PutObject"},
    "s3.DeleteObject": {"s3:DeleteObjectVersion"},
    "s3.GetObject": {"s3:GetObjectVersion"},
    "s3.HeadObject": {"s3:GetObject", "s3:ListBucket"},
    "s3.ListObjectVersions": {"s3:ListBucketVersions"},
    "s3.ListParts": {"s3:ListMultipartUploadParts"},
    "s3.PutObject": {"s3:PutObject"},
    "s3.UploadPart": {"s3:PutObject"},
    "sesv2.SendEmail": {"ses:SendEmail"},
    "sqs.SendMessage": {"sqs:SendMessage"},
}


def called(operation: str, body: bytes | str | None) -> list[str]:
    """Return *operation* as `not_granted` wants it: of a transaction, also what is no put."""
    if operation != "dynamodb.TransactWriteItems":
        return [operation]
    parts = {part for item in json.loads(body or "{}")["TransactItems"] for part in item}
    return [operation, *(f"{operation}.{part}" for part in sorted(parts - {"Put"}))]


def not_granted(step: str, calls: list[str]) -> set[str]:
    """Return the rights that *calls* of *step* ask for and its role does not give."""
    return set().union(*(ASKED[call] for call in calls)) - RIGHTS[step]
