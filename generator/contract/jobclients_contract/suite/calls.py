"""Test cases of requests: the arguments of a method, and the request that a call sends."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any, Final, cast, get_args

from jobclients_contract.failure import agree, expect, refuse
from jobclients_contract.harness.loopback import scripted
from jobclients_contract.schema_model.document import IDEMPOTENT, objects
from jobclients_contract.schema_model.entries import Entry
from jobclients_contract.schema_model.media_types import is_json
from jobclients_contract.schema_model.notation import Notation
from jobclients_contract.schema_model.pointers import MISSING, escaped
from jobclients_contract.schema_model.values import Json
from jobclients_contract.suite.arriving import Expected, arrived, read_back
from jobclients_contract.suite.case import Case, spoken
from jobclients_contract.suite.names import Arguments
from jobclients_contract.suite.running import Run


@dataclass(frozen=True, kw_only=True)
class ArgumentsCase(Case):
    """What a method takes: ``arguments("get_job", "id?: int64", "name?", exactly_one="id name", security="token")``.

    Attributes:
        operation: the ``operationId``.
        entries: the arguments, in the order of path, query, header, cookie and body.
        exactly_one: groups of arguments of which exactly one is given.
        security: alternatives of scheme names; none for a call without credentials.
        repeats: whether a call that failed for a while is sent again; None where its HTTP method says it.
    """

    operation: str
    entries: tuple[Entry, ...]
    exactly_one: tuple[tuple[str, ...], ...]
    security: tuple[tuple[str, ...], ...]
    repeats: bool | None

    def hold(self, run: Run) -> None:
        """The signature has these arguments, and the document says the same of them."""
        arguments = run.arguments(self.about)
        parameters = inspect.signature(getattr(run.clients.classes[run.mode], self.about)).parameters
        taken = {
            name: parameter.default is not inspect.Parameter.empty
            for name, parameter in parameters.items()
            if name != "self"
        }
        expect(
            {entry.name: entry.optional for entry in self.entries}, taken, "what the method takes, and may do without"
        )
        operation, notation = arguments.operation, Notation(run.document.schemas, run.naming.classes)
        documented: list[str] = []
        for item in arguments.listed:
            required = item.required and not (item.parameter is not None and item.parameter.client)
            optional = not required or any(item.entry.wire in group for group in operation.exactly_one)
            documented.append(str(Entry(item.entry.name, item.entry.wire, optional, notation.of(item.part))))
        agree(documented, [str(entry) for entry in self.entries], "arguments")
        known = {(item.location, item.entry.wire) for item in arguments.listed}
        missing = [item.wire for item in operation.parameters if (item.location, item.wire) not in known]
        expect([], missing, "documented parameters that the line does not have")
        self._fields(run, arguments)
        wires = {item.entry.name: item.entry.wire for item in arguments.listed}
        groups = tuple(tuple(wires.get(name, name) for name in group) for group in self.exactly_one)
        agree(operation.exactly_one, groups, "groups of arguments of which exactly one is given")
        agree(operation.security, self.security, "credentials")
        if not run.authorized(self.about):
            return  # another line says that nothing is sent
        self._repeated(run)
        self._needed(run, arguments)
        for group in self.exactly_one:
            for given in ((), group[:2]):
                self._refused(run, group, given)

    def _fields(self, run: Run, arguments: Arguments) -> None:
        """An object that is the body has each of its properties as an argument, unless their names are taken."""
        body = arguments.operation.body
        shapes = run.document.shapes(body.part) if body.media_type else ()
        properties = {name for shape in shapes for name in shape.properties}
        plain = len(shapes) == 1 and set(shapes[0].types) <= {"object"} and shapes[0].enum_values is None
        taken = {item.entry.name for item in arguments.listed if item.parameter is not None} | {"self", "cls"}
        free = not {_bare(name) for name in properties} & {_bare(name) for name in taken}
        if arguments.fields or (plain and properties and free):
            expect(properties, set(arguments.fields), "properties of the body that are arguments")

    def _repeated(self, run: Run) -> None:
        """A call that fails for a while is sent again, or is not."""
        by_method = run.operation(self.about).http in IDEMPOTENT
        repeats = by_method if self.repeats is None else self.repeats
        agree(run.operation(self.about).repeatable, repeats, "whether the call may be repeated")
        options = {"retries": 1, "clock": run.clients.still.given}
        called = run.call(self.about, run.minimal(self.about), scripted({}, 503), http=options)
        expect(2 if repeats else 1, len(called.requests), "requests where the vendor is not available")

    def _needed(self, run: Run, arguments: Arguments) -> None:
        """None is sent only where the document lets it: as a field it is left out, for a parameter it is refused."""
        minimal, validity = run.minimal(self.about), run.document.validity
        unfit = [item for item in arguments.listed if not validity.lenient(item.part).takes(None)]
        fields = [item.entry for item in unfit if item.parameter is None and item.entry.optional]
        absent: dict[str, Json] = dict.fromkeys((entry.name for entry in fields), None)
        if absent and is_json(arguments.operation.body.media_type):
            called = run.call(self.about, minimal | absent)
            sent: dict[str, Json] = json.loads(called.requests[0].body or b"{}") if called.requests else {}
            found = [entry.wire for entry in fields if sent.get(entry.wire, MISSING) is None]
            expect([], found, "fields that are None and were sent")
        for item in unfit:
            if item.parameter is not None and item.required and not item.parameter.client:
                called = run.call(self.about, minimal | {item.entry.name: None})
                if called.requests or not isinstance(called.error, run.error("InvalidArgument")):
                    refuse(f"a call with None for {item.entry.name}", "InvalidArgument", repr(called.error))

    def _refused(self, run: Run, group: Sequence[str], given: Sequence[str]) -> None:
        """Nothing is sent of a call with none or with two of a group."""
        others = {name: value for name, value in run.minimal(self.about).items() if name not in group}
        called = run.call(self.about, others | dict.fromkeys(given, "1"))
        if called.requests or not isinstance(called.error, run.error("InvalidArgument")):
            refuse(f"a call with {' and '.join(given) or 'none'} of the group", "InvalidArgument", repr(called.error))


def arguments(
    method: str,
    /,
    *entries: str,
    operation: str = "",
    exactly_one: str | tuple[str, ...] = (),
    security: str = "",
    repeats: bool | None = None,
) -> ArgumentsCase:
    """What a method takes.

    Args:
        method: its name.
        *entries: ``python?=wire: type`` for each argument; what is as usual is left out.
        operation: the ``operationId``, where it is not the method's name.
        exactly_one: names of which exactly one is given, or several such groups.
        security: schemes, ``+`` between those that go together, ``|`` between alternatives; ``-`` is none at all.
        repeats: whether a call that failed for a while is sent again, where its HTTP method says something else.
    """
    groups = (exactly_one,) if isinstance(exactly_one, str) else exactly_one
    options = {"operation": operation, "exactly_one": exactly_one, "security": security}
    text = spoken("arguments", method, *entries, **{name: value for name, value in options.items() if value})
    return ArgumentsCase(
        source=text if repeats is None else f"{text[:-1]}, repeats={repeats})",
        about=method,
        operation=operation or method,
        entries=tuple(map(Entry.read, entries)),
        exactly_one=tuple(tuple(group.split()) for group in groups),
        security=tuple(() if names == "-" else tuple(names.split(" + ")) for names in security.split(" | ") if names),
        repeats=repeats,
    )


class _Here(Enum):
    BODY = "the example"


EXAMPLE: Final = _Here.BODY
"""The body is the example that the call names, as JSON."""


@dataclass(frozen=True, kw_only=True)
class CallCase(Case):
    """A call, and the request that arrives.

    Attributes:
        example: name of the documented body that is given; empty for none.
        given: other arguments by Python name, as JSON; timestamps as such.
        line: HTTP method and raw target.
        headers: fields that come of its arguments, by name in lower case.
        body: JSON, the text of a form, or the parts of one; the example's where it is `EXAMPLE`; None for none.
        anonymous: whether it carries no credential.
    """

    example: str
    given: Mapping[str, Any]
    line: str
    headers: Mapping[str, str]
    body: Json | tuple[tuple[str, Json], ...] | _Here
    anonymous: bool

    def hold(self, run: Run) -> None:
        """The call sends one request: this one."""
        operation = run.operation(self.about)
        shown: Json = None
        given = dict(self.given)
        if self.example:
            if self.example not in operation.body.examples:
                refuse("no such example of the body", f"one of {sorted(operation.body.examples)}", self.example)
            shown = operation.body.examples[self.example]
            given |= cast("dict[str, Any]", run.arguments(self.about).of_body(shown))
            if run.arguments(self.about).fields:
                shown = {key: value for key, value in objects(shown).items() if key in run.arguments(self.about).fields}
        carried = () if self.anonymous else run.carried(self.about)[1]
        if not self.anonymous and not carried and run.credentials:
            refuse("the document asks for no credential that the suite has", "anonymous=True", "a credential")
        expected = Expected(
            self.line, self.headers, shown if self.body is EXAMPLE else cast("Json", self.body), carried
        )
        for spelt in _variants(run, self.about, given):
            request = arrived(run, operation, run.call(self.about, spelt), expected)
            read_back(run, self.about, request, given)


@dataclass(frozen=True, kw_only=True)
class LacksCase(Case):
    """A call that is refused before anything is sent: ``call("get_other").lacks("auth")``.

    Attributes:
        example: name of the documented body that is given; empty for none.
        given: other arguments by Python name, as JSON.
        missing: the argument of the constructor that no line gives a value for.
    """

    example: str
    given: Mapping[str, Any]
    missing: str

    def hold(self, run: Run) -> None:
        """Nothing is sent, and the exception names the argument."""
        body = run.operation(self.about).body.examples.get(self.example)
        shown = run.arguments(self.about).of_body(body) if self.example else {}
        called = run.call(self.about, {**self.given, **shown})
        if called.requests or not isinstance(called.error, run.error("InvalidArgument")):
            refuse(f"a call without {self.missing}", "InvalidArgument", repr(called.error))
        expect(self.missing, getattr(called.error, "argument", None), "the argument that is missing")


def _variants(run: Run, method: str, given: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The arguments as they are, and with words of enumerations as members of their class."""
    yield dict(given)
    members = {name: _members(run.hint(method, name), value) for name, value in given.items()}
    if any(member is not None for member in members.values()):
        yield {name: value if members[name] is None else members[name] for name, value in given.items()}


