"""The HTTP API's JWT authorizer: whose tokens it takes, and how a function gets their claims."""

import json
import math
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from infra.local.blueprint import JwtAuthorizer

KeysOf = Callable[[str], list[dict[str, Any]]]
"""Gives the public keys of an issuer, as JWKs."""

_ALGORITHMS = ["RS256"]  # AWS takes RSA keys only
_SECONDS = 5


class UnauthorizedError(Exception):
    """The gateway answers 401; the message says why, to the journal alone."""


class ForbiddenError(Exception):
    """The token is good, but for something else: the gateway answers 403."""


@dataclass(frozen=True)
class Authorized:
    """Whom the gateway let in, as a function gets to know it."""

    claims: Mapping[str, str]
    scopes: list[str] | None


def published(issuer: str) -> list[dict[str, Any]]:
    """Fetch the keys that *issuer* publishes, by way of its discovery document."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def fetch(url: str) -> Any:
        with opener.open(url, timeout=_SECONDS) as answer:
            return json.load(answer)

    found = fetch(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
    keys: list[dict[str, Any]] = fetch(found["jwks_uri"])["keys"]
    return keys


class Authorizers:
    """Checks tokens as an HTTP API does, and remembers issuers' keys."""

    def __init__(self, keys_of: KeysOf = published) -> None:
        """Ask *keys_of* for an issuer's keys when a token names one that is not known yet."""
        self._keys_of = keys_of
        self._known: dict[tuple[str, str], dict[str, Any]] = {}

    def check(
        self, authorizer: JwtAuthorizer, needed: tuple[str, ...], header: str | None
    ) -> Authorized:
        """Return whom the token in *header* stands for, or raise; one of *needed* is enough."""
        claims = self._verified(authorizer, _token(header))
        _check_claims(claims, authorizer, datetime.now(UTC).timestamp())
        if not needed:
            return Authorized(as_text(claims), None)
        scopes = _scopes(claims)
        if not set(scopes) & set(needed):
            raise ForbiddenError("no scope of the route")
        return Authorized(as_text(claims), scopes)

    def _verified(self, authorizer: JwtAuthorizer, token: str) -> Mapping[str, Any]:
        try:
            found = jwt.decode(token, lambda told: self._key(authorizer, told), _ALGORITHMS)
        except (JoseError, ValueError) as error:
            raise UnauthorizedError(type(error).__name__) from error
        return found.claims

    def _key(self, authorizer: JwtAuthorizer, told: Any) -> RSAKey:
        kid = told.headers().get("kid")
        if not isinstance(kid, str):
            raise UnauthorizedError("the token names no key")
        if (authorizer.issuer, kid) not in self._known:
            try:
                keys = self._keys_of(authorizer.issuer)
            except (OSError, ValueError, KeyError) as error:
                raise UnauthorizedError("the issuer's keys cannot be had") from error
            self._known |= {(authorizer.issuer, str(key.get("kid"))): key for key in keys}
        key = self._known.get((authorizer.issuer, kid), {})
        if key.get("kty") != "RSA":
            raise UnauthorizedError("the issuer has no such key")
        return RSAKey.import_key(key)


def _token(header: str | None) -> str:
    if not header:
        raise UnauthorizedError("no token")
    scheme, _, rest = header.strip().partition(" ")
    return rest.strip() if scheme.lower() == "bearer" else header.strip()


def _check_claims(claims: Mapping[str, Any], authorizer: JwtAuthorizer, now: float) -> None:
    """Raise unless the claims are this authorizer's and of this moment."""
    if claims.get("iss") != authorizer.issuer:
        raise UnauthorizedError("another issuer")
    # client_id counts only where there is no audience.
    meant = claims.get("aud", claims.get("client_id"))
    given = meant if isinstance(meant, list) else [meant]
    if not {one for one in given if isinstance(one, str)} & set(authorizer.audience):
        raise UnauthorizedError("another audience")
    if not (_is_number(claims.get("exp")) and claims["exp"] > now):
        raise UnauthorizedError("the token has expired")
    for name in ("nbf", "iat"):
        # Whole seconds, because tokens count in them.
        if name in claims and not (_is_number(claims[name]) and claims[name] <= math.ceil(now)):
            raise UnauthorizedError(f"{name} is in the future")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _scopes(claims: Mapping[str, Any]) -> list[str]:
    given = claims.get("scope", claims.get("scp", ""))
    return given.split() if isinstance(given, str) else [str(scope) for scope in given or []]


def as_text(claims: Mapping[str, Any]) -> dict[str, str]:
    """Return every claim as the gateway hands it on: a string, lists in square brackets."""
    return {name: _text(value) for name, value in claims.items()}


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{' '.join(_text(item) for item in value)}]"
    if isinstance(value, dict):
        return f"map[{' '.join(f'{name}:{_text(item)}' for name, item in sorted(value.items()))}]"
    return "<nil>" if value is None else str(value)
