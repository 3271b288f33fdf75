"""What is behind a command: VENDOR[.KIND], key=value, and values in the types that operations want."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jobclients_core.env import variables_of
from jobclients_core.jobs.collection import Jobs
from jobclients_core.jobs.job import Job
from jobclients_core.jobtype import BoundJobType
from jobclients_core.openapi import openapi_of
from jobclients_core.operation import Operation, Parameter
from jobclients_core.schema import Part, Schemas
from jobclients_core.shapes import is_array
from jobclients_core.vendors import Known

from .config import CommandError, Opened, known_vendor


@dataclass(frozen=True, slots=True)
class Target:
    """A kind of job, or a vendor where no kind matters.

    Args:
        known: The vendor.
        kind: The kind.
    """

    known: Known
    kind: BoundJobType[Any]

    @property
    def name(self) -> str:
        """As it is written: VENDOR.KIND."""
        return f"{self.known.name}.{self.kind.name}"


@dataclass(frozen=True, slots=True)
class Pairs:
    """The key=value words of a command, sorted by what they are for.

    Args:
        options: Of the client: base_url, project_id and so on.
        arguments: Of the job or the operation.
    """

    options: dict[str, str] = field(default_factory=dict[str, str])
    arguments: dict[str, Any] = field(default_factory=dict[str, Any])

    @property
    def raw_arguments(self) -> list[str]:
        """The options as words of a command again."""
        return [f"{name}={value}" for name, value in self.options.items()]


def target_of(text: str) -> Target:
    """Read VENDOR[.KIND].

    Args:
        text: The word.

    Returns:
        The kind; the vendor's only one where none is named.

    Raises:
        CommandError: there is no such vendor or kind, or there are several.
    """
    vendor, _, kind = text.partition(".")
    known = known_vendor(vendor)
    names = list(known.kinds)
    if not names:
        raise CommandError(
            f"{known.name} has no jobs", hint=f"`jobclients vendors {known.address}` lists its operations"
        )
    if not kind and len(names) > 1:
        raise CommandError(
            f"{known.name} has several kinds of jobs: say " + ", ".join(f"{known.name}.{n}" for n in names)
        )
    chosen = kind or names[0]
    if chosen not in known.kinds:
        raise CommandError(f"{known.name} has no kind of job called {chosen!r}; it has {', '.join(names)}")
    return Target(known, known.kinds[chosen])


def split_pairs(known: Known, raw_arguments: Iterable[str], names: Sequence[str]) -> Pairs:
    """Sort key=value words by what they are for; values stay texts, or are what ``key:=JSON`` says.

    Args:
        known: The vendor.
        raw_arguments: The words.
        names: Names of the arguments that are known.

    Returns:
        The pairs.

    Raises:
        CommandError: a word is not a pair, or nobody knows its key.
    """
    options = variables_of(known.client).options
    pairs = Pairs()
    for word in raw_arguments:
        key, equals, text = word.partition("=")
        plain = key.removesuffix(":").replace("-", "_")
        if not equals or not plain:
            wanted = f"; known are {', '.join(names)}" if names else ""
            raise CommandError(f"{word!r} should look like key=value{wanted}")
        if plain not in names and plain in options and not key.endswith(":"):
            pairs.options[plain] = text
        elif plain in names:
            value = _json(plain, text) if key.endswith(":") else _text(text)
            there = pairs.arguments.get(plain)
            pairs.arguments[plain] = value if there is None else [*(there if is_array(there) else [there]), value]
        else:
            raise _unknown(known, plain, names, options)
    # The client's own parameters are defaults of its calls; given once, they are meant for all.
    pairs.options.update(
        {name: str(pairs.arguments[name]) for name in names if name in options and name in pairs.arguments}
    )
    return pairs


def _unknown(known: Known, key: str, names: Sequence[str], options: Iterable[str]) -> CommandError:
    secret = {
        name: variable
        for variables in variables_of(known.client).credentials.values()
        for name, variable in variables.items()
    }
    if key in secret or key in ("auth", "token"):
        variable = secret.get(key, f"{known.name.upper()}_TOKEN")
        return CommandError(
            f"{key} is a credential, and others can see the command line",
            hint=f"set {variable}, or put it into the configuration file",
        )
    allowed = f"{', '.join(names)}; and of the client " if names else "settings of the client: "
    return CommandError(f"{key!r} is unknown here; known are {allowed}{', '.join(options)}")


def _json(key: str, text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise CommandError(f"{key} should be JSON: {error}") from None


def _text(text: str) -> str:
    """A text; ``@FILE`` is the content of a file, ``@-`` of standard input, and ``@@`` begins with an at sign."""
    if text.startswith("@@"):
        return text[1:]
    if not text.startswith("@") or len(text) == 1:
        return text
    try:
        return sys.stdin.read() if text == "@-" else Path(text[1:]).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "no UTF-8 text"
        raise CommandError(f"{text[1:]} cannot be read: {reason}", hint="@@ begins a text with an at sign") from None


def identity_names(job_type: BoundJobType[Any]) -> list[str]:
    """Names of what identifies a job of a kind.

    Args:
        job_type: The kind.

    Returns:
        The names.
    """
    return [part.name for part in job_type.identity]


def argument_names(operation: Operation[Any]) -> list[str]:
    """Names of an operation's arguments.

    Args:
        operation: The operation.

    Returns:
        The names: parameters, then the body or its fields.
    """
    names = [parameter.name for parameter in operation.parameters]
    if operation.body is not None:
        names += [item.name for item in operation.body.fields] or [operation.body.name]
    return names


def jobs_of(opened: Opened, job_type: BoundJobType[Any]) -> Jobs[Any]:
    """The collection of a kind on a client.

    Args:
        opened: The client.
        job_type: The kind.

    Returns:
        The collection.
    """
    collection: Jobs[Any] = getattr(opened.client, job_type.name)
    return collection


def handle_of(opened: Opened, job_type: BoundJobType[Any], identity: Mapping[str, Any]) -> Job[Any]:
    """A handle made by hand.

    Args:
        opened: The client.
        job_type: The kind.
        identity: What identifies the job.

    Returns:
        The handle.

    Raises:
        CommandError: something of it is missing.
    """
    collection: Any = jobs_of(opened, job_type)
    make: Any = collection.latest if job_type.latest else collection
    own = {name: value for name, value in identity.items() if value is not None}
    try:
        job: Job[Any] = make(**own)
    except TypeError:
        raise CommandError(f"{job_type.vendor}.{job_type.name} is identified by {_wanted(job_type)}") from None
    return job


def check_named(job_type: BoundJobType[Any], identity: Mapping[str, Any]) -> None:
    """See that something is said of which job is meant, where a client cannot know it all by itself.

    Args:
        job_type: The kind.
        identity: What identifies the job, as far as the command line says it.

    Raises:
        CommandError: nothing is said; the message has what is wanted.
    """
    own = [part for part in job_type.identity if not part.client_parameters]
    if not identity and (job_type.status.operation.exactly_one or not all(part.optional for part in own)):
        raise CommandError(f"{job_type.vendor}.{job_type.name} wants {_wanted(job_type)}")


def _wanted(job_type: BoundJobType[Any]) -> str:
    """What identifies a job of a kind, as words of the command; what a client knows by itself is left out."""
    parts = [part.name for part in job_type.identity if not part.client_parameters] or identity_names(job_type)
    groups = [[name for name in parts if name in group] for group in job_type.status.operation.exactly_one]
    alternatives = ["one of " + " or ".join(f"{name}=…" for name in group) for group in groups if len(group) > 1]
    grouped = {name for group in groups for name in group}
    optional = {part.name for part in job_type.identity if part.optional}
    alone = [f"{name}=…" for name in parts if name not in grouped | optional]
    return ", ".join([*alone, *alternatives]) or ", ".join(f"{name}=…" for name in parts)


def convert(known: Known, operation: Operation[Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Texts in the types that an operation wants.

    Args:
        known: The vendor.
        operation: The operation.
        given: Values by argument; what is not text stays as it is.

    Returns:
        The values.

    Raises:
        CommandError: a text is not a value of the type.
    """
    parameters = {parameter.name: parameter for parameter in operation.parameters}
    return {
        name: _of_parameter(parameters[name], value) if name in parameters else _of_body(known, operation, name, value)
        for name, value in given.items()
    }


