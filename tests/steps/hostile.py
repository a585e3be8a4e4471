"""What strangers may post: valid examples bent out of shape, and bytes that never had one."""

from __future__ import annotations

import base64
import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote_from_bytes

from hypothesis import strategies as st

MARK = "Kanarie"
BOUNDARY = "----boundary"
JSON = "application/json"
URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = f"multipart/form-data; boundary={BOUNDARY}"
_FORMS = Path(__file__).parents[2] / "schemas" / "forms"
EXAMPLES: list[tuple[str, dict[str, Any]]] = [
    (path.parents[2].name, json.loads(path.read_text("utf-8"))["answers"])
    for path in sorted(_FORMS.glob("*/examples/valid/*.json"))
]
# What a body may hold; each is refused with its field, or kept as it is.
PIECES = [
    *("", " ", "\0", "\x1f", "\x85", "\u2028", "\u202e", "\ufeff", "\U0001f489", "²", "٣", "+0"),
    *("\r\nBcc: a@b.example", "=?utf-8?q?=0A?=", "<img src=x>", "{{7*7}}", "%s{}{0.__class__}"),
    *("../../etc/passwd", "9999-99-99", "0000-00-00", "2026-02-30", "NaN", "1e999", "-0", "1_000"),
    *("true", "on", "null", "[object Object]", "-", ".", "..", "0", "1000000000", "9" * 5000),
    *("é" * 2000, "ก" * 3000, "a@b", "@", "a@b.example, c@d.example", "__proto__"),
]
# What no body may hold at all.
WILD = ["\ud800", f"{MARK}\udfff", "x" * 8001]
TEXTS = st.one_of(
    st.sampled_from([f"{MARK}{piece}" for piece in PIECES] * 2 + PIECES * 2 + WILD),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
)
LEAVES = st.one_of(
    TEXTS,
    st.sampled_from([None, True, False, 0, -1, 10**14, 0.1, 1e308, 2**53, [], {}, [[]], {"": ""}]),
    st.integers(-(10**16), 10**16),
    st.floats(allow_nan=False, allow_infinity=False),
)
TREES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4)
)
KINDS = ("blood", "urine", "radiology", "diagnosis_letter", "other")
NAMES = st.one_of(
    st.sampled_from(
        [
            *("patient", "patient.full_name", "patient.full_name.x", "patient.", ".patient", ""),
            *("records.0.file", "records.0", "records.00.file", "records.1000000000.file"),
            *(f"records.{'9' * 5000}.file", "records.²", "records.x.requirement", "records.file"),
            *("clinical.prior_treatments.0.class", "clinical.prior_treatments.-1.class", *KINDS),
            *("_more", "_id", "_next", "_language", "_gotcha", "homepage_link", "_to", "webhook"),
            *("__proto__", "constructor.prototype", "a" * 9000, ".".join("a" * 5000), MARK),
            *("consents.0.purpose", "consents.0.decision", "records", "form_locale", "message"),
        ]
    ),
    TEXTS,
)
STEERING = st.sampled_from(
    [
        *("clinical.prior_treatments", "-clinical.prior_treatments.0", "-records.²", "-"),
        *("-records.0", "records", "patient", "x" * 300, "https://evil.example/", MARK, "-."),
    ]
)
Draw = Callable[[st.SearchStrategy[Any]], Any]


@st.composite
def trees(draw: Draw) -> tuple[str, Any]:
    """Bend the answers of a valid example in up to four places."""
    form, answers = draw(st.sampled_from(EXAMPLES))
    tree = copy.deepcopy(answers)
    for _ in range(draw(st.sampled_from([0, 1, 1, 2, 4]))):
        _bend(draw, tree)
    return form, tree


def _bend(draw: Draw, tree: Any) -> None:
    """Change one place: another value, another name, one more, one less, or one level deeper."""
    node = tree
    while isinstance(node, (dict, list)) and node:
        key = draw(st.sampled_from(list(node) if isinstance(node, dict) else range(len(node))))
        if not isinstance(node[key], (dict, list)) or draw(st.integers(0, 3)) == 0:
            break
        node = node[key]
    else:
        return
    change = draw(st.sampled_from(["value", "drop", "name", "deeper", "tree", "more"]))
    if change in {"value", "tree"}:
        # A copy: the next bend may change it, and it must be as it was when it is drawn again.
        node[key] = copy.deepcopy(draw(LEAVES if change == "value" else TREES))
    elif change == "deeper":
        node[key] = draw(st.sampled_from([[node[key]], {"x": node[key]}]))
    elif change == "more" and isinstance(node, list):
        node.extend(copy.deepcopy(node[key]) for _ in range(draw(st.integers(1, 70))))
    else:
        value = node.pop(key)
        if change == "name" and isinstance(node, dict):
            node[draw(NAMES)] = value


def pairs_of(value: Any, name: str = "") -> list[tuple[str, str]]:
    """Return answers as a plain form posts them."""
    if isinstance(value, dict):
        items = [(f"{name}.{key}" if name else str(key), inner) for key, inner in value.items()]
    elif isinstance(value, list):
        items = [(f"{name}.{n}", inner) for n, inner in enumerate(value)]
    else:
        text = json.dumps(value) if isinstance(value, (bool, type(None))) else str(value)
        return [(name, text)]
    return [pair for inner_name, inner in items for pair in pairs_of(inner, inner_name)]


