"""Host, base path and schemes of Swagger 2.0 as servers."""

from __future__ import annotations

from typing import Final

from vendorsmith.diagnostics import Diagnostics, quote
from vendorsmith.spec.check import text
from vendorsmith.spec.source import Document
from vendorsmith.spec.source_map import JSON

_SCHEMES: Final = ("https", "http")


def servers(document: Document, diagnostics: Diagnostics) -> list[JSON]:
    """Return the servers of a document, the first the one that clients use; none where it says nothing of them.

    Args:
        document: as it was read.
        diagnostics: takes warnings about schemes that are not used, or had to be assumed.
    """
    root = document.data
    host, path = text(root.get("host")), text(root.get("basePath")).removesuffix("/")
    if not host:
        return [{"url": path}] if path else []
    listed = root.get("schemes")
    for index, scheme in enumerate(listed if isinstance(listed, list) else []):
        if scheme not in _SCHEMES:
            message = f"requests are not sent by {quote(str(scheme))}"
            diagnostics.warn(
                "unsupported-scheme", message, document.place(f"/schemes/{index}"), "https and http are read"
            )
    if not listed:
        message = '"schemes" is missing: the server is taken to be reached by https'
        diagnostics.warn("assumed-https", message, document.place("/host"), "add: schemes: [https]")
    return [{"url": f"{scheme}://{host}{path}"} for scheme in _usable(listed)]


def operation_servers(document: Document, schemes: JSON) -> list[JSON]:
    """Return the servers of an operation that says its own schemes; none where those of the document hold for it.

    Args:
        document: as it was read.
        schemes: what the operation says.
    """
    root = document.data
    host = text(root.get("host"))
    own = _usable(schemes) if schemes else []
    if not host or not own or _usable(root.get("schemes"))[:1] == own[:1]:
        return []
    return [{"url": f"{scheme}://{host}{text(root.get('basePath')).removesuffix('/')}"} for scheme in own]


def _usable(schemes: JSON) -> list[str]:
    """The schemes that requests can be sent by, the secure one first."""
    listed = schemes if isinstance(schemes, list) else []
    return [scheme for scheme in _SCHEMES if scheme in listed] or ["https"]
