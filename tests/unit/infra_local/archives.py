"""Small ZIP archives."""

import io
import zipfile


def packed(*contents, method=zipfile.ZIP_DEFLATED):
    """Return an archive with *contents* as its members."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for number, content in enumerate(contents):
            archive.writestr(f"IM{number:05}", content)
    return file.getvalue()


def locked(content):
    """Return an archive that says of its one member that it needs a password."""
    made = bytearray(packed(content, method=zipfile.ZIP_STORED))
    made[6] |= 1
    made[made.index(b"PK\x01\x02") + 8] |= 1
    return bytes(made)
