"""Which websites' scripts may speak to a bucket, by its CORS rules; moto lets nearly all."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from infra.local.known import check_names
from infra.local.s3_signatures import RefusedError

_VARY = "Origin, Access-Control-Request-Headers, Access-Control-Request-Method"
_METHODS = {"GET", "PUT", "POST", "DELETE", "HEAD"}


@dataclass(frozen=True)
class Rule:
    """One rule; origins and headers may hold one asterisk."""

    origins: tuple[str, ...]
    methods: tuple[str, ...]
    headers: tuple[str, ...]
    exposed: tuple[str, ...]
    seconds: int | None

    def covers(self, origin: str, method: str, headers: Iterable[str] = ()) -> bool:
        """Whether a script of *origin* may send *method* with *headers*."""
        return (
            any(_fits(pattern, origin) for pattern in self.origins)
            and method in self.methods
            and all(any(_fits(p.lower(), h) for p in self.headers) for h in headers)
        )

    def answer(self, origin: str, asked: str = "") -> dict[str, str]:
        """Return the headers that tell a browser so; *asked* are the headers it wants to send."""
        to_all = "*" in self.origins
        told = {
            "Access-Control-Allow-Origin": "*" if to_all else origin,
            "Access-Control-Allow-Methods": ", ".join(self.methods),
            "Vary": _VARY,
        }
        if not to_all:
            told["Access-Control-Allow-Credentials"] = "true"
        if asked:
            told["Access-Control-Allow-Headers"] = asked
        if self.exposed:
            told["Access-Control-Expose-Headers"] = ", ".join(self.exposed)
        if self.seconds is not None:
            told["Access-Control-Max-Age"] = str(self.seconds)
        return told


Rules = Mapping[str, tuple[Rule, ...]]
"""The rules of each bucket."""


def rules_of(bucket: str, configuration: Mapping[str, Any]) -> tuple[Rule, ...]:
    """Read a bucket's CorsConfiguration as CloudFormation spells it."""
    check_names(f"{bucket}.CorsConfiguration", configuration, {"CorsRules"})
    found = []
    for rule in configuration.get("CorsRules", []):
        known = {"AllowedOrigins", "AllowedMethods", "AllowedHeaders", "ExposedHeaders", "MaxAge"}
        check_names(f"{bucket}.CorsRules", rule, known | {"Id"})
        found.append(
            Rule(
                tuple(rule["AllowedOrigins"]),
                tuple(rule["AllowedMethods"]),
                tuple(rule.get("AllowedHeaders", [])),
                tuple(rule.get("ExposedHeaders", [])),
                int(rule["MaxAge"]) if "MaxAge" in rule else None,
            )
        )
    return tuple(found)


def told(rules: Iterable[Rule], method: str, headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers for an answer to a script of another website; none if it may not."""
    origin = headers.get("origin")
    if origin is None:
        return {}
    return next((rule.answer(origin) for rule in rules if rule.covers(origin, method)), {})


def preflight(rules: Iterable[Rule], headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers that answer a browser's question, or raise what S3 says instead."""
    origin = headers.get("origin")
    method = headers.get("access-control-request-method", "")
    if origin is None or method not in _METHODS:
        message = "Insufficient information. Origin and method request headers needed."
        raise RefusedError(400, "BadRequest", message)
    wanted = headers.get("access-control-request-headers", "").lower()
    names = [name.strip() for name in wanted.split(",") if name.strip()]
    for rule in rules:
        if rule.covers(origin, method, names):
            return rule.answer(origin, ", ".join(names))
    message = (
        "CORSResponse: This CORS request is not allowed. This is usually because the evalution of "
        "Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers "
        "are not whitelisted by the resource's CORS spec."
        if rules
        else "CORSResponse: CORS is not enabled for this bucket."
    )
    raise RefusedError(403, "AccessForbidden", message)


def _fits(pattern: str, value: str) -> bool:
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".*"), value) is not None
