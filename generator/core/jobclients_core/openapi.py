"""The normalised OpenAPI document of a vendor, which is beside its client as ``openapi.json``."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib import resources
from typing import Any, Final

from .expressions import Place, ResponseContext, first_text
from .media_types import preferred
from .operation import Operation, Parameter, Vendor
from .pointers import join
from .schema import Part, Schemas
from .shapes import is_object
from .statuses import lookup

_ANYTHING: Final[dict[str, Any]] = {}
"""The schema of what has none: one object, since views of schemas are kept by identity."""


@dataclass(frozen=True, slots=True)
class DocumentedHeader:
    """A documented header field of a response.

    Args:
        required: Whether it is always there.
        schema: The schema of its value.
        example: A documented value; None where none is documented.
    """

    required: bool
    schema: Part
    example: Any


@dataclass(frozen=True, slots=True)
class DocumentedResponse:
    """A documented response.

    Args:
        media_type: Media type of its body; empty where none is documented.
        body: The schema of its body; None where none is documented.
        headers: Its header fields by name.
        examples: Media type to the documented examples by name.
    """

    media_type: str = ""
    body: Part | None = None
    headers: Mapping[str, DocumentedHeader] = field(default_factory=dict[str, DocumentedHeader])
    examples: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])

    @property
    def bodies(self) -> list[Any]:
        """The examples of its media type, in the document's order."""
        return list(self.examples.get(self.media_type, {}).values())


class OpenApi:
    """What is documented of one vendor.

    Args:
        document: The normalised document; an empty one documents nothing.
    """

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document
        self.schemas = Schemas(document)
        self._responses: dict[str, Mapping[int | str, DocumentedResponse]] = {}

    def parameter(self, operation: Operation[Any], parameter: Parameter) -> Part:
        """The schema of a parameter; of anything, where it has none.

        Args:
            operation: The operation.
            parameter: One of its parameters.
        """
        for index, entry in enumerate(self._operation(operation).get("parameters", ())):
            if (entry["in"], entry["name"]) == (parameter.location, parameter.wire):
                at = join(pointer_of(operation), "parameters", index)
                for media_type, media in entry.get("content", {}).items():
                    return Part(media.get("schema", _ANYTHING), join(at, "content", media_type, "schema"))
                return Part(entry.get("schema", _ANYTHING), join(at, "schema"))
        return Part(_ANYTHING, pointer_of(operation))

    def request_body(self, operation: Operation[Any]) -> Part:
        """The schema of the body of an operation's requests; of anything, where none is documented.

        Args:
            operation: The operation.
        """
        name, media = self._request_media(operation)
        at = join(pointer_of(operation), "requestBody", "content", name, "schema")
        return Part(media.get("schema", _ANYTHING), at)

    def encodings(self, operation: Operation[Any]) -> Mapping[str, Any]:
        """How the properties of a form are written, by name: the Encoding Objects of an operation's body.

        Args:
            operation: The operation.
        """
        found: Mapping[str, Any] = self._request_media(operation)[1].get("encoding", {})
        return found

    def _request_media(self, operation: Operation[Any]) -> tuple[str, Mapping[str, Any]]:
        content = self._operation(operation).get("requestBody", {}).get("content", {})
        name = preferred(content)
        return name, content.get(name, {})

    def responses(self, operation: Operation[Any]) -> Mapping[int | str, DocumentedResponse]:
        """The documented responses of an operation by status, as the document writes it: ``200``, ``4XX``.

        Args:
            operation: The operation.
        """
        at = f"{pointer_of(operation)}/responses"
        if at not in self._responses:
            entries = self._operation(operation).get("responses", {})
            self._responses[at] = {key: _response(entry, f"{at}/{key}") for key, entry in entries.items()}
        return self._responses[at]

    def response(self, operation: Operation[Any], status: int) -> DocumentedResponse | None:
        """The documented response of an operation with a status; None for a status that is not documented.

        Args:
            operation: The operation.
            status: HTTP status code.
        """
        return lookup(self.responses(operation), status, None)

    @cached_property
    def usual_error(self) -> Part:
        """The schema that most documented errors have; of anything, where none is documented."""
        found: dict[str, tuple[int, Part]] = {}
        for part in (one.body for status, one in self._each() if status[0] in "45" and one.body is not None):
            text = json.dumps(part.schema)
            found[text] = (found.get(text, (0, part))[0] + 1, part)
        return max(found.values(), key=lambda entry: entry[0], default=(0, Part(_ANYTHING, "")))[1]

    def always_at(self, places: tuple[Place, ...], response: DocumentedResponse) -> Place | None:
        """Where the examples of an error have a text, if all do, and those of other errors with the same schema.

        Args:
            places: Where to look, such as for a code.
            response: The error.

        Returns:
            The first such place; None where an example has none, or there is no example.
        """
        alike = [
            ResponseContext(0, {}, example)
            for other in self.all_responses
            if other.body is not None and response.body is not None and other.body.schema == response.body.schema
            for example in other.bodies
        ]
        if not response.bodies or any(first_text(places, context) is None for context in alike):
            return None
        return next((place for place in places if first_text((place,), alike[0]) is not None), None)

    def _operation(self, operation: Operation[Any]) -> Mapping[str, Any]:
        found: Any = self.document.get("paths", {}).get(operation.path, {}).get(operation.method.lower())
        return found if is_object(found) else {}

    @cached_property
    def all_responses(self) -> list[DocumentedResponse]:
        """The documented responses of all operations."""
        return [response for _, response in self._each()]

    def _each(self) -> Iterator[tuple[str, DocumentedResponse]]:
        for path, item in self.document.get("paths", {}).items():
            for method, operation in ((key, entry) for key, entry in item.items() if is_object(entry)):
                for status, entry in operation.get("responses", {}).items():
                    yield status, _response(entry, join("/paths", path, method, "responses", status))


