"""The parts of JSON pointers, which are those of locators too."""

from __future__ import annotations


def split(place: str) -> list[str]:
    """The keys and names that a JSON pointer or a locator is made of."""
    return [token.replace("~1", "/").replace("~0", "~") for token in place.split("/")[1:]]


def escaped(token: str) -> str:
    """A key or a name as a part of a JSON pointer or a locator."""
    return token.replace("~", "~0").replace("/", "~1")
