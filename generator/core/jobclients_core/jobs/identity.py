"""The identity of a job: given by hand, or read from a response to a submission or to another call."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from jobclients_core.calls import Session
from jobclients_core.decode import UnreadableError, parse_json
from jobclients_core.encode import encode_call
from jobclients_core.errors import InvalidArgument
from jobclients_core.expressions import ABSENT, KEY, ResponseContext, child, evaluate, name_in, parse, resolve, same
from jobclients_core.jobparts import Identity
from jobclients_core.jobtype import BoundJobType, OperationBinding
from jobclients_core.operation import Call, Unset
from jobclients_core.pointers import of_place
from jobclients_core.response_parser import Response
from jobclients_core.type_guards import is_array, is_mapping, is_object, is_sequence

from .errors import SubmitUncertain, WrongJob
from .urls import SecretUrl, absolute, followed, raw

Values = dict[str, str | int]

_TEXT = Identity("")


def fits(job_type: BoundJobType[Any], identity: Mapping[str, Any]) -> str | None:
    """Whether values identify a job of a kind.

    Args:
        job_type: The job type with its operations.
        identity: The values by name.

    Returns:
        Why not, or None when they do.
    """
    known = {part.name: part for part in job_type.identity}
    if not identity:
        return f"none of {', '.join(known)} is given"
    for name, value in identity.items():
        if name not in known or value != typed(known[name], value):
            return f"its {name[:80]} is none" if name in known else f"{name[:80]!r} is unknown"
    for part in job_type.identity:
        if part.name not in identity and not part.optional:
            return f"it has no {part.name}"
    arguments = bind(job_type.status, identity)
    for group in job_type.status.operation.exactly_one:
        if sum(name in arguments for name in group) != 1:
            return f"exactly one of {', '.join(group)} is wanted"
    return None


def typed(part: Identity, value: Any) -> str | int | None:
    """A value as the type of an identity.

    Args:
        part: The part of the identity.
        value: What was given or answered.

    Returns:
        The value, or None where it is none: empty, of another type, not exact.
    """
    if isinstance(value, bool):
        return None
    if part.type == "integer":
        if isinstance(value, str):
            plain = value.isascii() and value.removeprefix("-").isdigit() and len(value) < 20
            return int(value) if plain else None
        if isinstance(value, float):
            return int(value) if value.is_integer() and abs(value) < 2**53 else None
        return int(value) if isinstance(value, int) else None
    if part.type == "url":
        return SecretUrl.of(raw(value), part.secret) if isinstance(value, str) and value else None
    if isinstance(value, int):
        return str(int(value))
    return str.__str__(value) if isinstance(value, str) and value else None


def by_hand(job_type: BoundJobType[Any], session: Session, given: Mapping[str, Any]) -> Values:
    """The identity of a handle made by hand.

    Args:
        job_type: The job type with its operations.
        session: The client's session, whose parameters are defaults.
        given: Values by name; None for none.

    Returns:
        The identity.

    Raises:
        InvalidArgument: it identifies no job.
    """
    found: Values = {}
    for part in job_type.identity:
        value = given.get(part.name)
        if value is None:
            value = _of_client(part, session)
        if value is None:
            continue
        good = typed(part, value)
        if good is None:
            raise InvalidArgument(f"{part.name} should be a non-empty {part.type}", argument=part.name)
        found[part.name] = absolute(session, part, good, f"{session.base}/") if part.type == "url" else good
    return _checked(job_type, found)


def _checked(job_type: BoundJobType[Any], found: Values) -> Values:
    reason = fits(job_type, found)
    if reason is not None:
        raise InvalidArgument(f"that identifies no job of {job_type.vendor}.{job_type.name}: {reason}")
    return found


def _of_client(part: Identity, session: Session) -> Any:
    values = (session.parameters.get(name) for name in part.client_parameters)
    return next((value for value in values if value is not None), None)


def of_submission(
    job_type: BoundJobType[Any], session: Session, given: Mapping[str, Any], context: ResponseContext | None
) -> Values:
    """The identity that a submission yields.

    Args:
        job_type: The job type with its operations.
        session: The client's session.
        given: The arguments of submit.
        context: Its response; None before there is one.

    Returns:
        What could be found; parts may be missing.
    """
    found: Values = {}
    for part in job_type.identity:
        values = (value for source in part.source for value in _look_up(job_type, source, session, given, context))
        good = next((good for value in values if (good := typed(part, value)) is not None), None)
        if good is not None:
            found[part.name] = _located(job_type, session, part, good, given) if part.type == "url" else good
    return found


def _located(
    job_type: BoundJobType[Any], session: Session, part: Identity, value: str | int, given: Mapping[str, Any]
) -> str:
    """A URL out of the response to a submission, complete: a relative one is relative to the request's."""
    assert job_type.submit is not None  # its response yields the value
    operation = job_type.submit.operation
    try:
        request = encode_call(
            operation,
            given,
            vendor=session.vendor,
            client_parameters=session.parameters,
            prefix=session.base.prefix,
            zone=session.zone,
        )
        return absolute(session, part, value, session.base.origin + request.target)
    except InvalidArgument as error:
        reason = error.message
    raise SubmitUncertain(f"the job runs, and cannot be asked about: {reason}", operation=operation.id)


