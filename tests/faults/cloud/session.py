"""Gives boto3 the clients of a cloud."""

from __future__ import annotations

from functools import cache
from typing import Any

import boto3
import botocore.session

from tests.faults.cloud.cloud import Cloud


class _Session(botocore.session.Session):
    """Makes no client of its own."""

    cloud: Cloud  # one at a time, as there is one default session

    def create_client(self, service_name: str, *_: Any, **__: Any) -> Any:
        """Return the cloud's client for the service, whatever else it is asked to be like."""
        return self.cloud.client(service_name)


@cache
def _session() -> boto3.Session:
    """Make a session, once: it takes longer than many a test."""
    return boto3.Session(botocore_session=_Session())


def install(cloud: Cloud) -> None:
    """Have boto3.client answer with the clients of *cloud*."""
    _Session.cloud = cloud
    boto3.DEFAULT_SESSION = _session()


def uninstall() -> None:
    """Have boto3.client make real ones again."""
    boto3.DEFAULT_SESSION = None
