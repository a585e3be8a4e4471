"""Lab exports of nobody, sound ones, as portals and laboratories write them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

_CATEGORY = "http://terminology.hl7.org/CodeSystem/v2-0074"


def fhir(*resources: Any, **more: Any) -> bytes:
    """Return a FHIR R4 Bundle of *resources*; of one report with two results if none is given."""
    held = resources or (report("Complete blood count", "2026-09-14"), result(), patient())
    bundle = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": each} for each in held],
    }
    return json.dumps(bundle | more, ensure_ascii=False).encode()


def report(name: str, date: str | None = None, section: str | None = "LAB") -> dict[str, Any]:
    """Return a DiagnosticReport of one panel."""
    made: dict[str, Any] = {
        "resourceType": "DiagnosticReport",
        "status": "final",
        "code": {"text": name, "coding": [{"code": "58410-2", "display": "CBC panel"}]},
    }
    if section:
        made["category"] = [{"coding": [{"system": _CATEGORY, "code": section}]}]
    return made | ({"effectiveDateTime": date} if date else {})


def result(name: str = "Hemoglobin", date: str = "2026-09-13T08:15:00+07:00") -> dict[str, Any]:
    """Return an Observation of the laboratory."""
    return {
        "resourceType": "Observation",
        "status": "final",
        "category": [{"coding": [{"code": "laboratory"}]}],
        "code": {"coding": [{"display": name}]},
        "effectiveDateTime": date,
        "valueQuantity": {"value": 12.5, "unit": "g/dL"},
    }


def patient() -> dict[str, Any]:
    """Return whom such exports name."""
    return {"resourceType": "Patient", "name": [{"family": "Nobody"}], "birthDate": "1970-01-01"}


def ccda(*organizers: str, head: str = "", body: str = "", root: str = "ClinicalDocument") -> bytes:
    """Return a C-CDA document whose results section holds *organizers*; one if none is given."""
    entries = "".join(f"<entry>{each}</entry>" for each in organizers or (organizer(),))
    return f"""<?xml version="1.0" encoding="UTF-8"?>{head}
<{root} xmlns="urn:hl7-org:v3" xmlns:sdtc="urn:hl7-org:sdtc">
 <templateId root="2.16.840.1.113883.10.20.22.1.2"/>
 <effectiveTime value="20261101"/>
 <recordTarget><patientRole><patient><name>Nobody</name></patient></patientRole></recordTarget>
 <component><structuredBody><component><section>
  <code code="8716-3"/><entry>{organizer("Vital signs", "20261031")}</entry>
 </section></component><component><section>
  <code code="30954-2" codeSystem="2.16.840.1.113883.6.1"/>{entries}{body}
 </section></component></structuredBody></component>
</{root}>""".encode()


def organizer(name: str = "Complete blood count", date: str = "20260914") -> str:
    """Return one panel with one result of the day before it was put together."""
    return (
        f'<organizer classCode="BATTERY"><code code="58410-2" displayName="{name}"/>'
        f'<effectiveTime><low value="{date}081500+0700"/></effectiveTime>'
        '<component><observation><code displayName="Hemoglobin"/>'
        '<effectiveTime value="20260913"/></observation></component></organizer>'
    )


def oru(*orders: str, type_: str = "ORU^R01^ORU_R01", end: str = "\r") -> bytes:
    """Return an HL7 v2 message of *orders*, one segment or several each."""
    segments = (
        f"MSH|^~\\&|LAB|HOSPITAL|||20261101||{type_}|1|P|2.5.1",
        "PID|1||0||Nobody^N",
        *(orders or (order(),)),
    )
    return end.join((*segments, "")).encode()


def order(name: str = "Complete blood count", date: str = "20260914081500+0700") -> str:
    """Return an order of one panel with one result that names no time of its own."""
    return (
        f"OBR|1|||58410-2^{name}^LN|||{date}\r"
        "OBX|1|NM|718-7^Hemoglobin^LN||12.5|g/dL|12-16|N|||F|||20260913"
    )


def batch(messages: Sequence[bytes]) -> bytes:
    """Return *messages* as a file of one batch."""
    begin, end = b"FHS|^~\\&|LAB\rBHS|^~\\&|LAB\r", b"BTS|1\rFTS|1\r"
    return begin + b"".join(messages) + end
