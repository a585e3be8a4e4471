"""How many bytes come before somebody can write: ours, and those of published clients for forms."""

from __future__ import annotations

import gzip
import json
import subprocess
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from intake.forms import Forms
from intake.pages import assets
from tests.bench.children import ROOT
from tests.bench.figures import Fact

MOST_SCRIPT = 12_288  # gzip -9
# HTML with its style, and the script, as gzip: what a new connection brings in two round trips, as
# it begins with ten packets of 1,460 bytes and then sends twice as many.
MOST_PAGE = 43_800
_PACKAGES = ROOT / "infra" / "node_modules"
# What each is used for: to send a form, or its files, from a page that somebody else wrote.
_CLIENTS = {
    "Formspree for any page": ("@formspree/ajax",),
    "Formspree for React, with React": ("@formspree/react", "react", "react-dom/client"),
    "Uppy's core and S3, which send files": ("@uppy/core", "@uppy/aws-s3"),
}


@dataclass(frozen=True)
class Sent:
    """One answer: what went over the wire, and what it was before."""

    wire: int
    content: bytes

    @property
    def zipped(self) -> int:
        """Bytes after gzip -9, whatever was sent."""
        return packed(self.content)


def packed(content: bytes) -> int:
    """Return how many bytes gzip -9 leaves of *content*."""
    return len(gzip.compress(content, 9, mtime=0))


def fetch(url: str, locale: str = "en") -> Sent:
    """Ask as a browser does that takes gzip."""
    headers = {"Accept-Encoding": "gzip", "Accept-Language": locale}
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(urllib.request.Request(url, headers=headers)) as answer:  # noqa: S310
        body = answer.read()
        is_packed = answer.headers.get("Content-Encoding") == "gzip"
    return Sent(len(body), gzip.decompress(body) if is_packed else body)


def rows(url: str) -> list[Fact]:
    """Weigh every form in every language, then its script and style beside what others bring."""
    forms = Forms(str(ROOT / "schemas"))
    script = fetch(url + assets.script_path())
    pages = (
        _page(url, name, locale, script)
        for name in forms.names()
        if forms.get(name).meta["active"]
        for locale in forms.get(name).locales
    )
    return [*pages, *_parts(script), *_others(script)]


def _page(url: str, name: str, locale: str, script: Sent) -> Fact:
    page = fetch(f"{url}/f/{name}?_language={locale}", locale)
    all_of_it = page.wire + script.wire
    return Fact(
        f"{name}, {locale}: bytes sent, HTML, CSS and script",
        f"{all_of_it:,}",
        all_of_it <= MOST_PAGE,
        f"<= {MOST_PAGE:,}",
        f"{page.wire:,}",
        f"without script; {len(page.content) + len(script.content):,} uncompressed",
    )


def _parts(script: Sent) -> Iterator[Fact]:
    style = assets.style().encode()
    goal = f"<= {MOST_SCRIPT:,}"
    fits = script.zipped <= MOST_SCRIPT
    raw = f"{len(script.content):,}"
    yield Fact("script alone: gzip -9, bytes", f"{script.zipped:,}", fits, goal, raw, "as it is")
    yield Fact(
        "style, inside each page: gzip -9, bytes",
        f"{packed(style):,}",
        None,
        "",
        f"{len(style):,}",
        "as it is",
    )


def _others(script: Sent) -> Iterator[Fact]:
    for client, modules in _CLIENTS.items():
        bundle = bundled(modules)
        yield Fact(
            "script alone: gzip -9, bytes",
            f"{script.zipped:,}",
            None,
            "",
            f"{packed(bundle):,}",
            f"{client}: {', '.join(map(_named, modules))}",
        )


def bundled(modules: Sequence[str]) -> bytes:
    """Return *modules* with all they import, as small as esbuild makes them."""
    command = [
        str(_PACKAGES / ".bin" / "esbuild"),
        *("--bundle", "--minify", "--format=esm", "--target=es2022"),
        '--define:process.env.NODE_ENV="production"',
    ]
    source = "".join(f"export * from {json.dumps(module)};" for module in modules)
    done = subprocess.run(
        command, input=source.encode(), cwd=ROOT / "infra", capture_output=True, check=True
    )
    return done.stdout


def _named(module: str) -> str:
    """Return the package of *module* with its version."""
    depth = 2 if module.startswith("@") else 1
    name = "/".join(module.split("/")[:depth])
    package = json.loads((_PACKAGES / name / "package.json").read_text("utf-8"))
    return f"{name} {package['version']}"
