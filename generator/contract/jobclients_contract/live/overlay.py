"""A patch of the specification that would document what came: an OpenAPI Overlay, for people to look at."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from jobclients_contract.live.findings import Finding, Report
from jobclients_contract.live.patterns import MASK
from jobclients_contract.schema_model.values import Json

_JSON_TYPES: Final = ("array", "boolean", "integer", "null", "number", "object", "string")


def overlay(report: Report) -> dict[str, Json] | None:
    """The patch that the findings suggest.

    Args:
        report: the findings.

    Returns:
        An Overlay 1.1 document; None where there is nothing to suggest.
    """
    actions: dict[str, Json] = {}
    for finding in report.findings:
        for action in suggestions(finding, report.contents.get(finding)):
            # Several operations may show the same.
            actions.setdefault(json.dumps([action["target"], action.get("update")]), action)
    if not actions:
        return None
    return {
        "overlay": "1.1.0",
        "info": {
            "title": f"Suggested by the responses of {report.vendor}: review before use",
            "version": "0",
            "x-suggestion": True,
        },
        "actions": list(actions.values()),
    }


def suggestions(finding: Finding, content: Mapping[str, Json] | None = None) -> list[dict[str, Json]]:
    """The actions that would document a finding.

    Args:
        finding: the finding.
        content: of a response whose status is not documented, what would document its body; None where that is not
            known, so that nothing is suggested: a response without its content would document that there is no body.

    Returns:
        The actions, in order; none where only a person can tell what should be written.
    """
    update: Json = None
    target = json_path(finding.spec)
    description = f"Suggestion, to be reviewed: {finding.message}"
    before: list[dict[str, Json]] = []
    match finding.kind:
        case "new-field":
            key = finding.pointer.rpartition("/")[2].replace("~1", "/").replace("~0", "~")
            update = {key: _schema(finding.found)} if key != "***" and MASK not in key else None
        case "new-enum-value" | "new-error-code" if finding.spec.endswith("/enum"):
            update = finding.found if finding.found not in _JSON_TYPES and MASK not in finding.found else None
        case "undocumented-status" | "redirect" if content is not None:
            described: dict[str, Json] = {"description": "Seen, and not documented."}
            if content:
                described["content"] = dict(content)
            update = {finding.found: described}
        case "null-value" if finding.spec.rpartition("/")[0].endswith("/properties"):
            types = finding.expected.split(" or ")
            if len(types) > 1:
                target, update = f"{target}['type']", "null"  # one more in the list
            elif types[0] in _JSON_TYPES:
                # A list is not merged with one type.
                before = [{"target": f"{target}['type']", "description": description, "remove": True}]
                update = {"type": [types[0], "null"]}
        case _:
            pass
    if update is None or not finding.spec:
        return []
    return [*before, {"target": target, "description": description, "update": update}]


def _schema(found: str) -> Json:
    """The schema of types as the observer tells them, such as ``array of string or null``."""
    seen = [kind.partition(" of ") for kind in found.split(" or ")]
    types = list(dict.fromkeys(kind for kind, _, _ in seen))
    if not set(types) <= set(_JSON_TYPES):
        return None
    described: dict[str, Json] = {"description": "Seen in responses, and not documented."}
    if types == ["null"]:
        return described
    if "number" in types and "integer" in types:
        types.remove("integer")
    inside = {item for kind, _, item in seen if kind == "array"}
    items: dict[str, Json] = {"items": {"type": inside.pop()}} if len(inside) == 1 and "" not in inside else {}
    several: list[Json] = list(types)
    return {**described, "type": several if len(types) > 1 else types[0], **items}


def json_path(pointer: str) -> str:
    """A JSON pointer as JSONPath (RFC 9535).

    Args:
        pointer: the pointer.

    Returns:
        Such as ``$['paths']['/jobs']``.
    """
    path, before = "$", ""
    for step in (part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]):
        # A status is a key that is a number; only these hold lists.
        listed = step.isdigit() and before in ("allOf", "anyOf", "oneOf")
        escaped = step.replace("\\", "\\\\").replace("'", "\\'")
        path += f"[{step}]" if listed else f"['{escaped}']"
        before = step
    return path
