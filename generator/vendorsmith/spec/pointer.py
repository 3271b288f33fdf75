"""JSON pointers (RFC 6901), in the plain form ``/paths/~1jobs/get``; ``""`` is the whole document."""

from __future__ import annotations


def escape(token: str) -> str:
    """Write one key so that it can stand in a pointer."""
    return token.replace("~", "~0").replace("/", "~1") if "~" in token or "/" in token else token


def join(pointer: str, *tokens: str | int) -> str:
    """Extend a pointer by keys and indexes, which are given as they stand in the document."""
    return "/".join((pointer, *(escape(str(token)) for token in tokens)))


def split(pointer: str) -> list[str]:
    """Return the keys and indexes that a pointer is made of; a leading ``#`` is ignored."""
    pointer = pointer.removeprefix("#")
    if not pointer:
        return []
    return [token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:]]


def parent(pointer: str) -> str:
    """Return the pointer of the object or list that holds the value; the root is its own parent."""
    return pointer.rpartition("/")[0]
