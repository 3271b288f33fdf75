"""Rate limits: never exceeded on the vendor's clock, shared by account, given back where no call was made."""

from __future__ import annotations

import dataclasses
import random
import threading
from typing import Any

import pytest
from jobclients_core import HttpOptions, Timeout
from jobclients_core.flow import HttpRequest, Send, Sleep
from jobclients_core.jobs import RateLimit, Role
from jobclients_core.jobs.limits import Limits, Window, limited_flow, limits_of
from runtime.jobs import kinds
from runtime.jobs.many import in_world, jobs_of, kind_with
from runtime.jobs.tiny import Disk
from runtime.jobs.world import World, sync_client
from runtime.support import Hand, answer

REQUEST = HttpRequest("GET", "https://vendor.example.com", "/", ())


@pytest.mark.parametrize("seed", range(5))
def test_no_stretch_of_time_holds_more_arrivals_than_the_limit(seed: int) -> None:
    chance = random.Random(seed)
    window = Window(5, 10.0)
    now = 0.0
    arrivals: list[float] = []
    under_way: list[float] = []
    for _ in range(400):
        while (delay := window.delay(now)) > 0:
            done = min(under_way, default=now + delay)
            now = min(now + delay, max(done, now))
            for moment in [moment for moment in under_way if moment <= now]:
                under_way.remove(moment)
                window.answered(moment)
        window.take()
        travel = chance.uniform(0, 3)
        arrivals.append(now + travel)
        under_way.append(now + travel + chance.uniform(0, 3))
        now += chance.choice((0.0, 0.0, 0.5))
    arrivals.sort()
    assert all(later - earlier >= 10.0 for earlier, later in zip(arrivals, arrivals[5:], strict=False))


def test_a_window_is_used_to_the_full() -> None:
    window = Window(3, 10.0)
    for _ in range(3):
        assert window.delay(0.0) == 0.0
        window.take()
        window.answered(0.0)
    assert window.delay(4.0) == 6.0
    assert window.delay(10.0) == 0.0


def test_a_place_without_a_call_is_given_back() -> None:
    window = Window(1, 10.0)
    window.take()
    assert 0 < window.delay(0.0) <= 10.0
    window.unused()
    assert window.delay(0.0) == 0.0
    assert window.empty(0.0)


def limits_in(world: World, *documented: RateLimit, **more: Any) -> Limits:
    found = limits_of(in_world(world, **more), documented)
    assert found is not None
    return found


def test_clients_of_one_account_share_a_window() -> None:
    world, shared = World(), RateLimit(("shared",), 1, 60.0)
    first = limits_in(world, shared, account="one")
    assert first.reserve("shared") == 0.0
    assert limits_in(world, shared, account="one").reserve("shared") > 0
    assert limits_in(world, shared, account="two").reserve("shared") == 0.0
    assert limits_in(world, shared, account="one", base_url="https://other.example.com").reserve("shared") == 0.0


def test_a_limit_of_a_client_is_its_own() -> None:
    world, own = World(), RateLimit((), 1, 60.0, "client")
    client = in_world(world)
    one, again, other = limits_of(client, (own,)), limits_of(client, (own,)), limits_of(in_world(world), (own,))
    assert one is not None
    assert again is one
    assert other is not None
    assert one.reserve("anything") == 0.0
    assert one.reserve("anything else") > 0
    assert other.reserve("anything") == 0.0


def test_operations_without_a_limit_are_free() -> None:
    limits = limits_in(World(), RateLimit(("status",), 1, 60.0, "client"))
    assert not limits.limited("start")
    assert [limits.reserve("start") for _ in range(3)] == [0.0] * 3


def test_several_limits_all_hold() -> None:
    world = World()
    limits = limits_in(world, RateLimit(("s",), 2, 1.0, "client"), RateLimit(("s",), 3, 60.0, "client"))
    for _ in range(2):
        assert limits.reserve("s") == 0.0
        limits.settle("s")
    assert limits.reserve("s") == pytest.approx(1.0)
    world.fake.now += 1.0
    assert limits.reserve("s") == 0.0
    limits.settle("s")
    assert limits.reserve("s") == pytest.approx(59.0)


def flow_of(*operations: str, deadline: float) -> Any:
    for operation in operations:
        yield Send(REQUEST, operation, deadline)
    return "done"


