"""Lazy, process-wide boto3 clients with time-outs."""

from __future__ import annotations

from functools import cache
from typing import Any

import boto3
from botocore.config import Config

# Four seconds a call at the most, below the shortest function time-out (10 s): we answer then, and
# not the platform.
_CONFIG = Config(
    connect_timeout=2,
    read_timeout=2,
    retries={"mode": "standard", "total_max_attempts": 2},
)
# boto3 still presigns with SigV2 in us-east-1 unless told; SSE-KMS needs SigV4.
# S3 gets longer: it answers when it has written or copied the whole file.
# Without the last line, a new bucket's signed addresses name S3's global host, which redirects for
# hours, and no page that allows its region's host may go there.
_S3 = _CONFIG.merge(
    Config(
        signature_version="s3v4",
        read_timeout=5,
        s3={"addressing_style": "virtual", "us_east_1_regional_endpoint": "regional"},
    )
)
# Copying 2 GB takes S3 a while, and nobody waits for an answer of ours then.
_PATIENT = Config(read_timeout=120)
# A retry after a lost answer would be a second mail: the ledger retries, never the client.
_SES = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 1})
_CONFIGS = {"s3": _S3, "sesv2": _SES}


@cache
def client(service: str, *, patient: bool = False) -> Any:
    """
    Return the process-wide client for *service*, for example "dynamodb".

    A *patient* one waits two minutes for an answer instead of seconds.
    """
    config = _CONFIGS.get(service, _CONFIG)
    return boto3.client(service, config=config.merge(_PATIENT) if patient else config)
