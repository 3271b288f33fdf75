"""JB7, JB8: what a handle sends and fetches, which jobs it is of, and how it travels to another process."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from functools import partial
from typing import Any, Final

from jobclients_contract.cases import Contract, Json, Kind
from jobclients_contract.failure import Check, both, expect, refuse
from jobclients_contract.judging.jobs import (
    busy_row,
    expect_error,
    expect_status,
    good_end,
    texts_of,
)
from jobclients_contract.playing.jobs import Stage, Told, arguments_of, documented, staged
from jobclients_contract.reading.jobs import Reader
from jobclients_contract.reading.pointers import entry, put

_FETCHING: Final = ("result", "progress", "logs")

_RESUMING: Final = """
import asyncio, dataclasses, importlib, json, sys
given = json.load(sys.stdin)
package = importlib.import_module(given["package"])
module = importlib.import_module(f"{given['package']}.{given['vendor']}")
clock = dataclasses.replace(package.HttpOptions().clock, sleep=lambda seconds: None)

def made(prefix, url, account):
    auth = [getattr(module, name)(**values) for name, values in given["auth"]]
    more = {"auth": auth[0] if len(auth) == 1 else tuple(auth)} if auth else {}
    http = package.HttpOptions(clock=clock)
    kind = getattr(module, f"{prefix}{given['prefix']}Client")
    return kind(base_url=url, account=account, http=http, **given["options"], **more)

def told(status):
    return [str(status.state), status.raw_state, status.run_id, str(status.attribution), status.progress]

async def later(url, account, text):
    async with made("Async", url, account) as client:
        return told(await package.resume(text, client).wait())

found = []
for url, account, text in given["handles"]:
    with made("", url, account) as client:
        found.append(told(package.resume(text, client).wait()))
    found.append(asyncio.run(later(url, account, text)))
