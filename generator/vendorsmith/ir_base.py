"""The part of the IR that its other parts use: evidence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

Scalar = str | int | float | bool | None

if TYPE_CHECKING:
    Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
else:
    Json = Any  # What is read back from JSON can be nothing else, so pydantic need not follow an alias of itself.


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where a fact is documented and how firmly: documentation, sdk, public-code or inferred."""

    source: str
    kind: str
    url: str = ""
    note: str = ""
