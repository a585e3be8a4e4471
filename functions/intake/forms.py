"""The forms: one folder each under schemas/forms, read once per process."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from intake import canary
from intake.errors import UnknownFormError
from intake.resolving import Resolver


@dataclass(frozen=True)
class Notice:
    """A published consent text, exactly as it is shown. `sha256` names these very words."""

    sha256: str
    purpose: str
    locale: str
    version: str
    title: str
    text: str


@dataclass(frozen=True, eq=False)  # compared and hashed by identity: a form is loaded once
class Form:
    """One form: schema, settings, words. `tree` is the schema with every $ref replaced."""

    name: str
    schema: Mapping[str, Any]
    tree: Mapping[str, Any]
    meta: Mapping[str, Any]
    policy: Mapping[str, Any]  # in force: how old a record may be, and what it consists of
    languages: tuple[str, ...]
    catalogues: Mapping[str, Mapping[str, Any]]
    notices: Mapping[tuple[str, str], Notice] = field(default_factory=dict)  # purpose, locale
    policies: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # all ever, by version
    codes: Mapping[str, Any] = field(default_factory=dict)  # the clinic's table (intake.coding)

    @property
    def locales(self) -> tuple[str, ...]:
        """The locales this form is offered in, the default one first."""
        first: str = self.meta["default_locale"]
        return (first, *(locale for locale in self.meta["locales"] if locale != first))

    @property
    def requirements(self) -> tuple[Mapping[str, Any], ...]:
        """The kinds of record this form asks for, in the order of the page."""
        return tuple(self.meta["requirements"])

    def notice(self, purpose: str, locale: str) -> Notice | None:
        """
        Return the text to consent to, in *locale* if a reviewed translation is published.

        Else in the default locale: an unreviewed translation is nobody's consent.
        """
        return self.notices.get((purpose, locale)) or self.notices.get(
            (purpose, self.meta["default_locale"])
        )

    def policy_of(self, version: str | None) -> Mapping[str, Any]:
        """Return the policy of this *version*, or the one in force where none is known."""
        return self.policies.get(version or "", self.policy)

    @cached_property
    def notices_by_hash(self) -> Mapping[str, Notice]:
        """The published texts, by their SHA-256."""
        return {notice.sha256: notice for notice in self.notices.values()}


class Forms:
    """The folder `schemas`. A form's name comes from a URL: it is looked up, never made a path."""

    def __init__(self, root: Path | str) -> None:
        """Look at *root* when first asked, not before."""
        self._root = Path(root)
        self._loaded: dict[str, Form] = {}

    @cached_property
    def _folders(self) -> Mapping[str, Path]:
        return {path.parent.name: path.parent for path in self._root.glob("forms/*/form.json")}

    def names(self) -> tuple[str, ...]:
        """Return the names of all forms, sorted."""
        return tuple(sorted(self._folders))

    def offered(self) -> tuple[str, ...]:
        """Return the names of the forms that are for people, sorted: patients, and the team."""
        return tuple(name for name in self.names() if name != canary.FORM)

    def shared_words(self, locale: str) -> Mapping[str, Any]:
        """Return the catalogue that belongs to no form: for pages where none is known."""
        words: Mapping[str, Any] = read(self._root / "shared" / "locales" / f"{locale}.json")
        return words

    def get(self, name: str) -> Form:
        """Return the form, or raise UnknownFormError."""
        if name not in self._loaded:
            if name not in self._folders:
                raise UnknownFormError
            self._loaded[name] = self._load(name)
        return self._loaded[name]

    def _load(self, name: str) -> Form:
        folder = self._folders[name]
        meta = read(folder / "form.json")
        policies = self._policies
        return Form(
            name=name,
            schema=read(folder / "schema.json"),
            tree=Resolver(read).resolve(folder / "schema.json"),
            meta=meta,
            policy=policies[max(policies)],
            languages=tuple(read(self._root / "shared" / "languages.json")),
            catalogues=_Catalogues(self._root / "shared" / "locales", folder / "locales"),
            notices=self._notices(name),
            policies=policies,
            codes=self._codes,
        )

    @cached_property
    def _codes(self) -> Mapping[str, Any]:
        table: Mapping[str, Any] = read(self._root / "shared" / "codes.json")
        return table

    @cached_property
    def _policies(self) -> Mapping[str, Mapping[str, Any]]:
        """
        Return each policy that was ever in force, by its version, a date: the last is in force.

        What an inquiry was accepted under must be read again for years, so no word may change.
        """
        policies = {}
        for entry in read(self._root / "policies" / "published.json"):
            policy = read(self._root / "policies" / f"{entry['version']}.json")
            if canonical_sha256(policy) != entry["sha256"]:
                raise LookupError(f"policy {entry['version']} was changed after publication")
            policies[entry["version"]] = policy
        return policies

    def _notices(self, form: str) -> dict[tuple[str, str], Notice]:
        """Return the texts in force. The file's name is its content's hash, so it is checked."""
        notices = {}
        for entry in read(self._root / "consent" / "published.json"):
            if entry["withdrawn_on"] or not {"*", form} & set(entry["forms"]):
                continue
            text = read(self._root / "consent" / f"{entry['sha256']}.json")
            if canonical_sha256(text) != entry["sha256"]:
                raise LookupError(f"consent text {entry['sha256']} was changed after publication")
            notice = Notice(
                sha256=entry["sha256"],
                purpose=text["purpose"],
                locale=text["locale"],
                version=text["version"],
                title=text["title"],
                text=text["text"],
            )
            notices[notice.purpose, notice.locale] = notice
        return notices


def read(path: Path) -> Any:
    """Read one of our own JSON files."""
    return json.loads(path.read_text(encoding="utf-8"))


def canonical(value: Any) -> bytes:
    """Return *value* as the one JSON text that equal values share, in UTF-8."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode("utf-8")


def canonical_sha256(value: Any) -> str:
    """Return the SHA-256 of `canonical`, in hex."""
    return hashlib.sha256(canonical(value)).hexdigest()


class _Catalogues(dict[str, Mapping[str, Any]]):
    """The words of a form by locale, read when first asked: a JSON post needs none of them."""

    def __init__(self, shared: Path, own: Path) -> None:
        super().__init__()
        self._shared = shared
        self._own = own

    def __missing__(self, locale: str) -> Mapping[str, Any]:
        file = f"{locale}.json"
        self[locale] = _merged(read(self._shared / file), read(self._own / file))
        return self[locale]


def _merged(shared: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(shared)
    for name, value in own.items():
        both_are_objects = isinstance(value, dict) and isinstance(merged.get(name), dict)
        merged[name] = _merged(merged[name], value) if both_are_objects else value
    return merged
