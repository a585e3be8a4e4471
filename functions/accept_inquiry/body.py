"""Bodies of browsers' forms: urlencoded, and multipart with small files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qsl

from multipart import MultipartError, MultipartSegment, PushMultipartParser, parse_options_header

from intake.errors import MalformedError, TooLargeError, TooManyFilesError

# Answers of 256 KiB: urlencoded, a Thai letter is nine bytes for three.
MAX_TEXT = 1_048_576
MAX_FIELDS = 5_000
MAX_FILES = 20
_MAX_FILE_NAME = 255
_MEDIA_TYPE = re.compile(r"[a-z0-9.+-]{1,60}/[a-z0-9.+-]{1,90}")


@dataclass(frozen=True, repr=False)  # holds what a patient sent: nothing for a log
class Part:
    """A file as it stands in the body, under the name of its input."""

    field: str
    name: str
    content_type: str
    content: bytes


def urlencoded(body: bytes) -> list[tuple[str, str]]:
    """Read an urlencoded body, or refuse it."""
    if len(body) > MAX_TEXT:
        raise TooLargeError(limit=MAX_TEXT)
    try:
        return parse_qsl(
            body.decode("utf-8"),
            keep_blank_values=True,
            max_num_fields=MAX_FIELDS,
            errors="strict",
        )
    except ValueError:
        raise MalformedError from None


def multipart(body: bytes, content_type: str) -> tuple[list[tuple[str, str]], list[Part]]:
    """Read a multipart body: its text fields, and the parts that carry a file."""
    _, options = parse_options_header(content_type)
    fields: list[tuple[str, str]] = []
    parts: list[Part] = []
    text_size = 0
    for segment, content in _segments(body, options.get("boundary", "")):
        if segment.filename is None:
            text_size += len(content)
            if text_size > MAX_TEXT:
                raise TooLargeError(limit=MAX_TEXT)
            fields.append((segment.name or "", _text(content)))
        elif segment.filename or content:  # else: a file input that was left alone
            parts.append(
                Part(
                    segment.name or "",
                    _printable(segment.filename[-_MAX_FILE_NAME:]),
                    _media_type(segment.content_type),
                    content,
                )
            )
            if len(parts) > MAX_FILES:
                raise TooManyFilesError(limit=MAX_FILES)
    return fields, parts


def _segments(body: bytes, boundary: str) -> Iterator[tuple[MultipartSegment, bytes]]:
    if not boundary:
        raise MalformedError
    try:
        with PushMultipartParser(boundary, max_segment_count=MAX_FIELDS) as parser:
            segment: MultipartSegment | None = None
            chunks: list[bytes] = []
            for event in parser.parse(body):
                if isinstance(event, MultipartSegment):
                    segment, chunks = event, []
                elif event is not None:
                    chunks.append(bytes(event))
                elif segment is not None:
                    yield segment, b"".join(chunks)
    except (MultipartError, ValueError):
        raise MalformedError from None


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        raise MalformedError from None


def _printable(name: str) -> str:
    """Return a file's name without controls and lone surrogates, which no table row can hold."""
    return "".join(character if character.isprintable() else "_" for character in name)


def _media_type(declared: str | None) -> str:
    return declared if declared and _MEDIA_TYPE.fullmatch(declared) else "application/octet-stream"
