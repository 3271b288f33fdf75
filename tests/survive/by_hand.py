"""What an operator that is written by hand knows of the vendor: where responses name the job, and how it is doing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from survive.shared import HOUSE

ACTIVE: Final = ("", "waiting", "in_progress", "OPEN", "COOKING", "1", "3", "LISTED", "WAITING", "HOT", "COOLING")
GOOD: Final = ("completed/success", "completed/neutral", "PAID", "SERVED", "10", "DONE", "DONE_DARK")


def _joined(body: Any) -> str:
    state = (body.get("status") or {}).get("state") or body.get("state", "")
    return f"{state}/{body['conclusion']}" if body.get("conclusion") else state


def _runs(body: Any) -> list[Any]:
    runs = body["runs"]
    return runs if isinstance(runs, list) else [runs]


NAMES: dict[str, Callable[[Any], Any]] = {
    "honoured": lambda body: body["ticket"],
    "list": lambda body: body.get("order", body)["id"],
    "baseline": lambda body: _runs(body)[0]["run-id"],
    "discover": lambda body: body["delivery-id"],
    "none": lambda body: body["bake"]["id"],
}
"""Where the response to a submission names the job."""

STATUS = {
    "honoured": f"/houses/{HOUSE}/courses/{{name}}?table=1&ticket={{id}}",
    "list": "/orders/{id}",
    "baseline": f"/houses/{HOUSE}/menus/{{name}}",
    "discover": "/delivery?delivery-id={id}",
    "none": "/bakes/{id}",
}

STATES: dict[str, Callable[[Any, Any], str]] = {
    "honoured": lambda body, job: _joined(body),
    "list": lambda body, job: body["state"],
    "baseline": lambda body, job: next((run["status"] for run in _runs(body) if run["run-id"] == job), ""),
    "discover": lambda body, job: str(body["data"]["phase"]),
    "none": lambda body, job: body["status"],
}
"""Where a status says how the job is doing; empty for one that does not show."""

PARTS = {"honoured": "ticket", "list": "order_id", "discover": "delivery_id", "none": "bake_id"}
