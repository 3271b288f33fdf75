"""Detects data after the end of a response.

A connection that brought more than one response's bytes must not carry another call: the HTTP library would take the
rest for the response to it, and one job's status would be told of another job.
"""

from __future__ import annotations

from typing import Any

_WAY = ("_stream", "_connection", "_h11_state")


def has_trailing_data(response: Any) -> bool:
    """Whether bytes were read that do not belong to a response any more.

    There is no public way to the parser, which knows. Should a later version keep it elsewhere, its own behaviour
    remains; a test tells.

    Args:
        response: The response of the HTTP library, httpcore2's or httpx2's, read and not yet forgotten.

    Returns:
        True when its connection should be closed rather than kept.
    """
    found: Any = getattr(response.stream, "_httpcore_stream", response.stream)
    for name in _WAY:
        found = getattr(found, name, None)
    return any(getattr(found, "trailing_data", ())[:1])
