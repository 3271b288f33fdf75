"""The constant of a kind of job as an expression: only what differs from what holds without saying."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, replace

from vendorsmith.emit import constants
from vendorsmith.emit.code import Code, call
from vendorsmith.ir import Api
from vendorsmith.ir_jobs import (
    JobDiscover,
    JobField,
    JobIdentity,
    JobKind,
    JobPoll,
    JobRole,
    JobRule,
    JobRun,
    RateLimit,
)


def job_kind(api: Api, kind: JobKind) -> Code:
    """`JobKind("runs", vendor="huawei_cdm", identity=(...), status=Role(...), ...)`."""
    names = {entry.name: Code(entry.constant) for entry in api.operations}
    keywords: dict[str, object] = {
        "name": kind.name,
        "vendor": api.vendor,
        "identity": tuple(_identity(entry) for entry in kind.identity),
    }
    optional = {"submit": kind.submit, "cancel": kind.cancel, "result": kind.result, "progress": kind.progress}
    optional |= {"logs": kind.logs, "list": kind.list, "status_many": kind.status_many}
    given = {"status": kind.status} | {name: role for name, role in optional.items() if role}
    keywords |= {name: _role(role, names) for name, role in given.items()}
    keywords |= {"select": _select(kind.run), "latest": True} if kind.run else {}
    keywords |= {"discover": _discover(kind.discover, names)} if kind.discover else {}
    keywords["states"] = tuple(_rule(rule) for rule in _merged(kind.rules))
    keywords |= {"match": "casefold"} if kind.casefold else {}
    keywords["raw_state"] = tuple(word[0] if len(word) == 1 else word for word in kind.words) or _ruled(kind)
    keywords |= {"absent": kind.absent} if kind.absent else {}
    if kind.refine:
        keywords["refine"] = tuple(
            call("Refine", entry.state, tuple(constants.when(test) for test in entry.when), entry.to)
            for entry in kind.refine
        )
    keywords |= {"unknown_for": kind.unknown_for} if kind.unknown_for is not None else {}
    keywords |= {"not_found": call("NotFound", *kind.not_found)} if kind.not_found else {}
    keywords["fields"] = {entry.name: _field(entry) for entry in kind.fields}
    keywords |= {"final": _rule(kind.final)} if kind.final else {}
    keywords |= {"idempotency": kind.idempotency} if kind.idempotency else {}
    keywords |= {"adopt": tuple(call("Adopt", dict(entry)) for entry in kind.adopt)} if kind.adopt else {}
    keywords |= {"poll": _poll(kind.poll)} if kind.poll != JobPoll() else {}
    limits = tuple(_limit(entry) for entry in api.rate_limits if _concerns(entry, kind))
    keywords |= {"limits": limits} if limits else {}
    return call("JobKind", **keywords)


def _ruled(kind: JobKind) -> tuple[str, ...]:
    """The places that rules speak of, for a kind without a map."""
    return tuple(dict.fromkeys(test.source for rule in kind.rules for test in rule.when))


def _identity(facts: JobIdentity) -> Code:
    keywords: dict[str, object] = {}
    keywords |= {"type": facts.type} if facts.type != "string" else {}
    keywords |= {"optional": True} if facts.optional else {}
    return call("Identity", facts.name, *([facts.sources] if facts.sources else []), **keywords)


def _role(facts: JobRole, names: dict[str, Code]) -> Code:
    keywords: dict[str, object] = {}
    keywords |= {"items": facts.select} if facts.select else {}
    keywords |= {"keys": dict(facts.identity)} if facts.identity else {}
    return call("Role", names[facts.operation], *([dict(facts.arguments)] if facts.arguments else []), **keywords)


def _select(facts: JobRun) -> Code:
    keywords: dict[str, object] = {}
    keywords |= {"baseline": True} if facts.baseline else {}
    if facts.missing:
        keywords |= {"missing_state": facts.missing[0], "missing_for": facts.missing[1]}
    keywords |= {"match": dict(facts.match)} if facts.match else {}
    keywords |= {"submitted": facts.submitted} if facts.submitted else {}
    return call("Select", facts.select, facts.key, **keywords)


def _discover(facts: JobDiscover, names: dict[str, Code]) -> Code:
    keywords = {"within": facts.within} if facts.within is not None else {}
    arguments = dict(facts.arguments)
    return call("Discover", names[facts.operation], arguments, facts.select, facts.key, facts.identity, **keywords)


def _rule(facts: JobRule) -> Code:
    return call("StateRule", facts.state, tuple(constants.when(test) for test in facts.when))


def _merged(rules: tuple[JobRule, ...]) -> Iterator[JobRule]:
    """The rules, with one for all words of the map that mean the same state and stand in the same place."""
    waiting: dict[tuple[str, str], JobRule] = {}
    for rule in rules:
        alone = rule.word and len(rule.when) == 1
        if not alone:
            yield rule
            continue
        key = (rule.state, rule.when[0].source)
        known = waiting.get(key)
        values = (*known.when[0].values, *rule.when[0].values) if known else rule.when[0].values
        waiting[key] = replace(rule, when=(replace(rule.when[0], values=values),))
    yield from waiting.values()


def _field(facts: JobField) -> Code:
    keywords: dict[str, object] = {}
    keywords |= {"format": facts.format} if facts.format else {}
    keywords |= {"pattern": facts.pattern} if facts.pattern else {}
    keywords |= {"scale": facts.scale} if facts.scale != 1.0 else {}
    keywords |= {"total": facts.total} if facts.total else {}
    keywords |= {"json": True} if facts.json else {}
    return call("FieldRule", facts.sources, **keywords)


def _poll(facts: JobPoll) -> Code:
    return call("Poll", **{name: value for name, value in asdict(facts).items() if value is not None})


def _limit(facts: RateLimit) -> Code:
    keywords = {"scope": facts.scope} if facts.scope != "account" else {}
    return call("RateLimit", facts.operations, facts.limit, facts.per, **keywords)


def _concerns(limit: RateLimit, kind: JobKind) -> bool:
    roles = (kind.status, kind.submit, kind.cancel, kind.result, kind.progress, kind.logs, kind.list, kind.status_many)
    used = {role.operation for role in roles if role}
    used |= {kind.discover.operation} if kind.discover else set()
    return bool(used & set(limit.operations))
