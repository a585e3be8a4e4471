"""The clinic's own website in Chromium: another origin than the intake's, bundled by esbuild."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3
from playwright.sync_api import Browser, Page

from infra.local import sealed

ROOT = Path(__file__).parents[3]
README = ROOT / "infra" / "website" / "README.md"
# What the template allows unless it is told otherwise.
ORIGIN = "https://www.clinic.example"
INTAKE = "https://intake.clinic.example"
_MODULES = ROOT / "infra" / "node_modules"
_ESBUILD = _MODULES / ".bin" / "esbuild"
_TYPES = {".html": "text/html", ".js": "text/javascript"}


def blocks(language: str) -> list[str]:
    """Return the README's code in one language."""
    return re.findall(
        rf"^```{language}\n(.*?)^```$", README.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )


def bundle(entry: Path, out: Path, **aliases: Path) -> None:
    """Make one script of *entry*, with the published packages as npm installed them."""
    if not _ESBUILD.exists():
        subprocess.run(["make", "infra/node_modules/ready"], cwd=ROOT, check=True)
    named = [f"--alias:{name}={path}" for name, path in aliases.items()]
    subprocess.run(
        [
            _ESBUILD,
            entry,
            "--bundle",
            "--format=esm",
            "--log-level=warning",
            f"--outfile={out}",
            *named,
        ],
        env={**os.environ, "NODE_PATH": str(_MODULES)},
        check=True,
    )


def open_site(browser: Browser, folder: Path, **context: Any) -> Page:
    """
    Return a window on the website whose files lie in *folder*.

    A browser asks before a public site may reach this machine itself; here that stands for the
    internet.
    """
    page = browser.new_context(
        permissions=["local-network-access"], locale="en-GB", **context
    ).new_page()

    def serve(route: Any) -> None:
        path = route.request.url.removeprefix(ORIGIN).partition("?")[0]
        file = folder / path.lstrip("/")
        route.fulfill(path=file, content_type=f"{_TYPES[file.suffix]}; charset=utf-8")

    page.route(f"{ORIGIN}/**", serve)
    page.set_default_timeout(30_000)
    return page


def example(form: str, name: str) -> dict[str, Any]:
    """Return the answers of a valid example."""
    path = ROOT / "schemas" / "forms" / form / "examples" / "valid" / f"{name}.json"
    answers: dict[str, Any] = json.loads(path.read_text("utf-8"))["answers"]
    return answers


class Kept:
    """What is left in the world's table and buckets."""

    def __init__(self, world: Any) -> None:
        """Connect to the world's AWS, and to no other."""
        given = sealed.variables(world.aws_url)
        named = {
            "endpoint_url": world.aws_url,
            "region_name": given["AWS_REGION"],
            "aws_access_key_id": given["AWS_ACCESS_KEY_ID"],
            "aws_secret_access_key": given["AWS_SECRET_ACCESS_KEY"],
        }
        make: Any = boto3.client  # its types name every service one by one
        self._s3, self._dynamodb = make("s3", **named), make("dynamodb", **named)
        buckets = [bucket["Name"] for bucket in self._s3.list_buckets()["Buckets"]]
        self.uploads = next(name for name in buckets if "uploads" in name)
        self.records = next(name for name in buckets if "records" in name)

    def files(self) -> list[Mapping[str, Any]]:
        """Return the rows of all files, each attribute as text."""
        return self._rows("file#")

    def inquiries(self) -> list[Mapping[str, Any]]:
        """Return the rows of all inquiries, each attribute as text."""
        return self._rows("inquiry")

    def _rows(self, beginning: str) -> list[Mapping[str, Any]]:
        (table,) = self._dynamodb.list_tables()["TableNames"]
        pages = self._dynamodb.get_paginator("scan").paginate(TableName=table)
        rows = [item for page in pages for item in page["Items"]]
        return [
            {name: next(iter(value.values())) for name, value in row.items()}
            for row in sorted(rows, key=lambda row: str(row["sk"]))
            if row["sk"]["S"].startswith(beginning)
        ]

    def contents(self, bucket: str) -> list[bytes]:
        """Return what lies in a bucket, by key."""
        found = self._s3.list_objects_v2(Bucket=bucket).get("Contents", [])
        return [
            self._s3.get_object(Bucket=bucket, Key=each["Key"])["Body"].read() for each in found
        ]

    def begun(self) -> list[Mapping[str, Any]]:
        """Return the multipart uploads that nobody finished or gave up."""
        answer = self._s3.list_multipart_uploads(Bucket=self.uploads)
        found: list[Mapping[str, Any]] = answer.get("Uploads", [])
        return found
