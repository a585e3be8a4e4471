"""A filled-in form with files, as a browser would post it."""

import json
import mimetypes
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from urllib3.filepost import encode_multipart_formdata

from infra.local.sample_records import samples
from infra.local.world import ROOT

SAMPLE_FORM = "rheumatoid-arthritis"
_FORMS = ROOT / "schemas" / "forms"
_RADIOLOGY = "radiology"
_SAMPLES = 3  # what `samples` makes


class UnusableSampleError(Exception):
    """ANSWERS or RECORDS name something that cannot be posted."""


@dataclass(frozen=True)
class Sample:
    """What is posted: *placed* gives each file its record by position."""

    form: str
    answers: Mapping[str, Any]
    placed: Mapping[int, tuple[str, bytes]]

    @property
    def announced(self) -> int:
        """Return how many records the answers announce."""
        return len(self.answers.get("records", []))

    def body(self) -> tuple[bytes, str]:
        """Return the multipart body and its content type."""
        fields: list[Any] = [*_flat(self.answers)]
        for position, (name, content) in self.placed.items():
            kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
            fields.append((f"records.{position}.file", (name, content, kind)))
        return encode_multipart_formdata(fields)


def from_environment(environment: Mapping[str, str] = os.environ) -> Sample:
    """Return the sample that ANSWERS, RECORDS and FORM ask for, or the project's own."""
    records = environment.get("RECORDS", "").split()
    files = [(Path(name).name, _read(Path(name))) for name in records]
    if path := environment.get("ANSWERS"):
        given = _read(Path(path))
        form = environment.get("FORM") or _form_of(Path(path))
    else:
        form = environment.get("FORM") or SAMPLE_FORM
        given = _example(form)
    try:
        document = json.loads(given)
    except ValueError as error:
        raise UnusableSampleError(f"{path or form}: the answers are not JSON: {error}") from error
    answers = document.get("answers", document)
    # Our own files go only as far as there are records for them.
    patient = answers.get("patient", {})
    files = files or list(samples(patient).items())[: len(_in_form_order(answers, form))]
    return Sample(form, answers, place(answers, form, files))


def place(
    answers: Mapping[str, Any], form: str, files: list[tuple[str, bytes]]
) -> dict[int, tuple[str, bytes]]:
    """
    Give each file the first announced record without one, in the form's order.

    DICOM files choose first and prefer radiology, or a lab report would take their place.
    """
    free = _in_form_order(answers, form)
    placed: dict[int, tuple[str, bytes]] = {}
    for name, content in sorted(files, key=lambda file: not _is_dicom(*file)):
        wanted = [p for p, kind in free if kind == _RADIOLOGY] if _is_dicom(name, content) else []
        if not free:
            raise UnusableSampleError(
                f"{name}: the answers announce only {len(placed)} records, each has a file"
            )
        position = wanted[0] if wanted else free[0][0]
        free = [(p, kind) for p, kind in free if p != position]
        placed[position] = (name, content)
    return dict(sorted(placed.items()))


def _in_form_order(answers: Mapping[str, Any], form: str) -> list[tuple[int, str]]:
    meta = json.loads(_read(_FORMS / form / "form.json"))
    order = [requirement["kind"] for requirement in meta["requirements"]]
    announced = [(n, str(r.get("requirement"))) for n, r in enumerate(answers.get("records", []))]
    known = [(n, kind) for n, kind in announced if kind in order]
    return sorted(known, key=lambda item: (order.index(item[1]), item[0]))


def _is_dicom(name: str, content: bytes) -> bool:
    return name.lower().endswith(".dcm") or content[128:132] == b"DICM"


def _example(form: str) -> bytes:
    """Return the first valid example that announces as many records as there are samples."""
    paths = sorted((_FORMS / form / "examples" / "valid").glob("*.json"))
    for path in paths:
        content = _read(path)
        if len(json.loads(content)["answers"].get("records", [])) == _SAMPLES:
            return content
    raise UnusableSampleError(f"{form}: no example announces {_SAMPLES} records")


def _form_of(path: Path) -> str:
    """Return the form whose folder *path* is in, or the sample form."""
    parts = path.resolve().parts
    return next((part for part in parts if (_FORMS / part / "form.json").exists()), SAMPLE_FORM)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UnusableSampleError(f"{path}: {error.strerror}") from error


def _flat(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Yield the fields of a form: dotted names, repeated ones for lists of plain values."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _flat(item, f"{name}.{key}" if name else key)
    elif isinstance(value, list):
        for position, item in enumerate(value):
            yield from _flat(item, f"{name}.{position}" if isinstance(item, Mapping) else name)
    elif isinstance(value, bool):
        yield name, "true" if value else "false"
    elif value is not None:
        yield name, str(value)
