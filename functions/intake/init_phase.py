"""What a function does before its first event."""

from __future__ import annotations

import os
from collections.abc import Callable


def warm(wiring: Callable[[], object]) -> None:
    """
    Run *wiring* in Lambda's init phase only.

    Elsewhere a handler may be imported before its AWS is chosen; an early client would call the
    real one.
    """
    if "AWS_LAMBDA_INITIALIZATION_TYPE" in os.environ:
        wiring()
