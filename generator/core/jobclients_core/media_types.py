"""Media types, as the content of messages is called in HTTP and documented in OpenAPI."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

FORMS: Final = ("application/x-www-form-urlencoded", "multipart/form-data")
"""The media types of forms."""


def essence(media_type: str) -> str:
    """A media type in lower case, without its parameters."""
    return media_type.partition(";")[0].strip().lower()


def is_json(media_type: str) -> bool:
    """Whether content of a media type is JSON: ``application/json``, ``text/json`` or ``...+json``."""
    name = essence(media_type)
    return name in ("application/json", "text/json") or name.endswith("+json")


def is_open(media_type: str) -> bool:
    """Whether a documented media type is a range that JSON is in: ``*/*`` or ``application/*``."""
    return essence(media_type) in ("*/*", "application/*")


def is_read_as_json(media_type: str) -> bool:
    """Whether content that is documented with a media type is read as JSON; a range that JSON is in is."""
    return is_json(media_type) or is_open(media_type)


def preferred(content: Iterable[str]) -> str:
    """Of the documented media types of a message, the one that clients send and expect; empty where there is none.

    JSON comes first, then forms, then texts, then what stands first.

    Args:
        content: The media types in the order of the document.
    """
    return min(content, key=_rank, default="")


def _rank(media_type: str) -> int:
    if is_read_as_json(media_type):
        return 0
    return 1 if media_type in FORMS else 2 if media_type.startswith("text/") else 3
