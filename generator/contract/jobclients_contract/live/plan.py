"""Chooses the calls of a live run: read-only operations with known arguments, and operations that are named."""

from __future__ import annotations

import difflib
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NoReturn

from jobclients_contract.live.contract import BadUseError, Contract, Method
from jobclients_contract.schema_model.document import objects
from jobclients_contract.schema_model.jobtypes import JobType
from jobclients_contract.schema_model.values import Json
from jobclients_contract.suite.names import Argument

Arguments = Mapping[str, Mapping[str, Json]]
"""Arguments by operation and name."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is called, in order, and what is not, with the reason.

    Attributes:
        calls: methods with their arguments.
        not_called: reasons by operation.
    """

    calls: tuple[tuple[Method, Mapping[str, Json]], ...] = ()
    not_called: Mapping[str, str] = field(default_factory=dict[str, str])


def plan(contract: Contract, arguments: Arguments, allowed: Iterable[str] = ()) -> Plan:
    """Choose what to call.

    Args:
        contract: what is documented.
        arguments: what is known of arguments.
        allowed: operations that may be called though they are not read-only.

    Returns:
        The plan.

    Raises:
        BadUseError: an operation or argument that was named does not exist.
    """
    permitted = set(allowed)
    for name in (*sorted(permitted), *arguments):
        having([contract], name)
    calls: list[tuple[Method, Mapping[str, Json]]] = []
    not_called: dict[str, str] = {}
    for name, method in contract.methods.items():
        given = arguments.get(name, {})
        _check(method, given)
        missing = lacking(method, given)
        if not is_read_only(method) and name not in permitted:
            not_called[name] = f"it is not read-only; name it: --allow {name}"
        elif missing:
            not_called[name] = f"give {missing}"
        else:
            calls.append((method, given))
    return Plan(tuple(calls), not_called)


def having(contracts: Sequence[Contract], method: str) -> list[Contract]:
    """Those of several vendors that have an operation.

    Args:
        contracts: of the vendors.
        method: the operation.

    Returns:
        One of them at least.

    Raises:
        BadUseError: none has.
    """
    known = [name for contract in contracts for name in contract.methods]
    if method not in known:
        vendors = " and ".join(contract.vendor for contract in contracts)
        have = "have" if len(contracts) > 1 else "has"
        raise BadUseError(f"{vendors} {have} no operation {method!r}{_meant(method, known)}")
    return [contract for contract in contracts if method in contract.methods]


def is_read_only(method: Method) -> bool:
    """Whether a call changes nothing: a safe HTTP method, and nothing in the specification that says otherwise."""
    return method.operation.http in ("GET", "HEAD") and method.operation.repeatable


def lacking(method: Method, given: Mapping[str, Json]) -> str:
    """The arguments without which a method cannot be called, as options of the command; empty where none lack.

    Args:
        method: the method.
        given: the arguments that are known.
    """
    needed = [
        item.entry.name
        for item in method.arguments
        if item.required and not (item.parameter is not None and item.parameter.client) and item.entry.name not in given
    ]
    groups = [group for group in method.exactly_one if not any(name in given for name in group)]
    options = [_option(method, (name,)) for name in needed] + [_option(method, group) for group in groups]
    return " ".join(dict.fromkeys(options))


def _option(method: Method, names: tuple[str, ...]) -> str:
    return " or ".join(f"--argument {method.name}.{name}=..." for name in names)


def _check(method: Method, given: Mapping[str, Json]) -> None:
    names = [item.entry.name for item in method.arguments]
    for name, value in given.items():
        if name not in names:
            raise BadUseError(f"{method.name} has no argument {name!r}{_meant(name, names)}")
        if not sendable(value):
            raise BadUseError(f"the argument {method.name}.{name} holds what neither UTF-8 nor JSON can say")


def sendable(value: Json) -> bool:
    """Whether a value can be sent, and kept: texts are Unicode, and numbers finite."""
    try:
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        return False
    return True


