"""The response of a line: a documented example, perhaps with one change, or a body that the line gives."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

from jobclients_contract.assertions.documented import unknown_in
from jobclients_contract.failure import expect, refuse
from jobclients_contract.harness.loopback import Script
from jobclients_contract.schema_model.document import DocumentedResponse
from jobclients_contract.schema_model.media_types import is_json, sent_as
from jobclients_contract.schema_model.places import Reply
from jobclients_contract.schema_model.pointers import MISSING, escaped, put
from jobclients_contract.schema_model.values import Json
from jobclients_contract.suite.running import CallResult, Run

Changes = Mapping[str, Any]
"""What a body says instead of what its example says, by JSON pointer; `ABSENT` for nothing."""


class _There(Enum):
    ABSENT = "nothing"


ABSENT: Final = _There.ABSENT
"""What is at a place from which everything is taken away."""


@dataclass(frozen=True)
class ExampleResponse:
    """The response of a line of the suite.

    Attributes:
        text: the line until now.
        method: that is called.
        status: of HTTP.
        example: name of the documented body; empty for none.
        body: JSON or text, where no example is named.
        headers: header fields.
        changes: what the body says instead.
    """

    text: str
    method: str
    status: int
    example: str = ""
    body: Json = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    changes: Changes = field(default_factory=dict[str, Any])

    def documented(self, run: Run) -> DocumentedResponse | None:
        """What the document says of the status."""
        return run.operation(self.method).response(self.status)

    def json(self, run: Run) -> Json:
        """The body: the example with its changes.

        Raises:
            Mismatch: there is no such example.
        """
        body, response = self.body, self.documented(run)
        if self.example:
            examples: Mapping[str, Json] = response.content.examples if response is not None else {}
            if self.example not in examples:
                refuse(f"no such example of the status {self.status}", f"one of {sorted(examples)}", self.example)
            body = examples[self.example]
        for pointer, value in self.changes.items():
            body = put(body, pointer, MISSING if value is ABSENT else value)
        return body

    def reply(self, run: Run) -> Reply:
        """The response on the wire."""
        response, body = self.documented(run), self.json(run)
        media_type = response.content.media_type if response is not None else ""
        if isinstance(body, str) and not is_json(media_type):
            return Reply(self.status, body.encode(), {**_typed(media_type), **self.headers})
        if body is None and not self.example and not self.changes:
            return Reply(self.status, b"", self.headers)
        media = sent_as(media_type) if is_json(media_type) else "application/json"
        content = json.dumps(body, ensure_ascii=False).encode()
        return Reply(self.status, content, {"Content-Type": media, **self.headers})

    def where(self, run: Run) -> str:
        """The locator of the response in the document."""
        response = self.documented(run) if self.method in run.operations else None
        if response is None:
            return ""
        example = f"/content/{escaped(response.content.media_type)}/examples/{escaped(self.example)}"
        return response.where + (example if self.example in response.content.examples else "")

    def script(self, run: Run) -> Script:
        """The response as the server plays it."""
        return self.reply(run).script

    def called(self, run: Run) -> CallResult:
        """What comes of a call that gets the response.

        Raises:
            Mismatch: the response is a documented one, and has what is not documented.
        """
        response = self.documented(run)
        if response is not None and self.example and not self.changes and is_json(response.content.media_type):
            found = [*unknown_in(run.document.validity, response.content.part, self.json(run))]
            expect([], found, "what the example says and the document does not know")
        return run.call(self.method, run.minimal(self.method, self.example), self.script(run))


def _typed(media_type: str) -> dict[str, str]:
    return {"Content-Type": sent_as(media_type)} if media_type else {}
