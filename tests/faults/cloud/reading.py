"""DynamoDB's expressions as tokens: names, values, and what is used of both."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from moto.dynamodb.parsing.reserved_keywords import ReservedKeywords

from tests.faults.cloud.errors import RefusedError, invalid

_TOKEN = re.compile(r"\s*(?:([#:]?[A-Za-z0-9_]+)|(<>|<=|>=|[=<>(),+.\[\]-]))")
_MOST_BYTES = 4096
_RESERVED = frozenset(word.upper() for word in ReservedKeywords.get_reserved_keywords())
END = ""


class Reader:
    """Reads one expression token by token; *kind* is the parameter that it came in."""

    def __init__(self, text: str, kind: str, names: Mapping[str, str]) -> None:
        self.kind, self.names = kind, names
        self.used_names: set[str] = set()
        self.used_values: set[str] = set()
        if not text:
            raise self.wrong("The expression can not be empty;")
        if len(text.encode()) > _MOST_BYTES:
            raise self.wrong("Expression size has exceeded the maximum allowed size;")
        self._tokens = list(self._split(text))
        self._at = 0

    def _split(self, text: str) -> Any:
        at, text = 0, text.rstrip()
        while at < len(text):
            found = _TOKEN.match(text, at)
            if not found:
                raise self.wrong(f'Syntax error; token: "{text[at:].strip()[:1]}"')
            yield found[1] or found[2]
            at = found.end()

    def wrong(self, what: str) -> RefusedError:
        """Return the refusal of this expression."""
        return invalid(f"Invalid {self.kind}: {what}")

    def unexpected(self) -> RefusedError:
        """Return the refusal of the next token."""
        return self.wrong(f'Syntax error; token: "{self.peek() or "<EOF>"}"')

    def peek(self, ahead: int = 0) -> str:
        """Return a token without taking it; END behind the last."""
        at = self._at + ahead
        return self._tokens[at] if at < len(self._tokens) else END

    def word(self) -> str:
        """Return the next token as a keyword, without taking it."""
        return self.peek().upper()

    def take(self) -> str:
        """Take the next token."""
        token = self.peek()
        if token == END:
            raise self.unexpected()
        self._at += 1
        return token

    def takes(self, wanted: str) -> bool:
        """Take the next token if it is *wanted*, in any case of letters."""
        found = self.word() == wanted
        self._at += found
        return found

    def expect(self, wanted: str) -> None:
        """Take *wanted* or refuse."""
        if not self.takes(wanted):
            raise self.unexpected()

    def name(self) -> str:
        """Take the name of an attribute; only names at the top of an item are known here."""
        token = self.peek()
        if token.startswith("#"):
            if token not in self.names:
                raise self.wrong(
                    "An expression attribute name used in the document path is not defined;"
                    f" attribute name: {token}"
                )
            self.used_names.add(token)
            name = self.names[token]
        elif re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", token):
            if token.upper() in _RESERVED:
                raise self.wrong(f"Attribute name is a reserved keyword; reserved keyword: {token}")
            name = token
        else:
            raise self.unexpected()
        self._at += 1
        if self.peek() in {".", "["}:
            raise NotImplementedError(f"a path into {name}")
        return name

    def value(self) -> str:
        """Take the name of a value, with its colon."""
        token = self.take()
        if not token.startswith(":"):
            self._at -= 1
            raise self.unexpected()
        self.used_values.add(token)
        return token

    def end(self) -> None:
        """Refuse whatever is left."""
        if self.peek() != END:
            raise self.unexpected()


def undefined(kind: str, token: str) -> RefusedError:
    """Return the refusal of a value that an expression uses and nobody gave."""
    return invalid(
        f"Invalid {kind}: An expression attribute value used in expression is not defined;"
        f" attribute value: {token}"
    )
