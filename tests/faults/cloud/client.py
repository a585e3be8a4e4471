"""A client as boto3 makes it: a method for each operation that is known, and for no other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore import xform_name

from tests.faults.cloud.errors import RefusedError

Run = Callable[[Mapping[str, Any]], Any]


@dataclass(frozen=True, slots=True)
class Call:
    """One request of a step to AWS."""

    service: str
    operation: str
    params: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Return service and operation, such as "dynamodb.UpdateItem"."""
        return f"{self.service}.{self.operation}"


@dataclass(frozen=True)
class Operation:
    """How an operation is carried out; each run is one request, retries included."""

    run: Run
    required: frozenset[str]
    optional: frozenset[str] = frozenset()
    # What botocore adds before it sends, the same for each retry.
    filled: Callable[[], Mapping[str, Any]] | None = None


@dataclass(frozen=True)
class Pages:
    """How an operation comes in pages: what bounds a page, and what leads to the next."""

    limit: str
    # Token in the answer, and the parameter that takes it.
    tokens: Mapping[str, str] = field(default_factory=dict)
    more: str | None = None  # what says that there is more; None: the token itself


class Client:
    """What a step calls; every request passes through *between*."""

    def __init__(
        self,
        service: str,
        operations: Mapping[str, Operation],
        between: Callable[[Call, Callable[[], Any]], Any],
        pages: Mapping[str, Pages] | None = None,
    ) -> None:
        self._service, self._between, self._pages = service, between, pages or {}
        for name, operation in operations.items():
            setattr(self, xform_name(name), self._method(name, operation))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise NotImplementedError(f"{self._service}.{name}")

    def _method(self, name: str, operation: Operation) -> Callable[..., Any]:
        service, between, run = self._service, self._between, operation.run
        required, known = operation.required, operation.required | operation.optional

        def call(**params: Any) -> Any:
            if not (required <= params.keys() <= known):
                wrong = sorted(params.keys() ^ required)
                raise NotImplementedError(f"{service}.{name} with or without {wrong}")
            if operation.filled:
                params |= operation.filled()

            def do() -> Any:
                try:
                    return run(params)
                except RefusedError as refused:
                    raise refused.as_client_error(name) from None

            return between(Call(service, name, params), do)

        return call

    def get_paginator(self, method: str) -> Paginator:
        """Return what walks through all pages of *method*."""
        if method not in self._pages:
            raise NotImplementedError(f"pages of {self._service}.{method}")
        return Paginator(getattr(self, method), self._pages[method])


@dataclass(frozen=True)
class Paginator:
    """Asks for one page after the other."""

    ask: Callable[..., Any]
    pages: Pages

    def paginate(self, **params: Any) -> Iterator[Any]:
        """Yield the pages; each is a request of its own."""
        config = params.pop("PaginationConfig", {})
        if config.keys() - {"PageSize"}:
            raise NotImplementedError(f"pages with {sorted(config)}")
        if "PageSize" in config:
            params[self.pages.limit] = config["PageSize"]
        while True:
            page = self.ask(**params)
            yield page
            more = self.pages.more
            if not (page.get(more) if more else all(t in page for t in self.pages.tokens)):
                return
            params |= {to: page[token] for token, to in self.pages.tokens.items()}