print(json.dumps(found))
"""


_SENSELESS: Final[tuple[Json, ...]] = ("", -0.5, 1.5, True, [1])
"""Values that identify nothing, whether an identity is a text or a number."""


def checks(contract: Contract) -> Iterator[Check]:
    """The checks of this concern."""
    for kind in contract.kinds:
        for role in ("status", "cancel", *_FETCHING):
            if role in kind.roles:

                def act(mode: str, kind: Kind = kind, role: str = role) -> None:
                    _sends(contract, kind, role, mode)

                rule = "JB7" if role == "cancel" else "JB8"
                yield from both(
                    contract, rule, kind.name, f"role {role}", kind.where, act, [f"role:{kind.name}/{role}"]
                )
        table = (
            ("ways to a handle", _found),
            ("tampered with", _tampered),
            ("of somebody else", _foreign),
        )
        for subject, judge in table:

            def judged(mode: str, kind: Kind = kind, judge: Any = judge) -> None:
                judge(contract, kind, mode)

            yield from both(contract, "JB8", kind.name, subject, kind.where, judged)
    if contract.kinds:
        where = contract.kinds[0].where
        yield Check(contract, "JB8", "", "another process", where, lambda _: _resumed(contract), "both")


def _sends(contract: Contract, kind: Kind, role: str, mode: str) -> None:
    """A handle sends what the client's own method sends with the handle's identity, and returns what that returns."""
    method = kind.roles[role]
    script = documented(contract, method)
    row = busy_row(kind)
    before = [row] if role == "cancel" and Reader(kind.spec).by_name else []
    answers: dict[str, Iterable[Told]] = {"status": before, role: [script, script]}
    if role == "status":
        answers = {"status": [row, row]}
    with staged(contract, kind, mode, roles=answers) as stage:
        job = stage.job()
        returned = stage.client.wait(getattr(job, role)())
        own = stage.server.requests[-1]
        direct = stage.client.call(method, arguments_of(contract, kind, role))
        other = stage.server.requests[-1]
        expect((other.line, other.body), (own.line, own.body), "what the handle sends differs from what the call sends")
        if role in _FETCHING:
            expect(direct, returned, "what the handle fetches differs from what the call fetches")
        elif role == "cancel":
            expect(None, returned, "stopping a job returns something")
        else:
            expect(direct, returned.raw, "the answer behind the status differs from what the call returns")


def _found(contract: Contract, kind: Kind, mode: str) -> None:
    """Each way to identify a job, and each answer that names one, leads to a handle with that identity."""
    for identity in (kind.identity, *kind.others):
        with staged(contract, kind, mode, busy_row(kind), busy_row(kind)) as stage:
            job = stage.job(identity)
            stage.status(job)
            own = {**contract.options, **identity}
            named = entry(kind.spec, "identity")
            wanted = {name: str(own[name]) for name in (named if isinstance(named, dict) else ()) if name in own}
            expect(wanted, texts_of(job.identity), "the identity of the handle differs")
            asked = stage.server.request
            stage.client.call(
                kind.roles["status"], arguments_of(contract, kind, "status", {**contract.options, **identity})
            )
            expect(stage.server.requests[-1].line, asked.line, "the request differs from that of the call")
    whole: dict[str, Json] = dict(kind.identity)
    for identity in kind.others:
        whole |= identity
    senseless: list[dict[str, Json]] = [
        {**identity, name: value}
        for identity in (kind.identity, *kind.others)
        for name in identity
        for value in _SENSELESS
    ]
    with staged(contract, kind, mode) as stage:
        for given in [*senseless, *([whole] if kind.others else [])]:
            expect_error(stage, "InvalidArgument", partial(stage.job, given), f"{given} identifies a job")
        rules = entry(kind.spec, "adopt")
        for rule in rules if isinstance(rules, list) else []:
            _adopted(stage, rule)


def _adopted(stage: Stage, rule: Json) -> None:
    """An answer of another call names the job."""
    known: dict[str, Json] = dict(stage.kind.identity)
    for identity in stage.kind.others:
        known = {**identity, **known}
    body: Json = {"beside": [1]}
    wanted: dict[str, str] = {}
    for name, pointer in rule.items() if isinstance(rule, dict) else ():
        body = put(body, str(pointer), known[name])
        wanted[name] = str(known[name])
    written = body
    for name, pointer in rule.items() if isinstance(rule, dict) else ():
        written = put(written, str(pointer), str(known[name]))
    for given in (body, json.dumps(body), json.dumps(body).encode(), written):
        found = texts_of(stage.jobs.adopt(given).identity)
        expect(wanted, {name: found.get(name) for name in wanted}, f"the identity out of {rule} differs")
    expect_error(stage, "InvalidArgument", partial(stage.jobs.adopt, {"beside": [1]}), "an answer that names no job")


def _checksum(facts: dict[str, Any]) -> str:
    """The checksum of a handle: of its facts as compact JSON with sorted keys."""
    text = json.dumps(facts, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _signed(facts: dict[str, Any]) -> str:
    return json.dumps({**facts, "checksum": _checksum(facts)})


def _tampered(contract: Contract, kind: Kind, mode: str) -> None:
    """A text that was cut or changed, is not signed, or is of a format that nobody knows, is no handle."""
    with staged(contract, kind, mode, busy_row(kind)) as stage:
        job = stage.job()
        stage.status(job)
        text = job.to_json()
        expect(text, stage.jobs.restore(text).to_json(), "a handle that was restored differs")
        facts = json.loads(text)
        expect(facts.pop("checksum"), _checksum(facts), "the checksum is another one than handles have had so far")
        expect(1, facts["format"], "the format is another one than handles have had so far")
        changed = [
            json.dumps({**facts, name: _other(value), "checksum": _checksum(facts)}) for name, value in facts.items()
        ]
        cut = [text[:length] for length in range(0, len(text), 17)]
        formats = [_signed({**facts, "format": number}) for number in (0, 2, "1", None, 1.0, True)]
        unsigned = [json.dumps(facts)]
        unsigned += [json.dumps({**facts, "checksum": checksum}) for checksum in (None, "", 0, False)]
        lacking = [_signed({key: value for key, value in facts.items() if key != name}) for name in facts]
        identities: list[Json] = [{}, {"nobody": "x"}, [], None]
        identities += [{**facts["identity"], name: value} for name in facts["identity"] for value in _SENSELESS]
        senseless = [_signed({**facts, "identity": identity}) for identity in identities]
        nothing = ("null", "[]", "7", '"x"', "{}", "x" * 99_999)
        for other in (*changed, *cut, *formats, *unsigned, *lacking, *senseless, *nothing):
            expect_error(stage, "HandleError", partial(stage.jobs.restore, other), f"{other[:300]} counts as a handle")
        stage.expect_roles("status")


def _other(value: Json) -> Json:
    """Another value of the same type."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, dict):
        return {name: _other(item) for name, item in value.items()}
    return [*value, "x"] if isinstance(value, list) else "x" if value is None else f"{value}x"


