"""How many examples a property is held to."""

import os

# The whole suite ran on one Python before; on the other, what is made up by chance is tried for
# what differs between two Pythons, which shows in few examples.
_SHARE = 10


def examples(most: int) -> int:
    """Return *most*, or a tenth of it where `SECOND_PYTHON` is set, as `make pytest313` does."""
    return most // _SHARE if os.environ.get("SECOND_PYTHON") else most
