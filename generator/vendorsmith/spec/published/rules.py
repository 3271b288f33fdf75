"""What becomes of each mistake in a published document: the one place that says so.

A rule has the code of a diagnostic, and what is done about it in a document that was not written for this generator,
where it is a warning. In a reviewed spec each of them is an error. A code without a rule: the nearest part is left out
(:meth:`~vendorsmith.spec.published.owners.Mender.drop`). A code in `_REFUSED`: an error in every document.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final
from urllib.parse import unquote

from jobclients_core.pointers import join, parent, split
from jobclients_core.shapes import json_type

from vendorsmith.diagnostics import Diagnostic
from vendorsmith.spec.check import text
from vendorsmith.spec.operations import STATUS, is_dots
from vendorsmith.spec.published.owners import IGNORED, Mender
from vendorsmith.spec.source_map import JSON
from vendorsmith.spec.wording import show

Rule = Callable[[Mender, str], "str | None"]
"""Mends what is at a pointer, and says in words what was done; "" where that is not worth a warning, None where nothing
can be done."""

_REFUSED: Final = frozenset(("cannot-generate", "missing-version", "too-deep", "too-large", "unsupported-version"))
"""What stops a published document as well."""


def _keep(_: Mender, __: str) -> str:
    """A type is as wide as it is written, or what is wrong decides nothing that is sent."""
    return "it is kept as it is"


def _first_counts(_: Mender, __: str) -> str:
    return "the first counts"


def _remove(mender: Mender, pointer: str) -> str:
    mender.edits.remove(pointer)
    return IGNORED


def _unknown_key(mender: Mender, pointer: str) -> str | None:
    """JSON Schema calls keywords that it does not know annotations, and published documents are full of them."""
    if mender.owner(parent(pointer))[1] == "schema":
        return ""
    return _remove(mender, pointer)


def _enum_type(mender: Mender, pointer: str) -> str | None:
    """Values of another type: null widens the type, others say that the type is not to be relied on."""
    schema = parent(parent(pointer))
    node = mender.at(schema)
    if not isinstance(node, dict):
        return None
    kinds = node["type"] if isinstance(node["type"], list) else [node["type"]]
    values = node["enum"] if isinstance(node["enum"], list) else []
    if mender.at(pointer) is None:
        mender.edits.set(join(schema, "type"), [*kinds, "null"])
        return "null is accepted there"
    mender.edits.remove(join(schema, "enum"))
    written_alike = mender.owner(schema, "parameter")[0] or {"array", "object"} & {text(kind) for kind in kinds}
    if not written_alike or any(json_type(value) in ("array", "object") for value in values):
        mender.edits.remove(join(schema, "type"))
    return "the enum is not read"


def _repeated(mender: Mender, pointer: str) -> str:
    """Each value of the list once."""
    at = parent(pointer)
    values = mender.at(at)
    kept: dict[tuple[str, str], JSON] = {}
    for value in values if isinstance(values, list) else []:
        kept.setdefault((json_type(value), show(value, 10_000)), value)
    mender.edits.set(at, list(kept.values()))
    return "it counts once"


def _reference(mender: Mender, pointer: str) -> str | None:
    """A reference that leads nowhere, or to something else than is expected."""
    owner, kind = mender.owner(pointer)
    match kind:
        case "discriminator":
            return _remove(mender, pointer)
        case "schema":
            return mender.any(owner)
        case "response":
            mender.edits.set(owner, {"description": ""})
            return "the response is not read"
        case "parameter":
            # Whether it is required, or in the path, is not known; what the path needs is put in below.
            mender.edits.remove(owner)
            return "the parameter is left out"
        case "request-body":
            return mender.drop_operations(owner)
        case _:
            return _remove(mender, owner)


def _path(mender: Mender, pointer: str) -> str | None:
    """A fixed query is sent as it is, a fragment never, and a name that occurs twice is filled in twice."""
    path = split(pointer)[1]
    if not path.startswith("/"):
        mender.edits.move(pointer, f"/{path}", mender.at(pointer))
        return f"it is read as /{path}"
    if re.fullmatch(r"([^{}]|\{[^{}]+\})*", path) and not any(is_dots(segment) for segment in path.split("/")):
        return "it is kept as it is"
    return mender.drop_operations(pointer)


def _undeclared_path_parameter(mender: Mender, pointer: str) -> str | None:
    """A placeholder of the path without a parameter: any text."""
    path = split(pointer)[1]
    item = mender.at(join("/paths", path))
    if not isinstance(item, dict) or "$ref" in item:
        return mender.drop_operations(pointer)
    listed = item.get("parameters")
    own = listed if isinstance(listed, list) else []
    names = {text(parameter.get("name")) for parameter in own if isinstance(parameter, dict)}
    new: list[JSON] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in dict.fromkeys(re.findall(r"\{([^{}]+)\}", path))
        if name not in names and not mender.declares(pointer, name)
    ]
    mender.edits.set(join("/paths", path, "parameters"), [*own, *new])
    return "it is taken to be text"


def _missing_schema(mender: Mender, pointer: str) -> str | None:
    return mender.any(join(pointer, "schema"))


def _default(mender: Mender, pointer: str) -> str:
    """A default that the enum does not list; that of a server is what calls go to."""
    owner, kind = mender.owner(pointer)
    mender.edits.remove(join(owner, "enum") if kind == "server-variable" else pointer)
    return "the enum is not read" if kind == "server-variable" else IGNORED


def _optional_path_parameter(mender: Mender, pointer: str) -> str:
    mender.edits.set(join(pointer, "required"), True)
    return "it is taken to be required"


def _operation_id(mender: Mender, pointer: str) -> str | None:
    """A name made of method and path, which no other operation has."""
    operation = mender.owner(pointer, "operation")[0]
    tokens = split(operation)
    if tokens[:1] != ("paths",):
        return mender.drop_operations(operation)
    words = re.findall(r"\{[^{}]*\}|[^/{}]+", tokens[1])
    named = "_".join(f"by_{word[1:-1]}" if word.startswith("{") else unquote(word) for word in words)
    name = f"{tokens[2]}_{named}"
    if name == text(mender.at(join(operation, "operationId"))):
        return mender.drop_operations(operation)
    mender.edits.set(join(operation, "operationId"), name)
    return f"it is called {name}"


def _repeated_operation_id(mender: Mender, pointer: str) -> str | None:
    """Another operation's name, or one operation that several paths refer to, each of which gets its own."""
    if mender.spread(mender.owner(pointer, "path-item")[0]):
        return "each path has its own"
    return _operation_id(mender, pointer)


