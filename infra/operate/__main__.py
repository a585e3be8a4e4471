"""`python -m infra.operate COMMAND`: infra/README.md says when, and a stack's outputs `publish`."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence

from botocore.exceptions import BotoCoreError, ClientError

from infra.operate import commands, trouble
from infra.operate.deployed import Clients, NotDeployedError, clients, find, place
from infra.operate.talk import Talk

# 0: nothing stands still, or all was done. 1: something does, or was left. 2: could not be done.
FAILED = 2
DEFAULT_STACK = "clinic-intake"


def main(
    given: Sequence[str] | None = None,
    talk: Talk | None = None,
    connect: Callable[[], Clients] = clients,
) -> int:
    """Do what the command line asks; return the exit status."""
    asked = _parser().parse_args(given)
    talk = talk or Talk(yes=getattr(asked, "yes", False))
    stack = getattr(asked, "stack", None) or os.environ.get("STACK") or DEFAULT_STACK
    try:
        aws = connect()
        talk.say(place(aws, stack))
        deployed = find(aws, stack)
        status: int = asked.command(deployed, asked, talk)
    except (NotDeployedError, commands.RefusedError) as error:
        talk.complain(str(error))
        return FAILED
    except ClientError as error:
        talk.complain(trouble.of_client(error, stack))
        return FAILED
    except BotoCoreError as error:
        talk.complain(trouble.of_botocore(error))
        return FAILED
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m infra.operate",
        description="Looks after a deployed stack with your own AWS credentials and region.",
        epilog="Exit status: 0 all is well or done, 1 something stands still or is left, 2 failed.",
    )
    _takes_stack(parser)
    subparsers = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, help: str) -> argparse.ArgumentParser:  # noqa: A002 - argparse's word
        added = subparsers.add_parser(name, help=help)
        _takes_stack(added)
        return added

    one = add("stalled", help="what is owed or waits, and what ended badly; changes nothing")
    one.set_defaults(command=commands.stalled)

    one = add("dead", help="dead letters, and until when they are kept; changes nothing")
    one.set_defaults(command=commands.dead_letters)

    one = add("find", help="what happened to one inquiry, and when; changes nothing")
    one.add_argument("inquiry", help="its reference, such as INQ-7F3K-22QX, or its id")
    one.set_defaults(command=commands.find)

    one = add("redrive", help="put dead letters back to where they came from")
    one.add_argument("queue", nargs="*", help="such as TeamDead; all if none is named")
    one.set_defaults(command=commands.redrive)
    _takes_yes(one)

    one = add("recover", help="have everything that is due done now, from the table alone")
    one.add_argument("--given-up", action="store_true", help="letters given up are owed anew too")
    one.set_defaults(command=commands.recover)
    _takes_yes(one)

    one = add("publish", help="put the files of our pages, as they are here, behind HostDomain")
    one.set_defaults(command=commands.publish)
    return parser


def _takes_stack(parser: argparse.ArgumentParser) -> None:
    # Before the command or after it; a default in one place would undo what the other says.
    parser.add_argument(
        "--stack",
        default=argparse.SUPPRESS,
        help=f"name of the root stack (else STACK, else {DEFAULT_STACK})",
    )


def _takes_yes(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--yes", action="store_true", help="do not ask first")


if __name__ == "__main__":
    sys.exit(main())