def test_a_flow_sleeps_until_it_may_send() -> None:
    world = World()
    limits = limits_in(world, RateLimit(("status",), 1, 5.0, "client"))
    hand = Hand(limited_flow(limits, flow_of("status", "free", "status", deadline=2000.0)))
    hand.give(answer())
    assert hand.step is not None
    hand.give(answer())
    assert isinstance(hand.step, Sleep)
    assert hand.step.seconds == pytest.approx(5.0)
    world.fake.now += 5.0
    assert isinstance(hand.give(), Send)
    hand.give(answer())
    assert hand.result == "done"


def test_a_flow_whose_deadline_comes_first_times_out_unsent() -> None:
    limits = limits_in(World(), RateLimit(("status",), 1, 50.0, "client"))
    hand = Hand(limited_flow(limits, flow_of("status", "status", deadline=1020.0)))
    with pytest.raises(Timeout):
        hand.give(answer())


def test_a_reserved_place_is_used_once_or_given_back() -> None:
    limits = limits_in(World(), RateLimit(("status",), 1, 50.0, "client"))
    assert limits.reserve("status") == 0.0
    Hand(limited_flow(limits, flow_of(deadline=2000.0), reserved="status"))
    assert limits.reserve("status") == 0.0
    hand = Hand(limited_flow(limits, flow_of("status", deadline=2000.0), reserved="status"))
    assert isinstance(hand.step, Send)
    hand.give(answer())
    assert limits.reserve("status") > 0


def test_a_call_that_failed_counts() -> None:
    limits = limits_in(World(), RateLimit(("status",), 1, 50.0, "client"))
    hand = Hand(limited_flow(limits, flow_of("status", deadline=2000.0)))
    with pytest.raises(Timeout):
        hand.throw(Timeout("no response"))
    assert limits.reserve("status") == pytest.approx(50.0)


def test_a_flow_that_is_given_up_gives_its_place_back_from_anywhere() -> None:
    """The garbage collector closes it in any line of the same thread, those that hold the lock among them."""
    given_up: list[Any] = []

    def now() -> float:
        while given_up:
            given_up.pop().close()
        return 0.0

    limits = Limits([((), Window(1, 10.0))], now)
    flow = limited_flow(limits, flow_of("x", deadline=2000.0))
    next(flow)
    given_up.append(flow)
    worker = threading.Thread(target=limits.reserve, args=("x",), daemon=True)
    worker.start()
    worker.join(5.0)
    assert not worker.is_alive()
    assert limits.reserve("x") == 10.0, "the call that was given up may have been sent"


def test_single_calls_of_handles_keep_to_the_limits() -> None:
    world = World({"status": "running"})
    kind = kind_with(limits=(RateLimit(("status",), 2, 60.0, "client"),))
    (job,) = jobs_of(in_world(world, http=HttpOptions(timeout=100.0)), ["a"], kind)
    moments: list[float] = []
    for _ in range(3):
        job.status()
        moments.append(world.now)
    assert moments == [0.0, 0.0, pytest.approx(60.0)]


def test_no_limits_cost_nothing() -> None:
    def flow() -> Any:
        yield Sleep(1.0)

    plain = flow()
    assert limited_flow(None, plain) is plain
    assert limits_of(in_world(World()), ()) is None


@pytest.mark.parametrize("kept", [True, False], ids=["with a record", "without"])
def test_a_submission_that_its_limit_holds_back_was_not_sent(kept: bool) -> None:
    kind = dataclasses.replace(
        kinds.SQL,
        submit=Role("submit_sql_job"),
        list=None,
        idempotency=None,
        limits=(RateLimit(("submit_sql_job",), 1, 60.0, "client"),),
    )

    class Limited(kinds.SqlJobs):
        pass

    Limited.kind = kind
    world = World({"is_success": True, "job_id": "j1"})
    jobs = Limited(sync_client(world, kinds.DLI))
    record = Disk() if kept else None
    jobs.submit(sql="x")
    with pytest.raises(Timeout, match="nothing was sent") as caught:
        jobs._submit(record, sql="y")
    assert not caught.value.sent
    world.fake.now += 61
    assert jobs._submit(record, sql="y").identity["job_id"] == "j1"
    assert world.sends == ["submit_sql_job"] * 2
