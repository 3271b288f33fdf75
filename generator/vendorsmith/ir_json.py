"""Writes the IR as JSON for `vendorsmith ir`, and reads it back."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable
from typing import Any, Final, cast

from vendorsmith.ir import Api

FORMAT: Final = 1
"""The version of the format; another one for every change after which older facts can no longer be read."""


class IrJsonError(ValueError):
    """A text that holds no facts of this version of the format."""


def to_json(apis: Iterable[Api]) -> str:
    """The facts of vendors as a JSON document: the version of the format, and the facts by vendor.

    The order of everything is kept, for it is a fact as well.
    """
    facts = {"format": FORMAT, "vendors": {api.vendor: dataclasses.asdict(api) for api in apis}}
    return json.dumps(facts, indent=2, ensure_ascii=False)


def from_json(text: str) -> dict[str, Api]:
    """The facts of vendors, by vendor, as `to_json` wrote them.

    Raises:
        FactsError: the text holds something else, or another version of the format.
    """
    from pydantic import TypeAdapter, ValidationError

    try:
        facts: Any = json.loads(text)
    except ValueError as error:
        raise IrJsonError(f"this is not JSON: {error}") from None
    document = cast("dict[str, Any]", facts) if isinstance(facts, dict) else {}
    written = document.get("format")
    if written is None:
        raise IrJsonError('these are not facts as `vendorsmith ir` prints them: there is no "format"')
    if written != FORMAT:
        raise IrJsonError(f"format {written!r} of facts is unknown; this version of vendorsmith reads format {FORMAT}")
    try:
        return TypeAdapter(dict[str, Api]).validate_python(document.get("vendors"))
    except ValidationError as error:
        raise IrJsonError(f"facts of format {FORMAT} are incomplete or wrong: {error}") from None
