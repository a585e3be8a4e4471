"""Which addresses end in one person's inbox, as far as anybody can tell from outside."""

from __future__ import annotations

# Large hosts that read over some characters of a name, and who they are under each of their own
# names: Google's dots, and what Proton leaves out when it compares names.
_GOOGLE, _PROTON = ("gmail.com", "."), ("proton.me", ".-_")
_READS_OVER = {
    **dict.fromkeys(("gmail.com", "googlemail.com"), _GOOGLE),
    **dict.fromkeys(("proton.me", "protonmail.com", "protonmail.ch", "pm.me"), _PROTON),
}


def inbox_of(address: str) -> str:
    """
    Return what to count: name+anything@host mostly ends in one person's inbox.

    So does a name with dots in it at hosts that read over them.
    """
    name, _, host = address.lower().rpartition("@")
    name = name.partition("+")[0]
    host, unread = _READS_OVER.get(host, (host, ""))
    return f"{name.translate(dict.fromkeys(map(ord, unread)))}@{host}"
