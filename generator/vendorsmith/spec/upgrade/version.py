"""Which version of OpenAPI a document says that it is written in."""

from __future__ import annotations

import re
from typing import Final

from vendorsmith.diagnostics import Diagnostics, quote
from vendorsmith.spec.source import Document

VERSION: Final = "3.1.1"
"""What upgraded documents say."""

_READ: Final = re.compile(r"(3\.[012])\.(?:0|[1-9][0-9]*)(?:-.+)?")
_SHORT: Final = ("3.0", "3.1", "3.2")


def version_of(document: Document, diagnostics: Diagnostics) -> str | None:
    """Return the version without its patch, such as ``3.0``.

    Args:
        document: as it was read.
        diagnostics: takes what is wrong with its version.

    Returns:
        The version, ``3.1`` where none is said; None where it is one that is not read here.
    """
    data = document.data
    if "swagger" in data:
        return _swagger(document, diagnostics)
    if "openapi" not in data:
        message = 'the key "openapi" is missing, so this is not an OpenAPI document'
        diagnostics.add("missing-version", message, document.place(""), "a spec begins with: openapi: 3.1.0")
        return "3.1" if "paths" in data or "info" in data else None
    version = data["openapi"]
    place = document.place("/openapi")
    if isinstance(version, str):
        return _openapi(version, document, diagnostics)
    if str(version) in _SHORT:
        hint = f"write all three parts: {version}.0"
        diagnostics.add("bad-version", f'"openapi" is the number {version}', place, hint)
        return str(version)
    diagnostics.add("bad-version", '"openapi" must be the text of a version', place, "write: openapi: 3.1.0")
    return None


def _swagger(document: Document, diagnostics: Diagnostics) -> str | None:
    version, place = document.data["swagger"], document.place("/swagger")
    if version in ("2.0", 2.0):
        return "2.0"
    message = f"{quote(str(version))} is not a version of Swagger that is read here"
    diagnostics.add("unsupported-version", message, place, "Swagger 2.0 and OpenAPI 3.0 to 3.2 are")
    return None


def _openapi(version: str, document: Document, diagnostics: Diagnostics) -> str | None:
    place = document.place("/openapi")
    if found := _READ.fullmatch(version):
        return found[1]
    if version in _SHORT:
        message = f"{quote(version)} lacks the last part of a version"
        diagnostics.add("bad-version", message, place, f"write all three parts: {version}.0")
        return version
    message = f"{quote(version)} is not a version of OpenAPI that is read here"
    hint = "write all three parts: 3.1.0"
    if re.match(r"3\.([3-9]|[1-9][0-9])|[4-9]", version):
        message = f"OpenAPI {version[:20]} is newer than what is read here, 3.0 to 3.2"
        hint = "write 3.2.0 if nothing newer is used"
    diagnostics.add("unsupported-version", message, place, hint)
    return None
