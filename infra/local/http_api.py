"""Reads the HTTP API's document: routes, CORS, and who may use which route."""

import re
from collections.abc import Mapping
from typing import Any

from infra.local.blueprint import Blueprint, JwtAuthorizer, Route
from infra.local.identity import Place
from infra.local.intrinsics import UnknownToThisWorldError
from infra.local.known import check_names
from infra.local.template import Resource

_FUNCTION_IN_URI = re.compile(r"/functions/(arn:[^/]+)/invocations")
_HEADER = re.compile(r"\$request\.header\.([A-Za-z0-9-]+)")
_METHODS = {"get", "post", "put", "delete", "patch", "head", "options"}
_ANY = "x-amazon-apigateway-any-method"
_AUTHORIZER = "x-amazon-apigateway-authorizer"
_CORS = "x-amazon-apigateway-cors"
_INTEGRATION = "x-amazon-apigateway-integration"


def read_api(blueprint: Blueprint, resource: Resource, _place: Place) -> None:
    """Add the routes of *resource* to *blueprint*; raise rather than guess."""
    body = resource.properties["Body"]
    known = {"openapi", "info", "paths", "tags", "components", _CORS}
    check_names(f"{resource.logical_id}.Body", body, known)
    authorizers = _authorizers(resource.logical_id, body.get("components", {}))
    blueprint.cors = body.get(_CORS)
    for path, methods in body["paths"].items():
        if path != "/" and path.endswith("/"):
            message = f"{resource.logical_id}: AWS takes no route that ends in a slash, {path}"
            raise UnknownToThisWorldError(message)
        for method, operation in methods.items():
            if method not in {*_METHODS, _ANY}:
                message = f"{path}: {method} is not known here"
                raise UnknownToThisWorldError(message)
            blueprint.routes.append(_route(path, method, operation, authorizers))


def _route(
    path: str,
    method: str,
    operation: Mapping[str, Any],
    authorizers: Mapping[str, JwtAuthorizer],
) -> Route:
    where = f"{method} {path}"
    check_names(
        where,
        operation,
        {_INTEGRATION, "responses", "parameters", "isDefaultRoute", "security"},
    )
    integration = operation[_INTEGRATION]
    function = _FUNCTION_IN_URI.search(integration["uri"])
    if integration.get("payloadFormatVersion") != "2.0" or not function:
        message = f"{where}: only Lambda with payload 2.0 is known here"
        raise UnknownToThisWorldError(message)
    verb = "ANY" if method == _ANY else method.upper()
    plain = "$default" if operation.get("isDefaultRoute") else path
    security = operation.get("security", [])
    if not security:
        return Route(verb, plain, function[1])
    (name, scopes), *more = [item for one in security for item in one.items()]
    if more or name not in authorizers:
        message = f"{where}: the security {security} is not known here"
        raise UnknownToThisWorldError(message)
    return Route(verb, plain, function[1], authorizers[name], tuple(scopes))


def _authorizers(api: str, components: Mapping[str, Any]) -> dict[str, JwtAuthorizer]:
    """Return the API's JWT authorizers by name; no other kind is known here."""
    check_names(f"{api}.Body.components", components, {"securitySchemes"})
    found = {}
    for name, scheme in components.get("securitySchemes", {}).items():
        check_names(f"{api}: {name}", scheme, {"type", _AUTHORIZER})
        given = scheme[_AUTHORIZER]
        check_names(f"{api}: {name}", given, {"type", "identitySource", "jwtConfiguration"})
        header = _HEADER.fullmatch(str(given.get("identitySource")))
        configured = given.get("jwtConfiguration", {})
        if given.get("type") != "jwt" or not header or not configured.get("audience"):
            message = f"{api}: the authorizer {name} is not known here"
            raise UnknownToThisWorldError(message)
        check_names(f"{api}: {name}", configured, {"issuer", "audience"})
        audience = tuple(str(one) for one in configured["audience"])
        found[name] = JwtAuthorizer(name, configured["issuer"], audience, header[1].lower())
    return found
