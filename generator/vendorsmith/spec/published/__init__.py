"""Documents that vendors published: mistakes cost what has them, and never the whole document."""

from __future__ import annotations

from dataclasses import replace

from vendorsmith.diagnostics import Diagnostic, Diagnostics
from vendorsmith.spec.published.owners import LeftOut, Mender
from vendorsmith.spec.published.rules import REFUSED, RULES
from vendorsmith.spec.source import Document

__all__ = ["LeftOut", "Mended", "mend"]


class Mended:
    """What became of a document whose mistakes were mended.

    Attributes:
        document: the document to go on with; the same object where nothing of it had to change.
        diagnostics: a warning for each mistake that was mended, and errors for those that could not be.
        left_out: what nothing is generated from any more.
    """

    def __init__(self, document: Document, diagnostics: Diagnostics, left_out: list[LeftOut]) -> None:
        self.document = document
        self.diagnostics = diagnostics
        self.left_out = left_out


def mend(document: Document, found: Diagnostics) -> Mended:
    """Leave out, or read more widely, what the errors in a published document are about.

    Args:
        document: what was checked.
        found: what the checks say of it.
    """
    mender = Mender(document)
    diagnostics = Diagnostics()
    for diagnostic in found:
        place = diagnostic.place
        if diagnostic.severity == "error" and place is not None and _is_published(document, diagnostic):
            mender.because(diagnostic)
            outcome = RULES.get(diagnostic.code, Mender.drop)(mender, place.subject)
            if outcome is not None:
                if outcome:
                    message = f"{diagnostic.message}: {outcome}"
                    diagnostics.include(replace(diagnostic, message=message, severity="warning"))
                continue
        diagnostics.include(diagnostic)
    changed = mender.edits.applied(document) if mender.edits else document
    return Mended(changed, diagnostics, mender.left_out)


def _is_published(document: Document, diagnostic: Diagnostic) -> bool:
    """Whether a mistake is in what the vendor wrote, rather than in an overlay, which is written for this generator."""
    assert diagnostic.place is not None
    overlays = {text.file for text in document.others if text.is_overlay}
    return diagnostic.place.file not in overlays and diagnostic.code not in REFUSED
