"""Collections: the jobs of one kind of a client, and the ways to a handle of one of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Generic, TypeVar

from jobclients_core.client import AsyncClient, SyncClient, run_flow, run_flow_async, session_of
from jobclients_core.errors import JobClientsError
from jobclients_core.flow import Flow
from jobclients_core.jobtype import JobType

from .baseline import begun_by
from .handle import Handle, restore_handle
from .identity import adopted, by_hand
from .job import AsyncJob, Job
from .limits import limited_flow, limits_of
from .submitting import Submitted, submit_flow

H = TypeVar("H")
J = TypeVar("J", bound=Job[Any])
AJ = TypeVar("AJ", bound=AsyncJob[Any])


class _Collection(Generic[H]):
    """What both kinds of collection share."""

    kind: ClassVar[JobType[Any]]
    """The job type; generated classes set it."""
    job: ClassVar[type[Any]]
    """The handle's class; generated classes set it."""

    _client: Any

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.kind.vendor}.{self.kind.name}>"

    def _make(self, **given: Any) -> H:
        return self._new(by_hand(self.kind.bound, session_of(self._client), given))

    def adopt(self, answer: Any) -> H:
        """Make a handle of an answer of any endpoint that names a job of this kind.

        Args:
            answer: Parsed JSON, a model, a `Response`, its bytes, or the bare identifier.

        Returns:
            The handle.

        Raises:
            InvalidArgument: the answer names none.
        """
        return self._new(adopted(self.kind.bound, session_of(self._client), answer), begun_by(self.kind.bound, answer))

    def restore(self, text: str, *, rebind: bool = False) -> H:
        """Make a handle of what ``to_json`` of a handle gave, in this process or another.

        Args:
            text: The text.
            rebind: Whether a handle of another base URL or account is taken over to this client's.

        Returns:
            The handle.

        Raises:
            HandleError: the text does not fit.
        """
        return self._job(restore_handle(self.kind.bound, session_of(self._client), text, rebind=rebind))

    def _new(self, identity: Mapping[str, str | int], sent_at: float | None = None) -> H:
        session = session_of(self._client)
        kind = self.kind
        handle = Handle(kind.vendor, kind.name, str(session.base), session.account, dict(identity), sent_at=sent_at)
        return self._job(handle)

    def _job(self, handle: Handle, submitted: Submitted | None = None) -> H:
        job: H = self.job(self.kind.bound, self._client, handle, submitted)
        return job

    def _submission(self, arguments: Mapping[str, Any]) -> Flow[H]:
        try:
            submitted = yield from submit_flow(session_of(self._client), self.kind.bound, arguments)
        except JobClientsError as error:
            if isinstance(error.job, Handle):
                error.job = self._job(error.job)
            raise
        return self._job(submitted.handle, submitted)


class Jobs(_Collection[J]):
    """The jobs of one kind of a client; generated classes add the typed ways in.

    Args:
        client: The client.
    """

    def __init__(self, client: SyncClient) -> None:
        self._client = client

    def _submit(self, **arguments: Any) -> J:
        limits = limits_of(self._client, self.kind.limits)
        return run_flow(self._client, limited_flow(limits, self._submission(arguments)), "submit")


class AsyncJobs(_Collection[AJ]):
    """The jobs of one kind of an async client; generated classes add the typed ways in.

    Args:
        client: The client.
    """

    def __init__(self, client: AsyncClient) -> None:
        self._client = client

    async def _submit(self, **arguments: Any) -> AJ:
        limits = limits_of(self._client, self.kind.limits)
        return await run_flow_async(self._client, limited_flow(limits, self._submission(arguments)), "submit")