def _look_up(
    job_type: BoundJobType[Any],
    source: str,
    session: Session,
    given: Mapping[str, Any],
    context: ResponseContext | None,
) -> Iterator[Any]:
    place = parse(source)
    if place is not None and place.root == "request":
        yield given.get(job_type.argument(place))
    elif place is not None and place.root == "key":
        yield given.get(job_type.idempotency or "")
    elif place is not None and place.root == "client":
        # A call may override what the client was given.
        yield given.get(place.name)
        yield session.parameters.get(place.name)
    elif context is not None:
        yield evaluate(source, context)


def adopted(job_type: BoundJobType[Any], session: Session, response: Any) -> Values:
    """The identity that a response of any endpoint names.

    Args:
        job_type: The job type with its operations.
        session: The client's session.
        response: Parsed JSON, a model, a `Response`, bytes, or a bare identifier.

    Returns:
        The identity.

    Raises:
        InvalidArgument: it names no job of the kind.
    """
    document = plain(response)
    parts = {part.name: part for part in job_type.identity}
    for rule in job_type.type.adopt:
        values = {name: typed(parts[name], resolve(document, pointer)) for name, pointer in rule.fields.items()}
        if all(value is not None for value in values.values()):
            return by_hand(job_type, session, values)
    raise InvalidArgument(f"the response names no job of {job_type.vendor}.{job_type.name}", argument="answer")


def plain(response: Any) -> Any:
    """A response as parsed JSON.

    Args:
        response: Parsed JSON, a model, a `Response`, or bytes.

    Returns:
        Parsed JSON; `ABSENT` for bytes that are none.
    """
    if isinstance(response, Response):
        content: Any = response.content
    elif hasattr(response, "model_dump"):
        return response.model_dump(mode="json", by_alias=True)
    else:
        content = response
    if isinstance(content, str) and content[:1] in ("{", "["):
        content = content.encode("utf-8", "surrogatepass")
    if isinstance(content, bytes):
        try:
            return parse_json(content)
        except UnreadableError:
            return ABSENT
    return content


def bind(binding: OperationBinding, identity: Mapping[str, Any], key: str | None = None) -> dict[str, Any]:
    """The arguments of a role.

    Args:
        binding: The role.
        identity: What identifies the job.
        key: The key of the submission.

    Returns:
        Arguments by name; those whose value is missing are left out.
    """
    filled = {name: fill(value, identity, key) for name, value in binding.arguments.items()}
    return {name: value for name, value in filled.items() if value is not ABSENT}


