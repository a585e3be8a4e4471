"""Uppy as it is published, by the README's snippet, on a page of another origin than ours."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journey.uppy.website import ORIGIN, Kept, blocks, bundle, example, open_site
from tests.records import small

pytestmark = pytest.mark.browser
_PART = 5 * 2**20
_PART_2 = "**/*partNumber=2*"
_PAGE = Path(__file__).parent / "uppy"
_THAI = Path(__file__).parents[2] / "schemas" / "shared" / "locales" / "th.json"
NAME = "HIV positiv Somchai.pdf"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A website with one page, whose script is the README's and two packages of npm."""
    folder = tmp_path_factory.mktemp("site")
    (readme,) = blocks("js")
    snippet = folder / "readme.mjs"
    snippet.write_text(readme, "utf-8")
    bundle(_PAGE / "page.js", folder / "page.js", readme=snippet)
    (folder / "page.html").write_text((_PAGE / "page.html").read_text("utf-8"), "utf-8")
    return folder


@pytest.fixture
def window(browser: Browser, site: Path) -> Iterator[Page]:
    page = open_site(browser, site)
    yield page
    page.context.close()


@pytest.fixture
def report(tmp_path: Path) -> Callable[[int], Path]:
    """Make a PDF of some size, with other bytes everywhere."""

    def make(size: int) -> Path:
        path = tmp_path / NAME
        path.write_bytes(small.pdf_of(size, random.Random(size).randbytes(size)))  # noqa: S311
        return path

    return make


class Storage:
    """What a window asks of S3: (method, part number, or None)."""

    def __init__(self, page: Page, world: Any) -> None:
        self.asked: list[tuple[str, str | None]] = []
        self._host = urlsplit(world.aws_url).netloc
        page.on("requestfinished", self._note)

    def parts(self) -> list[str | None]:
        """Return the numbers of the parts that went up, in their order."""
        return [part for method, part in self.asked if method == "PUT"]

    def _note(self, request: Any) -> None:
        url = urlsplit(request.url)
        assert "Somchai" not in request.url, "file names belong into no address"
        if url.netloc == self._host and request.method != "OPTIONS":
            part = parse_qs(url.query).get("partNumber", [None])[0]
            self.asked.append((request.method, part))


def inquire(world: Any, name: str = "only-what-is-required", **changes: Any) -> str:
    """Send a form's text, and return the link for its files."""
    answer = world.post("/f/general-inquiry", example("general-inquiry", name) | changes)
    assert answer.status == 200, answer.text
    link: str = answer.json["upload"]["url"]
    return link


def choose(page: Page, link: str, path: Path, slot: str = "other") -> None:
    """Open the page anew and choose a file."""
    page.goto(f"{ORIGIN}/page.html?{urlencode({'link': link, 'slot': slot})}")
    page.get_by_label("Records").set_input_files(path)


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name).click()


def says(page: Page, text: str) -> None:
    expect(page.locator("output")).to_contain_text(text, timeout=60_000)


def checked(world: Any, path: Path) -> Kept:
    """Wait for the checker; one clean file lies in `records`, byte for byte, and none elsewhere."""
    world.settle(60)
    kept = Kept(world)
    (row,) = kept.files()
    assert (row["verdict"], row["size"]) == ("clean", str(path.stat().st_size))
    assert kept.contents(kept.records) == [path.read_bytes()]
    assert kept.contents(kept.uploads) == []
    assert kept.begun() == []
    assert NAME not in world.log()
    return kept


def test_a_small_file_goes_up_in_one_request(
    world: Any, window: Page, report: Callable[[int], Path]
) -> None:
    link, path = inquire(world), report(40_000)
    storage = Storage(window, world)
    choose(window, link, path, slot="blood")
    press(window, "Send")
    says(window, "sent 1")

    assert storage.asked == [("POST", None)]
    (row,) = checked(world, path).files()
    assert row["name"] == NAME
    assert world.post(urlsplit(link).path, {"do": "done"}).status == 200
    letter = world.inbox.wait_for(world.team, "New records")
    assert "usable: 1" in letter["Text"]
    assert NAME not in letter["Text"] + letter["HTML"]


def test_a_large_file_goes_up_in_parts(
    world: Any, window: Page, report: Callable[[int], Path]
) -> None:
    path = report(2 * _PART + 1_000_000)
    storage = Storage(window, world)
    choose(window, inquire(world), path)
    press(window, "Send")
    says(window, "sent 1")

    assert storage.parts() == ["1", "2", "3"]
    checked(world, path)


def test_after_a_reload_only_missing_parts_are_sent(
    world: Any, window: Page, report: Callable[[int], Path]
) -> None:
    link, path = inquire(world), report(2 * _PART + 1_000_000)
    window.route(_PART_2, lambda route: route.abort("internetdisconnected"))
    choose(window, link, path)
    with window.expect_request(_PART_2):
        press(window, "Send")
    storage = Storage(window, world)
    choose(window, link, path)
    window.unroute(_PART_2)
    press(window, "Send")
    says(window, "sent 1")

    assert storage.asked[0] == ("GET", None)
    assert storage.parts() == ["2", "3"]
    checked(world, path)


def test_whoever_removes_a_file_leaves_no_part_behind(
    world: Any, window: Page, report: Callable[[int], Path]
) -> None:
    path = report(2 * _PART + 1_000_000)
    window.route(_PART_2, lambda _route: None)
    choose(window, inquire(world), path)
    with window.expect_request(_PART_2):
        press(window, "Send")
    kept = Kept(world)
    assert len(kept.begun()) == 1
    with window.expect_event("requestfinished", lambda request: request.method == "DELETE"):
        press(window, "Remove")

    assert kept.begun() == []
    assert kept.contents(kept.uploads) == []
    (row,) = kept.files()
    assert "abandoned_at" in row
    assert "arrived_at" not in row


@pytest.mark.parametrize(("status", "by_hand"), [(500, False), (403, True)])
def test_a_part_that_failed_is_sent_again_and_no_other(
    world: Any, window: Page, report: Callable[[int], Path], status: int, *, by_hand: bool
) -> None:
    path = report(2 * _PART + 1_000_000)
    storage = Storage(window, world)
    allowed = {"Access-Control-Allow-Origin": ORIGIN}
    window.route(_PART_2, lambda route: route.fulfill(status=status, headers=allowed), times=1)
    choose(window, inquire(world), path)
    press(window, "Send")
    if by_hand:
        says(window, f"S3 returned {status}")
        press(window, "Try again")
    says(window, "sent 1")

    assert storage.parts() == ["1", "2", "2", "3"]
    checked(world, path)


def test_a_refusal_reaches_the_sender_in_the_language_of_the_form(
    world: Any, window: Page, tmp_path: Path
) -> None:
    path = tmp_path / NAME
    with path.open("wb") as file:
        file.truncate(60_000_000)  # blood tests have up to 52 MB
    storage = Storage(window, world)
    choose(window, inquire(world, "question-in-thai"), path, slot="blood")
    press(window, "Send")
    thai = json.loads(_THAI.read_text("utf-8"))["messages"]["file_too_big"]["text"]
    says(window, thai.replace("{limit}", "52"))

    assert storage.asked == []
    assert Kept(world).files() == []