def finite(text: str) -> Json:
    """Read JSON; NaN and infinities, which Python reads too, are none.

    Returns:
        The value.

    Raises:
        ValueError: it is not JSON.
        RecursionError: it is nested too deeply.
    """

    def number(digits: str) -> float:
        value = float(digits)
        return value if math.isfinite(value) else refuse(digits)

    def refuse(name: str) -> NoReturn:
        raise ValueError(f"{name[:20]} is not a number")

    value: Json = json.loads(text, parse_constant=refuse, parse_float=number)
    return value


def _meant(name: str, known: Iterable[str]) -> str:
    listed = list(known)
    close = difflib.get_close_matches(name, listed, 1)
    return f"; {close[0]} is meant?" if close else f"; there are {', '.join(listed) or 'none'}"


def read_argument(contract: Contract, method: str, name: str, value: str) -> Json:
    """The value of an argument of the command line.

    Args:
        contract: what is documented; tells the argument's type.
        method: the operation, which there is.
        name: of the argument.
        value: as it was written.

    Raises:
        BadUseError: there is no such argument, or it has another type.
    """
    arguments = {item.entry.name: item for item in contract.methods[method].arguments}
    if name not in arguments:
        raise BadUseError(f"{method} has no argument {name!r}{_meant(name, arguments)}")
    return _typed(contract, method, arguments[name], value)


def split_argument(text: str) -> tuple[str, str, str]:
    """Operation, name and value of an argument of the command line, such as ``get_job.id=5``.

    Args:
        text: the argument.

    Raises:
        BadUseError: it is written in another way.
    """
    place, equals, value = text.partition("=")
    method, dot, name = place.partition(".")
    if not equals or not dot:
        raise BadUseError(f"--argument {text!r} should be OPERATION.ARGUMENT=VALUE, such as get_job.id=5")
    return method, name, value


def _typed(contract: Contract, method: str, argument: Argument, text: str) -> Json:
    types = _types(contract, argument.part.schema)
    if not types or types == {"string"}:
        return text
    try:
        value = finite(text)
    except (ValueError, RecursionError):
        value = text
    if fits(contract, argument.part.schema, value):
        return value
    if "string" in types:
        return text
    raise BadUseError(f"--argument {method}.{argument.entry.name} should be {' or '.join(sorted(types))}")


def fits(contract: Contract, schema: Json, value: Json) -> bool:
    """Whether a value is of a documented type.

    Args:
        contract: what is documented.
        schema: the JSON Schema.
        value: the value.

    Returns:
        True also where no type is documented.
    """
    types = _types(contract, schema)
    kinds: dict[type, str] = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array"}
    kind = kinds.get(type(value), "object" if isinstance(value, dict) else "null")
    return not types or kind in types or (kind == "integer" and "number" in types)


def _types(contract: Contract, schema: Json) -> set[str]:
    while isinstance(schema, dict) and isinstance(schema.get("$ref"), str):
        schema = contract.document.schemas.components.get(str(schema["$ref"]).rpartition("/")[2])
    stated: Json = schema.get("type") if isinstance(schema, dict) else None
    if stated is None:
        return set()
    return {str(one) for one in stated} if isinstance(stated, list) else {str(stated)}


def handle_of(contract: Contract, method: Method, given: Mapping[str, Json]) -> tuple[str, dict[str, Json]] | None:
    """The job type whose status a method tells, and the identity that the arguments are.

    Args:
        contract: what is documented.
        method: the method.
        given: its arguments.

    Returns:
        Name of the job type and identity; None where no handle can be made of the arguments.
    """
    for kind in contract.job_types:
        if kind.operation("status") is not method.operation:
            continue
        names = {item.entry.name: _identity_name(kind, item) for item in method.arguments}
        made = {names[name]: value for name, value in given.items()}
        if made and made.keys() <= kind.identity.keys():
            return kind.name, made
    return None


def _identity_name(job_type: JobType, argument: Argument) -> str:
    stated = objects(job_type.holder("status").get("parameters")).get(argument.entry.wire)
    text = stated if isinstance(stated, str) else ""
    return text.removeprefix("$job.") if text.startswith("$job.") else argument.entry.name
