"""What else a handle fetches: the result, the progress and the log."""

from __future__ import annotations

from typing import Any

import pytest
from jobclients_contract.harness.loopback import scripted
from kitchen.jobs.stage import Stage


def test_each_role_is_the_call_that_the_spec_names(stage: Stage) -> None:
    stage.on("GET /bakes/b-1/plate", {"dish": "pie", "grams": 300})
    stage.on("GET /bakes/b-1/heat", {"degrees": 180.5})
    stage.on("GET /bakes/b-1/log", scripted("es wärmt".encode(), Content_Type="text/plain; charset=utf-8"))
    job = stage.client.bakes(bake_id="b-1")
    plate, heat, log = (stage.run(fetch()) for fetch in (job.result, job.progress, job.logs))
    assert (type(plate), plate.dish, plate.grams) == (stage.models.Plate, "pie", 300)
    assert (type(heat), heat.degrees) == (stage.models.Heat, 180.5)
    assert log == "es wärmt"
    assert stage.lines == ["GET /bakes/b-1/plate", "GET /bakes/b-1/heat", "GET /bakes/b-1/log"]


def test_only_what_the_spec_has_a_call_for_is_there(stage: Stage) -> None:
    """The methods of a handle are those of its kind."""
    made: dict[str, Any] = {
        "bakes": stage.client.bakes(bake_id="b-1"),
        "roasts": stage.client.roasts(roast_id=7, spit="left"),
        "menus": stage.client.menus.latest(menu="lunch"),
    }
    roles = ("cancel", "result", "progress", "logs")
    assert {kind: [role for role in roles if hasattr(job, role)] for kind, job in made.items()} == {
        "bakes": ["cancel", "result", "progress", "logs"],
        "roasts": [],
        "menus": ["cancel"],
    }
    assert not hasattr(stage.client.dishes, "submit")
    assert not hasattr(stage.client.bakes, "latest")
    with pytest.raises(TypeError):
        stage.client.menus(menu="lunch")


@pytest.mark.parametrize("role", ["result", "progress", "logs"])
def test_a_failure_carries_the_handle(stage: Stage, role: str) -> None:
    """What is not there has expired only where the job was seen."""
    path = {"result": "plate", "progress": "heat", "logs": "log"}[role]
    stage.on(f"GET /bakes/b-1/{path}", 404, 404, 403)
    stage.on("GET /bakes/b-1", {"status": "DONE"})
    job = stage.client.bakes(bake_id="b-1")
    with pytest.raises(stage.package.NotFound) as raised:
        stage.run(getattr(job, role)())
    assert raised.value.job is job
    stage.run(job.status())
    with pytest.raises(stage.package.JobExpired):
        stage.run(getattr(job, role)())
    with pytest.raises(stage.package.PermissionDenied):
        stage.run(getattr(job, role)())
