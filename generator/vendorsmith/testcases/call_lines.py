"""Writes test cases of requests; a library for RFC 6570, which the clients do not use, writes the targets."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Final

from jobclients_contract.schema_model.document import IDEMPOTENT, Operation, objects
from jobclients_contract.schema_model.entries import WHOLE, Entry
from jobclients_contract.schema_model.pointers import MISSING, Missing
from jobclients_contract.schema_model.styles import style_of
from jobclients_contract.schema_model.values import Json

from vendorsmith.suite_line import Line, Timestamp, given, line
from vendorsmith.testcases import wire
from vendorsmith.testcases.context import Argument, SuiteContext, shown

_AWKWARD: Final = {
    "path": "a b/c%41\u00fc",
    "query": "a b&c=d+e#%41",
    "header": "a, b=c;d",
    "cookie": "a b;c=d",
}
"""Texts with what means something at their place, and with what looks as if it were encoded already."""
_TIMESTAMP: Final = "2018-09-28T20:44:56+02:00"
_TIMESTAMPS: Final[Mapping[str, Json]] = {
    "rfc3339": "2018-09-28T18:44:56Z",
    "unix-ms": 1538160296000,
    "unix-s": 1538160296,
}

Arguments = Mapping[str, Json]


def arguments_line(context: SuiteContext, operation: Operation) -> Line:
    """What a method takes."""
    entries: list[str] = []
    for item in context.arguments(operation):
        client = item.parameter is not None and item.parameter.client
        optional = not item.required or client or any(item.wire in group for group in operation.exactly_one)
        entries.append(str(Entry(item.name, item.wire, optional, context.notation.of(item.part))))
    method, names = context.method(operation), {item.wire: item.name for item in context.arguments(operation)}
    groups = tuple(" ".join(names[wire] for wire in group) for group in operation.exactly_one)
    security = " | ".join(" + ".join(alternative) or "-" for alternative in operation.security)
    named = given(
        operation=operation.id if operation.id != method else None,
        exactly_one=groups[0] if len(groups) == 1 else groups,
        security=security,
    )
    if operation.repeatable is not (operation.http in IDEMPOTENT):
        named["repeats"] = operation.repeatable
    return line("arguments", method, *entries, **named)


def refused_line(context: SuiteContext, operation: Operation) -> Line:
    """The least call of an operation that no credential of the client authorizes."""
    calls = _Calls(context, operation)
    return Line(calls.line(*calls.minimal()).steps[:1]).then("lacks", "auth")


def call_lines(context: SuiteContext, operation: Operation) -> Iterator[Line]:
    """Printed requests, documented exchanges, the least and the fullest call, and texts that have to be encoded."""
    seen: list[object] = []
    for name, node in objects(operation.node.get("x-request-samples")).items():
        printed = str(objects(node).get("request"))
        seen.append((printed, json.dumps(objects(node).get("body"))))
        yield line("sample", context.method(operation), name).then("sends", printed)
    calls = _Calls(context, operation)
    for example, arguments in calls.chosen():
        found = calls.line(example, arguments)
        request = (str(found.steps[1].values[0]), json.dumps(calls.shown(example)))
        if request not in seen or any(isinstance(value, Timestamp) for value in found.steps[0].named.values()):
            seen.append(request)
            yield found


def request_of(context: SuiteContext, operation: Operation, arguments: Mapping[str, object]) -> tuple[object, ...]:
    """The request of a call: its line, and its body where it has one."""
    return _Calls(context, operation).line("", arguments).steps[1].values


class _Calls:
    """The calls of an operation.

    Args:
        context: of the vendor.
        operation: the operation.
    """

    def __init__(self, context: SuiteContext, operation: Operation) -> None:
        self._context = context
        self._operation = operation
        self._arguments = {item.name: item for item in context.arguments(operation)}
        self._plain = [item for item in self._arguments.values() if item.parameter is not None]
        self._fields = [item for item in self._arguments.values() if item.parameter is None]

    def shown(self, example: str) -> Json:
        """The body of an example; None for none."""
        return self._operation.body.examples.get(example)

    def chosen(self) -> Iterator[tuple[str, dict[str, object]]]:
        """Names of examples, each with further arguments."""
        names = [name for item in self._plain if item.parameter for name in item.parameter.examples]
        for name in dict.fromkeys([*self._operation.body.examples, *names]):
            yield self._completed(name, self._shown_by(name))
        yield self.minimal()
        yield from self._full()
        texts: dict[str, object] = {
            item.name: _AWKWARD[item.parameter.location]
            for item in self._plain
            if self._is_text(item) and not self._rival(item, set()) and item.parameter and not item.parameter.client
        }
        if texts:
            yield self._completed("", texts)

    def minimal(self) -> tuple[str, dict[str, object]]:
        """The call with the fewest arguments."""
        return self._completed("", {})

    def _shown_by(self, example: str) -> dict[str, object]:
        """The values that parameters have in an example; of those of which exactly one is given, the first."""
        values = {
            item.wire: (item, item.parameter.examples[example])
            for item in self._plain
            if item.parameter is not None and example in item.parameter.examples
        }
        chosen = {next(filter(values.__contains__, group), "") for group in self._operation.exactly_one}
        return {item.name: value for item, value in values.values() if not self._rival(item, chosen)}

    def _full(self) -> Iterator[tuple[str, dict[str, object]]]:
        """Every argument once: for each of those of which exactly one is given, a call."""
        groups = self._operation.exactly_one
        for chosen in groups[0] if groups else ("",):
            values: dict[str, object] = {}
            for item in self._plain:
                if not self._rival(item, {chosen}):
                    values[item.name] = self._fullest(item)
            shown_fields = {key for body in self._operation.body.examples.values() for key in objects(body)}
            if any(item.wire not in shown_fields for item in self._fields if item.wire != WHOLE or not shown_fields):
                values |= {item.name: self._fullest(item) for item in self._fields if not self._rival(item, {chosen})}
            yield self._completed("", values)

    def _rival(self, item: Argument, chosen: set[str]) -> bool:
        """Whether another argument of a group is given instead."""
        groups = [group for group in self._operation.exactly_one if item.wire in group]
        return any(item.wire != next((name for name in group if name in chosen), group[0]) for group in groups)

    def _is_text(self, item: Argument) -> bool:
        schema = objects(item.part.schema)
        plain = schema.get("type") == "string" and not schema.keys() & {"enum", "const", "format", "pattern"}
        return plain and "x-time-format" not in schema and item.parameter is not None

    def _fullest(self, item: Argument) -> object:
        """A documented value, or one that shows how several are joined; a timestamp for a parameter that is a time."""
        form = str(objects(item.part.schema).get("x-time-format", ""))
        if item.parameter is not None and form in _TIMESTAMPS and form != "rfc3339":
            return Timestamp(_TIMESTAMP)
        example = shown(item.parameter.examples) if item.parameter is not None else MISSING
        if not isinstance(example, Missing):
            return example
        shapes = self._context.document.shapes(item.part)
        for shape in shapes:
            if shape.items is not None:
                inner = [word for one in self._context.document.shapes(shape.items) for word in one.enum_values or ()]
                one = self._context.document.some(shape.items)
                return inner[:2] if len(inner) > 1 else [one, one]
        return self._context.document.some(item.part)

    def _completed(self, example: str, values: dict[str, object]) -> tuple[str, dict[str, object]]:
        """A call with what else it needs."""
        body = self._operation.body
        if not example and any(item.name in values for item in self._fields):
            pass  # a body of its own
        elif example not in body.examples:
            example = next(iter(body.examples), "") if body.required else ""
        first = {group[0] for group in self._operation.exactly_one}
        wires = {self._arguments[name].wire for name in values}
        groups = [group for group in self._operation.exactly_one if wires & set(group)]
        for item in self._arguments.values():
            client = item.parameter is not None and item.parameter.client
            if item.name in values or client or (item.parameter is None and example):
                continue
            if (item.required or item.wire in first) and not any(item.wire in group for group in groups):
                documented = (
                    shown(item.parameter.examples)
                    if item.parameter is not None
                    else self._context.document.some(item.part)
                )
                values[item.name] = (
                    self._context.document.some(item.part) if isinstance(documented, Missing) else documented
                )
        order = list(self._arguments)
        return example, dict(sorted(values.items(), key=lambda entry: order.index(entry[0])))

    def line(self, example: str, arguments: Mapping[str, object]) -> Line:
        """A call and its request."""
        method, operation = self._context.method(self._operation), self._operation
        request = [f"{operation.http} {self._target(arguments)}", *self._body(example, arguments)]
        headers = wire.headers(self._given(arguments))
        named = given(headers=headers, anonymous=None if operation.security else True)
        called = line("call", method, *([example] if example else []), **arguments)
        return called.then("sends", *request, **named if self._context.document.schemes else given(headers=headers))

    def _given(self, arguments: Mapping[str, object]) -> wire.Given:
        values = {**self._context.options, **arguments}
        return [
            (style_of(item.parameter.node), _travelling(item, values[item.name]))
            for item in self._plain
            if item.parameter is not None and item.name in values
        ]

    def _target(self, arguments: Mapping[str, object]) -> str:
        carried = self._context.carried(self._operation)
        return wire.target(self._operation.path, self._given(arguments), [p for item in carried for p in item.query])

    def _body(self, example: str, arguments: Mapping[str, object]) -> Iterator[object]:
        """The body where it is not the example as JSON."""
        body = self._operation.body
        essence = body.media_type.partition(";")[0].strip()
        fields = {item.wire: arguments[item.name] for item in self._fields if item.name in arguments}
        value: object = self.shown(example) if example else fields
        if "*" in fields:
            value = fields["*"]
        if not body.media_type or (not example and not fields and not body.required):
            return
        if essence == "application/x-www-form-urlencoded":
            yield wire.body(essence, value)  # type: ignore[arg-type]
        elif essence == "multipart/form-data":
            yield wire.parts(value)  # type: ignore[arg-type]
        elif not example:
            yield value


def _travelling(item: Argument, value: object) -> Json:
    if isinstance(value, Timestamp):
        return _TIMESTAMPS[str(objects(item.part.schema)["x-time-format"])]
    return value  # type: ignore[return-value]