def _of_parameter(parameter: Parameter, value: Any) -> Any:
    if parameter.many:
        items: list[Any] = value if is_array(value) else [value]
        return [_scalar(parameter, item) for item in items]
    return _scalar(parameter, value)


def _scalar(parameter: Parameter, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if parameter.type == "boolean" and value in ("true", "false"):
        return value == "true"
    try:
        if parameter.type == "integer":
            return int(value)
        if parameter.type == "number":
            return float(value)
    except ValueError:
        raise CommandError(f"{parameter.name} should be {parameter.type}, not {value[:40]!r}") from None
    return _json(parameter.name, value) if parameter.type in ("object", "any") and value[:1] in "{[" else value


def _of_body(known: Known, operation: Operation[Any], name: str, value: Any) -> Any:
    body = operation.body
    if body is None or body.model is None or not isinstance(value, str):
        return value
    openapi = openapi_of(known.vendor)
    whole = openapi.request_body(operation)
    field_ = next((item for item in body.fields if item.name == name), None)
    described = [whole] if field_ is None else list(openapi.schemas.within(whole, field_.key))
    return value if any(_takes_text(openapi.schemas, part) for part in described) else _json(name, value)


def _takes_text(schemas: Schemas, part: Part) -> bool:
    """Whether a value may be a text: one by its type or its listed values, or a time."""
    return any(
        "string" in view.types or view.timed is not None or any(isinstance(value, str) for value in view.values)
        for view in schemas.shapes((part,))
    )
