"""Handles: how they are made, what they hold, and how they travel to another process."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from kitchen.jobs.harness import Harness, harness_of

ROUTE = "GET /bakes/b-1"


def signed(facts: dict[str, Any]) -> str:
    """The facts of a handle with the checksum that handles have had so far."""
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"))
    return json.dumps({**facts, "checksum": hashlib.sha256(text.encode()).hexdigest()[:16]})


def context_of(text: str) -> dict[str, Any]:
    """The facts of a handle without its checksum."""
    facts: dict[str, Any] = json.loads(text)
    del facts["checksum"]
    return facts


# --- made by hand ---


@pytest.mark.parametrize(
    ("made", "line"),
    [
        ({"dish_id": 7}, "GET /dish?id=7"),
        ({"dish_id": "7"}, "GET /dish?id=7"),
        ({"name": "pie à la mode"}, "GET /dish?name=pie%20%C3%A0%20la%20mode"),
    ],
)
def test_one_of_two_ids_is_enough(harness: Harness, made: dict[str, Any], line: str) -> None:
    harness.on("GET /dish", {"state": "READY"})
    assert harness.run(harness.client.dishes(**made).status()).state == "succeeded"
    assert harness.lines == [line]


@pytest.mark.parametrize("made", [{}, {"dish_id": 7, "name": "pie"}])
def test_neither_none_nor_both(harness: Harness, made: dict[str, Any]) -> None:
    with pytest.raises(harness.package.InvalidArgument):
        harness.client.dishes(**made)


def test_a_field_may_be_left_out_where_it_is_optional(harness: Harness) -> None:
    job = harness.client.courses(course="soup", table=4, ticket=12)
    assert job.identity == {"house": "h-1", "course": "soup", "table": 4, "ticket": 12}
    assert harness.client.courses(course="soup", table=4, ticket=12, house="h-2").identity["house"] == "h-2"
    with pytest.raises(TypeError):
        harness.client.courses(course="soup", table=4)
    with pytest.raises(harness.package.InvalidArgument):
        harness.client.courses(course="soup", table=4, ticket=None)


@pytest.mark.parametrize("odd", ["", -0.5, 1.5, True, [1], {}])
def test_what_identifies_nothing_is_refused(harness: Harness, odd: Any) -> None:
    with pytest.raises(harness.package.InvalidArgument):
        harness.client.bakes(bake_id=odd)
    with pytest.raises(harness.package.InvalidArgument):
        harness.client.deliveries(delivery_id=odd)


def test_a_text_of_an_id_goes_into_the_path_as_it_is(harness: Harness) -> None:
    harness.on("GET /bakes/a%2Fb%20%3F%C3%A9", {"status": "HOT"})
    assert harness.run(harness.client.bakes(bake_id="a/b ?é").status()).run_id == "a/b ?é"


# --- adopted ---


@pytest.mark.parametrize(
    "told",
    [
        {"bake": {"id": "b-1"}, "oven": []},
        {"bake": {"id": ""}, "oven": [{"bake/id": "b-1"}]},
        {"oven": [{"bake/id": "b-1"}, {"bake/id": "b-2"}]},
        '{"bake": {"id": "b-1"}}',
        b'{"bake": {"id": "b-1"}}',
    ],
)
def test_an_answer_of_another_call_names_a_job(harness: Harness, told: Any) -> None:
    assert harness.client.bakes.adopt(told).identity == {"bake_id": "b-1"}


def test_which_entry_counts(harness: Harness) -> None:
    """The first whose pointers all hold a value of the field's type."""
    dishes = harness.client.dishes
    assert dishes.adopt({"dish": {"id": 7, "name": "pie"}}).identity == {"dish_id": 7}
    assert dishes.adopt({"dish": {"id": "seven", "name": "pie"}}).identity == {"name": "pie"}
    whole = {"name": "soup", "table": 4, "ticket": "12"}
    part = {"name": "pie", "table": 4, "ticket": None}
    soup = {"house": "h-1", "course": "soup", "table": 4, "ticket": 12}
    assert harness.client.courses.adopt({"course": part, **whole}).identity == soup
    assert harness.client.courses.adopt({"course": whole, **part}).identity == soup
    assert harness.client.menus.adopt({"menu": {"name": "lunch"}}).identity == {"house": "h-1", "menu": "lunch"}


