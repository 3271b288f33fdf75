"""A recording of a vendor below a base path is replayed as one of a vendor at the root of its host."""

from __future__ import annotations

import json

import httpx2
import pytest
from jobclients_contract.live.transports import path_pattern

from .support import ENVIRONMENTS, Command, Ran

LOGIN = {"BASE_URL": "https://acme.test/gateway/alation", "REFRESH_TOKEN": "refresh-1f0e3dad99908345", "USER_ID": "10"}
CASES = [
    ("alation", {**ENVIRONMENTS["alation"], "BASE_URL": "https://acme.test/api/v2"}, 1),
    ("alation", {**ENVIRONMENTS["alation"], "BASE_URL": "https://acme.test/api/v1/"}, 1),
    ("alation", LOGIN, 2),
    ("huawei_cdm", {**ENVIRONMENTS["huawei_cdm"], "BASE_URL": "https://acme.test/v1.1"}, 2),
]


def answering(request: httpx2.Request, response: httpx2.Response) -> httpx2.Response:
    """What the vendor says below its base path, where the one behind it knows nothing."""
    if "createAPIAccessToken" in request.url.path:
        return httpx2.Response(200, json={"api_access_token": "access-6512bd43d9caa6e0", "user_id": 10})
    if "submissions" in request.url.path or request.url.path.endswith("/status"):
        run = {"job-name": "mine", "status": "LOST", "creation-date": 1536905778725, "creation-user": "cdm"}
        return httpx2.Response(200, json={"submissions": [run]})
    return httpx2.Response(200, json={"status": "paused"})


def targets(ran: Ran) -> list[str]:
    """The targets of a recording."""
    return [entry["request"]["target"] for entry in json.loads(ran.cassette)["exchanges"]]


@pytest.mark.parametrize(("vendor", "environment", "requests"), CASES)
def test_a_vendor_below_a_base_path_is_replayed(
    vendor: str, environment: dict[str, str], requests: int, command: Command
) -> None:
    ran = command.live(vendor, environment=environment, change=answering)
    again = command.replay()

    assert len(ran.sent) == requests
    assert (again.code, again.err) == (ran.code, "") == (1, "")
    assert again.report(vendor, kind="replay") == ran.report(vendor)
    assert not [
        target for target in targets(ran) if target.startswith(("/api/v2", "/gateway", "/api/v1/api", "/v1.1/v"))
    ]


@pytest.mark.parametrize(
    ("template", "target", "base"),
    [
        ("/jobs/{id}", "/jobs/5", ""),
        ("/jobs/{id}", "/api/v2/jobs/5?full=1", "/api/v2"),
        ("/jobs/{id}", "/jobs/jobs/5", "/jobs"),
        ("/{a}/{b}", "/v2/x/y", "/v2"),
        ("/jobs/{id}", "/jobs/5/log", None),
        ("/jobs", "/jobs?next=/api/jobs", ""),
    ],
)
def test_the_base_path_is_what_stands_before_the_path_of_the_operation(
    template: str, target: str, base: str | None
) -> None:
    found = path_pattern(template).match(target)

    assert (found["base"] if found is not None else None) == base
