"""Puts a spec together from its files, in the shape of OpenAPI 3.1.

What the document refers to in other files becomes part of it; then overlays change it, and what they refer to becomes
part of it, too. What is not selected is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from vendorsmith.diagnostics import Diagnostics
from vendorsmith.spec.bundle import Bundle
from vendorsmith.spec.selection import ALL, Selection, selected
from vendorsmith.spec.source import Document, load
from vendorsmith.spec.upgrade import upgrade

BEGINS: Final = "an overlay begins with: overlay: 1.1.0"
"""What to say of a file that is not an overlay."""


def assemble(
    spec: Path, overlays: Sequence[Path], diagnostics: Diagnostics, selection: Selection = ALL
) -> Document | None:
    """Read the files of a spec as one document.

    Args:
        spec: the file of the document.
        overlays: the files of overlays, in the order in which they are applied.
        diagnostics: takes everything that is wrong with the files.
        selection: the operations that are wanted, beside those that the document selects itself.

    Returns:
        The document in the shape of OpenAPI 3.1; None where a file cannot be read, an overlay cannot be applied, or the
        version is not known.
    """
    document = load(spec, diagnostics)
    changes = _loaded(overlays, diagnostics)
    if document is None or len(changes) < len(overlays):
        return None
    bundle = Bundle(spec, diagnostics)
    files = {document.file: spec, **{each.file: path for each, path in zip(changes, overlays, strict=True)}}
    document = bundle.bundled(document, files)
    if changes:
        from vendorsmith.spec.overlay import overlaid  # its imports take longer than reading a document

        changed = overlaid(document, changes, diagnostics)
        document = None if changed is None else bundle.bundled(changed, files)
    document = None if document is None else upgrade(document, diagnostics)
    return None if document is None else selected(document, selection, diagnostics)


def _loaded(overlays: Sequence[Path], diagnostics: Diagnostics) -> list[Document]:
    """Return the overlays that can be read."""
    found = (load(overlay, diagnostics, begins=BEGINS) for overlay in overlays)
    return [overlay for overlay in found if overlay is not None]
