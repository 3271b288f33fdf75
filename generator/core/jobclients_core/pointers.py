"""JSON pointers (RFC 6901), in the plain form ``/paths/~1jobs/get``; ``""`` is the whole document."""

from __future__ import annotations

from functools import lru_cache


def escape(token: str | int) -> str:
    """A key or index as a part of a pointer."""
    return str(token).replace("~", "~0").replace("/", "~1")


def join(pointer: str, *tokens: str | int) -> str:
    """A pointer that is extended by keys and indexes, which are given as they are in the document."""
    return "/".join((pointer, *map(escape, tokens)))


def unescape(token: str) -> str:
    """The key or index that a part of a pointer stands for."""
    return token.replace("~1", "/").replace("~0", "~")


@lru_cache(maxsize=4096)
def split(pointer: str) -> tuple[str, ...]:
    """The keys and indexes that a pointer is made of; a leading ``#`` is ignored."""
    return tuple(map(unescape, pointer.removeprefix("#").split("/")[1:]))


def parent(pointer: str) -> str:
    """The pointer of the object or list that holds the value; the root is its own parent."""
    return pointer.rpartition("/")[0]


@lru_cache(maxsize=4096)
def of_place(place: str) -> str:
    """The pointer of a place inside of an element, which is a pointer or a single key."""
    return place if place.startswith("/") or not place else join("", place)
