"""What is documented of a vendor's calls beside what its clients need: schemas, examples and headers of answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib import resources
from typing import Any, TypeAlias

from jobclients_core.expressions import lookup_status
from jobclients_core.operation import Vendor

JsonSchema: TypeAlias = Any
"""A JSON Schema: an object, or a boolean."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One documented answer.

    Args:
        media_type: Media type of its body; empty where none is documented.
        schema: The schema of its body; None where none is documented.
        headers: Its header fields: name to whether it is required, its schema and an example.
        examples: Media type to the documented examples by name.
    """

    media_type: str = ""
    schema: JsonSchema = None
    headers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])
    examples: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])

    @property
    def bodies(self) -> list[Any]:
        """The examples of its media type, in the document's order."""
        return list(self.examples.get(self.media_type, {}).values())


@dataclass(frozen=True, slots=True)
class Documented:
    """What is documented of one operation.

    Args:
        parameters: The schemas of its parameters by Python name.
        body: The schema of its request's body; None where it takes none.
        responses: Its answers by status, as the document spells it.
    """

    parameters: Mapping[str, JsonSchema] = field(default_factory=dict[str, JsonSchema])
    body: JsonSchema = None
    responses: Mapping[int | str, Answer] = field(default_factory=dict[int | str, Answer])

    def answer(self, status: int) -> Answer | None:
        """The documented answer of a status.

        Args:
            status: HTTP status.

        Returns:
            The answer; None for a status that is not documented.
        """
        found = lookup_status(self.responses, status)
        return found if isinstance(found, Answer) else None


class Pages:
    """Everything that is documented of one vendor.

    Args:
        vendor: The vendor.
    """

    def __init__(self, vendor: Vendor) -> None:
        content = _content(vendor.models.rpartition(".")[0])
        self.components: Mapping[str, JsonSchema] = content["components"]["schemas"]
        self._operations = {
            name: Documented(
                entry.get("parameters", {}),
                entry.get("body"),
                {status: Answer(**answer) for status, answer in entry["responses"].items()},
            )
            for name, entry in content["operations"].items()
        }

    def of(self, operation: str) -> Documented:
        """What is documented of an operation.

        Args:
            operation: Its name.

        Returns:
            That.
        """
        return self._operations[operation]

    @cached_property
    def error_form(self) -> JsonSchema:
        """The schema of an error of which nothing is documented: the one that most documented errors have."""
        forms: dict[str, int] = {}
        for entry in self._operations.values():
            for status, answer in entry.responses.items():
                if str(status)[0] in "45" and answer.schema is not None:
                    text = json.dumps(answer.schema)
                    forms[text] = forms.get(text, 0) + 1
        return json.loads(max(forms, key=lambda text: forms[text])) if forms else {}


def is_json(media_type: str) -> bool:
    """Whether a media type is JSON; one that is left open counts as JSON.

    Args:
        media_type: The media type, with its parameters.

    Returns:
        True for JSON.
    """
    essence = media_type.partition(";")[0].strip().lower()
    return essence in ("application/json", "text/json", "*/*", "application/*") or essence.endswith("+json")


@cache
def _content(package: str) -> Any:
    return json.loads((resources.files(package) / "documented.json").read_text(encoding="utf-8"))