@pytest.mark.parametrize("told", [{}, [], None, "", b"\xff", {"bake": {"id": None}}, {"bake": "b-1"}, '{"bake"'])
def test_an_answer_that_names_no_job(harness: Harness, told: Any) -> None:
    with pytest.raises(harness.package.InvalidArgument, match="names no job"):
        harness.client.bakes.adopt(told)


# --- as text ---


def test_the_form_of_a_handle(harness: Harness) -> None:
    """It is kept in files and databases: whatever changes here has to be read by later releases, too."""
    runs = {"runs": [{"run-id": 1, "began": 5, "menu": "lunch", "status": "SERVED"}]}
    harness.on("GET /houses/h-1/menus/lunch", runs)
    harness.on("POST /houses/h-1/menus/lunch", {"runs": [{"run-id": 2, "menu": "lunch"}]})
    job = harness.run(harness.client.menus.submit(menu="lunch"))
    facts = {
        "format": 2,
        "vendor": "kitchen_jobs",
        "kind": "menus",
        "origin": harness.server.url,
        "account": context_of(job.to_json())["account"],
        "identity": {"house": "h-1", "menu": "lunch"},
        "run_key": {"run-id": "2"},
        "attribution": "exact",
        "baseline": {
            "keys": [{"run-id": "1", "began": "5"}],
            "found": "runs",
            "read_at": 1_700_000_000.0,
            "dated": None,
        },
        "named": None,
        "submitted_at": 1_700_000_000.0,
        "sent_at": 1_700_000_000.0,
        "sent_until": 1_700_000_000.0,
        "joined": False,
        "seen": False,
        "key": None,
    }
    assert json.loads(job.to_json()) == json.loads(signed(facts))
    assert harness.client.menus.restore(job.to_json()).to_json() == job.to_json()
    assert harness.package.resume(job.to_json(), harness.client).to_json() == job.to_json()


def test_a_handle_shows_no_secret(harness: Harness) -> None:
    harness.on(ROUTE, {"status": "HOT"})
    job = harness.client.bakes(bake_id="b-1")
    harness.run(job.status())
    assert "s3cret" not in job.to_json() + repr(job)
    assert "kitchen_jobs.bakes bake_id='b-1'" in repr(job)


def test_what_was_changed_or_cut_is_no_handle(harness: Harness) -> None:
    text = harness.client.bakes(bake_id="b-1").to_json()
    others = (("b-1", "b-2"), ("bakes", "roasts"), ('seen":false', 'seen":true'))
    changed = [text.replace(old, new) for old, new in others]
    cut = [text[:length] for length in range(0, len(text), 13)]
    unsigned = [json.dumps({**context_of(text), "checksum": odd}) for odd in (None, "", 0, False)]
    nothing = ["null", "[]", "7", '"x"', "{}", "x" * 99_999, json.dumps(context_of(text))]
    for other in (*changed, *cut, *unsigned, *nothing):
        assert other != text
        with pytest.raises(harness.package.HandleError):
            harness.client.bakes.restore(other)


@pytest.mark.parametrize(
    "odd",
    [
        *({"format": value} for value in (0, 3, "2", None, 2.0, True)),
        *({"identity": value} for value in (None, list[str](), dict[str, str](), {"nobody": "x"})),
        *({"identity": {"bake_id": value}} for value in ("", 1.5)),
        *({"attribution": value} for value in ("guessed", None)),
        *({"submitted_at": value} for value in (-1, "now", 1e300)),
        {"baseline": [["1", "2", "3"]]},
        {"baseline": {"keys": [{"id": "1"}], "found": "runs", "read_at": 1.0, "dated": None}},
        {"run_key": ["1"]},
        {"run_key": {"id": "1"}},
        {"vendor": "others"},
        {"kind": "roasts"},
        {"origin": "https://other.example.com"},
        {"account": "theirs"},
    ],
)
def test_what_does_not_fit_is_refused_however_well_it_is_signed(harness: Harness, odd: dict[str, Any]) -> None:
    facts = context_of(harness.client.bakes(bake_id="b-1").to_json())
    assert harness.client.bakes.restore(signed(facts)).identity == {"bake_id": "b-1"}
    with pytest.raises(harness.package.HandleError):
        harness.client.bakes.restore(signed({**facts, **odd}))


