"""OpenAPI 3.2 as 3.1.

What only says more to readers is left out; what makes a type wider is left out with a warning. Methods, locations of
parameters and styles that 3.1 does not have stay, for the checks to report: whatever has them cannot be called.
"""

from __future__ import annotations

from typing import Final

from jobclients_core.pointers import join

from vendorsmith.diagnostics import Diagnostics
from vendorsmith.spec.check import text
from vendorsmith.spec.derived import Copier
from vendorsmith.spec.node_kinds import definitions
from vendorsmith.spec.refs import deref
from vendorsmith.spec.source import Document
from vendorsmith.spec.source_map import JSON, Object
from vendorsmith.spec.upgrade.version import VERSION

_LEFT_OUT: Final = {
    "document": ("$self",),
    "server": ("name",),
    "tag": ("summary", "parent", "kind"),
    "components": ("mediaTypes",),
    "example": ("serializedValue",),
    "security-scheme": ("deprecated", "oauth2MetadataUrl"),
}
"""By kind, what changes nothing of a client."""

_LOST: Final = {
    ("media-type", "itemSchema"): ("item-schema", "the content is read as a whole, and not item by item"),
    ("media-type", "itemEncoding"): ("item-schema", "the content is written as a whole, and not item by item"),
    ("media-type", "prefixEncoding"): ("item-schema", "the content is written as a whole, and not part by part"),
    ("discriminator", "defaultMapping"): ("default-mapping", "objects with another tag are kept as they come"),
    ("oauth-flows", "deviceAuthorization"): ("device-flow", "clients take a token that this flow gave"),
}
"""By kind and key, what makes a type wider or leaves more to callers, as code and words."""


def upgrade(document: Document, diagnostics: Diagnostics) -> Document:
    """Return a document of OpenAPI 3.2 in the shape of 3.1.

    Args:
        document: as it was read.
        diagnostics: takes warnings about what is lost.
    """
    return _Upgrade(document, diagnostics).run()


class _Upgrade(Copier):
    def __init__(self, document: Document, diagnostics: Diagnostics) -> None:
        super().__init__(document)
        self._diagnostics = diagnostics

    def run(self) -> Document:
        data = self.entries(definitions()["document"], self.document.data, "", "")
        return self.derived({**_without(data, _LEFT_OUT["document"]), "openapi": VERSION})

    def object(self, kind: str, node: Object, source: str, target: str) -> JSON:
        """Return the copy of an object, without what 3.1 does not have."""
        if kind == "media-type" and "$ref" in node:
            node, source = self._media_type(node, source)
            self.origins[target] = source
        for (lossy, key), (code, words) in _LOST.items():
            if lossy == kind and key in node:
                message = f'OpenAPI 3.1 has no "{key}": {words}'
                self._diagnostics.warn(code, message, self.document.key_place(join(source, key)))
                node = _without(node, (key,))
        found = self.entries(definitions()[kind], _without(node, _LEFT_OUT.get(kind, ())), source, target)
        if kind == "response":
            summary = text(found.pop("summary", None))
            found.setdefault("description", summary)
        elif kind == "example" and "dataValue" in found:
            found.setdefault("value", found.pop("dataValue"))
            self.origins[join(target, "value")] = join(source, "dataValue")
        return found

    def _media_type(self, node: Object, source: str) -> tuple[Object, str]:
        """Return the media type that a reference leads to, which 3.1 has no component for."""
        found = deref(self.document, node, source, None)
        return (found[0], found[1]) if found is not None and isinstance(found[0], dict) else (node, source)


def _without(node: Object, keys: tuple[str, ...]) -> Object:
    return {key: value for key, value in node.items() if key not in keys}
