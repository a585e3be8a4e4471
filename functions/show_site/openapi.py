"""`GET /openapi.json`: what this API speaks, made of the forms as they are."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from intake import http
from intake.errors import IntakeError
from intake.forms import Forms, read
from intake.http import Reply, Request
from intake.words import Words
from show_site.form_schema import flat, form_schema

ROUTE = "GET /openapi.json"
_REFUSALS = "x-refusals"  # of the written part: which refusals a route knows, by their keys
_LOCALE = "en"  # of what this document says, which is for whoever writes programs
_EXAMPLES = ("only-what-is-required", "every-field-filled-in")
# What the gateway may say by itself, and of routes that need a token.
_BUSY = {429: "Too many requests for now", 503: "Not reached"}
_TOKEN = {401: "No token, or one that is no good", 403: "A token for something else"}
_BODY = {413: "Larger than 6 MB"}


@dataclass(frozen=True)
class ApiDocument:
    """The OpenAPI document. It costs nothing until somebody asks for it, and then once."""

    forms: Forms
    schemas: Path

    def reply(self, request: Request) -> Reply:
        """Return the document, compressed if that is wanted, or that it has not changed."""
        # Kept from one of our pages, it must not be what another site gets (show_site/site.py).
        kept = {"Cache_Control": "public, max-age=3600", "ETag": self.tag, "Vary": "Origin"}
        if self.tag in request.headers.get("if-none-match", ""):
            return http.reply(304, http.JSON, "", **kept | {"Vary": "Origin, Accept-Encoding"})
        return http.compressed(request, http.reply(200, http.JSON, self.text, **kept))

    @cached_property
    def text(self) -> str:
        """The document as JSON."""
        return json.dumps(self.document(), ensure_ascii=False, separators=(",", ":"))

    @cached_property
    def tag(self) -> str:
        """What changes whenever the document does."""
        return f'W/"{hashlib.sha256(self.text.encode()).hexdigest()[:16]}"'

    def document(self) -> dict[str, Any]:
        """Fill in what is written by hand with the forms, and with what refusals say."""
        whole: dict[str, Any] = read(self.schemas / "api" / "openapi.json")
        names = self.forms.offered()
        whole["info"]["version"] = max(self.forms.get(name).meta["version"] for name in names)
        parts = whole["components"]
        parts["parameters"]["form"]["schema"]["enum"] = list(names)
        parts["schemas"] |= {name: self._form(name) for name in names}
        file = parts["schemas"]["SignFile"]["properties"]
        file["slot"]["enum"] = sorted({kind for name in names for kind in self._kinds(name)})
        post = whole["paths"]["/f/{form}"]["post"]
        post["requestBody"]["content"] = self._content(names)
        words = Words(_LOCALE, self.forms.shared_words(_LOCALE))
        for path in whole["paths"].values():
            for method, operation in path.items():
                if method != "parameters":
                    _refuse(operation, words, has_body=method == "post")
        return whole

    def _form(self, name: str) -> dict[str, Any]:
        form = self.forms.get(name)
        return form_schema(form, Words(_LOCALE, form.catalogues[_LOCALE]))

    def _kinds(self, name: str) -> Iterator[str]:
        return (str(each["kind"]) for each in self.forms.get(name).requirements)

    def _content(self, names: Sequence[str]) -> dict[str, Any]:
        """Return how a form may be posted: as its schema says, or flat as browsers do."""
        examples = {f"{form}.{name}": told for form in names for name, told in self._examples(form)}
        plain = {
            name: {**told, "value": dict(flat(told["value"]))} for name, told in examples.items()
        }
        fields = {"type": "object", "additionalProperties": {"type": "string"}}
        file = {"type": "string", "contentMediaType": "application/octet-stream"}
        return {
            http.JSON: {
                "schema": {"anyOf": [{"$ref": f"#/components/schemas/{name}"} for name in names]},
                "examples": examples,
            },
            "application/x-www-form-urlencoded": {"schema": fields, "examples": plain},
            "multipart/form-data": {
                "schema": {**fields, "patternProperties": {r"^records\.\d+\.file$": file}},
                "examples": plain,
            },
        }

    def _examples(self, form: str) -> Iterator[tuple[str, dict[str, Any]]]:
        for name in _EXAMPLES:
            path = self.schemas / "forms" / form / "examples" / "valid" / f"{name}.json"
            if path.exists():
                example = read(path)
                yield name, {"summary": example["about"], "value": example["answers"]}


def _refuse(operation: dict[str, Any], words: Words, *, has_body: bool) -> None:
    """Add to an operation how it says no: what ours mean, and what the gateway says by itself."""
    said: dict[int, list[str]] = {}
    known = {each.key: each for each in _kinds(IntakeError)}
    for key in operation.pop(_REFUSALS):
        error = known[key]
        said.setdefault(error.status, []).append(
            f"`{error.code}`: {words.text(f'messages.{key}.title')}"
        )
    own = _BUSY | (_TOKEN if "security" in operation else {}) | (_BODY if has_body else {})
    for status in sorted(said.keys() | own.keys()):
        told = said.get(status, [])
        also = [f"By the gateway: {own[status]}"] if status in own else []
        operation["responses"][str(status)] = {
            "description": ". ".join([*told, *also]),
            "content": _bodies(ours=bool(told), gateway=status in own),
            **_headers(status, ours=bool(told), gateway=status in own),
        }


def _bodies(*, ours: bool, gateway: bool) -> dict[str, Any]:
    """Return what a refusal looks like: for programs, for people, and from the gateway."""
    problem = {http.PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    page = {"text/html": {"schema": {"type": "string"}}}
    bare = {http.JSON: {"schema": {"$ref": "#/components/schemas/NotReached"}}}
    return (problem | page if ours else {}) | (bare if gateway else {})


def _headers(status: int, *, ours: bool, gateway: bool) -> Mapping[str, Any]:
    if status not in {429, 503} or not ours:
        return {}
    seconds = {"description": "Seconds", "schema": {"type": "integer"}}
    return {"headers": {"Retry-After": seconds if gateway else {"required": True, **seconds}}}


def _kinds(kind: type[IntakeError]) -> Iterator[type[IntakeError]]:
    for each in kind.__subclasses__():
        yield each
        yield from _kinds(each)