@st.composite
def forms(draw: Draw) -> tuple[str, list[tuple[str, str]]]:
    """Bend the fields that a plain form posts."""
    form, answers = draw(st.sampled_from(EXAMPLES) if draw(st.booleans()) else trees())
    fields = pairs_of(answers)
    for _ in range(draw(st.sampled_from([0, 1, 1, 2, 4]))):
        at = draw(st.integers(0, max(0, len(fields) - 1)))
        change = draw(st.sampled_from(["value", "drop", "name", "twice", "more", "steer", "steer"]))
        if change == "more":
            fields.insert(at, (draw(NAMES), draw(TEXTS)))
        elif change == "steer":
            fields.append((draw(st.sampled_from(["_more", "_id", "_language"])), draw(STEERING)))
        elif fields and change == "twice":
            fields.append(fields[at])
        elif fields:
            name, value = fields.pop(at)
            if change != "drop":
                new = (draw(NAMES), value) if change == "name" else (name, draw(TEXTS))
                fields.insert(at, new)
    return form, fields


def urlencoded(fields: list[tuple[str, str]]) -> bytes:
    """Write *fields* as a browser does, lone surrogates as they are."""
    quoted = [
        [quote_from_bytes(text.encode("utf-8", "surrogatepass"), safe="") for text in pair]
        for pair in fields
    ]
    return "&".join("=".join(pair) for pair in quoted).encode()


def part(name: str, content: bytes, more: str = "", headers: str = "") -> bytes:
    """Write one part of a multipart body."""
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{more}\r\n{headers}\r\n'
    return head.encode("utf-8", "surrogatepass") + content + b"\r\n"


@st.composite
def multiparts(draw: Draw) -> tuple[str, bytes]:
    """Bend fields, and parts with a file."""
    form, fields = draw(forms())
    parts = [part(name, value.encode("utf-8", "surrogatepass")) for name, value in fields]
    for _ in range(draw(st.integers(0, 3))):
        file_name, kind = draw(TEXTS), draw(st.sampled_from(["application/pdf", MARK, "\0", "a/b"]))
        parts.insert(
            draw(st.integers(0, len(parts))),
            part(
                draw(NAMES),
                draw(st.binary(max_size=60)),
                f'; filename="{file_name}"',
                f"Content-Type: {kind}\r\n",
            ),
        )
    end = draw(st.sampled_from([f"--{BOUNDARY}--\r\n".encode(), b"", b"--"]))
    return form, b"".join(parts) + end


@st.composite
def bodies(draw: Draw) -> tuple[str, bytes, str]:
    """Return form, body and content type; the type does not always tell the truth."""
    way = draw(st.sampled_from(["json", "json", "fields", "fields", "multipart", "any", "bytes"]))
    if way == "json":
        form, tree = draw(trees())
        body, kind = json.dumps(tree).encode(), JSON
    elif way == "fields":
        form, fields = draw(forms())
        body, kind = urlencoded(fields), URLENCODED
    elif way == "multipart":
        form, body = draw(multiparts())
        kind = MULTIPART
    else:
        form, kind = "general-inquiry", JSON
        tree = draw(TREES) if way == "any" else None
        body = json.dumps(tree).encode() if way == "any" else draw(st.binary(max_size=200))
    if draw(st.integers(0, 9)) == 0:
        kind = draw(st.sampled_from([JSON, URLENCODED, MULTIPART, *_TYPES]))
    if body and draw(st.integers(0, 9)) == 0:
        at = draw(st.integers(0, len(body)))
        end = draw(st.integers(at, len(body)))
        body = body[:at] + draw(st.binary(max_size=6)) + body[end:]
    return form, body, kind


_TYPES = [
    *("", "text/plain", "application/xml", "json", "a" * 3000, f"{JSON}; charset=utf-16"),
    *("multipart/form-data", "multipart/form-data; boundary=", 'multipart/form-data; boundary="'),
    *("multipart/form-data; boundary=\u20ac", f"multipart/form-data; {MARK}", f"{URLENCODED}; x"),
]
_VALUES = ["", "*/*", "text/html", JSON, "th", "en;q=1e999,th;q=nan", "9" * 5000, "-1", "null", "²"]
HEADERS = st.dictionaries(
    st.sampled_from(
        [
            *("accept", "accept-language", "x-requested-with", "content-length"),
            *("idempotency-key", "host", "referer", "cookie", "content-encoding"),
        ]
    ),
    st.sampled_from([*_VALUES, MARK, "XMLHttpRequest", "https://evil.example", "x" * 300, "\xe9"]),
    max_size=3,
)


@st.composite
def events(draw: Draw) -> dict[str, Any]:
    """Return an event of the HTTP API, which may lie about its base64."""
    form, body, kind = draw(bodies())
    encoded = draw(st.booleans()) or kind != JSON
    text = base64.b64encode(body).decode() if encoded else body.decode("utf-8", "surrogateescape")
    if draw(st.integers(0, 19)) == 0:
        encoded = not encoded
    headers = {"content-type": kind, **draw(HEADERS)}
    if draw(st.integers(0, 29)) == 0:
        headers["origin"] = draw(st.sampled_from(_VALUES))
    form = draw(st.sampled_from([form] * 50 + ["unknown", "..", ""]))
    return {
        "version": "2.0",
        "routeKey": draw(st.sampled_from(["POST /f/{form}"] * 4 + ["$default"])),
        "rawPath": f"/f/{form}",
        "rawQueryString": draw(st.sampled_from(["", "_language=th", "%ff=%00&&=&a", f"q={MARK}"])),
        "headers": headers,
        "requestContext": {
            "http": {"method": "POST", "path": f"/f/{form}"},
            "domainName": "intake.clinic.example",
        },
        "pathParameters": {"form": form},
        "body": text,
        "isBase64Encoded": encoded,
    }
