"""Documents that vendors published: mistakes cost what has them, and never the whole document."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from vendorsmith.diagnostics import Diagnostics
from vendorsmith.spec.published.owners import KEPT, LeftOut, Mender
from vendorsmith.spec.published.rules import rule_for
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


def mend(document: Document, found: Diagnostics, overlays: Collection[str] = (), *, checked: bool = True) -> Mended:
    """Leave out, or read more widely, what the errors in a published document are about.

    Args:
        document: what was checked.
        found: what the checks say of it.
        overlays: the files that were written for this generator, as diagnostics call them; mistakes there stay errors.
        checked: whether these are the diagnostics of checks, rather than those of reading files, whose places are not
            those of `document`: then only what needs no change of it is a warning.
    """
    mender = Mender(document)
    diagnostics = Diagnostics()
    for diagnostic in found:
        place = diagnostic.place
        rule = rule_for(diagnostic, checked=checked)
        if rule is not None and place is not None and place.file not in overlays:
            mender.because(diagnostic)
            outcome = rule(mender, place.subject)
            if outcome is not None:
                if outcome:
                    message = diagnostic.message if outcome == KEPT else f"{diagnostic.message}: {outcome}"
                    diagnostics.include(replace(diagnostic, message=message, severity="warning"))
                continue
        diagnostics.include(diagnostic)
    changed = mender.edits.applied(document) if mender.edits else document
    return Mended(changed, diagnostics, mender.left_out)
