"""The page beside a published document's client that lists what of the document nothing is generated from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from jobclients_core.methods import METHODS

from vendorsmith.emit.code import Code, markdown, markdown_code
from vendorsmith.emit.page import chapter, listing
from vendorsmith.emit.templating import render
from vendorsmith.spec.check import entries
from vendorsmith.spec.published import LeftOut
from vendorsmith.spec.source import Document
from vendorsmith.spec.source_map import JSON


def not_generated(
    document: Document, title: str, vendor: str, package: str, left_out: Iterable[LeftOut]
) -> dict[str, str]:
    """The page, by its path below the output folder; none where everything is generated.

    Args:
        document: what the client is generated from.
        title: what the document calls its API.
        vendor: its module name.
        package: the import name of the generated package.
        left_out: the operations and parameters that mistakes in the document cost.
    """
    dropped = list(left_out)
    chapters = (
        *chapter(
            "Operations", listing("What is wrong with each:", map(_line, (one for one in dropped if one.operation)))
        ),
        *chapter("Parameters", listing("All are optional:", map(_line, (one for one in dropped if not one.operation)))),
        *chapter("Webhooks", listing("Requests that the API sends:", map(markdown_code, _names(document, "webhooks")))),
        *chapter("Callbacks", listing("Requests that these operations cause:", _with(document, "callbacks"))),
        *chapter("Links", listing("Documented in responses of:", _with_links(document))),
    )
    if not chapters:
        return {}
    text = render("not_generated.md.jinja", title=markdown(title), chapters=chapters)
    return {f"{package}/{vendor}/NOT_GENERATED.md": text}


def _line(one: LeftOut) -> Code:
    place = f" ({markdown(str(one.reason.place))})" if one.reason.place else ""
    return Code(f"{markdown_code(one.what)}: {markdown(one.reason.message)}{place}, {markdown_code(one.reason.code)}")


def _names(document: Document, key: str) -> list[str]:
    return [name for name, _ in entries(document.data.get(key))]


def _operations(document: Document) -> Iterator[tuple[Code, JSON]]:
    for path, item in entries(document.data.get("paths")):
        for method, operation in entries(item):
            if method in METHODS:
                yield markdown_code(f"{method.upper()} {path}"), operation


def _with(document: Document, key: str) -> Iterator[Code]:
    for label, operation in _operations(document):
        if isinstance(operation, dict) and operation.get(key):
            yield label


def _with_links(document: Document) -> Iterator[Code]:
    for label, operation in _operations(document):
        responses = operation.get("responses") if isinstance(operation, dict) else None
        if any(isinstance(response, dict) and response.get("links") for _, response in entries(responses)):
            yield label
