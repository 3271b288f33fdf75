"""Job types of one made-up vendor, one for each way in which a lost submission can be found again."""

from __future__ import annotations

from typing import Any, Final

from jobclients_core import Body, Envelope, Errors, Field, Header, Operation, Path, Query, Vendor, When
from jobclients_core.jobparts import Carried, Echo, Honoured, Lookup, Order
from jobclients_core.jobs import (
    Discover,
    FieldRule,
    Identity,
    JobType,
    NotFound,
    Poll,
    RateLimit,
    Role,
    Select,
    StateRule,
)
from jobclients_core.jobtype import BoundJobType
from jobclients_core.security import ApiKeyIn, Token

from .login import Password

GRACE: Final = 30.0
"""Seconds after a submission for which a job need not show."""
MISSING: Final = 120.0
"""Seconds for which a run need not show."""
SETTLE: Final = 120.0
"""Seconds after which a submission that was taken shows."""
KEEPS: Final = 500.0
"""Seconds for which an ended job shows."""
KEEPS_KEYS: Final = 86_400.0
"""Seconds for which a key is honoured."""
SKEW: Final = 300.0
"""Seconds by which the cluster's clock may differ from others."""
STEP: Final = 60.0
"""Seconds by which it may step back between runs."""
TOLERATE: Final = 90.0
"""Seconds for which failures that pass are tolerated."""

LIMIT: Final = RateLimit(("found_status",), 5, 10.0, "client")
"""Shared by the flows of one client."""

VENDOR: Final = Vendor(
    name="simulated",
    models="simulation.models",
    schemes={"token": ApiKeyIn("X-Token")},
    security=(("token",),),
    credentials={Token: "token", Password: "token"},
    errors=Errors(code=("$response.body#/code",), message=("$response.body#/message",)),
)

_STATES: Final = {
    "PENDING": "queued",
    "RUNNING": "running",
    "SUCCEEDED": "succeeded",
    "FAILED": "failed",
    "CANCELLED": "cancelled",
}
_POLL: Final = Poll(initial=2.0, max=30.0, timeout=600.0, tolerate=TOLERATE)


def _words(source: str) -> tuple[StateRule, ...]:
    return tuple(StateRule(state, (When(source, one_of=(word,)),)) for word, state in _STATES.items())


def _type(name: str, identity: tuple[Identity, ...], source: str = "$response.body#", **more: Any) -> JobType[Any]:
    """A job type; its message is the number of the run in the simulation, which tells whose end came out."""
    given: dict[str, Any] = {
        "name": name,
        "vendor": VENDOR.name,
        "operations": __name__,
        "identity": identity,
        "states": _words(f"{source}/status"),
        "raw_state": ((f"{source}/status",),),
        "fields": {"message": FieldRule((f"{source}/mark",))},
        "not_found": NotFound("queued", GRACE),
        "poll": _POLL,
    }
    return JobType(**{**given, **more})


def _by_id(name: str, *, body: tuple[Field, ...] = (), parameters: tuple[Any, ...] = ()) -> dict[str, Operation[Any]]:
    own = (Path("id"),)
    return {
        "submit": Operation(
            id=f"{name}_submit",
            method="POST",
            path=f"/{name}",
            parameters=parameters,
            body=Body(None, fields=body) if body else None,
            returns={200: "Created"},
        ),
        "status": Operation(
            id=f"{name}_status", method="GET", path=f"/{name}/{{id}}", parameters=own, returns={200: "Job"}
        ),
        "cancel": Operation(
            id=f"{name}_cancel", method="POST", path=f"/{name}/{{id}}/stop", parameters=own, returns={200: None}
        ),
        "list": Operation(
            id=f"{name}_list",
            method="GET",
            path=f"/{name}",
            parameters=(Query("tag"), Query("page", type="integer")),
            returns={200: "Listed"},
        ),
    }


_ID: Final = (Identity("id", ("$response.body#/id",)),)
_ECHO: Final = Echo("/id", "id")
_OWN: Final = {"id": "$job.id"}


# --- the vendor honours a key: the same key gives the same job ---

_keyed = _by_id("keyed", parameters=(Header("key", "Idempotency-Key"),))
KEYED_SUBMIT, KEYED_STATUS, KEYED_CANCEL, KEYED_LIST = _keyed.values()
KEYED: Final = _type(
    "keyed",
    _ID,
    status=Role("keyed_status", _OWN),
    submit=Role("keyed_submit"),
    cancel=Role("keyed_cancel", _OWN),
    status_many=Role("keyed_list", {"page": "$page"}, "$response.body#/jobs", {"id": "/id"}),
    idempotency="Idempotency-Key",
    honoured=Honoured(keeps=KEEPS_KEYS),
    echo=_ECHO,
)

# --- a tag, by which a list finds it ---

