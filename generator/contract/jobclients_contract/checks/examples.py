"""EX: documented examples fit their schemas, and the clients read each as what it says."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from datetime import timedelta, timezone, tzinfo
from enum import Enum
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, cast

from pydantic import BaseModel

from jobclients_contract.cases import Contract, Example, Json, Names
from jobclients_contract.failure import Check, both, expect, refuse
from jobclients_contract.judging.accessors import check_accessors, expect_readers
from jobclients_contract.judging.agreement import Agreement, names_of, written
from jobclients_contract.judging.answers import Shown, body_of, outcome, shown, status_of
from jobclients_contract.playing.driver import Client, opened, playing
from jobclients_contract.playing.loopback import answer
from jobclients_contract.playing.memory import remembering
from jobclients_contract.pointers import escaped
from jobclients_contract.reading import moments
from jobclients_contract.reading.media_types import sent_as
from jobclients_contract.reading.schemas import Schemas
from jobclients_contract.reading.shapes import Part, json_in
from jobclients_contract.reading.validity import Validity

Told = tuple[str, str | Part, Json]
"""A pointer, the format of a time or the schema of JSON in a text, and the time or the JSON."""

ZONE: Final = timezone(timedelta(hours=5, minutes=30))
"""A time zone that no vendor's example has."""


def checks(contract: Contract) -> Iterator[Check]:
    """The checks of this family."""
    validity = Validity(Schemas(contract.schemas))
    yield from _valid(contract, validity)
    for item in shown(contract):
        method, where = item.operation.method, item.example.where

        def served(mode: str, item: Shown = item) -> None:
            _served(contract, validity, item, mode)

        def returned(mode: str, item: Shown = item) -> None:
            _returned(contract, validity, item, mode)

        told = list(_told(validity, body_of(item.answer), item.example.value))

        def parsed(mode: str, told: list[Told] = told) -> None:
            _parsed(validity, told)

        headers = [f"header:{method}/{item.answer.status}/{header.name}" for header in item.answer.headers]
        covers = (*item.covers, *(headers if item.operation.with_headers else ()))
        yield from both(contract, "EX2", method, item.subject, where, served, covers)
        yield from both(contract, "EX3", method, item.subject, where, returned, item.covers)
        if told:
            yield Check(contract, "EX5", method, item.subject, where, parsed, "", (f"example:{where}",))
    for names in contract.names:

        def called(mode: str, names: Names = names) -> None:
            _called(contract, names)

        yield Check(contract, "EX2", "", f"names of {names.schema}", names.where, called)
    yield from _contradictions(contract)


def _valid(contract: Contract, validity: Validity) -> Iterator[Check]:
    """EX1, of answers, requests, arguments and of what stands in schemas."""

    def fits(method: str, about: str, example: Example, part: Part) -> Check:
        def act(mode: str) -> None:
            _fits(validity, part, example.value)

        covers = (f"example:{example.where}",)
        return Check(contract, "EX1", method, f"{about} {example.name}", example.where, act, "", covers)

    for operation in contract.operations:
        for documented in operation.answers:
            for example in documented.examples:
                yield fits(operation.method, documented.status, example, body_of(documented))
        if operation.body is not None:
            for example in operation.body.examples:
                yield fits(operation.method, "request", example, Part(operation.body.schema, operation.body.where))
        for argument in operation.arguments:
            for example in argument.examples:
                about = f"{argument.location} {argument.name}"
                yield fits(operation.method, about, example, Part(argument.schema, f"{argument.where}/schema"))
    for value in contract.values:
        yield fits("", value.pointer, value.example, Part(value.schema, value.pointer))


def _fits(validity: Validity, part: Part, example: Json) -> None:
    """EX1: an example is valid by the library's judgement, and has no key that its schema does not know."""
    problem = validity.documented(part).problem(example)
    if problem is not None:
        refuse(f"the example does not fit its schema at {problem[0] or 'the root'}", part.schema, problem[1])
    for pointer in undocumented(validity.schemas, part, validity.schemas.canonical(part, example)):
        refuse("the example has a key that its schema does not know", "documented keys only", pointer)


def undocumented(schemas: Schemas, part: Part, value: Json, at: str = "") -> list[str]:
    """Pointers of keys in a value that no property describes, where a schema lists properties and is no map.

    Args:
        schemas: of the contract.
        part: the value's schema.
        value: a canonical value.
        at: its pointer.
    """
    found: list[list[str]] = []
    for shape in schemas.shapes(part):
        inside: list[str] = []
        if not shape.takes(value):
            continue
        if isinstance(value, dict) and (shape.properties or shape.closed):
            for key, item in value.items():
                inner = shape.properties.get(key) or shape.values
                here = f"{at}/{escaped(key)}"
                inside += [here] if inner is None else undocumented(schemas, inner, item, here)
        elif isinstance(value, list) and shape.items is not None:
            for index, item in enumerate(value):
                inside += undocumented(schemas, shape.items, item, f"{at}/{index}")
        found.append(inside)
    return min(found, key=len) if found else []


def _served(contract: Contract, validity: Validity, item: Shown, mode: str) -> None:
    """EX2: served over HTTP, an example is returned or raised as what it says, with and without a time zone."""
    headers = {header.name: f"made-up-{header.name}" for header in item.answer.headers}
    status = status_of(item.operation, item.answer)
    script = answer(item.example.value, status, **headers, Content_Type=sent_as(item.answer.media_type))
    with playing(contract, mode, script, script) as (server, client):
        _read(contract, validity, item, client, None, headers)
        with opened(contract, mode, server.url, options={"timezone": ZONE}) as local:
            _read(contract, validity, item, local, ZONE, headers)


