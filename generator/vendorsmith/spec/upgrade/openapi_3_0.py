"""OpenAPI 3.0 as 3.1."""

from __future__ import annotations

from vendorsmith.diagnostics import Diagnostics
from vendorsmith.spec.node_kinds import definitions
from vendorsmith.spec.source import Document
from vendorsmith.spec.source_map import JSON, Object
from vendorsmith.spec.upgrade.schemas import SchemaCopier
from vendorsmith.spec.upgrade.version import VERSION


def upgrade(document: Document, diagnostics: Diagnostics) -> Document:
    """Return a document of OpenAPI 3.0 in the shape of 3.1.

    Args:
        document: as it was read.
        diagnostics: takes warnings about what 3.0 ignores, or what is lost.
    """
    return _Upgrade(document, diagnostics).run()


class _Upgrade(SchemaCopier):
    def run(self) -> Document:
        data = self.entries(definitions()["document"], self.document.data, "", "")
        return self.derived({**data, "openapi": VERSION})

    def reference(self, kind: str, node: Object, source: str, target: str) -> JSON:
        """Return the reference alone: 3.0 ignores what is beside it, except in a path item."""
        del source, target
        return node if kind == "path-item" else {"$ref": node["$ref"]}
