"""Checks paths, operations, parameters, responses and servers."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

from jobclients_core.header_fields import PROTOCOL_HEADERS, is_token
from jobclients_core.methods import METHODS
from jobclients_core.pointers import join, parent
from jobclients_core.schema import Part
from jobclients_core.statuses import is_result

from vendorsmith.diagnostics import quote
from vendorsmith.spec.check import Check, entries, text
from vendorsmith.spec.source_map import JSON, Object
from vendorsmith.spec.wording import did_you_mean, listing, meant_or_known

_VARIABLE: Final = re.compile(r"\{([^{}]*)\}")
STATUS: Final = re.compile(r"[1-5](?:[0-9][0-9]|XX)|default")
_STYLES: Final[dict[str, tuple[str, ...]]] = {
    "path": ("simple", "label", "matrix"),
    "query": ("form", "spaceDelimited", "pipeDelimited", "deepObject"),
    "header": ("simple",),
    "cookie": ("form",),
}
HAS_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
"""The beginning of a URL that is not relative."""
IGNORED_HEADERS: Final = PROTOCOL_HEADERS | {"accept", "authorization", "content-type"}
"""Headers that are not parameters: OpenAPI says so of three, and the runtime lets nobody set the others."""


def check_operations(check: Check) -> None:
    """Report what is wrong between the parts of paths and operations."""
    _check_paths(check)
    _check_methods(check)
    ids: dict[str, str] = {}
    for path, operation, pointer in check.operations():
        _check_id(check, operation, pointer, ids)
        item_pointer = parent(pointer)
        item = check.document.at(item_pointer)
        _check_parameters(check, path, item if isinstance(item, dict) else {}, operation, pointer)
        _check_responses(check, operation, pointer)
    if "paths" in check.document.data and not any(True for _ in check.operations()):
        message = "there is no operation in this document, so there is nothing to generate"
        check.error_at_key("no-operations", message, "/paths", "add a path with get, post, put or delete")
    for visit in check.node_kinds.of("server"):
        _check_server(check, visit.node, visit.pointer)


def _check_paths(check: Check) -> None:
    seen: dict[str, str] = {}
    for path, _ in entries(check.document.data.get("paths")):
        if path.startswith("x-"):
            continue
        pointer = join("/paths", path)
        if not path.startswith("/"):
            message = f"the path {quote(path)} does not begin with a slash"
            check.error_at_key("bad-path", message, pointer, f"write {quote('/' + path)}")
        elif "?" in path or "#" in path:
            message = f"the path {quote(path)} holds a ? or #"
            check.error_at_key("bad-path", message, pointer, "what follows the ? are parameters with in: query")
        if any(is_dots(segment) for segment in path.split("/")):
            message = f"the path {quote(path)} has a segment . or .., which on its way becomes another path"
            check.error_at_key("bad-path", message, pointer, "write the path that is meant")
        names = _VARIABLE.findall(path)
        if _stray_brace(path):
            message = f"a brace in the path {quote(path)} has no partner"
            check.error_at_key("bad-path", message, pointer, "a path parameter is written {name}")
        elif "" in names:
            check.error_at_key("bad-path", f"a pair of braces in the path {quote(path)} is empty", pointer)
        for name in dict.fromkeys(name for name in names if names.count(name) > 1):
            message = f"the path {quote(path)} has the parameter {quote(name)} twice"
            check.error_at_key("bad-path", message, pointer, "each needs a name of its own")
        shape = _VARIABLE.sub("{}", path)
        if shape in seen:
            message = f"this path and {quote(seen[shape])} differ in nothing but the names of parameters"
            first = check.say(join("/paths", seen[shape]))
            check.error_at_key("same-path", message, pointer, f"put the operations together (first at {first})")
        else:
            seen[shape] = path


def _check_methods(check: Check) -> None:
    """Report operations of OpenAPI 3.2 whose method no client sends."""
    for _, item, pointer in check.path_items():
        unsent = [("QUERY", join(pointer, "query"))] if "query" in item else []
        more = join(pointer, "additionalOperations")
        unsent += [(method, join(more, method)) for method, _ in entries(item.get("additionalOperations"))]
        for method, at in unsent:
            message = f"the method {quote(method)} is not one of OpenAPI 3.1, and no client sends it"
            check.error_at_key("unsupported-method", message, at, f"supported are {listing(METHODS, 'and')}")


def is_dots(segment: str) -> bool:
    """Return whether a segment of a path leads to another path."""
    return segment.lower().replace("%2e", ".") in {".", ".."}


def _stray_brace(path: str) -> bool:
    return not {"{", "}"}.isdisjoint(_VARIABLE.sub("", path))


def _check_id(check: Check, operation: Object, pointer: str, ids: dict[str, str]) -> None:
    operation_id = operation.get("operationId")
    if operation_id is None:
        message = 'this operation has no "operationId"; it becomes the name of the method'
        check.error_at_key("missing-operation-id", message, pointer, "for example: operationId: get_job")
    elif isinstance(operation_id, str) and operation_id in ids:
        at = join(pointer, "operationId")
        message = f"the operationId {quote(operation_id)} is used twice (first at {check.say(ids[operation_id])})"
        if ids[operation_id] == at:
            message = f"two paths refer to this operation, so {quote(operation_id)} names both"
        check.error("duplicate-operation-id", message, at, "each operation needs its own")
    elif isinstance(operation_id, str):
        ids[operation_id] = join(pointer, "operationId")


def _check_parameters(check: Check, path: str, item: Object, operation: Object, pointer: str) -> None:
    declared: dict[tuple[str, str], Object] = {}
    item_pointer = parent(pointer)
    for owner, owner_pointer in ((item, item_pointer), (operation, pointer)):
        own: dict[tuple[str, str], str] = {}
        for parameter, parameter_pointer, at in check.parameters(owner, owner_pointer):
            name, where = text(parameter.get("name")), text(parameter.get("in"))
            key = (name.lower() if where == "header" else name, where)
            if key in own:
                message = f"the {where} parameter {quote(name)} is declared twice (first at {check.say(own[key])})"
                check.error("duplicate-parameter", message, at, "remove or rename one of them")
            own[key] = at
            declared[key] = parameter
            _check_template(check, path, name, where, at)
            if where == "path" and parameter.get("required") is not True:
                message = f"the path parameter {quote(name)} must be required"
                check.error("optional-path-parameter", message, parameter_pointer, "add: required: true")
    in_path = {name for name, where in declared if where == "path"}
    for name in dict.fromkeys(_VARIABLE.findall(path)):
        if name and name not in in_path:
            message = f"the path has {{{name}}}, and no parameter of that name is declared"
            hint = f"add to parameters: {{name: {name}, in: path, required: true, schema: {{type: string}}}}"
            meant = did_you_mean(name, [other for other in in_path if f"{{{other}}}" not in path])
            check.error_at_key("undeclared-path-parameter", message, pointer, meant or hint)
    _check_exactly_one(check, operation, pointer, declared)


def _check_template(check: Check, path: str, name: str, where: str, at: str) -> None:
    names = _VARIABLE.findall(path)
    if where == "path" and name not in names and not _stray_brace(path):
        message = f"the path parameter {quote(name)} does not occur in the path {quote(path)}"
        hint = did_you_mean(name, names) or f"write {{{name}}} where it belongs in the path, or remove it"
        check.error("unused-path-parameter", message, at, hint)


def _check_exactly_one(check: Check, operation: Object, pointer: str, declared: dict[tuple[str, str], Object]) -> None:
    groups = operation.get("x-exactly-one-of")
    by_name = {text(parameter.get("name")): parameter for parameter in declared.values()}
    for number, group in enumerate(groups if isinstance(groups, list) else []):
        for index, name in enumerate(group if isinstance(group, list) else []):
            if not isinstance(name, str):
                continue
            at = join(pointer, "x-exactly-one-of", number, index)
            if [known for known, _ in declared].count(name) > 1:
                message = f"this operation has more than one parameter {quote(name)}, so it is not known which is meant"
                check.error("ambiguous-parameter", message, at, "an alternative needs a name that is its alone")
            elif name not in by_name:
                message = f"this operation has no parameter {quote(name)}"
                hint = meant_or_known(name, list(by_name), "its parameters")
                check.error("unknown-parameter", message, at, hint)
            elif by_name[name].get("required") is True:
                message = f"the parameter {quote(name)} is required, so it is not an alternative to others"
                check.error("required-alternative", message, at, "remove its required: true")


def check_parameter_objects(check: Check) -> None:
    """Report parameters and headers that say nothing, or too much, about their value."""
    for visit in check.node_kinds.of("parameter", "header"):
        node, name = visit.node, text(visit.node.get("name"))
        both = [key for key in ("schema", "content") if key in node]
        noun = f"the {visit.kind} {quote(name)}" if name else f"this {visit.kind}"
        if not both:
            message = f'{noun} has no "schema"'
            check.error_at_key("missing-schema", message, visit.pointer, "for example: schema: {type: string}")
        elif len(both) == 2:
            message = f'{noun} has both "schema" and "content"'
            check.error_at_key("conflicting-keys", message, join(visit.pointer, "content"), "keep one of them")
        if node.get("in") == "header" and name.lower() in IGNORED_HEADERS:
            message = f"the header {quote(name)} is not a parameter: the client sets it itself"
            hint = "it follows from security and media types; remove the parameter"
            check.warn("ignored-parameter", message, join(visit.pointer, "name"), hint)
        if visit.kind == "parameter":
            _check_on_the_wire(check, node, name, visit.pointer)
            _check_nesting(check, Part(node.get("schema"), join(visit.pointer, "schema")), name)


def _check_on_the_wire(check: Check, node: Object, name: str, pointer: str) -> None:
    """Report a style that its place does not have or that no client writes, and a name that HTTP does not allow."""
    location, style = text(node.get("in")), node.get("style")
    written = _STYLES.get(location, ())
    if isinstance(style, str) and written and style not in written:
        message = f"the style {quote(style)} is not written for a {location} parameter"
        check.error("unsupported-style", message, join(pointer, "style"), f"write {listing(written)}")
    if location in {"header", "cookie"} and not is_token(name):
        message = f"{quote(name)} cannot be the name of a {location}"
        hint = "letters, digits and any of !#$%&'*+-.^_`|~ without spaces"
        check.error("bad-parameter-name", message, join(pointer, "name"), hint)


def _check_nesting(check: Check, part: Part, name: str) -> None:
    """Report a parameter whose value, lists or objects in one another or maybe a list, no style has a form for."""
    views = check.schemas.shapes((part,))
    kinds = {kind for view in views for kind in view.types} - {"null"}
    if "array" in kinds and len(kinds) > 1:
        message = f"the parameter {quote(name)} may be a list or something else"
        hint = "describe one of them, or a parameter of each kind"
        check.error("unsupported-parameter", message, part.spec, hint)
        return
    if kinds == {"array"}:
        inner = [check.schemas.types(view.items) for view in views]
    elif kinds == {"object"}:
        inner = [check.schemas.types(parts) for view in views for parts in view.properties.values()]
    else:
        return
    for types in (set(each) - {"null"} for each in inner):
        if types and types <= {"array", "object"}:
            outer, held = kinds.pop(), "lists" if "array" in types else "objects"
            message = f"the parameter {quote(name)} is {'a list' if outer == 'array' else 'an object'} of {held}"
            hint = "a parameter is a value, a list of values, or an object of values"
            check.error("nested-parameter", message, part.spec, hint)
            return


def _check_responses(check: Check, operation: Object, pointer: str) -> None:
    responses = operation.get("responses")
    at = join(pointer, "responses")
    if responses is None or responses == {}:
        message = "this operation has no responses, so nothing is known of its responses"
        hint = 'at least: responses: {"200": {description: ...}}'
        check.error_at_key("no-responses", message, at if "responses" in operation else pointer, hint)
        return
    statuses = [status for status, _ in entries(responses) if not status.startswith("x-")]
    for status in statuses:
        if not STATUS.fullmatch(status):
            message = f"{quote(status)} is not a status"
            hint = "a status is a number such as 200, a class such as 4XX, or default"
            if STATUS.fullmatch(status.upper()) or STATUS.fullmatch(status.lower()):
                hint = f"write {quote(status.lower() if status.lower() == 'default' else status.upper())}"
            check.error_at_key("bad-status", message, join(at, status), hint)
    if isinstance(responses, dict) and not any(is_result(status, statuses) for status in statuses):
        message = "no response of success is described: there is neither a 2XX status nor default"
        check.error_at_key("no-success-response", message, at, 'add a response "200" or the like')


def _check_server(check: Check, server: Object, pointer: str) -> None:
    url = server.get("url")
    if not isinstance(url, str):
        return
    variables = server.get("variables")
    declared: Object = variables if isinstance(variables, dict) else {}
    used = _VARIABLE.findall(url)
    at = join(pointer, "url")
    for name in dict.fromkeys(used):
        if name not in declared:
            message = f"the server address has {{{name}}}, and no variable of that name is declared"
            hint = did_you_mean(name, declared) or f"add: variables: {{{name}: {{default: ...}}}}"
            check.error("undeclared-variable", message, at, hint)
    for name, variable in declared.items():
        if name not in used:
            message = f"the variable {quote(name)} does not occur in the server address"
            check.error_at_key("unused-variable", message, join(pointer, "variables", name))
        if isinstance(variable, dict):
            _check_variable(check, variable, join(pointer, "variables", name))
    filled = _VARIABLE.sub(lambda match: _default(declared.get(match[1])), url)
    if url.startswith("{") and not filled.startswith(("https://", "http://")):
        return  # what begins the address has to be given
    if check.reviewed and url.startswith("/") and not url.startswith("//"):
        return
    if not check.reviewed and not HAS_SCHEME.match(url) and not url.startswith(("//", "{")):
        message = f"the server {quote(url)} is relative to the place of this document, which is not known"
        check.warn("relative-server", message, at, f"clients are given a base_url, as https://host/{url.strip('/')}")
        return
    _check_address(check, f"https:{filled}" if url.startswith("//") and not check.reviewed else filled, at)


def _check_variable(check: Check, variable: Object, pointer: str) -> None:
    allowed, default = variable.get("enum"), variable.get("default")
    if isinstance(allowed, list) and allowed and isinstance(default, str) and default not in allowed:
        words = [word for word in allowed if isinstance(word, str)]
        message = f"the default {quote(default)} is none of the values in enum"
        check.error("default-not-in-enum", message, join(pointer, "default"), f"use {listing(words)}")


def _default(variable: JSON) -> str:
    return text(variable.get("default")) if isinstance(variable, dict) else ""


def _check_address(check: Check, url: str, at: str) -> None:
    """Report an address that no request could be sent to."""
    example = "for example: https://api.example.com"
    try:
        parts = urlsplit(url)
        bad_port = parts.port == 0
    except ValueError:
        check.error("bad-server-url", "this is not the address of a server", at, example)
        return
    if parts.scheme not in {"http", "https"}:
        check.error("bad-server-url", "the address of a server begins with https:// or http://", at, f"{example}/v1")
    elif "@" in parts.netloc:
        check.error("bad-server-url", "a server address must not hold a user or password", at, "use securitySchemes")
    elif parts.query or parts.fragment or "?" in url or "#" in url:
        check.error("bad-server-url", "a server address must not hold a ? or #", at, "remove what begins there")
    elif not parts.hostname or bad_port or any(char.isspace() for char in url):
        check.error("bad-server-url", "this is not the address of a server", at, example)
