"""Media types, as the content of messages is called in HTTP and documented in OpenAPI."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

JSON: Final = "application/json"
PLAIN_TEXT: Final = "text/plain"
BYTES: Final = "application/octet-stream"
FORM: Final = "application/x-www-form-urlencoded"
MULTIPART: Final = "multipart/form-data"
_SENT: Final = {"*/*": JSON, "application/*": JSON, "text/*": PLAIN_TEXT}


def essence(media_type: str) -> str:
    """A media type in lower case, without its parameters."""
    return media_type.partition(";")[0].strip().lower()


def is_json(media_type: str) -> bool:
    """Whether content of a media type is JSON: ``application/json``, ``text/json`` or ``...+json``."""
    name = essence(media_type)
    return name in (JSON, "text/json") or name.endswith("+json")


def is_open(media_type: str) -> bool:
    """Whether a documented media type is a range that JSON is in: ``*/*`` or ``application/*``."""
    return essence(media_type) in ("*/*", "application/*")


def is_read_as_json(media_type: str) -> bool:
    """Whether content that is documented with a media type is read as JSON; a range that JSON is in is."""
    return is_json(media_type) or is_open(media_type)


def is_form(media_type: str) -> bool:
    """Whether content of a media type is a form."""
    return essence(media_type) in (FORM, MULTIPART)


def is_text(media_type: str) -> bool:
    """Whether content of a media type is a text, and no JSON."""
    return essence(media_type).startswith("text/") and not is_json(media_type)


def is_asked_for(media_type: str) -> bool:
    """Whether a client asks for content of a documented media type by itself; an empty one documents none."""
    return media_type in ("", JSON, PLAIN_TEXT, BYTES) or "*" in media_type


def preferred(content: Iterable[str]) -> str:
    """Of the documented media types of a message, the one that clients send and expect; empty where there is none.

    JSON comes first, then forms, then texts, then what is first.

    Args:
        content: The media types in the order of the document.
    """
    return min(content, key=_rank, default="")


def sent_as(media_type: str) -> str:
    """The media type that requests name for a documented one, which may be a range."""
    return _SENT.get(essence(media_type), media_type)


def _rank(media_type: str) -> int:
    if is_read_as_json(media_type):
        return 0
    return 1 if is_form(media_type) else 2 if is_text(media_type) else 3