def fill(template: Any, identity: Mapping[str, Any], key: str | None = None) -> Any:
    """Replace the expressions of a template.

    Args:
        template: A literal, an expression, or a list or object of them.
        identity: What identifies the job.
        key: The key of the submission.

    Returns:
        The value; `ABSENT` for an expression without one.
    """
    if not isinstance(template, str):
        if is_mapping(template):
            return {name: fill(value, identity, key) for name, value in template.items()}
        if is_sequence(template):
            return [fill(value, identity, key) for value in template]
        return template
    name = name_in(template, "job")
    if name is not None:
        value = identity.get(name, ABSENT)
        return raw(value) if isinstance(value, SecretUrl) else value
    if KEY in template:
        return template.replace(KEY, key) if key is not None else ABSENT
    return template


def of_element(job_type: BoundJobType[Any], binding: OperationBinding, item: Any) -> Values:
    """The identity that an element of a list tells.

    Args:
        job_type: The job type with its operations.
        binding: The role that lists jobs.
        item: The element.

    Returns:
        What it tells; parts may be missing.
    """
    found = {
        part.name: typed(part, inside(item, binding.keys[part.name]))
        for part in job_type.identity
        if part.name in binding.keys
    }
    return {name: value for name, value in found.items() if value is not None}


def named_in(job_type: BoundJobType[Any], binding: OperationBinding, items: Iterable[Any]) -> list[Values]:
    """The identities that elements of a list tell.

    Args:
        job_type: The job type with its operations.
        binding: The role that lists jobs.
        items: The elements.

    Returns:
        One for each element.
    """
    return [of_element(job_type, binding, item) for item in items]


def carries(binding: OperationBinding, item: Any, key: str) -> bool:
    """Whether an element of a list is of the submission that carried a key.

    Args:
        binding: The role that lists jobs.
        item: The element.
        key: The key.

    Returns:
        True where the key is in its place; false where the role says none.
    """
    if binding.carried is None:
        return False
    value = inside(item, binding.carried.at)
    wanted = fill(binding.carried.equals, {}, key)
    found: list[Any] = value if is_array(value) else [value]
    return any(_says(one, wanted) for one in found)


def _says(value: Any, wanted: Any) -> bool:
    if is_mapping(wanted):
        return all(_says(child(value, name), part) for name, part in wanted.items())
    return same(value, wanted) or typed(_TEXT, value) == wanted


def check_echo(
    job_type: BoundJobType[Any], binding: OperationBinding, identity: Mapping[str, str | int], context: ResponseContext
) -> None:
    """Refuse a response that says itself that it is about another job.

    Args:
        job_type: The job type with its operations.
        binding: The call that gave the response.
        identity: What identifies the job that was asked for.
        context: What expressions read of the response.

    Raises:
        WrongJob: it is.
    """
    echo = job_type.type.echo
    if echo is None or echo.identity not in identity:
        return
    part = next(part for part in job_type.identity if part.name == echo.identity)
    said, wanted = typed(part, resolve(context.body, echo.at)), identity[echo.identity]
    if said is None or said == wanted:
        return
    if echo.match == "casefold" and str(said).casefold() == str(wanted).casefold():
        return
    raise WrongJob(f"the response is about another job: its {echo.identity} is another", operation=binding.operation.id)


def call_of(binding: OperationBinding, identity: Mapping[str, Any]) -> Call[Any]:
    """The call of a role for a job.

    Args:
        binding: The role.
        identity: What identifies the job.

    Returns:
        The call.
    """
    call = binding.operation.call(**bind(binding, identity))
    return call if binding.part is None else replace(call, followed=followed(binding, identity))


def inside(element: Any, key: str) -> Any:
    """Look inside of an element of a list.

    Args:
        element: The element.
        key: A key, or a JSON pointer.

    Returns:
        The value, or `ABSENT`.
    """
    return resolve(element, of_place(key))


def elements(value: Any) -> list[dict[str, Any]]:
    """The objects of a list, or the one object that is in its place.

    Args:
        value: Parsed JSON.

    Returns:
        The objects.
    """
    if is_object(value):
        return [value]
    found: list[Any] = value if is_array(value) else []
    return [item for item in found if is_object(item)]


def given_arguments(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments without those that were not given.

    Args:
        arguments: Arguments by name.

    Returns:
        The others.
    """
    return {name: value for name, value in arguments.items() if value is not None and not isinstance(value, Unset)}
