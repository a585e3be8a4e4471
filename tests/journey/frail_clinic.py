"""A clinic and a store that a browser talks to without a network, and that fail when told to."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Route

from accept_inquiry import posted
from intake import contract, refusals
from intake.captcha import Widget
from intake.errors import InvalidAnswersError
from intake.forms import Form, Forms
from intake.http import Request
from intake.pages import assets
from intake.pages import page as pages
from intake.pages.reception import Reception
from intake.words import Words

FORMS = Forms(Path(__file__).parents[2] / "schemas")
# Nothing listens there.
CLINIC, STORE = "http://localhost:9", "http://store.example"
REFERENCE = "INQ-7F3K-22AB"
PART = 5 * 2**20
_CORS = {
    "Access-Control-Allow-Origin": CLINIC,
    "Access-Control-Allow-Methods": "PUT, POST, GET, DELETE",
    "Access-Control-Allow-Headers": "*",
    "Access-Control-Expose-Headers": "ETag",
}


@dataclass
class Clinic:
    """What the browser talks to. `trouble` may answer first, once for each time it is listed."""

    form: Form
    locale: str = "en"
    trouble: list[Callable[[Route], bool]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)  # of the posts that wanted to be stored
    asked: list[str] = field(default_factory=list)  # method and path, in order
    signed: list[dict[str, Any]] = field(default_factory=list)
    parts: dict[int, int] = field(default_factory=dict)
    whole: int = 0
    done: int = 0
    taken_back: list[dict[str, Any]] = field(default_factory=list)
    captcha: Widget | None = None

    def answer(self, route: Route) -> None:
        """Answer one request."""
        url = urlsplit(route.request.url)
        self.asked.append(f"{route.request.method} {url.path}")
        for n, each in enumerate(self.trouble):
            # Taken out first: while it answers, other requests come.
            del self.trouble[n]
            if each(route):
                return
            self.trouble.insert(n, each)
        if route.request.url.startswith(STORE):
            self._store(route)
        elif url.path.startswith("/site/"):
            route.fulfill(body=assets.script(), content_type="text/javascript")
        elif url.path == "/u/token/sign":
            self._sign(route)
        elif url.path == "/u/token":
            if route.request.method == "POST":
                self._told(route.request.post_data_json)
            route.fulfill(body="<!doctype html><title>Yours</title><main>Yours</main>")
        elif route.request.method == "GET":
            self._page(route, 200, key=f"key-{len(self.asked)}")
        else:
            self._posted(route)

    def _page(self, route: Route, status: int, **given: Any) -> None:
        words = Words(self.locale, self.form.catalogues[self.locale])
        key = given.pop("key")
        given["captcha"] = self.captcha
        shown = pages.render_form(
            self.form, words, clinic_name="A Clinic", action="/f/x", idempotency_key=key, **given
        )
        policy = Reception(FORMS, "A Clinic", STORE, self.captcha).policy(self.form)
        route.fulfill(
            status=status,
            body=shown,
            headers={"Content-Type": "text/html", "Content-Security-Policy": policy},
        )

    def _posted(self, route: Route) -> None:
        asked = route.request
        body = base64.b64encode(asked.post_data_buffer or b"").decode()
        request = Request("POST", "", "", {}, {}, asked.headers, "", body, is_base64=True)
        post = posted.read(self.form, request)
        key, problems = post.controls["_id"], contract.find_problems(self.form, post.answers)
        given: dict[str, Any] = {"values": post.answers, "key": key}
        if "_more" in post.controls and not request.wants_json:
            self._page(route, 200, more=post.controls["_more"], **given)
        elif problems and request.wants_json:
            words = Words(self.locale, self.form.catalogues[self.locale])
            told = refusals.body(InvalidAnswersError(tuple(problems)), words, "")
            route.fulfill(status=422, json=told)
        elif problems:
            self._page(route, 422, problems=problems, **given)
        else:
            self.keys.append(key)
            records = enumerate(post.answers.get("records", []))
            route.fulfill(
                json={
                    "ok": True,
                    "reference": REFERENCE,
                    "next": f"{CLINIC}/u/token",
                    "upload": {"url": "https://another-name.example/u/token"},
                    "records": [
                        {"n": n, "requirement": each["requirement"]} for n, each in records
                    ],
                }
            )

    def _told(self, body: dict[str, Any]) -> None:
        self.done += body["do"] == "done"
        if body["do"] == "take_back":
            self.taken_back.append(body)

    def _sign(self, route: Route) -> None:
        body = route.request.post_data_json
        self.signed.append(body)
        part = body.get("partNumber", "")
        told: dict[str, Any] = {"url": f"{STORE}/object?does={body['method']}&part={part}"}
        if "uploadId" not in body and body["method"] == "PUT":
            told = {"url": f"{STORE}/object", "fields": {"key": "x", "policy": "p"}}
        elif "uploadId" not in body:
            told = {"url": f"{STORE}/object?does=create", "key": "x", "headers": {}}
            told |= {"uploadId": "up"} if self.parts else {}
        route.fulfill(json=told)

    def _store(self, route: Route) -> None:
        asked = parse_qs(urlsplit(route.request.url).query)
        does, body = asked.get("does", ["whole"])[0], ""
        headers = dict(_CORS)
        if does == "whole":
            self.whole += 1
        elif does == "PUT":
            n = int(asked["part"][0])
            self.parts[n] = self.parts.get(n, 0) + 1
            headers["ETag"] = f'"tag{n}"'
        elif does == "create":
            body = "<Result><UploadId>up</UploadId></Result>"
        elif does == "GET":
            have = "".join(
                f"<Part><PartNumber>{n}</PartNumber><ETag>&quot;tag{n}&quot;</ETag>"
                f"<Size>{PART}</Size></Part>"
                for n in self.parts
            )
            body = f"<ListPartsResult>{have}</ListPartsResult>"
        route.fulfill(status=201 if does == "whole" else 200, headers=headers, body=body)

    def times(self, asked: str) -> int:
        """Return how often this method and path was asked for."""
        return self.asked.count(asked)


def to(path: str, method: str = "POST") -> Callable[[Route], bool]:
    """Match requests to an address that ends like this."""
    return lambda route: (
        route.request.method == method and route.request.url.partition("?")[0].endswith(path)
    )


def cut(where: Callable[[Route], bool]) -> Callable[[Route], bool]:
    """Break the connection."""

    def act(route: Route) -> bool:
        if where(route):
            route.abort("connectionreset")
            return True
        return False

    return act


def say(where: Callable[[Route], bool], status: int, **given: Any) -> Callable[[Route], bool]:
    """Give this answer instead."""

    def act(route: Route) -> bool:
        if where(route):
            route.fulfill(status=status, **{"headers": _CORS, **given})
            return True
        return False

    return act


def hold(where: Callable[[Route], bool], held: list[Route]) -> Callable[[Route], bool]:
    """Leave it without an answer, until somebody gives one."""

    def act(route: Route) -> bool:
        if where(route):
            held.append(route)
            return True
        return False

    return act
