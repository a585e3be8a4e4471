"""What an operator does by hand: see what is late, redrive dead letters, rebuild queues."""

import sys
from pathlib import Path

# The steps' own code reads and writes the table, here as there; only in Lambda it is on the path.
_FUNCTIONS = str(Path(__file__).parents[2] / "functions")
if _FUNCTIONS not in sys.path:
    sys.path.insert(0, _FUNCTIONS)
