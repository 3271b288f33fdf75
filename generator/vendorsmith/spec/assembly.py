"""Puts a spec together from its files: the document, and the overlays that change it, in the shape of OpenAPI 3.1."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from vendorsmith.diagnostics import Diagnostics
from vendorsmith.spec.source import Document, load
from vendorsmith.spec.upgrade import upgrade


def assemble(spec: Path, overlays: Sequence[Path], diagnostics: Diagnostics) -> Document | None:
    """Read the files of a spec as one document.

    Args:
        spec: the file of the document.
        overlays: the files of overlays, in the order in which they are applied.
        diagnostics: takes everything that is wrong with the files.

    Returns:
        The document in the shape of OpenAPI 3.1; None where a file cannot be read, an overlay cannot be applied, or the
        version is not known.
    """
    document = _changed(load(spec, diagnostics), overlays, diagnostics)
    return None if document is None else upgrade(document, diagnostics)


def _changed(document: Document | None, overlays: Sequence[Path], diagnostics: Diagnostics) -> Document | None:
    if not overlays:
        return document
    from vendorsmith.spec.overlay import BEGINS, overlaid  # its imports take longer than reading a document

    changes = [load(overlay, diagnostics, begins=BEGINS) for overlay in overlays]
    if document is None or None in changes:
        return None
    return overlaid(document, [change for change in changes if change is not None], diagnostics)
