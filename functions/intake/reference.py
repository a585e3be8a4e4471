"""References that people read out on the telephone, and the random ids behind them."""

from __future__ import annotations

import base64
import secrets

# No 0/O, 1/I/L, and no lower case. 31 is prime, so the weighted sum below notices every single
# wrong character and every swap of two neighbours.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_RANDOM_CHARACTERS = 7
_ID_BYTES = 16


def new_reference() -> str:
    """Return a reference such as INQ-7F3K-22QX: 34 random bits and a check character."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(_RANDOM_CHARACTERS))
    whole = body + _check_character(body)
    return f"INQ-{whole[:4]}-{whole[4:]}"


def is_reference(text: str) -> bool:
    """Tell whether *text* is a well-formed reference with the right check character."""
    prefix, _, rest = text.partition("-")
    whole = rest.replace("-", "")
    return (
        prefix == "INQ"
        and len(whole) == _RANDOM_CHARACTERS + 1
        and all(character in ALPHABET for character in whole)
        and _check_character(whole[:-1]) == whole[-1]
    )


def _check_character(body: str) -> str:
    weighted = sum((place + 2) * ALPHABET.index(char) for place, char in enumerate(body))
    return ALPHABET[weighted % len(ALPHABET)]


def new_id() -> str:
    """
    Return 128 random bits as 26 characters of lower-case base32.

    Lower case and digits only: ids are parts of S3 keys and URLs, and some tools fold case or
    decode "+" and "%" there.
    """
    return base64.b32encode(secrets.token_bytes(_ID_BYTES)).decode("ascii").rstrip("=").lower()