_listed = _by_id("listed", body=(Field("tag"),))
LISTED_SUBMIT, LISTED_STATUS, LISTED_CANCEL, LISTED_LIST = _listed.values()
LISTED: Final = _type(
    "listed",
    _ID,
    status=Role("listed_status", _OWN),
    submit=Role("listed_submit", {"tag": "$key"}),
    cancel=Role("listed_cancel", _OWN),
    list=Role("listed_list", {"tag": "$key"}, "$response.body#/jobs", {"id": "/id"}, carried=Carried("/tag")),
    status_many=Role("listed_list", {"page": "$page"}, "$response.body#/jobs", {"id": "/id"}),
    idempotency="tag",
    echo=_ECHO,
    lookup=Lookup(SETTLE, KEEPS),
)

# --- nothing: the response names the job, or nobody does ---

_plain = _by_id("plain")
PLAIN_SUBMIT, PLAIN_STATUS, PLAIN_CANCEL, _ = _plain.values()
PLAIN: Final = _type(
    "plain",
    _ID,
    status=Role("plain_status", _OWN),
    submit=Role("plain_submit"),
    cancel=Role("plain_cancel", _OWN),
    echo=_ECHO,
)

# --- known by a name, run again and again ---


def _named(name: str, method: str, tail: str, returns: str | None) -> Operation[Any]:
    return Operation(
        id=name, method=method, path="/named/{name}" + tail, parameters=(Path("name"),), returns={200: returns}
    )


NAMED_SUBMIT: Final = Operation[Any](
    id="named_submit",
    method="PUT",
    path="/named/{name}/start",
    parameters=(Path("name"),),
    returns={200: "Named"},
    idempotent=False,
)
NAMED_STATUS: Final = _named("named_status", "GET", "/status", "Named")
NAMED_CANCEL: Final = _named("named_cancel", "POST", "/stop", None)
_NAME: Final = {"name": "$job.name"}
NAMED: Final = _type(
    "named",
    (Identity("name", ("$request.path.name",)),),
    "$run#",
    status=Role("named_status", _NAME),
    submit=Role("named_submit"),
    cancel=Role("named_cancel", _NAME),
    select=Select(
        source="$response.body#/submissions",
        key=("submission-id", "creation-date"),
        baseline=True,
        missing=NotFound("queued", MISSING),
        match={"job-name": "$job.name"},
        submitted="$response.body#/submissions",
        order=(
            Order("submission-id", "counter"),
            Order("creation-date", "time", "unix-ms", skew=SKEW, slack=STEP),
        ),
        exclude=(When("$run#/is-execute-auto", one_of=(True,)),),
    ),
    lookup=Lookup(SETTLE, KEEPS),
)

# --- found in a history, where the response does not name it ---

FOUND_SUBMIT: Final = Operation[Any](
    id="found_submit",
    method="POST",
    path="/found",
    parameters=(Query("configuration", type="integer", required=True),),
    returns={200: "Triggered"},
    envelope=Envelope(ok=When("$response.body#/status", one_of=("success",))),
)
FOUND_STATUS: Final = Operation[Any](
    id="found_status", method="GET", path="/found/{id}", parameters=(Path("id", type="integer"),), returns={200: "Job"}
)
FOUND_CANCEL: Final = Operation[Any](
    id="found_cancel",
    method="POST",
    path="/found/{id}/stop",
    parameters=(Path("id", type="integer"),),
    returns={200: None},
)
FOUND_HISTORY: Final = Operation[Any](
    id="found_history",
    method="GET",
    path="/found/history/{configuration}",
    parameters=(Path("configuration", type="integer"),),
    returns={200: "History"},
)
FOUND: Final = _type(
    "found",
    (Identity("id", ("$response.body#/execution",), "integer"),),
    status=Role("found_status", _OWN),
    submit=Role("found_submit"),
    cancel=Role("found_cancel", _OWN),
    discover=Discover(
        Role("found_history", {"configuration": "$request.query.configuration"}, "$response.body#"),
        "/id",
        "id",
        60.0,
        "counter",
    ),
    limits=(LIMIT,),
    lookup=Lookup(SETTLE, KEEPS),
)

KINDS: Final[tuple[BoundJobType[Any], ...]] = tuple(
    kind.bound for kind in (NAMED, KEYED, LISTED, FOUND, PLAIN, NAMED, FOUND)
)
"""Those that are hard to tell twice, so that a world is about them more often."""
ARGUMENTS: Final[dict[str, dict[str, Any]]] = {
    "named": {"name": "nightly"},
    "keyed": {},
    "listed": {},
    "found": {"configuration": 7},
    "plain": {},
}
OWN_KEYS: Final = {"keyed": "key", "listed": "tag"}
"""The argument that carries a key."""
