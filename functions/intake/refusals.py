"""How a refusal is told: to whoever asked, and to the log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from intake.errors import IntakeError, InvalidAnswersError, UnavailableError

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger

    from intake.words import Words


def body(error: IntakeError, words: Words, instance: str) -> dict[str, Any]:
    """
    Return the one JSON body that readers of RFC 9457, Formspree clients and Uppy understand.

    *instance* is the route with the form's name, never a path with a token in it.
    """
    title, detail = words.refusal(error)
    errors: Sequence[Mapping[str, str]] = [{"code": error.code, "message": detail}]
    if isinstance(error, InvalidAnswersError):
        errors = [
            {
                "code": problem.code,
                "field": problem.field,
                "message": words.problem(problem),
                "pointer": problem.pointer,
            }
            for problem in error.problems
        ]
    return {
        "type": f"urn:clinic-intake:problem:{error.key}",
        "title": title,
        "status": error.status,
        "detail": detail,
        "instance": instance,
        "ok": False,
        "error": title,
        "message": detail,
        "errors": errors,
    }


def headers(error: IntakeError) -> dict[str, str]:
    """Return the headers that the refusal's status asks for, named as `http.reply` takes them."""
    named = {}
    if "allow" in error.params:
        named["Allow"] = str(error.params["allow"])
    if error.status in {429, 503}:
        named["Retry_After"] = str(error.params.get("retry_after", 30))
    return named


def log(logger: Logger, route: str, error: IntakeError) -> None:
    """Log why somebody was refused. An outage is no fault of theirs: it is told with its cause."""
    told: dict[str, Any] = {"code": error.code, "status": error.status, "route": route}
    if isinstance(error, UnavailableError):
        logger.warning("refused", **told, error=error.reason)
    else:
        logger.info("refused", **told)
