"""FHIR R4 Bundles (hl7.org/fhir/R4: Bundle, DiagnosticReport, Observation)."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from check_upload.inspection.panels import Panels, bound
from check_upload.inspection.result import RefusedError

# HL7 v2 table 0074, which FHIR took over: the sections of a laboratory.
_SECTIONS = {"LAB", "CH", "HM", "IMM", "MB", "SR", "URN"}


def panels(content: bytes) -> Panels:
    """Read the laboratory reports of a bundle, or its results where it holds no report."""
    bound(content, b"{", b"[", b",")
    try:
        bundle = json.loads(
            content.decode("utf-8-sig"), object_pairs_hook=_object, parse_constant=_no_number
        )
    except (ValueError, RecursionError):
        raise RefusedError("file_damaged") from None
    if not isinstance(bundle, dict) or bundle.get("resourceType") != "Bundle":
        raise RefusedError("unknown_kind")
    resources = [_tree(_tree(entry).get("resource")) for entry in _list(bundle.get("entry"))]
    reports = [each for each in resources if _is_lab(each, "DiagnosticReport", _SECTIONS)]
    results = [each for each in resources if _is_lab(each, "Observation", {"laboratory"})]
    found = Panels()
    for each in reports + results:
        found.date(each.get("effectiveDateTime") or each.get("effectiveInstant"))
        period = _tree(each.get("effectivePeriod"))
        found.date(period.get("end") or period.get("start"))
    groups = [each for each in results if each.get("hasMember")]
    for each in reports or groups or results:
        code = _tree(each.get("code"))
        names = [code.get("text"), *(coding.get("display") for coding in _codings(code))]
        found.name(next((name for name in names if name), None))
    return found


def _is_lab(resource: dict[str, Any], type_: str, sections: set[str]) -> bool:
    """Tell whether it came from a laboratory; a resource without a category may well."""
    if resource.get("resourceType") != type_:
        return False
    categories = [_tree(each) for each in _list(resource.get("category"))]
    codes = [coding.get("code") for category in categories for coding in _codings(category)]
    return not codes or any(code in sections for code in codes if isinstance(code, str))


def _codings(concept: dict[str, Any]) -> list[dict[str, Any]]:
    return [_tree(each) for each in _list(concept.get("coding"))]


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _tree(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    parsed = dict(pairs)
    if len(parsed) != len(pairs):
        raise ValueError
    return parsed


def _no_number(_constant: str) -> NoReturn:
    raise ValueError
