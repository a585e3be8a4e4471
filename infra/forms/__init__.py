"""For whoever writes forms: begin one, hear what is wrong with one, what is not translated yet."""

import sys
from pathlib import Path

# Forms are read by the steps' own code; only in Lambda it is on the path.
_FUNCTIONS = str(Path(__file__).parents[2] / "functions")
if _FUNCTIONS not in sys.path:
    sys.path.insert(0, _FUNCTIONS)

SCHEMAS = Path(__file__).parents[2] / "schemas"
