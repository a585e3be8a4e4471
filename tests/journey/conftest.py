"""The local world in a process of its own, as a person starts it, and a look into its inbox."""

import base64
import hashlib
import io
import json
import os
import secrets
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import pydicom.data
import pytest
from PIL import Image
from pypdf import PdfWriter

from tests.journey.person import chromium

TOP = Path(__file__).parents[2]
READY_SECONDS = 90


class Answer:
    """One HTTP response; redirects are not followed."""

    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def text(self):
        return self.body.decode("utf-8")

    @property
    def json(self):
        return json.loads(self.body)


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args):
        return None


_opener = urllib.request.build_opener(_NoRedirects, urllib.request.ProxyHandler({}))


def ask(url, method="GET", body=None, headers=None, opener=_opener):
    """Send one request and return its Answer, whatever its status."""
    if isinstance(body, dict):
        body, headers = (
            json.dumps(body).encode(),
            {"Content-Type": "application/json", **(headers or {})},
        )
    request = urllib.request.Request(url, body, headers or {}, method=method)  # noqa: S310
    try:
        with opener.open(request, timeout=60) as answer:
            return Answer(answer.status, answer.headers, answer.read())
    except urllib.error.HTTPError as error:
        return Answer(error.code, error.headers, error.read())


def sign_in(settings, account, **changes):
    """Go through the sign-in as the case page does, code and PKCE; return the provider's answer."""
    verifier = secrets.token_urlsafe(48)
    digest = hashlib.sha256(verifier.encode()).digest()
    back = f"{settings['world']}/team"
    query = {
        "client_id": settings["STAFF_CLIENT_ID"],
        "redirect_uri": back,
        "response_type": "code",
        "scope": f"openid {settings['STAFF_SCOPE']}",
        "state": secrets.token_urlsafe(8),
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    } | changes
    cookies = urllib.request.HTTPCookieProcessor()
    browser = urllib.request.build_opener(_NoRedirects, urllib.request.ProxyHandler({}), cookies)
    issuer = settings["STAFF_ISSUER"]
    found = ask(f"{issuer}/.well-known/openid-configuration").json
    url = f"{found['authorization_endpoint']}?{urllib.parse.urlencode(query)}"
    for _ in range(10):
        form = urllib.parse.urlencode({"account": account}).encode()
        at_form = "/sign-in/" in url
        answer = ask(url, "POST" if at_form else "GET", form if at_form else None, opener=browser)
        assert answer.status == 303, answer.text
        url = urllib.parse.urljoin(url, answer.headers["Location"])
        if url.startswith(back):
            break
    given = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query))
    assert given.get("state") == query["state"], url
    exchanged = {
        "grant_type": "authorization_code",
        "client_id": query["client_id"],
        "redirect_uri": back,
        "code": given["code"],
        "code_verifier": verifier,
    }
    answer = ask(found["token_endpoint"], "POST", urllib.parse.urlencode(exchanged).encode())
    assert answer.status == 200, answer.text
    return answer.json


