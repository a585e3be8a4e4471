"""A doctor's browser on the team's page: the real step, a clinic, and a sign-in."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from playwright.sync_api import Page, Request, Route

import show_site.handler
from tests.journey.axe import violations
from tests.journey.person import DESK

ROOT = Path(__file__).parents[2]
ORIGIN = "https://intake.clinic.example"
ISSUER = "https://issuer.example/pool"
SIGN_IN = "https://sign-in.example"
STORAGE = "https://records.s3.example"
REFERENCE = "INQ-7F3K-22QX"
SETTINGS = {
    "SCHEMAS_DIR": str(ROOT / "schemas"),
    "WEBSITE_DIR": str(ROOT / "infra" / "website" / "team"),
    "CLINIC_NAME": "Example Clinic",
    "CLINIC_ZONE": "Asia/Bangkok",
    "STAFF_ISSUER": ISSUER,
    "STAFF_CLIENT_ID": "team-page",
    "STAFF_SCOPE": "clinic-intake/cases",
    "STAFF_SIGN_IN_ORIGIN": SIGN_IN,
    "PUBLIC_URL": ORIGIN,
    "UPLOADS_ORIGIN": "https://uploads.s3.example",
    "CAPTCHA": "none",
}
_CONTEXT = SimpleNamespace(
    function_name="ShowSite",
    memory_limit_in_mb=512,
    invoked_function_arn="arn:aws:lambda:eu-west-2:123456789012:function:ShowSite",
    aws_request_id="request",
)


def ask(path: str, **headers: str) -> dict[str, Any]:
    """Ask the real step for a page or a file, as the HTTP API does."""
    route = "/site/{file}" if path.startswith("/site/") else path
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": f"GET {route}",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {name.replace("_", "-"): value for name, value in headers.items()},
        "requestContext": {"http": {"method": "GET"}, "domainName": "intake.clinic.example"},
    }
    if path.startswith("/site/"):
        event["pathParameters"] = {"file": path.removeprefix("/site/")}
    reply: dict[str, Any] = show_site.handler.handle(event, _CONTEXT)
    return reply


class Clinic:
    """What `/cases` answers. `asked` is every request, `refuse` the status of the next ones."""

    def __init__(self) -> None:
        self.worklist: dict[str, Any] = {}
        self.cases: dict[str, Any] = {}
        self.refuse: dict[str, int] = {}  # by the end of the path
        self.after: Callable[[dict[str, Any], dict[str, Any]], dict[str, Any]] = lambda case, _: (
            case
        )
        self.asked: list[tuple[str, str, Any]] = []
        self.tokens: set[str | None] = set()

    def answer(self, route: Route, request: Request) -> None:
        parts = urlsplit(request.url)
        body = request.post_data_json if request.method == "POST" else None
        self.asked.append((request.method, f"{parts.path}?{parts.query}".rstrip("?"), body))
        self.tokens.add(request.headers.get("authorization"))
        for end, status in self.refuse.items():
            if parts.path.endswith(end):
                _json(route, status, {"title": "No", "message": "No"})
                return
        status, said = self._say(parts.path.split("/")[2:], parse_qs(parts.query), body)
        _json(route, status, said)

    def _say(self, path: list[str], query: dict[str, list[str]], body: Any) -> tuple[int, Any]:
        if not path:
            given = {name: values[0] for name, values in query.items()}
            return 200, self.worklist.get(given.get("after", given["list"]), self.worklist["open"])
        name, *rest = path
        if name not in self.cases:
            return 404, {"title": "Nothing here"}
        case = self.cases[name]
        if rest == ["open"]:
            return 200, case
        if rest == ["actions"]:
            self.cases[name] = self.after(case | {"revision": case["revision"] + 1}, body)
            return 200, self.cases[name]
        return 200, {
            "url": f"{STORAGE}/a-file?X-Amz-Expires=300",
            "expires": "2026-11-23T10:05:00Z",
        }


class SignIn:
    """A sign-in that says yes at once. `visits` are the questions it was asked."""

    def __init__(self) -> None:
        self.visits: list[dict[str, str]] = []
        self.tokens: list[dict[str, str]] = []
        self.says_no = self.is_down = False

    def answer(self, route: Route, request: Request) -> None:
        path, _, query = request.url.partition("?")
        asked = {name: values[0] for name, values in parse_qs(query).items()}
        if self.is_down:
            route.abort()
        elif path.endswith("openid-configuration"):
            _json(route, 200, self._metadata())
        elif path.endswith("/authorize"):
            self.visits.append(asked)
            code = {"error": "access_denied"} if self.says_no else {"code": "a-code"}
            back = f"{asked['redirect_uri']}?{urlencode({**code, 'state': asked['state']})}"
            _html(route, f'<a id="back" href="{back}">{asked["client_id"]}</a>')
        elif path.endswith("/token"):
            posted = parse_qs(request.post_data or "")
            self.tokens.append({name: values[0] for name, values in posted.items()})
            _json(route, 200, self._token())
        else:
            _html(route, "Signed out")

    def _metadata(self) -> dict[str, str]:
        return {
            "issuer": ISSUER,
            "authorization_endpoint": f"{SIGN_IN}/authorize",
            "token_endpoint": f"{SIGN_IN}/token",
            "end_session_endpoint": f"{SIGN_IN}/logout",
        }

    def _token(self) -> dict[str, Any]:
        claims = {
            "iss": ISSUER,
            "aud": "team-page",
            "sub": "a-doctor",
            "name": "Dr. Ananda",
            "exp": int(time.time()) + 3600,
            "iat": int(time.time()),
        }
        parts = [json.dumps(part).encode() for part in ({"alg": "RS256"}, claims)]
        id_token = ".".join(
            [base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts] + ["x"]
        )
        return {
            "access_token": "a-token",
            "id_token": id_token,
            "token_type": "Bearer",
            "expires_in": 3600,
        }


class Desk:
    """A window on the page, with everything around it."""

    def __init__(self, page: Page) -> None:
        self.page, self.clinic, self.sign_in = page, Clinic(), SignIn()
        self.downloads: list[str] = []
        self.served: list[str] = []
        self.complaints: list[str] = []
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._hear)
        page.route("**/*", self._never)
        page.route(f"{ORIGIN}/**", self._site)
        page.route(f"{ORIGIN}/cases**", self.clinic.answer)
        page.route(f"{ORIGIN}/cases/**", self.clinic.answer)
        for origin in (ISSUER, SIGN_IN):
            page.route(f"{origin}/**", self.sign_in.answer)
        page.route(f"{STORAGE}/**", self._download)

    def open(self, hash_: str = "", path: str = "/team") -> None:
        """Open the page as somebody who follows a link does."""
        self.page.goto(f"{ORIGIN}{path}{hash_}")

    def signs_in(self, hash_: str = "") -> None:
        """Open the page, press its one button, and come back from the sign-in."""
        self.open(hash_)
        self.page.get_by_role("button", name=self.word("sign_in.button")).click()
        self.page.locator("#back").click()
        self.waits()

    def goes_to(self, hash_: str = "") -> None:
        """Follow a link on the page, or ask anew for what is there."""
        self.page.evaluate(
            """hash => {
                history.replaceState(null, "", `/team${hash}`);
                dispatchEvent(new HashChangeEvent("hashchange"));
            }""",
            hash_,
        )
        self.waits()

    def forgets(self) -> None:
        """Begin the next story, still signed in."""
        self.page.evaluate("localStorage.clear(); document.querySelector('dialog')?.close()")
        self.page.emulate_media(media="screen", color_scheme="light")
        self.page.set_viewport_size(DESK)
        # Last, because the page may still be asking what the story before left it with.
        vars(self.clinic).update(vars(Clinic()))
        self.downloads.clear()

    def waits(self) -> None:
        """Wait until the page shows what it was asked for."""
        self.page.locator(".view:not([aria-busy]) h1").wait_for()

    def word(self, key: str) -> str:
        """Return the page's own text at a key of the catalogue."""
        node = json.loads(self.page.locator("#given").text_content() or "")["words"]
        for part in key.split("."):
            node = node[part]
        return str(node)

    def said(self) -> str:
        return self.page.get_by_role("status").inner_text()

    def problems(self) -> list[str]:
        """Return what axe finds wrong with the page, rule and element."""
        return violations(self.page)

    def too_small_for_a_thumb(self) -> list[str]:
        """Return what one can press and that is less than 44 pixels high."""
        found: list[str] = self.page.evaluate(
            """[...document.querySelectorAll('button, a, summary, input, label:has(input)')]
            .filter(each => each.type !== 'checkbox' && each.checkVisibility())
            .filter(each => each.getBoundingClientRect().height < 43.5)
            .map(each => each.outerHTML)"""
        )
        return found

    def is_wider_than_its_window(self) -> bool:
        return bool(self.page.evaluate("document.documentElement.scrollWidth > innerWidth"))

    def _hear(self, message: Any) -> None:
        # A refusal is part of some stories; the browser reports each.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.complaints.append(message.text)

    def _site(self, route: Route, request: Request) -> None:
        path = urlsplit(request.url).path
        self.served.append(path)
        reply = ask(path, accept_language=request.headers.get("accept-language", ""))
        route.fulfill(status=reply["statusCode"], headers=reply["headers"], body=reply["body"])

    def _download(self, route: Route, request: Request) -> None:
        self.downloads.append(request.url)
        disposition = {"Content-Disposition": "attachment; filename*=UTF-8''a-file.pdf"}
        route.fulfill(status=200, headers=disposition, body=b"%PDF-1.7")

    def _never(self, route: Route, request: Request) -> None:
        self.complaints.append(f"asked a stranger: {request.url}")
        route.abort()


def _json(route: Route, status: int, body: Any) -> None:
    route.fulfill(
        status=status,
        headers={"Content-Type": "application/json", "Access-Control-Allow-Origin": "*"},
        body=json.dumps(body),
    )


def _html(route: Route, body: str) -> None:
    route.fulfill(status=200, content_type="text/html", body=f"<!doctype html>{body}")
