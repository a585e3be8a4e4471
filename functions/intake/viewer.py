"""Whose request this is: the address of the person's device, where somebody trusted says it."""

from __future__ import annotations

import hmac
import ipaddress

from intake.http import Request

# CloudFront sends all three (infra/hosting.yaml), over whatever a caller put there. Without the
# first the others are worth nothing, since the gateway can be asked directly too.
PROOF_HEADER = "x-origin-verify"
ADDRESS_HEADER = "x-viewer-address"
SITE_HEADER = "x-public-origin"

# What one household or one phone gets of its provider. A device changes its IPv6 address as it
# likes within that, so counting single addresses would count nothing.
_NETWORK_BITS = {4: 24, 6: 56}

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def address(request: Request, origin_secret: str) -> str:
    """
    Return the address that *request* comes from, "" where nobody says a readable one.

    Behind CloudFront the gateway sees CloudFront; the viewer's address is then in a header, which
    counts only beside *origin_secret*. Else it is the other end of the gateway's connection, which
    nobody can write.
    """
    stated = request.headers.get(ADDRESS_HEADER, "") if _proven(request, origin_secret) else ""
    found = _read(stated) or _read(request.source)
    return str(found) if found else ""


def site(request: Request, origin_secret: str) -> str:
    """
    Return the origin that a browser shows for *request*, such as https://intake.clinic.example.

    Without CloudFront it is the gateway's own. Neither is the Host header, which anybody can write.
    """
    stated = request.headers.get(SITE_HEADER, "") if _proven(request, origin_secret) else ""
    return stated or f"https://{request.domain}"


def is_doubtful(request: Request, origin_secret: str) -> bool:
    """Tell whether *request* claims to be CloudFront's, and its secret is another than ours."""
    is_claimed = bool(origin_secret) and PROOF_HEADER in request.headers
    return is_claimed and not _proven(request, origin_secret)


def network(of: str) -> str:
    """Return the network that address *of* belongs to, "" where *of* is no address."""
    found = _read(of)
    if found is None:
        return ""
    return str(ipaddress.ip_network((found, _NETWORK_BITS[found.version]), strict=False))


def _proven(request: Request, origin_secret: str) -> bool:
    """Tell whether CloudFront sent *request*. No secret means no CloudFront: "" proves nothing."""
    given = request.headers.get(PROOF_HEADER, "")
    return bool(origin_secret) and hmac.compare_digest(
        # Compared as bytes: of text, only ASCII can be. Headers of a caller may hold anything.
        given.encode("utf-8", "surrogatepass"),
        origin_secret.encode(),
    )


def _read(text: str) -> _Address | None:
    """
    Read an address, also with its port: 192.0.2.1:443, [2001:db8::1]:443 or 2001:db8::1:46532.

    Bare IPv6 with a short port can't be told from an address that is longer by a group, and is
    read as that; our own distribution sends no port. An IPv4 address in IPv6's clothes is the
    same device as without them.
    """
    without_port = text.rpartition(":")[0]
    for candidate in (text, text.strip("[]"), without_port.strip("[]")):
        try:
            found = ipaddress.ip_address(candidate)
        except ValueError:
            continue
        if isinstance(found, ipaddress.IPv6Address):
            # Without a scope ("%eth0"): that is any text, and of the sender's machine.
            return found.ipv4_mapped or ipaddress.IPv6Address(int(found))
        return found
    return None
