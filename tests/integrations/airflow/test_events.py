"""The event trigger: each run that ended is told once, also across triggerers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

import pytest
from airflow.sdk import Asset, AssetWatcher
from airflow.triggers.base import TriggerEvent
from integrations.airflow.tasks import CONNECTION
from jobclients_core.integrations.airflow.triggers import events, registry
from jobclients_core.integrations.airflow.triggers.events import JobClientsRunEndedTrigger
from jobclients_core.testing import FakeVendor

Serve = Callable[..., FakeVendor]

JOB = {"project_id": "p", "cluster_id": "c", "job_name": "nightly"}


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "LINGER", 0.0)


@dataclass
class FakeAssetStore:
    """The state store of an asset, which outlives triggerers."""

    values: dict[str, Any] = field(default_factory=dict[str, Any])
    shared: bool = False

    async def aget(self, key: str) -> Any:
        if self.shared:
            raise ValueError("Task has 2 concrete inlets and outlets")
        return self.values.get(key)

    async def aset(self, key: str, value: Any) -> None:
        self.values[key] = json.loads(json.dumps(value))


class Triggerer:
    """A triggerer that runs one trigger, between whose looks a test lets things happen.

    Args:
        monkeypatch: Replaces sleeping.
        store: What it keeps.
        **arguments: Of the trigger.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, store: Any, **arguments: Any) -> None:
        given = {"job_type": "runs", "identity": {"job_name": "nightly"}, **arguments}
        _, stored = JobClientsRunEndedTrigger(CONNECTION, **given).serialize()
        self.trigger = JobClientsRunEndedTrigger(**json.loads(json.dumps(stored)))
        self.trigger.asset_state_store = store
        self.told: list[Any] = []
        self._monkeypatch = monkeypatch

    def run(self, *between: Callable[[], Any]) -> list[str]:
        """Let it look once, and once more after each of those; then it is killed. The states that it told."""
        looks = iter(between)

        async def pause(seconds: float) -> None:
            assert seconds == self.trigger.poll_interval
            happen = next(looks, None)
            if happen is None:
                raise asyncio.CancelledError
            happen()

        async def main() -> None:
            async with aclosing(self.trigger.run()) as found:  # type: ignore[type-var]
                async for event in found:
                    self.told.append(event)

        before = len(self.told)
        with self._monkeypatch.context() as patched:
            patched.setattr(events, "pause", pause)
            with pytest.raises(asyncio.CancelledError):
                asyncio.run(main())
        return [event.payload["job"]["state"] for event in self.told[before:]]


def nothing() -> None:
    """Let nothing happen."""


