"""`Drift`: one way in which a response is not as documented, for the caller's function `on_drift`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, get_args

from .observe import logger

DriftKind = Literal[
    "new-field",
    "new-enum-value",
    "new-error-code",
    "new-job-state",
    "missing-required",
    "type-changed",
    "null-value",
    "number-form",
    "time-format",
    "time-scale",
    "pattern",
    "no-variant",
    "undocumented-status",
    "redirect",
    "missing-header",
    "content-type",
    "empty-body",
    "not-json",
    "error-body",
    "deprecation",
]
"""The kinds of drift.

==================== ================================================================================================
new-field            a key that its object is not documented to have
new-enum-value       a word that its enumeration does not list
new-error-code       a code that the enumeration of the vendor's error codes does not list
new-job-state        a word for a job's state that no rule maps to a state
missing-required     a documented key that every response should have
type-changed         another type than the documented one
null-value           null where it is not documented
number-form          a fraction, or digits in a text, where an integer or a number is documented
time-format          a text or number that is not a time in the documented format
time-scale           a time or duration in another unit than the documented one, such as seconds for milliseconds
pattern              a text that the documented pattern does not match any more
no-variant           a value that fits none of several documented shapes
undocumented-status  an HTTP status that the operation does not list
redirect             a response with a 3xx status, which is never followed
missing-header       no header field where one is documented as required
content-type         another media type than the documented one, or none
empty-body           nothing, where a body is documented
not-json             no JSON, or JSON with the same key twice, where JSON is documented: the body, or a text in it
error-body           a documented error whose body does not fit, or has no code or message where every example has one
deprecation          the vendor announces in a header that the operation will end
==================== ================================================================================================
"""

DRIFT_KINDS: Final[tuple[DriftKind, ...]] = get_args(DriftKind)


@dataclass(frozen=True, slots=True)
class Drift:
    """One way in which a response is not as documented. It holds types and shapes, and no values of the response.

    Args:
        kind: What it is: one of `DriftKind`.
        vendor: The vendor's identifier.
        operation: What was called.
        status: HTTP status code of the response.
        pointer: JSON pointer into the body, keys of maps as ``*``; empty for the response as a whole. Below a text that
            holds JSON it goes on into that.
        expected: What is documented, in a few words.
        found: What came: a JSON type, a media type, or a new word of an enumeration in up to 60 characters.
        message: All of that as a sentence.
        spec: JSON pointer to what it contradicts in the vendor's specification; empty where that is not known.
        breaking: Whether typed results suffer: the call fails, or a documented value cannot be read any more.
        count: How many values of the response show it, as far as the response was looked at.
    """

    kind: DriftKind
    vendor: str
    operation: str
    status: int
    pointer: str
    expected: str
    found: str
    message: str
    spec: str = ""
    breaking: bool = False
    count: int = 1


DriftObserver: TypeAlias = Callable[[Drift], None]
"""What a client takes as ``on_drift``; what it raises is logged and goes no further."""


def report_drift(drift: Drift, observer: DriftObserver) -> None:
    """Tell the caller's function of a drift; its failure is logged and goes no further.

    Args:
        drift: The drift.
        observer: The function.
    """
    try:
        observer(drift)
    except Exception:
        logger.exception("on_drift of %s failed", drift.vendor)
