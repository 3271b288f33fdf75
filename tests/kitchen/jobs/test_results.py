"""What else a handle fetches: the result, the progress and the log."""

from __future__ import annotations

from typing import Any

import pytest
from jobclients_contract.harness.loopback import scripted
from kitchen.jobs.harness import Harness


def test_each_role_is_the_call_that_the_spec_names(harness: Harness) -> None:
    harness.on("GET /bakes/b-1/plate", {"dish": "pie", "grams": 300})
    harness.on("GET /bakes/b-1/heat", {"degrees": 180.5})
    harness.on("GET /bakes/b-1/log", scripted("es wärmt".encode(), Content_Type="text/plain; charset=utf-8"))
    job = harness.client.bakes(bake_id="b-1")
    plate, heat, log = (harness.run(fetch()) for fetch in (job.result, job.progress, job.logs))
    assert (type(plate), plate.dish, plate.grams) == (harness.models.Plate, "pie", 300)
    assert (type(heat), heat.degrees) == (harness.models.Heat, 180.5)
    assert log == "es wärmt"
    assert harness.lines == ["GET /bakes/b-1/plate", "GET /bakes/b-1/heat", "GET /bakes/b-1/log"]


def test_only_what_the_spec_has_a_call_for_is_there(harness: Harness) -> None:
    """The methods of a handle are those of its kind."""
    made: dict[str, Any] = {
        "bakes": harness.client.bakes(bake_id="b-1"),
        "roasts": harness.client.roasts(roast_id=7, spit="left"),
        "menus": harness.client.menus.latest(menu="lunch"),
    }
    roles = ("cancel", "result", "progress", "logs")
    assert {kind: [role for role in roles if hasattr(job, role)] for kind, job in made.items()} == {
        "bakes": ["cancel", "result", "progress", "logs"],
        "roasts": [],
        "menus": ["cancel"],
    }
    assert not hasattr(harness.client.dishes, "submit")
    assert not hasattr(harness.client.bakes, "latest")
    with pytest.raises(TypeError):
        harness.client.menus(menu="lunch")


@pytest.mark.parametrize("role", ["result", "progress", "logs"])
def test_a_failure_carries_the_handle(harness: Harness, role: str) -> None:
    """What is not there has expired only where the job was seen."""
    path = {"result": "plate", "progress": "heat", "logs": "log"}[role]
    harness.on(f"GET /bakes/b-1/{path}", 404, 404, 403)
    harness.on("GET /bakes/b-1", {"status": "DONE"})
    job = harness.client.bakes(bake_id="b-1")
    with pytest.raises(harness.package.NotFound) as raised:
        harness.run(getattr(job, role)())
    assert raised.value.job is job
    harness.run(job.status())
    with pytest.raises(harness.package.JobExpired):
        harness.run(getattr(job, role)())
    with pytest.raises(harness.package.PermissionDenied):
        harness.run(getattr(job, role)())