class Inbox:
    """What SES was given, through the API that mail testing tools use."""

    def __init__(self, url):
        self._url = f"{url}/api/v1"

    def list(self, **query):
        return ask(f"{self._url}/messages?{urllib.parse.urlencode(query)}").json

    def letters(self, to=None):
        """Return all letters whole, newest first, or those to one address."""
        found = [self.read(m["ID"]) for m in self.list(limit=500)["messages"]]
        return [m for m in found if to is None or to in [p["Address"] for p in m["To"]]]

    def read(self, letter_id):
        return ask(f"{self._url}/message/{letter_id}").json

    def wait_for(self, to, subject="", seconds=30):
        """Return the newest letter to one address whose subject holds a text."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for message in self.list(limit=500)["messages"]:
                if subject in message["Subject"] and to in [p["Address"] for p in message["To"]]:
                    return self.read(message["ID"])
            time.sleep(0.05)
        raise AssertionError(f"no letter to {to} with {subject!r} in {seconds} seconds")

    def clear(self):
        return ask(f"{self._url}/messages", "DELETE")


class World:
    """A running world."""

    team = "team@clinic.example"

    def __init__(self, process, log, urls):
        self.process, self._log = process, log
        self.url, self.aws_url = urls
        self.inbox = Inbox(self.url)

    def get(self, path, **headers):
        return ask(f"{self.url}{path}", headers=_named(headers))

    def post(self, path, body, **headers):
        return ask(f"{self.url}{path}", "POST", body, _named(headers))

    def ask(self, method, path, body=None, headers=None):
        return ask(f"{self.url}{path}", method, body, headers)

    def state(self, settle=0):
        """Return world.json, after at most *settle* seconds of waiting for rest."""
        return self.get(f"/world.json?settle={settle}").json

    def elsewhere(self, url, method="GET", body=None, headers=None):
        """Ask S3 or the sign-in, by its whole address."""
        return ask(url, method, body, headers)

    def sign_in(self, account="doctor", **changes):
        """Return the tokens that the case page would get; *changes* are to what it asks for."""
        settings = self.get("/env.json").json["ShowSite"] | {"world": self.url}
        return sign_in(settings, account, **changes)

    def staff(self, method, path, body=None, account="doctor", token=None):
        """Ask the HTTP API as the case page does, signed in as *account* or with *token*."""
        token = self.sign_in(account)["access_token"] if token is None else token
        return self.ask(method, path, body, {"Authorization": f"Bearer {token}"})

    def settle(self, seconds=30):
        state = self.state(seconds)
        assert state["idle"], state
        return state

    def command(self, path):
        answer = ask(f"{self.url}/world/{path}", "POST", b"", {"Accept": "application/json"})
        assert answer.status == 200, answer.text
        return answer.json

    def move_clock(self, minutes):
        return self.command(f"clock?minutes={minutes}")

    def take_time(self):
        """Have a minute pass, as for people who read: who sends within seconds is kept aside."""
        return self.move_clock(1)

    def fire(self, schedule):
        return self.command(f"schedules/{schedule}")

    def break_service(self, service, minutes, how="outage"):
        return self.command(f"break?service={service}&minutes={minutes}&how={how}")

    def reset(self):
        return self.command("reset")

    def log(self):
        """Return all that the steps and the world have printed."""
        return self._log.read_text("utf-8")


def _named(headers):
    return {name.replace("_", "-"): value for name, value in headers.items()}


def start(log, **environment):
    """Start a world on free ports and wait until it says that it is ready."""
    environment = {"PORT": "0", "AWS_PORT": "0", "SIGN_IN_PORT": "0", **environment}
    with log.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "infra.local"],
            cwd=TOP,
            env={**os.environ, **environment},
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    deadline = time.monotonic() + READY_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        lines = log.read_text("utf-8").splitlines()
        said = dict(line.split(None, 1) for line in lines if line.startswith(("AWS ", "ready ")))
        if "ready" in said:
            return World(process, log, (said["ready"], said["AWS"]))
        time.sleep(0.05)
    process.kill()
    process.wait()
    raise AssertionError(f"the world did not start:\n{log.read_text('utf-8')}")


def stop(world, kind=signal.SIGTERM):
    """Stop a world as a supervisor would; return its exit status."""
    world.process.send_signal(kind)
    return world.process.wait(timeout=30)


@pytest.fixture(scope="session")
def running_world(tmp_path_factory):
    world = start(tmp_path_factory.mktemp("world") / "log")
    yield world
    assert stop(world) == 0, world.log()


@pytest.fixture
def world(running_world):
    """A world in which nothing has happened yet; its clock may be ahead."""
    running_world.reset()
    return running_world


@pytest.fixture
def start_world(tmp_path):
    """Start worlds of one's own: `start_world(AWS_PORT="1")`."""
    started = []

    def start_one(**environment):
        started.append(start(tmp_path / f"log{len(started)}", **environment))
        return started[-1]

    yield start_one
    for one in started:
        if one.process.poll() is None:
            stop(one)


@pytest.fixture(scope="module")
def browser():
    """Chromium; each test opens windows of its own in it."""
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="session")
def records(tmp_path_factory):
    """A CT picture as a scanner wrote it, a laboratory's PDF, and a photograph of a page."""
    folder = tmp_path_factory.mktemp("records")
    report, photo = folder / "HIV negativ 2026.pdf", folder / "ปัสสาวะ.jpg"
    writer = PdfWriter()
    writer.add_blank_page(width=595, height=842)
    writer.write(report)
    picture = io.BytesIO()
    Image.effect_noise((1200, 1600), 64).save(picture, "JPEG")
    photo.write_bytes(picture.getvalue())
    scan = Path(str(pydicom.data.get_testdata_file("CT_small.dcm")))
    assert sum(path.stat().st_size for path in (scan, report, photo)) < 4_000_000
    return {"dicom": scan, "pdf": report, "jpeg": photo}
