"""Vendors on real sockets, as the real clients and as raw bytes see them."""

from __future__ import annotations

from typing import Any

import pytest
from jobclients import ConnectionLost, DecodeError, HttpOptions, JobClientsError, RateLimited, ServerError, Timeout
from jobclients.alation import AlationClient, Token
from vendorsmith.mock import serving


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("reset", ConnectionLost),
        ("refused", ConnectionLost),
        ("truncated", ConnectionLost),
        ("timeout", Timeout),
        ("drip+1", Timeout),
        ("wrong-length", DecodeError),
        ("html", DecodeError),
        ("empty", DecodeError),
        ("garbage", DecodeError),
        ("content-type", DecodeError),
        ("429+1", RateLimited),
        ("503", ServerError),
    ],
)
def test_each_fault_is_an_error_of_its_own_and_leaves_the_next_call_alone(
    fault: str, error: type[JobClientsError]
) -> None:
    with (
        serving("alation", lifecycle="running*9,successful", faults=[fault]) as mock,
        AlationClient(base_url=mock.url, auth=Token("t"), http=HttpOptions(retries=0, timeout=2)) as alation,
    ):
        with pytest.raises(error):
            alation.get_job(id=1)
        assert alation.get_job(id=1).status == "running"


@pytest.mark.parametrize(("given", "said"), [({"host": ""}, "the host is empty"), ({"faults": ["503:zzz"]}, "'zzz'")])
def test_what_cannot_be_served_is_not(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said), serving("alation", **given):
        pass
