"""Who is asking, and which cases they may see: from the token's claims and nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from intake.errors import NotSignedInError

DOCTOR = "doctor"
COORDINATOR = "coordinator"
SUPERVISOR = "supervisor"
# Each may do what the ones before it may.
ROLES = (DOCTOR, COORDINATOR, SUPERVISOR)

EVERY_FORM = "*"
# What separates two groups in a claim; the setting may name no group that holds one of these.
_BETWEEN = re.compile(r"[\s,\[\]\"']+")


@dataclass(frozen=True)
class Staff:
    """Somebody who signed in. `forms` holds the role for each form whose cases they may see."""

    id: str  # the token's `sub`: what the log may hold
    name: str
    forms: Mapping[str, str]

    def may(self, role: str, form: str) -> bool:
        """Tell whether they may do for *form* what needs *role*."""
        own = self.forms.get(form)
        return own is not None and ROLES.index(own) >= ROLES.index(role)


@dataclass(frozen=True)
class Teams:
    """The template's groups: each a role, for some forms."""

    groups: Mapping[str, tuple[str, tuple[str, ...]]]
    groups_claim: str

    @classmethod
    def read(cls, setting: str, groups_claim: str) -> Teams:
        """
        Read the setting TEAM_GROUPS; raise LookupError for one that nobody could mean.

        A role that does not exist must stop the function, not quietly give somebody none.
        """
        groups = {}
        for name, team in json.loads(setting).items():
            if not name or _BETWEEN.search(name):
                raise LookupError("a group of TEAM_GROUPS has a name that no claim can hold")
            if team["role"] not in ROLES:
                raise LookupError("a group of TEAM_GROUPS has an unknown role")
            groups[name] = (team["role"], tuple(team["forms"]))
        return cls(groups, groups_claim)

    def staff(self, event: Mapping[str, Any], forms: Iterable[str]) -> Staff:
        """
        Return who sent this request, with their role for each of *forms*.

        The gateway checked the token before; without its claims somebody reached us past it, and
        NotSignedInError is raised. A group that we don't know gives nothing.
        """
        claims = _claims(event)
        subject = claims.get("sub")
        if not isinstance(subject, str) or not subject:
            raise NotSignedInError
        given = self._roles(claims.get(self.groups_claim), tuple(forms))
        name = claims.get("username")
        return Staff(subject, name if isinstance(name, str) and name else subject, given)

    def _roles(self, claim: Any, forms: tuple[str, ...]) -> dict[str, str]:
        roles: dict[str, str] = {}
        for group in named_groups(claim):
            role, own = self.groups.get(group, (DOCTOR, ()))
            for form in forms:
                if form in own or EVERY_FORM in own:
                    roles[form] = max(role, roles.get(form, role), key=ROLES.index)
        return roles


def named_groups(claim: Any) -> frozenset[str]:
    """
    Return the groups that a claim names.

    The gateway writes a list as "[a b]"; other issuers write "a b", "a,b" or JSON.
    """
    if not isinstance(claim, str):
        return frozenset()
    return frozenset(group for group in _BETWEEN.split(claim) if group)


def _claims(event: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Any = event.get("requestContext")
    for part in ("authorizer", "jwt", "claims"):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found if isinstance(found, Mapping) else {}
