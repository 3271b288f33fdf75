"""Reads an entry of `x-jobs` as the runtime's `JobType`; checks and builder use it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import product
from typing import Any, Literal

from jobclients_core.conditions import First, When
from jobclients_core.expressions import BODY, parse
from jobclients_core.jobparts import (
    Adopt,
    Carried,
    Discover,
    Echo,
    FieldRule,
    Honoured,
    Identity,
    Lookup,
    NotFound,
    Order,
    Poll,
    RateLimit,
    Refine,
    Refusal,
    Role,
    Select,
    StateRule,
)
from jobclients_core.jobtype import JobType
from jobclients_core.pointers import split

from vendorsmith.spec.check import entries, text
from vendorsmith.spec.durations import seconds
from vendorsmith.spec.envelopes import when
from vendorsmith.spec.source_map import JSON, Object


def job_type(node: Object, name: str = "", vendor: str = "") -> JobType[Any]:
    """What an entry says, without what follows from the operations: roles hold an operationId.

    Args:
        node: a valid entry.
        name: of the job type.
        vendor: whose it is.
    """
    operations, state, submit = _object(node, "operations"), _object(node, "state"), _object(node, "submit")
    states = (*rules(state), *_merged(_mapped(state)))
    return JobType(
        name=name,
        vendor=vendor,
        identity=tuple(_identity(key, part) for key, part in _objects(node.get("identity"))),
        status=_role(operations.get("status")) or Role(""),
        submit=_role(operations.get("submit")),
        cancel=_role(operations.get("cancel")),
        result=_role(operations.get("result")),
        progress=_role(operations.get("progress")),
        logs=_role(operations.get("logs")),
        failure=_failure(operations.get("failure")),
        failed=places(_object(operations, "failure").get("when")) or ("failed",),
        list=_role(operations.get("list")),
        status_many=_role(operations.get("status_many")),
        select=_select(node.get("run")),
        discover=_discover(node.get("discover")),
        echo=_echo(node.get("echo")),
        states=states,
        match="casefold" if state.get("match") == "casefold" else "exact",
        raw_state=status_sources(state) or tuple((source,) for source in dict.fromkeys(_sources(states))),
        absent=text(state.get("absent")) or None,
        refine=tuple(
            Refine(text(entry.get("if")), _conditions(entry.get("when")), text(entry.get("to")))
            for entry in _listed(state.get("refine"))
        ),
        unknown_for=seconds(_object(state, "unknown").get("for")),
        not_found=_not_found(_object(state, "not_found").get("just_submitted")),
        gone_for=seconds(_object(_object(state, "not_found"), "later").get("confirm")),
        fields={key: _field(part) for key, part in _objects(node.get("fields"))},
        final=_final(submit.get("final")),
        idempotency=text(_object(submit, "idempotency").get("parameter")) or None,
        key_format="uuid" if _object(submit, "idempotency").get("format") == "uuid" else "hex",
        honoured=_honoured(_object(submit, "idempotency")),
        lookup=_lookup(submit.get("lookup")),
        refused=tuple(item for item in _list(submit.get("refused")) if isinstance(item, int)),
        adopt=tuple(Adopt(_texts(entry)) for entry in _listed(node.get("adopt"))),
        poll=_poll(_object(node, "poll")),
    )


def rate_limit(node: Object) -> RateLimit:
    """What an entry of `x-rate-limits` says, with operationIds."""
    limit = node.get("limit")
    scope: Literal["account", "client"] = "client" if node.get("scope") == "client" else "account"
    per = seconds(node.get("per")) or 0.0
    return RateLimit(places(node.get("operations")), limit if isinstance(limit, int) else 0, per, scope)


def places(node: JSON) -> tuple[str, ...]:
    """The places that an expression, or a list of them, names."""
    if isinstance(node, str):
        return (node,)
    return tuple(item for item in node if isinstance(item, str)) if isinstance(node, list) else ()


def sources(node: JSON) -> tuple[str | First, ...]:
    """The places that a field, or a list, names; among them those in the first element that meets conditions."""
    found: list[str | First] = []
    for item in node if isinstance(node, list) else [node]:
        if isinstance(item, str):
            found.append(item)
        elif isinstance(item, dict) and isinstance(item.get("first"), dict):
            found.append(_first(_object(item, "first")))
    return tuple(found)


def _first(node: Object) -> First:
    json = "contentMediaType" in node
    return First(text(node.get("of")), _conditions(node.get("when")), text(node.get("at")), json=json)


def status_sources(state: Object) -> tuple[tuple[str, ...], ...]:
    """Where each of the words is of which a state is made: for each, its places in order of preference."""
    source = state.get("from")
    if isinstance(source, list):
        return tuple(places(item) for item in source)
    return (places(source),) if isinstance(source, str) else ()


def parts(word: str, count: int) -> list[str]:
    """The words that a key of the map joins with a slash; a key of a single word is never split."""
    return word.split("/") if count > 1 else [word]


def rules(state: Object) -> tuple[StateRule, ...]:
    """The states that are reported by conditions of their own."""
    return tuple(
        StateRule(text(entry.get("is")), _conditions(entry.get("when"))) for entry in _listed(state.get("rules"))
    )


def _values(word: str) -> tuple[str | int | bool, ...]:
    """What a key of the map stands for in a response: numbers and booleans are written as themselves or as text."""
    if word.isascii() and word.lstrip("-").isdigit() and str(int(word)) == word:
        return (word, int(word))
    return (word, word == "true") if word in ("true", "false") else (word,)


def _mapped(state: Object) -> Iterator[StateRule]:
    """The entries of the map as rules, in order; a place that may be in for another gives rules of its own."""
    sources = status_sources(state)
    for word, canonical in entries(state.get("map")):
        given = parts(word, len(sources))
        if len(given) > len(sources) or not isinstance(canonical, str):
            continue  # the checks say so
        padded = [*given, *[None] * (len(sources) - len(given))]
        choices = [_ways(alternatives, part) for alternatives, part in zip(sources, padded, strict=True)]
        for tests in product(*choices):
            yield StateRule(canonical, tuple(test for group in tests for test in group))


def _ways(alternatives: Sequence[str], part: str | None) -> list[tuple[When, ...]]:
    """The ways in which a word can be said, or (None) the one way in which it is not said at all."""
    silent = [When(source, empty=True) for source in alternatives]
    if part is None:
        return [tuple(silent)]
    return [(*silent[:index], When(source, one_of=_values(part))) for index, source in enumerate(alternatives)]


def _merged(mapped: Iterable[StateRule]) -> Iterator[StateRule]:
    """The rules, with one for all words that mean the same state and are in the same place."""
    together: dict[tuple[str, str], tuple[Any, ...]] = {}
    for rule in mapped:
        test = rule.when[0]
        if len(rule.when) > 1 or test.one_of is None:
            yield rule
        else:
            key = (rule.state, test.source)
            together[key] = (*together.get(key, ()), *test.one_of)
    for (state, source), values in together.items():
        yield StateRule(state, (When(source, one_of=values),))


def _sources(states: Iterable[StateRule]) -> Iterator[str]:
    # Neither a list nor a count is a word.
    tests = (test for rule in states for test in rule.when)
    return (test.source for test in tests if not (test.any_of or test.all_of) and test.greater is None)


def _conditions(node: JSON) -> tuple[When, ...]:
    return tuple(when(item) for item in (_listed(node) if isinstance(node, list) else _listed([node])))


def _identity(name: str, node: Object) -> Identity:
    said = node.get("type")
    type_: Literal["integer", "string", "url"] = (
        "integer" if said == "integer" else "url" if said == "url" else "string"
    )
    return Identity(
        name,
        places(node.get("from")),
        type_,
        node.get("optional") is True,
        tuple(origin for origin in places(node.get("origins")) if origin != "same"),
        node.get("moves") is True,
        places(node.get("secret")),
    )


def _role(node: JSON) -> Role | None:
    if not isinstance(node, dict):
        return None
    parameters = dict(entries(node.get("parameters")))
    keys, refused = _texts(node.get("identity")), tuple(map(refusal, _listed(node.get("refused"))))
    return Role(
        text(node.get("operationId")),
        parameters,
        text(node.get("select")),
        keys,
        refused,
        _carried(node.get("key")),
        text(node.get("url")),
        most if isinstance(most := node.get("max"), int) else 0,
    )


def refusal(node: Object) -> Refusal:
    """What an entry of `refused` says."""
    status = node.get("status")
    return Refusal(places(node.get("while")), status if isinstance(status, int) else None, text(node.get("code")))


def _carried(node: JSON) -> Carried | None:
    if isinstance(node, str):
        return Carried(node)
    return Carried(text(node.get("at")), _texts(node.get("equals"))) if isinstance(node, dict) else None


def _echo(node: JSON) -> Echo | None:
    if not isinstance(node, dict):
        return None
    at = text(node.get("at"))
    match: Literal["casefold", "exact"] = "casefold" if node.get("match") == "casefold" else "exact"
    return Echo(at, text(node.get("identity")) or (split(at) or ("",))[-1], match)


def _failure(node: JSON) -> Role | None:
    role = _role(node)
    if role is None:
        return None
    found = {wire: sources(value) for wire, value in role.parameters.items() if _is_looked_up(value)}
    rest = {wire: value for wire, value in role.parameters.items() if wire not in found}
    return replace(role, parameters=rest, sources={wire: places_[0] for wire, places_ in found.items()})


def _is_looked_up(value: JSON) -> bool:
    if isinstance(value, dict):
        return bool(sources(value))
    place = parse(value) if isinstance(value, str) else None
    return place is not None and place.root == "response"


def _select(node: JSON) -> Select | None:
    if not isinstance(node, dict):
        return None
    return Select(
        text(node.get("select")) or BODY,
        places(node.get("key")),
        baseline="baseline" in node,
        missing=_not_found(node.get("missing")),
        match=_texts(node.get("match")),
        submitted=text(node.get("submitted")),
        order=tuple(_order(part) for part in _listed(node.get("order"))),
        exclude=_conditions(node.get("exclude")),
        joins=node.get("joins") is True,
    )


def _order(node: Object) -> Order:
    by: Literal["time", "counter"] = "time" if node.get("as") == "time" else "counter"
    return Order(
        text(node.get("key")), by, text(node.get("format")), seconds(node.get("skew")), seconds(node.get("slack"))
    )


def _discover(node: JSON) -> Discover | None:
    if not isinstance(node, dict):
        return None
    role = Role(text(node.get("operationId")), dict(entries(node.get("parameters"))), text(node.get("select")))
    order: Literal["", "counter"] = "counter" if node.get("order") == "counter" else ""
    return Discover(
        role,
        text(node.get("key")),
        text(node.get("identity")),
        seconds(node.get("for")),
        order,
        node.get("joins") is True,
    )


def _field(node: Object) -> FieldRule:
    scale, absent = node.get("scale"), node.get("absent")
    return FieldRule(
        sources(node.get("from")),
        format=text(node.get("format")),
        pattern=text(node.get("pattern")),
        scale=float(scale) if isinstance(scale, int | float) else 1.0,
        total=text(node.get("total")),
        json="contentMediaType" in node,
        absent=tuple(absent) if isinstance(absent, list) else (),
    )


def _not_found(node: JSON) -> NotFound | None:
    return NotFound(text(node.get("state")), seconds(node.get("for")) or 0.0) if isinstance(node, dict) else None


def _honoured(node: Object) -> Honoured | None:
    if node.get("honoured") is not True:
        return None
    running = node.get("running")
    return Honoured(
        seconds(node.get("for")), dict(entries(node.get("repeat"))), running if isinstance(running, int) else None
    )


def _lookup(node: JSON) -> Lookup | None:
    return Lookup(seconds(node.get("settle")), seconds(node.get("keeps"))) if isinstance(node, dict) else None


def _list(node: JSON) -> list[JSON]:
    return node if isinstance(node, list) else []


def _final(node: JSON) -> StateRule | None:
    return StateRule(text(node.get("state")), (when(node),)) if isinstance(node, dict) else None


def _poll(node: Object) -> Poll:
    tolerate = _object(node, "tolerate")
    multiplier, transport, statuses = node.get("multiplier"), tolerate.get("transport"), tolerate.get("statuses")
    return Poll(
        initial=seconds(node.get("initial")),
        max=seconds(node.get("max")),
        multiplier=float(multiplier) if isinstance(multiplier, int | float) else None,
        timeout=seconds(node.get("timeout")),
        tolerate=seconds(tolerate.get("for")),
        statuses=tuple(item for item in statuses if isinstance(item, int)) if isinstance(statuses, list) else None,
        transport=transport if isinstance(transport, bool) else None,
    )


def _object(node: Object, key: str) -> Object:
    found = node.get(key)
    return found if isinstance(found, dict) else {}


def _objects(node: JSON) -> Iterator[tuple[str, Object]]:
    return ((key, part) for key, part in entries(node) if isinstance(part, dict))


def _listed(node: JSON) -> list[Object]:
    return [part for part in node if isinstance(part, dict)] if isinstance(node, list) else []


def _texts(node: JSON) -> dict[str, str]:
    return {key: value for key, value in entries(node) if isinstance(value, str)}
