"""Gives boto3 the clients of a cloud."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent import futures
from contextlib import contextmanager
from functools import cache
from typing import Any

import boto3
import botocore.session

from tests.faults.cloud.cloud import Cloud

_ThreadPoolExecutor = futures.ThreadPoolExecutor


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


class InTurn(futures.Executor):
    """Does what it is given before it goes on: one thread, so that calls have one order."""

    def __init__(self, *_: Any) -> None:
        pass

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> futures.Future[Any]:
        """Do it now."""
        done: futures.Future[Any] = futures.Future()
        try:
            done.set_result(fn(*args, **kwargs))
        except BaseException as error:  # noqa: BLE001  a process that is killed, too
            done.set_exception(error)
        return done


@contextmanager
def in_turn() -> Iterator[None]:
    """Have threads of a pool be calls, one after the other."""
    futures.ThreadPoolExecutor = InTurn  # type: ignore[misc, assignment]
    try:
        yield
    finally:
        futures.ThreadPoolExecutor = _ThreadPoolExecutor  # type: ignore[misc]


def install(cloud: Cloud) -> None:
    """Have boto3.client answer with the clients of *cloud*, to one call at a time."""
    _Session.cloud = cloud
    futures.ThreadPoolExecutor = InTurn  # type: ignore[misc, assignment]
    boto3.DEFAULT_SESSION = _session()


def uninstall() -> None:
    """Have boto3.client make real ones again."""
    futures.ThreadPoolExecutor = _ThreadPoolExecutor  # type: ignore[misc]
    boto3.DEFAULT_SESSION = None
