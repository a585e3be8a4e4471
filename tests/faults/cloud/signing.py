"""Links and forms that botocore signs without asking S3, and what it knows of S3's model."""

from __future__ import annotations

from functools import cache
from typing import Any

import botocore.session
from botocore.config import Config

_KEY_ID, _SECRET = "AKIAFAULTS", "signs-nothing-that-opens"
# As intake.aws.clients has it.
_CONFIG = Config(
    signature_version="s3v4",
    s3={"addressing_style": "virtual", "us_east_1_regional_endpoint": "regional"},
)


@cache
def signer(region: str) -> Any:
    """Return botocore's own client, which is never asked to send anything."""
    session = botocore.session.Session()
    return session.create_client(
        "s3",
        region_name=region,
        aws_access_key_id=_KEY_ID,
        aws_secret_access_key=_SECRET,
        config=_CONFIG,
    )