def _bad_status(mender: Mender, pointer: str) -> str:
    """A class of statuses in other letters, or nothing that a status could be."""
    *_, status = split(pointer)
    meant = next((form for form in (status.strip().upper(), status.strip().lower()) if STATUS.fullmatch(form)), None)
    responses = mender.at(parent(pointer))
    if meant is not None and isinstance(responses, dict) and meant not in responses:
        mender.edits.move(pointer, meant, mender.at(pointer))
        return f"it is read as {meant}"
    mender.edits.remove(pointer)
    return "the response is not read"


def _no_success(mender: Mender, pointer: str) -> str:
    """An operation that documents no success may still have one, without anything to be read in it."""
    operation = mender.owner(pointer, "operation")[0]
    at = join(operation, "responses")
    responses = mender.at(at)
    success: JSON = {"description": ""}
    mender.edits.set(at, {**(responses if isinstance(responses, dict) else {}), "2XX": success})
    return "a success has no content"


def _server_url(mender: Mender, pointer: str) -> str | None:
    """An address without a scheme is one of https; without any that requests could go to, callers have to say one."""
    url = text(mender.at(pointer))
    if url.startswith("//") and len(url) > 2:
        mender.edits.set(pointer, f"https:{url}")
        return "https is taken"
    server = mender.owner(pointer, "server")[0]
    if mender.owner(pointer, "operation", "path-item")[0]:
        return mender.drop_operations(pointer)
    mender.edits.remove(server)
    return "callers say the address"


