"""The reserved path ``/_mock`` of a fake vendor, by which tests of another process control it.

- ``GET /_mock``: what there is.
- ``GET /_mock/requests``: what arrived, without secrets. ``DELETE`` forgets it.
- ``GET /_mock/jobs``: the jobs. ``POST`` makes one: ``{"identity": {"id": 1}, "lifecycle": "running,failed"}``, with
  ``kind``, ``message`` and ``result`` where they matter.
- ``GET /_mock/submissions``: how many jobs were submitted (``count``), and for each run, in order, its kind, identity,
  the client's key (empty for none), state and when it began. A repeat that the vendor knows by its key is not a run.
- ``PUT /_mock/lag``: let a replica answer what only reads, as things were ``seconds`` ago; all such requests, or each
  second one where ``every`` is 2.
- ``GET /_mock/lifecycle``: what jobs go through. ``PUT`` changes it for all, ``POST`` plans it for the next job that is
  submitted: ``{"lifecycle": "running:30,succeeded"}``, with ``kind`` where the vendor has several.
- ``GET /_mock/faults``: what goes wrong. ``POST`` adds to it: ``{"fault": "429+30@2"}``, with ``operation``,
  ``retry_after``, ``code`` and ``message`` where they matter. ``DELETE`` ends all of it.
- ``GET /_mock/examples``: the names of the documented examples by operation.
- ``PUT /_mock/tokens``: which credentials are good: ``{"accept": ["t1"]}``, or null for any.
- ``POST /_mock/tokens/expire``: refuse what was seen so far.
- ``POST /_mock/reset``: begin anew.

JSON in, JSON out. What cannot be done is a 400 with ``{"error": "..."}``. Web pages are refused with 403: what comes
from another site, and what comes to this machine under the name of another.
"""

from __future__ import annotations

import dataclasses
import ipaddress
import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from jobclients_core.decode import UnreadableError, parse_json
from jobclients_core.type_guards import is_array, is_object

from .faults import FaultError
from .jobs import FakeJob, identified
from .lifecycle import LifecycleError, check_lifecycle
from .replies import Reply
from .routes import Request

if TYPE_CHECKING:
    from .vendor import FakeVendor

RESERVED = "/_mock"
"""Where no vendor has anything."""

Fields: TypeAlias = Mapping[str, Any]


class AdminError(ValueError):
    """What a test asks for cannot be done."""


def is_reserved(request: Request) -> bool:
    """Whether a request is none to the vendor.

    Returns:
        True for one to the reserved path.
    """
    return request.path == RESERVED or request.path.startswith(f"{RESERVED}/")


def refused(status: int, diagnostic: str, **headers: str) -> Reply:
    """The response to a test that asks for something that cannot be done.

    Args:
        status: HTTP status.
        diagnostic: Why, in words.
        **headers: Further header fields.

    Returns:
        The response, which is none of the vendor's.
    """
    return _json({"error": diagnostic}, status, X_Mock_Error="true", **headers)


def _from_a_page(request: Request) -> bool:
    """Whether a web page may have sent a request: from another site, or by a name that it gave to this machine."""
    if "origin" in request.headers or request.headers.get("sec-fetch-site") == "cross-site":
        return True
    return _is_loopback(request.arrived_at) and not _is_loopback(_host(request.headers.get("host", "")))


def _host(text: str) -> str:
    """The name or address in a header Host, without port and brackets."""
    return text[1:].partition("]")[0] if text.startswith("[") else text.partition(":")[0].lower().rstrip(".")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)


def _json(value: Any, status: int = 200, **headers: str) -> Reply:
    fields = {name.replace("_", "-"): text for name, text in headers.items()}
    content = json.dumps(value, default=str).encode()
    return Reply(status, {"Content-Type": "application/json", **fields}, content)


