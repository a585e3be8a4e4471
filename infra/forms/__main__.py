"""`python -m infra.forms new|check|missing`: begin a form, hear what is wrong, what is not said."""

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from infra.forms import SCHEMAS
from infra.forms.check import check
from infra.forms.missing import missing
from infra.forms.scaffold import RefusedError, new

REFUSED = 2


def main(given: Sequence[str] | None = None, schemas: Path = SCHEMAS) -> int:
    """Do what the command line asks; return the exit status."""
    asked = _parser().parse_args(given)
    if asked.command == "new":
        return _new(schemas, asked.name)
    lines = (
        check(schemas, asked.name) if asked.command == "check" else missing(schemas, asked.locale)
    )
    for line in lines:
        print(f"schemas/{line}")
    if not lines:
        print("Nothing is missing or wrong.")
    return 1 if lines else 0


def _new(schemas: Path, name: str) -> int:
    try:
        written = new(schemas, name, datetime.now(UTC).date())
    except RefusedError as error:
        print(error, file=sys.stderr)
        return REFUSED
    print(f"{written[0].parent}: {len(written)} files. Now, in this order:")
    print("1. schema.json: the illnesses (category), and what only this form asks")
    print("2. locales: title, introduction, and words for what you added")
    print("3. schemas/shared/codes.json: a row for each new illness")
    print("4. examples: one that is refused for each condition; then make check-forms")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m infra.forms", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND", dest="command")
    one = commands.add_parser("new", help="begin a form that is complete and can be sent")
    one.add_argument("name", help="as it stands in its address, such as knee-pain")
    one = commands.add_parser("check", help="say in words what is wrong with forms")
    one.add_argument("name", nargs="*", help="all, and what they share, if none is named")
    one = commands.add_parser("missing", help="texts that en has and a locale lacks, or reverse")
    one.add_argument("locale", help="such as de or zh-Hans")
    return parser


if __name__ == "__main__":
    sys.exit(main())