def _read(
    contract: Contract, validity: Validity, item: Shown, client: Client, zone: tzinfo | None, headers: dict[str, str]
) -> None:
    result = outcome(contract, item.operation, item.answer, item.example.value, client)
    if item.refused:
        return
    agreement = Agreement(validity, contract.names, zone)
    wrong = agreement.disagreement(body_of(item.answer), item.example.value, result.body)
    if wrong is not None:
        refuse(f"the typed value differs at {wrong.pointer or 'the root'}", wrong.expected, wrong.actual)
    for pointer in unknown_in(result.body):
        refuse("a documented key is kept as an unknown one only", "a field of the model", pointer)
    check_accessors(contract, result.body)
    if item.operation.with_headers and item.answer.success:
        for name, value in headers.items():
            expect(value, result.headers.get(name), f"the header {name} differs")


def _called(contract: Contract, names: Names) -> None:
    """EX2: every field and every member has its name and its readers, whether or not an answer shows it."""
    kind: type[BaseModel] | type[Enum]
    kind = getattr(importlib.import_module(f"{contract.package}.{contract.vendor}.models"), names.schema)
    found = {str(member.value): member.name for member in kind} if issubclass(kind, Enum) else names_of(kind)
    expect({wire: names.names.get(wire, wire) for wire in {**found, **names.names}}, found, "the names differ")
    expect_readers(names, kind)


def unknown_in(value: object, at: str = "") -> Iterator[str]:
    """Pointers of what models keep without knowing it."""
    if isinstance(value, BaseModel):
        yield from (f"{at}/{escaped(key)}" for key in value.model_extra or {})
        for name in type(value).model_fields:
            yield from unknown_in(getattr(value, name), f"{at}/{name}")
    elif isinstance(value, list):
        for index, item in enumerate(cast("list[object]", value)):
            yield from unknown_in(item, f"{at}/{index}")


def _returned(contract: Contract, validity: Validity, item: Shown, mode: str) -> None:
    """EX3: the typed value, written again, says what the example says."""
    for zone in (None, ZONE):
        with remembering(contract, mode, options={"timezone": zone}) as (memory, client):
            memory.play(item.example.value, status_of(item.operation, item.answer), sent_as(item.answer.media_type))
            body: Any = outcome(contract, item.operation, item.answer, item.example.value, client).body
        if item.refused:
            continue
        again = written(body, zone)
        if not Agreement(validity, contract.names, zone).alike(body_of(item.answer), item.example.value, again):
            refuse("written again, the example says something else", item.example.value, again)


def _told(validity: Validity, part: Part, value: Json, at: str = "") -> Iterator[Told]:
    """The times and the JSON in texts of a value: where each stands, its schema, and what it says."""
    for shape in validity.schemas.shapes(part):
        if not shape.takes(value):
            continue
        if shape.time and value is not None:
            yield at, shape.time, value
        inside = json_in(value) if isinstance(value, str) else None
        if shape.content is not None and inside is not None:
            yield at, shape.content, inside
            yield from _told(validity, shape.content, inside, f"{at}/!")
        if isinstance(value, dict):
            for key, item in value.items():
                name = shape.aliases.get(key, key)
                if (inner := shape.properties.get(name) or shape.values) is not None:
                    yield from _told(validity, inner, item, f"{at}/{escaped(key)}")
        if isinstance(value, list) and shape.items is not None:
            for index, item in enumerate(value):
                yield from _told(validity, shape.items, item, f"{at}/{index}")


def _parsed(validity: Validity, told: list[Told]) -> None:
    """EX5: every time is one in its documented format, and JSON in a text is of its documented shape."""
    for at, form, value in told:
        if isinstance(form, Part):
            problem = validity.documented(form).problem(value)
            expect(None, problem, f"the JSON in the text at {at} does not fit {form.pointer}")
        else:
            found = moments.read(form, value, None) is not None
            expect(True, found, f"whether {value!r} at {at} is a time in the format {form} differs")


def _contradictions(contract: Contract) -> Iterator[Check]:
    """EX6: the reference page names every contradiction that the spec records."""
    page = reference(contract)
    if page is None:
        return
    for item in contract.contradictions:

        def act(mode: str, about: str = item.about) -> None:
            text = _unmarked(page.read_text(encoding="utf-8")) if page.is_file() else ""
            expect(True, f"| {_unmarked(about)} |" in text, f"whether {page} tells of the contradiction differs")

        covers = (f"contradiction:{item.about}",)
        yield Check(contract, "EX6", "", f"{item.about} {item.where}", item.where, act, "", covers)


def reference(contract: Contract) -> Path | None:
    """Where the generated reference page has to stand; None where the package is not among all that was generated."""
    found = find_spec(contract.package)
    folder = Path(found.origin).parent.parent if found is not None and found.origin is not None else None
    # Whatever else is missing: the list of what was generated does not come with an installed package.
    generated = folder is not None and (folder / "MANIFEST.json").is_file()
    return folder / "reference" / f"{contract.vendor}.md" if folder is not None and generated else None


def _unmarked(text: str) -> str:
    """Markdown without its escapes."""
    return text.replace("\\", "")
