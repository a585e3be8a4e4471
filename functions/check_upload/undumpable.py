"""Keeps other processes of the same user out of this one's memory and environment."""

from __future__ import annotations

import ctypes
import sys

_PR_SET_DUMPABLE = 4  # prctl(2)


def make_undumpable() -> None:
    """
    Have Linux refuse other processes of this user to read or trace this one (ptrace(2)).

    The price: no core dumps, no debugger that attaches, and /proc/self belongs to root. Programs
    that this one starts are not affected.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
