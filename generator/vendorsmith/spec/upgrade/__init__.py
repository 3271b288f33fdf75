"""The stage between reading and checks: Swagger 2.0, OpenAPI 3.0 and 3.2 become the 3.1 shape.

Each version has a module, which copies the document and notes where each part comes from, so that all later stages
know one version and still report the line and column of the file. A construct that loses something is a warning here;
what 3.1 cannot say at all is left as it is, for the checks to report. (There is no library for it: those that convert
between versions, in any language, return plain data without positions.)
"""

from __future__ import annotations

from vendorsmith.diagnostics import Diagnostics
from vendorsmith.spec.source import Document
from vendorsmith.spec.upgrade import openapi_3_0, openapi_3_2, swagger_2_0
from vendorsmith.spec.upgrade.version import version_of

_UPGRADES = {
    "2.0": swagger_2_0.upgrade,
    "3.0": openapi_3_0.upgrade,
    "3.2": openapi_3_2.upgrade,
}


def upgrade(document: Document, diagnostics: Diagnostics) -> Document | None:
    """Return a document in the shape of OpenAPI 3.1.

    Args:
        document: as it was read.
        diagnostics: takes a version that is not read here, and warnings about what is lost.

    Returns:
        The document itself where it is OpenAPI 3.1; None where its version is not known, so that there is no point in
        checking it.
    """
    version = version_of(document, diagnostics)
    if version is None:
        return None
    return _UPGRADES[version](document, diagnostics) if version in _UPGRADES else document