def _members(hint: Any, value: Any) -> Any:
    kind = _enumeration(hint)
    if kind is None:
        return None
    try:
        return [kind(item) for item in cast("list[object]", value)] if isinstance(value, list) else kind(value)
    except ValueError:
        return None


def _enumeration(hint: Any) -> type[Enum] | None:
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint
    return next((found for inner in get_args(hint) if (found := _enumeration(inner)) is not None), None)


@dataclass(frozen=True)
class Calling:
    """A call whose request is not said yet."""

    source: str
    method: str
    example: str
    given: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def sends(
        self,
        line: str,
        body: Json | tuple[tuple[str, Json], ...] | _Here = EXAMPLE,
        *,
        headers: Mapping[str, str] | None = None,
        anonymous: bool = False,
    ) -> CallCase:
        """Say what arrives.

        Args:
            line: HTTP method and raw target.
            body: JSON, the text of a form, or the parts of one as pairs of name and text; without it, the example that
                the call names, as JSON.
            headers: fields that come of its arguments.
            anonymous: whether it carries no credential.
        """
        source = spoken("sends", line, *([] if body is EXAMPLE else [body]), headers=headers or {})
        if body is EXAMPLE and not self.example:
            body = None
        return CallCase(
            source=f"{self.source}.{source[:-1]}, anonymous=True)" if anonymous else f"{self.source}.{source}",
            about=self.method,
            example=self.example,
            given=self.given,
            line=line,
            headers={name.lower(): value for name, value in (headers or {}).items()},
            body=body,
            anonymous=anonymous,
        )

    def lacks(self, name: str) -> LacksCase:
        """Say that no credential of the client fills a scheme that the call needs.

        Args:
            name: the argument of the constructor, which is ``auth``.
        """
        source = f"{self.source}.lacks({name!r})"
        return LacksCase(source=source, about=self.method, example=self.example, given=self.given, missing=name)


