"""Writes test cases of responses: documented examples, each with one change, and statuses without example."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from jobclients_contract.schema_model.conditions import compared_values, conditions_in, place_of
from jobclients_contract.schema_model.document import DocumentedResponse, Operation, listed, objects
from jobclients_contract.schema_model.expected_errors import expected_error, status_of
from jobclients_contract.schema_model.jobtypes import agreed
from jobclients_contract.schema_model.media_types import is_json
from jobclients_contract.schema_model.places import Reply, filled, short, without
from jobclients_contract.schema_model.pointers import Missing, find, put, split, texts
from jobclients_contract.schema_model.values import Json

from vendorsmith.suite_line import Line, given, line
from vendorsmith.testcases.context import SuiteContext

_BODY: Final = "$response.body#"


def response_lines(context: SuiteContext, operation: Operation) -> Iterator[Line]:
    """What an operation returns and raises."""
    yield from _documented(context, operation)
    yield from _broken(context, operation)
    yield from _refused(context, operation)
    yield from _statuses(context, operation)


def _documented(context: SuiteContext, operation: Operation) -> Iterator[Line]:
    method = context.method(operation)
    for response in operation.responses:
        status = status_of(operation, response.status)
        if status is None:
            continue
        if not response.content.examples and response.success:
            yield _without_example(context, operation, response, status)
        headers = _headers(operation, response)
        for name, body in response.content.examples.items():
            begun = line("response", method, status, name, **given(headers=headers))
            yield _said(context, operation, response, begun, _reply(response, status, body, headers))


def _said(context: SuiteContext, operation: Operation, response: DocumentedResponse, begun: Line, reply: Reply) -> Line:
    refused = expected_error(context.errors, operation, reply)
    if refused is None:
        return begun.then("returns", _kind(context, operation, response), *_headers(operation, response))
    message = [refused.message] if refused.message is not None else []
    return begun.then("raises", refused.kind, *message, **given(code=refused.code, request_id=refused.request_id))


def _reply(response: DocumentedResponse, status: int, body: Json, headers: Mapping[str, str]) -> Reply:
    if isinstance(body, str) and not is_json(response.content.media_type):
        return Reply(status, body.encode(), headers)
    return Reply.of(status, body, **headers)


def _headers(operation: Operation, response: DocumentedResponse) -> dict[str, str]:
    """Documented header fields that the method returns, made up."""
    framing = ("connection", "content-encoding", "content-length", "content-type", "transfer-encoding")
    returned = operation.with_headers and response.success
    return {name: "made-up" for name in response.headers if returned and name.lower() not in framing}


def _kind(context: SuiteContext, operation: Operation, response: DocumentedResponse) -> str:
    media_type = response.content.media_type
    if not media_type or operation.http == "HEAD":
        return "nothing"
    if is_json(media_type):
        return context.notation.of(response.content.part)
    return "text" if media_type.partition("/")[0].strip().lower() == "text" else "bytes"


def _without_example(context: SuiteContext, operation: Operation, response: DocumentedResponse, status: int) -> Line:
    """A short body, made up."""
    headers, kind = _headers(operation, response), _kind(context, operation, response)
    body: Json = None
    if kind in ("text", "bytes"):
        body = "made-up"
    elif kind != "nothing":
        body = agreed(operation.envelope, context.document.schemas.minimal(response.content.part))
    named = {"body": body} if body is not None else {}
    begun = line("response", context.method(operation), status, **named, **given(headers=headers))
    return begun.then("returns", kind, *headers)


def _broken(context: SuiteContext, operation: Operation) -> Iterator[Line]:
    """A documented success without a property that it has to have."""
    for response in operation.responses:
        status = status_of(operation, response.status)
        for name, body in (
            response.content.examples.items() if response.success and is_json(response.content.media_type) else ()
        ):
            shapes = [shape for shape in context.document.shapes(response.content.part) if shape.properties]
            needed = [key for shape in shapes[:1] for key in shape.properties if key in shape.required]
            reply = Reply.of(status or 200, body)
            if (
                len(shapes) == 1
                and needed
                and isinstance(body, dict)
                and expected_error(context.errors, operation, reply) is None
            ):
                place = f"/{needed[0].replace('~', '~0').replace('/', '~1')}"
                if (
                    expected_error(context.errors, operation, Reply.of(status or 200, without(body, _BODY + place)))
                    is None
                ):
                    begun = line("response", context.method(operation), status, name)
                    yield begun.then("without", place).then("raises", "DecodeError", at=place)
                    return


def _refused(context: SuiteContext, operation: Operation) -> Iterator[Line]:
    """A documented success with each other value of its envelope: one that says no, or yes in another way."""
    for response in operation.responses:
        media_type = response.content.media_type
        status = status_of(operation, response.status) or 200
        bodiless = operation.http == "HEAD" or status in (204, 205)
        if not response.success or bodiless or (media_type and not is_json(media_type)):
            continue
        minimal = (
            agreed(operation.envelope, context.document.schemas.minimal(response.content.part)) if media_type else {}
        )
        name, body = next(iter(response.content.examples.items()), ("", minimal))
        for condition in (item for node in objects(operation.envelope).values() for item in conditions_in(node)):
            place = place_of(condition)
            if not place.startswith(_BODY):
                continue
            told = [filled(body, place, value) for value in compared_values(condition)]
            if not any(_says_no(context, operation, status, changed) for changed in told):
                others = (
                    filled(body, place, value)
                    for value in (*_enum_values_at(context, response, place), "made-up", False, None)
                )
                told += [changed for changed in others if _says_no(context, operation, status, changed)][:1]
            for changed in told:
                taken = context.document.validity.lenient(response.content.part).takes(changed)
                if changed != body and (taken or _says_no(context, operation, status, changed)):
                    begun = _changed(context, operation, (status, name, body), place.removeprefix(_BODY), changed)
                    yield _said(context, operation, response, begun, Reply.of(status, changed))
        return


def _says_no(context: SuiteContext, operation: Operation, status: int, body: Json) -> bool:
    return expected_error(context.errors, operation, Reply.of(status, body)) is not None


def _changed(
    context: SuiteContext, operation: Operation, example: tuple[int, str, Json], pointer: str, changed: Json
) -> Line:
    """A response with another value at one place of its example: by the example's name where that can be said."""
    status, name, body = example
    value = find(changed, pointer)
    if not name or isinstance(value, Missing) or put(body, pointer, value) != changed:  # a list has no such place
        return line("response", context.method(operation), status, body=changed)
    return _but(line("response", context.method(operation), status, name), pointer, value)


