"""The inbox over HTTP in the shapes of Mailpit's API, so that any test tool for it works here."""

import json
from collections.abc import Sequence
from email.utils import parseaddr
from typing import Any

from werkzeug.wrappers import Request, Response

from infra.local.mailbox import Letter, Mailbox

PREFIX = "/api/v1/"
_PAGE = 50
_SNIPPET = 250


def answer(request: Request, mailbox: Mailbox) -> Response:
    """Answer one request below PREFIX."""
    path = request.path.removeprefix(PREFIX)
    if path == "messages" and request.method in {"GET", "HEAD"}:
        return _json(_list(request, mailbox.letters()))
    if path == "messages" and request.method == "DELETE":
        return _delete(request, mailbox)
    if path.startswith("message/") and request.method in {"GET", "HEAD"}:
        letter = mailbox.find(path.removeprefix("message/"))
        if letter is not None:
            letter.was_read = True
            return _json(_whole(letter))
        return Response("message not found", 404)
    if path == "messages" or path.startswith("message/"):
        return Response("method not allowed", 405)
    return Response("not found", 404)


def _json(body: Any) -> Response:
    return Response(json.dumps(body, ensure_ascii=False), content_type="application/json")


def _list(request: Request, letters: Sequence[Letter]) -> dict[str, Any]:
    start = max(0, request.args.get("start", 0, type=int))
    limit = max(0, request.args.get("limit", _PAGE, type=int))
    unread = sum(not letter.was_read for letter in letters)
    page = [_summary(letter) for letter in letters[start : start + limit]]
    return {
        "total": len(letters),
        "unread": unread,
        "count": len(page),
        "messages_count": len(letters),
        "messages_unread": unread,
        "start": start,
        "tags": sorted({tag for letter in letters for tag in _tags(letter)}),
        "messages": page,
    }


def _delete(request: Request, mailbox: Mailbox) -> Response:
    try:
        named = json.loads(request.get_data() or b"{}")
        ids = named.get("IDs") or []
    except (ValueError, AttributeError):
        return Response("the body is not JSON", 400)
    mailbox.delete(ids)
    return Response("ok", content_type="text/plain")


def _summary(letter: Letter) -> dict[str, Any]:
    return {
        "ID": letter.id,
        "MessageID": letter.message_id,
        "Read": letter.was_read,
        **_people(letter),
        "Subject": letter.subject,
        "Created": letter.taken_at.isoformat(timespec="milliseconds"),
        "Username": "",
        "Tags": _tags(letter),
        "Size": len(letter.source),
        "Attachments": 0,
        "Snippet": " ".join(letter.part("Text").split())[:_SNIPPET],
    }


def _whole(letter: Letter) -> dict[str, Any]:
    headers = {name.lower(): value for name, value in letter.headers}
    unsubscribe = headers.get("list-unsubscribe", "")
    return {
        "ID": letter.id,
        "MessageID": letter.message_id,
        **_people(letter),
        "ReturnPath": parseaddr(letter.mail["FromEmailAddress"])[1],
        "Subject": letter.subject,
        "ListUnsubscribe": {
            "Header": unsubscribe,
            "Links": [link.strip(" <>") for link in unsubscribe.split(",") if link.strip()],
            "Errors": "",
            "HeaderPost": headers.get("list-unsubscribe-post", ""),
        },
        "Date": letter.taken_at.isoformat(timespec="milliseconds"),
        "Tags": _tags(letter),
        "Username": "",
        "Text": letter.part("Text"),
        "HTML": letter.part("Html"),
        "Size": len(letter.source),
        "Inline": [],
        "Attachments": [],
    }


def _people(letter: Letter) -> dict[str, Any]:
    return {
        "From": _person(letter.mail["FromEmailAddress"]),
        "To": [_person(address) for address in letter.addresses("To")],
        "Cc": [_person(address) for address in letter.addresses("Cc")],
        "Bcc": [_person(address) for address in letter.addresses("Bcc")],
        "ReplyTo": [_person(address) for address in letter.mail.get("ReplyToAddresses", [])],
    }


def _person(address: str) -> dict[str, str]:
    name, plain = parseaddr(address)
    return {"Name": name, "Address": plain}


def _tags(letter: Letter) -> list[str]:
    return [f"{name}={value}" for name, value in letter.tags]