def call(method: str, example: str = "", /, **given: Any) -> Calling:
    """Call a method.

    Args:
        method: its name.
        example: name of the documented body that is given.
        **given: other arguments by Python name, as JSON; a timestamp is a `datetime`.
    """
    named = ", ".join([repr(method), *([repr(example)] if example else []), *(f"{k}={v!r}" for k, v in given.items())])
    return Calling(f"call({named})", method, example, given)


@dataclass(frozen=True, kw_only=True)
class SampleCase(Case):
    """A request as the vendor prints it (``x-request-samples``), which the client sends.

    Attributes:
        sample: its name.
        line: HTTP method and raw target, as printed.
    """

    sample: str
    line: str

    def where(self, run: Run) -> str:
        """The locator of what is printed."""
        return f"{super().where(run)}/x-request-samples/{escaped(self.sample)}"

    def hold(self, run: Run) -> None:
        """The documented arguments make the printed request."""
        operation, arguments = run.operation(self.about), run.arguments(self.about)
        sample = objects(objects(operation.node.get("x-request-samples")).get(self.sample))
        if not sample:
            refuse(f"no sample {self.sample!r} in the document")
        body = sample.get("body")
        names = {item.entry.wire: item.entry.name for item in arguments.listed}
        given: dict[str, Any] = {
            names[wire]: value for wire, value in objects(sample.get("parameters")).items() if wire in names
        }
        if body is not None:
            given |= arguments.of_body(body)
        given_credentials, carried = run.carried(self.about)
        printed = {name.lower(): str(value) for name, value in objects(sample.get("headers")).items()}
        marks = {name for item in given_credentials for name in item.headers}
        if not any(name in printed for name in marks) or not carried:
            carried = tuple(item for item in carried if not item.headers)
        sent = {name: value for item in carried for name, value in item.headers.items()}
        headers = {
            name: value.replace("$credential", sent[name].rpartition(" ")[2]) if name in sent else value
            for name, value in printed.items()
            if name in sent or name not in marks
        }
        called = run.call(self.about, given)
        arrived(run, operation, called, Expected(self.line, headers, body, carried))


@dataclass(frozen=True)
class Sampled:
    """A sample whose request is not said yet."""

    method: str
    sample: str

    def sends(self, line: str) -> SampleCase:
        """Say what arrives: HTTP method and raw target."""
        source = f"{spoken('sample', self.method, self.sample)}.{spoken('sends', line)}"
        return SampleCase(source=source, about=self.method, sample=self.sample, line=line)


def sample(method: str, name: str, /) -> Sampled:
    """Call a method with the arguments of a request that the vendor prints.

    Args:
        method: its name.
        name: of the sample.
    """
    return Sampled(method, name)


def timestamp(text: str) -> datetime:
    """A timestamp that is given to a method, from ISO 8601."""
    return datetime.fromisoformat(text)


def _bare(name: str) -> str:
    """A name in what all ways of writing it have: ``clientId`` and ``client-id`` are both ``client_id`` in Python."""
    return re.sub(r"[\W_]", "", name).lower()