def _response(entry: Mapping[str, Any], at: str) -> DocumentedResponse:
    content: Mapping[str, Any] = entry.get("content", {})
    name = preferred(content)
    body = Part(content[name].get("schema", _ANYTHING), join(at, "content", name, "schema")) if name else None
    headers = {
        name: _header(header, join(at, "headers", name))
        for name, header in entry.get("headers", {}).items()
        if name.lower() != "content-type"  # which the content documents
    }
    examples = {media_type: _examples(media) for media_type, media in content.items() if "examples" in media}
    return DocumentedResponse(name, body, headers, examples)


def _header(entry: Mapping[str, Any], at: str) -> DocumentedHeader:
    example = next(iter(_examples(entry).values()), None)
    return DocumentedHeader(
        entry.get("required", False), Part(entry.get("schema", _ANYTHING), join(at, "schema")), example
    )


def _examples(holder: Mapping[str, Any]) -> dict[str, Any]:
    """The documented values by name; those that are in other files are left out."""
    return {name: entry["value"] for name, entry in holder.get("examples", {}).items() if "value" in entry}


def pointer_of(operation: Operation[Any]) -> str:
    """Where an operation is in its document, as a JSON pointer.

    Args:
        operation: The operation.
    """
    return join("/paths", operation.path, operation.method.lower())


def openapi_of(vendor: Vendor) -> OpenApi:
    """What is documented of a vendor, read once.

    Args:
        vendor: The vendor.

    Returns:
        What its package holds; nothing where that was generated without it.
    """
    package = vendor.models.rpartition(".")[0]
    return _read(package) if package else OpenApi({})


@cache
def _read(package: str) -> OpenApi:
    try:
        text = (resources.files(package) / "openapi.json").read_text(encoding="utf-8")
    except (OSError, ImportError):
        return OpenApi({})
    return OpenApi(json.loads(text))
