"""What each step may do on AWS. One test holds the template to it, others the handlers' calls."""

RIGHTS = {
    "show_form": set(),
    "accept_inquiry": {
        *("dynamodb:GetItem", "dynamodb:PutItem"),
        *("s3:PutObject", "s3:DeleteObjectVersion", "sqs:SendMessage"),
    },
    "sign_upload": {"dynamodb:Query"},
    "check_upload": {
        *("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"),
        *("s3:GetObject", "s3:GetObjectVersion", "s3:PutObject", "s3:DeleteObjectVersion"),
        *("s3:ListBucket", "sqs:SendMessage"),
    },
    "notify_team": {"dynamodb:Query", "dynamodb:UpdateItem", "ses:SendEmail"},
    "reply_to_sender": {"dynamodb:Query", "dynamodb:UpdateItem", "ses:SendEmail"},
    "track_delivery": {
        *("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "sqs:SendMessage"),
    },
    "retry_stalled": {
        *("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"),
        "sqs:SendMessage",
    },
}

# The rights that a call asks for (Service Authorization Reference). A transaction asks for those
# of its parts, and all of ours are puts; a version asks for its own right.
ASKED = {
    "dynamodb.GetItem": {"dynamodb:GetItem"},
    "dynamodb.PutItem": {"dynamodb:PutItem"},
    "dynamodb.Query": {"dynamodb:Query"},
    "dynamodb.TransactWriteItems": {"dynamodb:PutItem"},
    "dynamodb.UpdateItem": {"dynamodb:UpdateItem"},
    "s3.CopyObject": {"s3:GetObjectVersion", "s3:PutObject"},
    "s3.DeleteObject": {"s3:DeleteObjectVersion"},
    "s3.GetObject": {"s3:GetObjectVersion"},
    "s3.HeadObject": {"s3:GetObject", "s3:ListBucket"},
    "s3.PutObject": {"s3:PutObject"},
    "sesv2.SendEmail": {"ses:SendEmail"},
    "sqs.SendMessage": {"sqs:SendMessage"},
}


def not_granted(step: str, calls: list[str]) -> set[str]:
    """Return the rights that *calls* of *step* ask for and its role does not give."""
    return set().union(*(ASKED[call] for call in calls)) - RIGHTS[step]
