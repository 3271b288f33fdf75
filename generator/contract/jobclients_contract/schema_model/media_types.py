"""Media types: which are JSON, and what a response names for one that is left open."""

from __future__ import annotations

from typing import Final

JSON: Final = "application/json"
_OPEN: Final = ("*/*", "application/*")


def is_json(media_type: str) -> bool:
    """Whether a documented media type is JSON: ``application/json``, ``text/json``, ``+json``, or left open to it."""
    essence = media_type.partition(";")[0].strip().lower()
    return essence in (JSON, "text/json", *_OPEN) or essence.endswith("+json")


def sent_as(media_type: str) -> str:
    """The media type that a message names for a documented one, which may be a range."""
    essence = media_type.partition(";")[0].strip().lower()
    return {**dict.fromkeys(_OPEN, JSON), "text/*": "text/plain"}.get(essence, media_type)