def _foreign(contract: Contract, kind: Kind, mode: str) -> None:
    """A handle belongs to its vendor, kind, server, path and account, unless it is taken over; it holds no secret."""
    row = busy_row(kind)
    with staged(contract, kind, mode, row, row, account="theirs") as stage:
        job = stage.job()
        stage.status(job)
        text = job.to_json()
        for secret in (secret for credential in contract.credentials for secret in credential.secrets):
            expect(False, secret in text or secret in repr(job), "whether a handle shows a secret differs")
        facts = json.loads(text)
        del facts["checksum"]
        for name in ("vendor", "kind"):
            other = _signed({**facts, name: f"{facts[name]}_x"})
            expect_error(stage, "HandleError", partial(stage.jobs.restore, other), f"the {name} does not matter")
        for name in ("origin", "account"):
            other = _signed({**facts, name: f"{facts[name]}/x"})
            expect_error(stage, "HandleError", partial(stage.jobs.restore, other), f"the {name} does not matter")
            taken = stage.jobs.restore(other, rebind=True)
            expect(text, taken.to_json(), "a handle that was taken over differs")
        expect_status(stage, row, stage.status(stage.jobs.restore(text)))
        for another in contract.kinds:
            if another is not kind:
                act = partial(getattr(stage.client.client, another.name).restore, text)
                expect_error(stage, "HandleError", act, f"a handle of {kind.name} is one of {another.name}")


def _resumed(contract: Contract) -> None:
    """What this process began to wait for, another one waits out, with nothing but the text: either client."""
    with ExitStack() as stack:
        handles: list[list[str]] = []
        wanted: list[list[Any]] = []
        for kind in contract.kinds:
            row, end = busy_row(kind), good_end(kind)
            account = f"account of {kind.name}"
            stage = stack.enter_context(staged(contract, kind, "sync", *[row], *[row, end] * 2, row, account=account))
            job = stage.job()
            first = stage.status(job)
            handles.append([stage.server.url, account, job.to_json()])
            progress = Reader(kind.spec).read(end.answer).facts["progress"]
            wanted += [[end.state, end.word, first.run_id, str(first.attribution), progress]] * 2
        given = {
            "package": contract.package,
            "vendor": contract.vendor,
            "prefix": contract.prefix,
            "options": contract.options,
            "auth": [(item.name, item.values) for item in contract.credentials if item.kind == "plain"][:1],
            "handles": handles,
        }
        done = subprocess.run(  # noqa: S603 - the interpreter of this process, with a program of ours
            [sys.executable, "-c", _RESUMING],
            input=json.dumps(given),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
    if done.returncode:
        refuse("the other process failed", "an end", done.stderr[-1500:])
    expect(wanted, json.loads(done.stdout), "what another process learns differs")
