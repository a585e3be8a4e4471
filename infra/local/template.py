"""template.yaml as CloudFormation would read it: macros expanded, nested stacks opened."""

import copy
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from samtranslator.model.exceptions import InvalidDocumentException
from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import intrinsics_multi_constructor

from infra.local.identity import ACCOUNT, Place
from infra.local.intrinsics import NO_VALUE, Scope, UnknownToThisWorldError

_SERVERLESS = "AWS::Serverless-2016-10-31"
_STACK = "AWS::CloudFormation::Stack"
_UPLOADED = "s3://local/"  # `sam deploy` puts code into a bucket; the translator insists on one


class _Loader(yaml.CSafeLoader):
    """Reads what the translator's own reader does, eight times as fast: each world reads it all."""


_Loader.add_multi_constructor("!", intrinsics_multi_constructor)


@dataclass(frozen=True)
class Resource:
    """One resource with nothing left to resolve."""

    logical_id: str
    kind: str
    name: str
    properties: dict[str, Any]


class _NoManagedPolicies:
    """The translator asks for AWS's managed policies; this world has no use for them."""

    def load(self) -> dict[str, str]:
        return {}


@dataclass
class Stack:
    """One template file with its parameters given."""

    path: Path
    place: Place
    given: Mapping[str, Any]
    _nested: dict[str, "Stack"] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Read and expand the file; nested stacks are opened when first asked for."""
        document = yaml.load(self.path.read_text(encoding="utf-8"), _Loader)  # noqa: S506  a safe one
        declared = document.get("Parameters", {})
        if unknown := set(self.given) - set(declared):
            message = f"{self.path.name} has no parameter {', '.join(sorted(unknown))}"
            raise UnknownToThisWorldError(message)
        self._parameters = {
            name: self._parameter(name, declaration) for name, declaration in declared.items()
        }
        if document.get("Transform") == _SERVERLESS:
            document = self._expand(document)
        elif "Transform" in document:
            message = f"{self.path.name}: transform {document['Transform']} is not known here"
            raise UnknownToThisWorldError(message)
        self._resources: dict[str, Any] = document["Resources"]
        self._outputs: dict[str, Any] = document.get("Outputs", {})
        self._scope = Scope(
            self._reference,
            self._attribute,
            document.get("Conditions", {}),
            document.get("Mappings", {}),
            self.place.secret,
        )

    def resources(self) -> Iterator[Resource]:
        """Yield every resource whose condition holds, those of nested stacks too."""
        for logical_id, body in self._resources.items():
            if "Condition" in body and not self._scope.holds(body["Condition"]):
                continue
            if body["Type"] == _STACK:
                yield from self._stack(logical_id).resources()
                continue
            properties = self._scope.resolve(body.get("Properties", {}))
            name = self.place.physical_name(body["Type"], logical_id, properties)
            yield Resource(logical_id, body["Type"], name, properties)

    def output(self, name: str) -> Any:
        """Return the value of the output *name*."""
        return self._scope.resolve(self._outputs[name]["Value"])

    def _parameter(self, name: str, declaration: Mapping[str, Any]) -> Any:
        if name not in self.given and "Default" not in declaration:
            message = f"{self.path.name}: parameter {name} needs a value"
            raise UnknownToThisWorldError(message)
        value = self.given.get(name, declaration.get("Default"))
        pattern = declaration.get("AllowedPattern")
        if pattern is not None and not re.fullmatch(pattern, str(value)):
            message = f"{self.path.name}: the parameter {name} can't be {value!r}, only {pattern}"
            raise UnknownToThisWorldError(message)
        if declaration["Type"] in {"CommaDelimitedList", "List<String>"}:
            return [part.strip() for part in str(value).split(",")]
        return value

    def _expand(self, document: dict[str, Any]) -> dict[str, Any]:
        document = copy.deepcopy(document)
        bodies = [
            document.get("Globals", {}).get("Function", {}),
            *(resource.get("Properties", {}) for resource in document["Resources"].values()),
        ]
        for body in bodies:
            for where in ("CodeUri", "ContentUri"):
                if isinstance(body.get(where), str):
                    body[where] = _UPLOADED + body[where]
        values = {
            name: ",".join(value) if isinstance(value, list) else value
            for name, value in self._parameters.items()
        }
        try:
            expanded: dict[str, Any] = transform(document, values, _NoManagedPolicies())
        except InvalidDocumentException as refused:
            reasons = "; ".join(cause.message for cause in refused.causes)
            message = f"{self.path.name}: {reasons}"
            raise UnknownToThisWorldError(message) from refused
        return expanded

    def _reference(self, name: str) -> Any:
        pseudo = {
            "AWS::Region": self.place.region,
            "AWS::AccountId": ACCOUNT,
            "AWS::Partition": "aws",
            "AWS::StackName": self.place.stack,
            "AWS::URLSuffix": "amazonaws.com",
            "AWS::StackId": self.place.arn("cloudformation", f"stack/{self.place.stack}/local"),
            "AWS::NoValue": NO_VALUE,
        }
        if name in pseudo:
            return pseudo[name]
        if name in self._parameters:
            return self._parameters[name]
        kind, physical = self._identity(name)
        return self.place.reference(kind, physical)

    def _attribute(self, logical_id: str, attribute: str) -> Any:
        if self._body(logical_id)["Type"] == _STACK:
            return self._stack(logical_id).output(attribute.removeprefix("Outputs."))
        kind, physical = self._identity(logical_id)
        return self.place.attribute(kind, physical, attribute)

    def _body(self, logical_id: str) -> dict[str, Any]:
        if logical_id not in self._resources:
            message = f"{self.path.name}: nothing is called {logical_id}"
            raise UnknownToThisWorldError(message)
        body: dict[str, Any] = self._resources[logical_id]
        return body

    def _identity(self, logical_id: str) -> tuple[str, str]:
        body = self._body(logical_id)
        # Only names are resolved here: whole properties may refer back to this very resource.
        names = {
            key: self._scope.resolve(value)
            for key, value in body.get("Properties", {}).items()
            if key.endswith("Name") or key == "EmailIdentity"
        }
        return body["Type"], self.place.physical_name(body["Type"], logical_id, names)

    def _stack(self, logical_id: str) -> "Stack":
        if logical_id not in self._nested:
            properties = self._body(logical_id)["Properties"]
            self._nested[logical_id] = Stack(
                self.path.parent / properties["TemplateURL"],
                self.place,
                self._scope.resolve(properties.get("Parameters", {})),
            )
        return self._nested[logical_id]
