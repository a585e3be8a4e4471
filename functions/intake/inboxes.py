"""Which addresses end in one person's inbox, as far as anybody can tell from outside."""

from __future__ import annotations

_READS_OVER_DOTS = ("gmail.com", "googlemail.com")


def inbox_of(address: str) -> str:
    """
    Return what to count: name+anything@host mostly ends in one person's inbox.

    So does a name with dots in it at the one large host that reads over them.
    """
    name, _, host = address.lower().rpartition("@")
    name = name.partition("+")[0]
    if host in _READS_OVER_DOTS:
        name, host = name.replace(".", ""), _READS_OVER_DOTS[0]
    return f"{name}@{host}"