def test_each_run_that_ends_is_told_once(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = serve("huawei_cdm")
    triggerer = Triggerer(monkeypatch, FakeAssetStore())

    def ends(lifecycle: str) -> Callable[[], Any]:
        return lambda: fake.job("runs", lifecycle, **JOB)

    assert triggerer.run(ends("succeeded"), nothing, ends("failed"), nothing, nothing) == ["succeeded", "failed"]
    event = triggerer.told[0]
    assert isinstance(event, TriggerEvent)
    assert event.payload["job"]["identity"]["job_name"] == "nightly"
    assert event.payload["job"]["run_id"]
    json.dumps(event.payload)


def test_a_run_is_told_when_it_ends_and_not_before(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = serve("huawei_cdm")
    fake.job("runs", "running*3,succeeded", **JOB)
    triggerer = Triggerer(monkeypatch, FakeAssetStore())
    seen: list[int] = []
    count = [lambda: seen.append(len(triggerer.told))] * 5
    assert triggerer.run(*count) == ["succeeded"]
    assert seen[0] == 0
    assert seen[-1] == 1


def test_what_had_ended_before_is_no_event(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = serve("huawei_cdm")
    fake.job("runs", "succeeded", **JOB)
    store = FakeAssetStore()
    assert Triggerer(monkeypatch, store).run(nothing, nothing) == []
    assert Triggerer(monkeypatch, store).run(nothing) == []


@pytest.mark.parametrize("before", ["succeeded", "running*5,succeeded"], ids=["after another", "as the first"])
def test_what_ends_while_no_triggerer_runs_is_told_by_the_next(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, before: str
) -> None:
    fake = serve("huawei_cdm")
    fake.job("runs", before, **JOB)
    store = FakeAssetStore()
    assert Triggerer(monkeypatch, store).run() == []
    fake.job("runs", "failed", **JOB)
    assert Triggerer(monkeypatch, store).run(nothing) == ["failed"]
    assert Triggerer(monkeypatch, store).run(nothing) == []


def test_an_event_that_airflow_may_not_have_stored_is_told_again(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = serve("huawei_cdm")
    store = FakeAssetStore()
    assert Triggerer(monkeypatch, store).run(lambda: fake.job("runs", "succeeded", **JOB)) == ["succeeded"]
    assert Triggerer(monkeypatch, store).run(nothing) == ["succeeded"]
    assert Triggerer(monkeypatch, store).run(nothing) == []


@pytest.mark.parametrize(
    ("states", "told"), [("all", ["succeeded", "failed"]), ("ok", ["succeeded"]), ("failed", ["failed"])]
)
def test_only_some_ends_are_events(serve: Serve, monkeypatch: pytest.MonkeyPatch, states: str, told: list[str]) -> None:
    fake = serve("huawei_cdm")
    triggerer = Triggerer(monkeypatch, FakeAssetStore(), states=states)
    ends = [lambda: fake.job("runs", "succeeded", **JOB), lambda: fake.job("runs", "failed", **JOB)]
    assert triggerer.run(*ends, nothing) == told


def test_a_job_that_runs_once_is_one_event(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = serve("alation", strict=True)
    fake.job("jobs", "running,succeeded", id=7)
    store = FakeAssetStore()
    triggerer = Triggerer(monkeypatch, store, job_type="jobs", identity={"id": 7})
    assert triggerer.run(nothing, nothing, nothing) == ["succeeded"]
    assert Triggerer(monkeypatch, store, job_type="jobs", identity={"id": 7}).run(nothing) == []


@pytest.mark.parametrize("fault", ["503@1*30", "401@1*30", "reset@1*30"])
def test_a_vendor_that_is_down_is_looked_at_again(serve: Serve, monkeypatch: pytest.MonkeyPatch, fault: str) -> None:
    fake = serve("huawei_cdm")
    triggerer = Triggerer(monkeypatch, FakeAssetStore())

    def down() -> None:
        fake.job("runs", "succeeded", **JOB)
        fake.fail(fault)

    def up() -> None:
        fake.faults.clear()
        fake.clock.advance(100)

    assert triggerer.run(down, nothing, up, nothing) == ["succeeded"]


def test_an_airflow_that_is_down_is_asked_again(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = serve("huawei_cdm")
    fake.job("runs", "succeeded", **JOB)
    store = FakeAssetStore()
    triggerer = Triggerer(monkeypatch, store)
    reading, writing = store.aget, store.aset

    async def down(*arguments: Any) -> Any:
        raise RuntimeError("the API server does not answer")

    monkeypatch.setattr(store, "aget", down)
    monkeypatch.setattr(store, "aset", down)

    def up() -> None:
        monkeypatch.setattr(store, "aget", reading)

    def writes() -> None:
        monkeypatch.setattr(store, "aset", writing)
        fake.job("runs", "failed", **JOB)

    assert triggerer.run(nothing, up, nothing, writes, nothing) == ["failed"]
    assert len(store.values) == 1


def test_several_assets_on_one_trigger_keep_no_place(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = serve("huawei_cdm")
    store = FakeAssetStore(shared=True)
    triggerer = Triggerer(monkeypatch, store)
    assert triggerer.run(lambda: fake.job("runs", "succeeded", **JOB), nothing) == ["succeeded"]
    assert store.values == {}


def test_watchers_of_different_jobs_of_one_asset_have_places_of_their_own(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = serve("huawei_cdm")
    for name in ("nightly", "weekly"):
        fake.job("runs", "succeeded", **{**JOB, "job_name": name})
    store = FakeAssetStore()
    first = Triggerer(monkeypatch, store)
    second = Triggerer(monkeypatch, store, identity={"job_name": "weekly"})
    first.run(nothing)
    second.run(nothing)
    fake.job("runs", "failed", **{**JOB, "job_name": "weekly"})
    assert first.run(nothing) == []
    assert second.run(nothing) == ["failed"]
    assert len(store.values) == 2


def test_an_asset_can_be_watched() -> None:
    trigger = JobClientsRunEndedTrigger(CONNECTION, "runs", {"job_name": "nightly"})
    asset = Asset("orders", watchers=[AssetWatcher(name="nightly", trigger=trigger)])
    assert asset.watchers[0].trigger is trigger
    path, arguments = trigger.serialize()
    same = JobClientsRunEndedTrigger(**arguments)
    assert JobClientsRunEndedTrigger.hash(path, arguments) == JobClientsRunEndedTrigger.hash(*same.serialize())


@pytest.mark.parametrize("wrong", [{"poll_interval": 0}, {"poll_interval": -1}, {"states": "some"}])
def test_wrong_arguments_are_told(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="should be"):
        JobClientsRunEndedTrigger(CONNECTION, "runs", {"job_name": "nightly"}, **wrong)
