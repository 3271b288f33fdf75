"""Puts a spec together from its files: the document, and the overlays that change it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from vendorsmith.diagnostics import Diagnostics
from vendorsmith.spec.source import Document, load


def assemble(spec: Path, overlays: Sequence[Path], diagnostics: Diagnostics) -> Document | None:
    """Read the files of a spec as one document.

    Args:
        spec: the file of the document.
        overlays: the files of overlays, in the order in which they are applied.
        diagnostics: takes everything that is wrong with the files.

    Returns:
        The document; None where a file cannot be read or an overlay cannot be applied.
    """
    document = load(spec, diagnostics)
    if not overlays:
        return document
    from vendorsmith.spec.overlay import BEGINS, overlaid  # its imports take longer than reading a document

    changes = [load(overlay, diagnostics, begins=BEGINS) for overlay in overlays]
    if document is None or None in changes:
        return None
    return overlaid(document, [change for change in changes if change is not None], diagnostics)
