"""Seals the process off from the real AWS: throw-away credentials and one endpoint."""

import os
from collections.abc import Mapping

KEY_ID = "AKIALOCALWORLDONLY00"
SECRET = "this-key-opens-nothing"  # noqa: S105 - it opens nothing
DEFAULT_REGION = "eu-west-2"

_REAL = (
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
)


def region() -> str:
    """Return the region this world plays in: AWS_REGION, or the default of the project."""
    return os.environ.get("AWS_REGION") or DEFAULT_REGION


def variables(aws_url: str) -> Mapping[str, str]:
    """Return the variables that send every AWS client of this process to *aws_url*."""
    return {
        "AWS_ENDPOINT_URL": aws_url,
        "AWS_ACCESS_KEY_ID": KEY_ID,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_REGION": region(),
        "AWS_DEFAULT_REGION": region(),
        # Neither a profile of this machine nor the machine's own role is looked for.
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def seal(aws_url: str) -> None:
    """
    Make it impossible for this process to reach the real AWS by configuration.

    Service-specific endpoints go too: botocore prefers AWS_ENDPOINT_URL_S3 to the common one.
    """
    for name in [*_REAL, *(name for name in os.environ if name.startswith("AWS_ENDPOINT_URL"))]:
        os.environ.pop(name, None)
    os.environ.update(variables(aws_url))
    # Proxies of the machine have no business between two ports of the same process.
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1,localhost"