def _undeclared_variable(mender: Mender, pointer: str) -> str | None:
    """A part of the address that is not described: callers say it."""
    server = mender.owner(pointer, "server")[0]
    node = mender.at(server)
    if not isinstance(node, dict) or mender.owner(pointer, "operation", "path-item")[0]:
        return mender.drop(pointer)
    known = node.get("variables")
    variables = dict(known) if isinstance(known, dict) else {}
    for name in re.findall(r"\{([^{}]*)\}", text(node.get("url"))):
        variables.setdefault(name, {"default": name, "x-placeholder": True})
    mender.edits.set(join(server, "variables"), variables)
    return "callers say it"


def _unsupported_security(mender: Mender, pointer: str) -> str:
    mender.edits.set(pointer, [])
    return "it is called without credentials"


def _token_url(mender: Mender, pointer: str) -> str:
    """A grant that cannot be run: callers bring a token."""
    mender.edits.remove(mender.owner(pointer, "oauth-flow")[0])
    return "callers bring a token"


def _name(mender: Mender, pointer: str) -> str | None:
    """A name that Python cannot have, or that another has."""
    owner, kind = mender.owner(pointer)
    match kind:
        case "operation":
            return _operation_id(mender, pointer)
        case "schema" if split(parent(owner))[-1:] == ("properties",):
            mender.edits.remove(owner)
            return "the property is read as any other that is not documented"
        case "schema" if (name := mender.free_name(owner)) is not None:
            mender.edits.set(join(owner, "x-python-name"), name)
            return f"it is called {name}"
        case _:
            return mender.drop(pointer)


_OF_FILES: Final[dict[str, Rule]] = {
    "bad-version": _keep,
    "duplicate-key": _first_counts,
}

_RULES: Final[dict[str, Rule]] = {
    "unknown-key": _unknown_key,
    # What values are: wider, where it is not clear.
    "enum-type": _enum_type,
    "empty-enum": _remove,
    "repeated-value": _repeated,
    "default-not-in-enum": _default,
    "bad-example": _keep,
    "bad-default": _keep,
    "unsupported-parameter": _keep,  # whoever gives such a value is told then
    "unsupported-key": _remove,
    "missing-content-media-type": _remove,
    "ref-not-found": _reference,
    "ref-outside": _reference,
    "ref-file": _reference,
    "ref-bad-pointer": _reference,
    "ref-wrong-kind": _reference,
    "ref-cycle": _reference,
    "ref-chain": _keep,
    # What is sent.
    "bad-path": _path,
    "undeclared-path-parameter": _undeclared_path_parameter,
    "unused-path-parameter": _remove,
    "optional-path-parameter": _optional_path_parameter,
    "missing-schema": _missing_schema,
    "duplicate-parameter": _remove,
    "same-path": _keep,
    "bad-server-url": _server_url,
    "undeclared-variable": _undeclared_variable,
    "unused-variable": _remove,
    "unsupported-security": _unsupported_security,
    "unknown-scheme": _keep,
    "bad-token-url": _token_url,
    # What comes back.
    "no-responses": _no_success,
    "no-success-response": _no_success,
    "bad-status": _bad_status,
    # What things are called.
    "missing-operation-id": _operation_id,
    "duplicate-operation-id": _repeated_operation_id,
    "duplicate-name": _name,
    "name-cannot-be-spelt": _name,
    "name-cannot-be-used": _name,
    "bad-name": _keep,
    "no-operations": _keep,
}


def rule_for(diagnostic: Diagnostic, *, checked: bool) -> Rule | None:
    """Return what is done about a mistake in a published document; None where nothing is.

    Args:
        diagnostic: what is wrong.
        checked: whether a check found it, rather than the reading of files.
    """
    code, place = diagnostic.code, diagnostic.place
    if diagnostic.severity != "error" or place is None or code in _REFUSED:
        return None
    if not checked:
        return _OF_FILES.get(code)
    return _RULES.get(code, _reference if split(place.subject)[-1:] == ("$ref",) else Mender.drop)