def test_no_fact_may_be_lacking(harness: Harness) -> None:
    facts = context_of(harness.client.bakes(bake_id="b-1").to_json())
    for name in facts:
        if name != "seen":
            with pytest.raises(harness.package.HandleError):
                harness.client.bakes.restore(signed({key: value for key, value in facts.items() if key != name}))


@pytest.mark.parametrize("odd", [{"origin": "https://other.example.com"}, {"account": "theirs"}])
def test_another_server_or_account_has_to_be_asked_for(harness: Harness, odd: dict[str, Any]) -> None:
    text = harness.client.bakes(bake_id="b-1").to_json()
    other = signed({**context_of(text), **odd})
    assert harness.client.bakes.restore(other, rebind=True).to_json() == text
    assert harness.package.resume(other, harness.client, rebind=True).to_json() == text
    foreign = signed({**context_of(text), "kind": "roasts"})
    with pytest.raises(harness.package.HandleError):
        harness.client.bakes.restore(foreign, rebind=True)


def test_a_handle_of_one_client_is_one_of_the_other(kitchen_clients: ModuleType, harness: Harness) -> None:
    mode = "async" if harness.mode == "sync" else "sync"
    text = harness.client.bakes(bake_id="b-1").to_json()
    harness.on(ROUTE, {"status": "DONE"})
    account = context_of(text)["account"]
    with harness_of(mode, kitchen_clients, base_url=harness.server.url, account=account) as other:
        assert other.run(kitchen_clients.resume(text, other.client).wait()).state == "succeeded"


def test_keys_tell_jobs_apart(harness: Harness) -> None:
    bakes, dishes = harness.client.bakes, harness.client.dishes
    keys = [bakes(bake_id="7").key, bakes(bake_id="8").key, dishes(dish_id=7).key, dishes(name="7").key]
    assert len(set(keys)) == 4
    assert bakes(bake_id="7").key == keys[0]


RESUMING = """
import asyncio, dataclasses, importlib, json, sys
url, account, text = json.load(sys.stdin)
package = importlib.import_module("kitchen_clients")
module = importlib.import_module("kitchen_clients.kitchen_jobs")
clock = dataclasses.replace(package.HttpOptions().clock, sleep=lambda seconds: None)
given = {"base_url": url, "account": account, "auth": module.Token("t"), "house": "h-1"}
given["http"] = package.HttpOptions(clock=clock)

async def later():
    async with module.AsyncKitchenJobsClient(**given) as client:
        return await package.resume(text, client).wait()

with module.KitchenJobsClient(**given) as client:
    found = [package.resume(text, client).wait(), asyncio.run(later())]
print(json.dumps([[status.state, status.run_id, status.attribution] for status in found]))
"""


def test_another_process_goes_on_with_nothing_but_the_text(kitchen_clients: ModuleType) -> None:
    """The run, and what ran before it, come along."""
    old = {"run-id": 1, "began": 5, "menu": "lunch", "status": "SPOILT"}
    new = {"run-id": 2, "began": 6, "menu": "lunch", "status": "SERVED", "outcome": '{"leftovers": 1}'}
    folders = [str(Path(kitchen_clients.__file__ or "").parent.parent), *sys.path]
    with harness_of("sync", kitchen_clients, account="mine") as harness:
        harness.on("GET /houses/h-1/menus/lunch", *({"runs": [run]} for run in (old, old, new, old, new)))
        harness.on("POST /houses/h-1/menus/lunch", {"runs": []})
        job = harness.client.menus.submit(menu="lunch")
        done = subprocess.run(
            [sys.executable, "-c", RESUMING],
            input=json.dumps([harness.server.url, "mine", job.to_json()]),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(folders)},
        )
    assert done.stderr == ""
    assert json.loads(done.stdout) == [["succeeded", "2", "newer_than_baseline"]] * 2
