"""What the template must give a function, read once."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from typing import TypeVar

T = TypeVar("T")


def read(settings_type: type[T], env: Mapping[str, str] = os.environ) -> T:
    """
    Fill the dataclass *settings_type* (fields are strings) from *env*.

    Field `inquiry_table` reads INQUIRY_TABLE. Raises LookupError that names all gaps at once;
    there are no defaults, since a silent one is a wrong one in some account.
    """
    names = [field.name for field in dataclasses.fields(settings_type)]  # type: ignore[arg-type]
    missing = [name.upper() for name in names if not env.get(name.upper())]
    if missing:
        raise LookupError("missing settings: " + ", ".join(missing))
    return settings_type(**{name: env[name.upper()] for name in names})


def uploads_origin(declared: str, env: Mapping[str, str] = os.environ) -> str:
    """
    Return the origin to which browsers send files: as *declared*, or AWS's own stand-in.

    Pages name it in their policies, so it must be the one that signed addresses lead to.
    """
    return env.get("AWS_ENDPOINT_URL") or declared