class Admin:
    """Answers the requests to the reserved path.

    Args:
        vendor: The vendor that they are about.
    """

    def __init__(self, vendor: FakeVendor) -> None:
        self._vendor = vendor
        self._calls: dict[str, dict[str, Callable[[Fields], Any]]] = {
            "": {"GET": self._overview},
            "/requests": {"GET": self._requests, "DELETE": self._forget_requests},
            "/jobs": {"GET": self._jobs, "POST": self._add_job},
            "/submissions": {"GET": self._submissions},
            "/lag": {"PUT": self._lag},
            "/lifecycle": {"GET": self._lifecycle, "PUT": self._set_lifecycle, "POST": self._plan},
            "/faults": {"GET": self._faults, "POST": self._add_fault, "DELETE": self._forget_faults},
            "/examples": {"GET": lambda _: self._vendor.examples()},
            "/tokens": {"PUT": self._accept},
            "/tokens/expire": {"POST": self._expire},
            "/reset": {"POST": self._reset},
        }

    def respond(self, request: Request) -> Reply:
        """Do what a request to the reserved path asks for.

        Returns:
            The response.
        """
        if _from_a_page(request):
            return refused(403, "this is for tests and not for web pages")
        calls = self._calls.get(request.path.removeprefix(RESERVED).rstrip("/"))
        if calls is None:
            return refused(404, f"nothing is here; {RESERVED} has {', '.join(filter(None, self._calls))}")
        call = calls.get(request.method)
        if call is None:
            allowed = ", ".join(calls)
            return refused(405, f"this path takes {allowed}", Allow=allowed)
        try:
            value: Any = parse_json(request.content) if request.content.strip() else {}
            if not is_object(value):
                raise AdminError("the body should be an object")
            return _json(call(value), 201 if request.method == "POST" else 200)
        except UnreadableError as error:
            return refused(400, f"the body is not JSON: {error}")
        except (AdminError, FaultError, LifecycleError) as error:
            return refused(400, str(error))

    def _overview(self, body: Fields) -> Any:
        _take(body)
        kinds = {name: [part.name for part in kind.identity] for name, kind in self._vendor.known.kinds.items()}
        paths = {f"{RESERVED}{path}": list(calls) for path, calls in self._calls.items()}
        return {"vendor": self._vendor.known.name, "kinds": kinds, "paths": paths}

    def _requests(self, body: Fields) -> Any:
        _take(body)
        return {"requests": [dataclasses.asdict(seen) for seen in self._vendor.requests]}

    def _forget_requests(self, body: Fields) -> Any:
        _take(body)
        self._vendor.requests.clear()
        return {}

    def _jobs(self, body: Fields) -> Any:
        _take(body)
        return {"jobs": [self._shown(job) for job in self._vendor.book]}

    def _submissions(self, body: Fields) -> Any:
        _take(body)
        runs = [self._shown(job) | {"key": job.key, "created": job.created} for job in self._vendor.submissions]
        return {"count": len(runs), "submissions": runs}

    def _lag(self, body: Fields) -> Any:
        found = _take(body, seconds=(int, float), every=int)
        try:
            self._vendor.lag(found.get("seconds", 0), every=found.get("every", 1))
        except ValueError as error:
            raise AdminError(str(error)) from None
        return {}

    def _shown(self, job: FakeJob) -> dict[str, Any]:
        return {
            "kind": job.kind.name,
            "identity": job.identity,
            "lifecycle": [step.word for step in job.steps],
            "state": job.state(self._vendor.now.timestamp()),
            "looks": job.looks,
        }

    def _add_job(self, body: Fields) -> Any:
        found = _take(body, kind=str, lifecycle=str, message=str, identity=dict, result=object)
        kind = self._kind(found)
        try:
            identity = identified(kind, found.get("identity", {}))
        except ValueError as error:
            raise AdminError(f"identity: {error}") from None
        lifecycle, message = found.get("lifecycle", ""), found.get("message", "")
        job = self._vendor.book.add(kind, identity, lifecycle, message=message, result=found.get("result"))
        return self._shown(job)

    def _kind(self, found: Fields) -> Any:
        kinds = self._vendor.known.kinds
        name = found.get("kind") or (next(iter(kinds)) if len(kinds) == 1 else "")
        if name not in kinds:
            raise AdminError(f"kind should be one of {', '.join(kinds) or 'none, as this vendor has no jobs'}")
        return kinds[name]

    def _lifecycle(self, body: Fields) -> Any:
        _take(body)
        return {"lifecycle": self._vendor.book.lifecycle}

    def _set_lifecycle(self, body: Fields) -> Any:
        text = _take(body, lifecycle=str).get("lifecycle", "")
        if text:
            check_lifecycle(self._vendor.known.kinds.values(), text)
        self._vendor.book.lifecycle = text
        return {"lifecycle": text}

    def _plan(self, body: Fields) -> Any:
        found = _take(body, lifecycle=str, kind=str)
        self._vendor.book.plan(self._kind(found), found.get("lifecycle", ""))
        return {"next": found["lifecycle"]}

    def _faults(self, body: Fields) -> Any:
        _take(body)
        return {"faults": [dataclasses.asdict(fault) for fault in self._vendor.faults]}

    def _add_fault(self, body: Fields) -> Any:
        found = dict(_take(body, fault=str, operation=str, retry_after=str, code=str, message=str))
        self._vendor.fail(found.pop("fault", ""), **found)
        return {"fault": body["fault"]}

    def _forget_faults(self, body: Fields) -> Any:
        _take(body)
        self._vendor.faults.clear()
        return {}

    def _accept(self, body: Fields) -> Any:
        tokens = _take(body, accept=object).get("accept")
        if tokens is not None and not (is_array(tokens) and all(isinstance(token, str) for token in tokens)):
            raise AdminError("accept should be a list of texts, or null")
        self._vendor.auth_checker.accept(tokens)
        return {}

    def _expire(self, body: Fields) -> Any:
        _take(body)
        self._vendor.expire_tokens()
        return {}

    def _reset(self, body: Fields) -> Any:
        _take(body)
        self._vendor.reset()
        return {}


_WANTED: Mapping[Any, str] = {dict: "an object", str: "a text"}


def _take(body: Fields, **kinds: type | tuple[type, ...]) -> Fields:
    """The fields of a body, none of them unknown or of another type."""
    for name, value in body.items():
        if name not in kinds:
            raise AdminError(f"{name[:100]!r} is unknown; the body takes {', '.join(kinds) or 'nothing'}")
        if not isinstance(value, kinds[name]) or (isinstance(value, bool) and kinds[name] is not object):
            raise AdminError(f"{name} should be {_WANTED.get(kinds[name], 'a number')}")
    return body
