"""What the page's own script says of files, asked of many in one run of Node."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from intake.pages.file_kinds import STARTS, WRITINGS

FORM = Path(__file__).parents[2] / "infra" / "website" / "form"
# Notes what is read of each, as a browser would from a disc.
_RUN = """
import { readFileSync } from "node:fs";
const { look } = await import(process.argv[1]);
const { sizes, broken, words } = JSON.parse(process.argv[2]);
const all = readFileSync(0);
const told = [];
let at = 0;
for (const [n, size] of sizes.entries()) {
  const blob = new Blob([all.subarray(at, at + size)]);
  at += size;
  let read = 0;
  const slice = (from, to) => {
    if (broken.includes(n)) throw new Error("the disc is gone");
    const part = blob.slice(from, to);
    read += part.size;
    return part;
  };
  told.push({ ...(await look({ size, slice }, words)), read });
}
console.log(JSON.stringify(told));
"""


def looked(contents: Sequence[bytes], broken: Sequence[int] = ()) -> list[dict[str, Any]]:
    """Return what is told of each, with how many bytes were `read`; *broken* can't be read."""
    sizes = [len(each) for each in contents]
    words = {"kinds": STARTS, "writings": WRITINGS}
    about = json.dumps({"sizes": sizes, "broken": list(broken), "words": words})
    run = subprocess.run(
        ["node", "--input-type=module", "-e", _RUN, _as_module("look.js"), about],
        input=b"".join(contents),
        capture_output=True,
        check=True,
        timeout=120,
    )
    told: list[dict[str, Any]] = json.loads(run.stdout)
    return told


def run(module: str, function: str, calls: Sequence[Sequence[Any]]) -> list[Any]:
    """Return what a *function* of a *module* that imports nothing returns of each call."""
    code = "const got = await import(process.argv[1]); const calls = JSON.parse(process.argv[3]);"
    code += "console.log(JSON.stringify(calls.map((each) => got[process.argv[2]](...each))))"
    ran = subprocess.run(
        [
            "node",
            "--input-type=module",
            "-e",
            code,
            _as_module(module),
            function,
            json.dumps(calls),
        ],
        capture_output=True,
        check=True,
        timeout=60,
    )
    returned: list[Any] = json.loads(ran.stdout)
    return returned


def _as_module(name: str) -> str:
    return f"data:text/javascript;base64,{base64.b64encode((FORM / name).read_bytes()).decode()}"