def _enum_values_at(context: SuiteContext, response: DocumentedResponse, place: str) -> Iterator[Json]:
    """Documented words for a place of a body, and no where the place is a truth."""
    parts = [response.content.part]
    for step in split(place.removeprefix(_BODY)):
        shapes = [shape for part in parts for shape in context.document.shapes(part)]
        parts = [part for shape in shapes if (part := shape.items if step.isdecimal() else shape.properties.get(step))]
    for shape in (shape for part in parts for shape in context.document.shapes(part)):
        yield from shape.enum_values or ()
        if "boolean" in shape.types:
            yield False


def _but(begun: Line, pointer: str, value: Json) -> Line:
    key = pointer.removeprefix("/")
    return begun.then("but", **{key: value}) if key.isidentifier() else begun.then("but", {pointer: value})


def _statuses(context: SuiteContext, operation: Operation) -> Iterator[Line]:
    """Statuses without an example."""
    classes: dict[int | str, str] = {}
    for response in operation.responses:
        status = status_of(operation, response.status)
        if status is not None and not response.success and not response.content.examples:
            refused = expected_error(context.errors, operation, Reply.of(status, {}))
            named = int(response.status) if response.status.isdecimal() else response.status
            classes[named] = refused.kind if refused is not None else "nothing"
    if classes:
        yield line("statuses", context.method(operation), classes)


def error_lines(context: SuiteContext) -> Iterator[Line]:
    """Where error responses keep what exceptions tell, and the codes that say more than a status."""
    places = {about: tuple(short(place) for place in texts(context.errors.get(about))) for about in
              ("code", "message", "request_id")}  # fmt: skip
    if any(places.values()):
        yield line("errors", **given(**places))
    for rule in map(objects, listed(context.errors.get("rules"))):
        statuses = " ".join(str(status) for status in listed(rule.get("status")))
        named = given(statuses=statuses)
        if "transient" in rule:
            named["transient"] = rule["transient"]
        yield line("codes", str(rule.get("raise")), *map(str, listed(rule.get("code"))), **named)
