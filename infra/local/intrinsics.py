"""What CloudFormation's functions mean once every name in a stack is known."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

NO_VALUE = object()
"""What `!Ref AWS::NoValue` leaves: the property is dropped."""

_IN_TEXT = re.compile(r"\$\{(!?)([^}]+)\}")
_DYNAMIC = re.compile(r"\{\{resolve:([^:{}]+):([^{}]*)\}\}")


class UnknownToThisWorldError(Exception):
    """The template uses something that the local world would have to guess at."""


@dataclass
class Scope:
    """
    The names of one stack. `attribute` answers `!GetAtt`, `reference` answers `!Ref`.

    `secret` answers `{{resolve:secretsmanager:...}}`.
    """

    reference: Callable[[str], Any]
    attribute: Callable[[str, str], Any]
    conditions: Mapping[str, Any]
    mappings: Mapping[str, Any] = field(default_factory=dict)
    secret: Callable[[str], str] | None = None

    def resolve(self, value: Any) -> Any:
        """Return *value* with every function replaced by what it stands for."""
        if isinstance(value, list):
            return [item for item in map(self.resolve, value) if item is not NO_VALUE]
        if not isinstance(value, dict):
            return _DYNAMIC.sub(self._dynamic, value) if isinstance(value, str) else value
        if len(value) == 1:
            name, argument = next(iter(value.items()))
            if name == "Ref":
                return self.reference(argument)
            if name == "Condition" and isinstance(argument, str):
                return self.holds(argument)
            if str(name).startswith("Fn::"):
                return self._call(name, argument)
        resolved = {key: self.resolve(item) for key, item in value.items()}
        return {key: item for key, item in resolved.items() if item is not NO_VALUE}

    def holds(self, condition: str) -> bool:
        """Whether the named condition of this stack is true."""
        if condition not in self.conditions:
            message = f"condition {condition} is not declared"
            raise UnknownToThisWorldError(message)
        return bool(self.resolve(self.conditions[condition]))

    def _call(self, name: str, argument: Any) -> Any:
        known: dict[str, Callable[[Any], Any]] = {
            "Fn::GetAtt": self._get_att,
            "Fn::Sub": self._sub,
            "Fn::If": self._if,
            "Fn::FindInMap": self._find_in_map,
            "Fn::Join": lambda a: a[0].join(str(part) for part in self.resolve(a[1])),
            "Fn::Select": lambda a: self.resolve(a[1])[int(self.resolve(a[0]))],
            "Fn::Split": lambda a: str(self.resolve(a[1])).split(a[0]),
            "Fn::Equals": lambda a: str(self.resolve(a[0])) == str(self.resolve(a[1])),
            "Fn::Not": lambda a: not self.resolve(a[0]),
            "Fn::And": lambda a: all(self.resolve(part) for part in a),
            "Fn::Or": lambda a: any(self.resolve(part) for part in a),
        }
        if name not in known:
            message = f"the template function {name} is not known here"
            raise UnknownToThisWorldError(message)
        return known[name](argument)

    def _get_att(self, argument: Any) -> Any:
        parts = argument.split(".", 1) if isinstance(argument, str) else argument
        return self.attribute(parts[0], ".".join(parts[1:]))

    def _if(self, argument: Any) -> Any:
        condition, then, otherwise = argument
        return self.resolve(then if self.holds(condition) else otherwise)

    def _find_in_map(self, argument: Any) -> Any:
        table, first, second = (self.resolve(part) for part in argument)
        return self.mappings[table][first][second]

    def _sub(self, argument: Any) -> str:
        text, local = (argument, {}) if isinstance(argument, str) else argument
        local = {name: self.resolve(value) for name, value in local.items()}

        def put_in(match: re.Match[str]) -> str:
            if match[1]:  # ${!Name} is how a template writes a literal ${Name}
                return "${" + match[2] + "}"
            name = match[2].strip()
            if name in local:
                return str(local[name])
            return str(self._get_att(name) if "." in name else self.reference(name))

        return _DYNAMIC.sub(self._dynamic, _IN_TEXT.sub(put_in, text))

    def _dynamic(self, match: re.Match[str]) -> str:
        if match[1] != "secretsmanager" or self.secret is None:
            message = f"the dynamic reference {match[0]} is not known here"
            raise UnknownToThisWorldError(message)
        return self.secret(match[2])
