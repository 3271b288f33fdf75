"""Handles, sync and async: status, wait, watch and cancel of one job."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Generic, Literal, TypeVar, overload

from jobclients_core.calls import Session
from jobclients_core.client import AsyncClient, SyncClient, run_flow, run_flow_async, session_of
from jobclients_core.errors import JobClientsError
from jobclients_core.flow import Flow
from jobclients_core.jobtype import BoundJobType, JobType

from .bindings import binding_flow, cancel_flow
from .errors import JobError
from .failure import explained_flow
from .handle import Handle, restore_handle
from .limits import limited_flow, limits_of
from .status import JobStatus
from .status_calls import status_flow
from .submitting import Submitted
from .waiting import Options, Waiting, wait_flow

P = TypeVar("P")
P_co = TypeVar("P_co", covariant=True)
R = TypeVar("R")

Seconds = float | timedelta


class BoundJob:
    """What both kinds of handle share: the facts of one job, and nothing that does I/O."""

    def __init__(self, job_type: BoundJobType[Any], handle: Handle, submitted: Submitted | None = None) -> None:
        self._kind = job_type
        self._handle = handle
        self._submitted = submitted

    def __repr__(self) -> str:
        parts = ", ".join(f"{name}={value!r}" for name, value in self._handle.identity.items())
        return f"<{type(self).__name__} {self._handle.vendor}.{self._handle.kind} {parts}>"

    @property
    def kind(self) -> BoundJobType[Any]:
        """The job type with its operations."""
        return self._kind

    @property
    def identity(self) -> Mapping[str, str | int]:
        """What identifies the job at its vendor."""
        return dict(self._handle.identity)

    @property
    def key(self) -> str:
        """A text that is the same for handles of the same job, and differs for others; it does not change."""
        handle = self._handle
        parts = ",".join(f"{name}={handle.identity[name]!r}" for name in sorted(handle.identity))
        run = "" if handle.submitted_at is None else f"@{handle.submitted_at}"
        return f"{handle.vendor}.{handle.kind} {handle.origin} {parts}{run if self._kind.type.select else ''}"

    @property
    def submit_response(self) -> Any:
        """The vendor's response to the submission, where this object submitted the job; else None."""
        return self._submitted.response if self._submitted is not None else None

    @property
    def savable(self) -> bool:
        """Whether `to_json` can save it: not where the job's URL holds a credential."""
        return self._handle.savable

    def to_json(self) -> str:
        """The handle as text, for another process (see `resume`); it holds no secrets.

        Returns:
            JSON in one line.

        Raises:
            HandleError: it is not `savable`.
        """
        return self._handle.to_json()

    @property
    def _final(self) -> JobStatus[Any] | None:
        return self._submitted.final if self._submitted is not None else None

    def begin(self, session: Session, options: Options) -> tuple[Waiting[Any], Handle]:
        """Begin to wait without driving the wait, for who drives many.

        Args:
            session: The client's session.
            options: How to wait.

        Returns:
            The wait, whose time runs from now, and the facts of the job.

        Raises:
            InvalidArgument: an option makes no sense.
        """
        return Waiting(session, self._kind, self._handle, options, self._final), self._handle

    @contextmanager
    def _carried(self) -> Generator[None]:
        """Let every error that comes out of a wait carry the handle."""
        try:
            yield
        except JobClientsError as error:
            error.job = self
            if isinstance(error, JobError):
                error.is_about(self._handle.label, self._handle.state)
            raise


class SyncBoundJob(BoundJob):
    """A handle of a sync client.

    Args:
        kind: The job type with its operations.
        client: The client that sends its requests.
        handle: The facts.
        submitted: What the submission told, where this object made it.
    """

    def __init__(
        self, job_type: BoundJobType[Any], client: SyncClient, handle: Handle, submitted: Submitted | None = None
    ) -> None:
        super().__init__(job_type, handle, submitted)
        self._client = client

    @property
    def client(self) -> SyncClient:
        """The client it belongs to."""
        return self._client

    def _run(self, flow: Flow[R], operation: str) -> R:
        with self._carried():
            return run_flow(
                self._client, limited_flow(limits_of(self._client, self._kind.type.limits), flow), operation
            )
        raise AssertionError  # for the type checkers: the lines above return or raise


class AsyncBoundJob(BoundJob):
    """A handle of an async client. Arguments as for `SyncBoundJob`."""

    def __init__(
        self, job_type: BoundJobType[Any], client: AsyncClient, handle: Handle, submitted: Submitted | None = None
    ) -> None:
        super().__init__(job_type, handle, submitted)
        self._client = client

    @property
    def client(self) -> AsyncClient:
        """The client it belongs to."""
        return self._client

    async def _run(self, flow: Flow[R], operation: str) -> R:
        with self._carried():
            limited = limited_flow(limits_of(self._client, self._kind.type.limits), flow)
            return await run_flow_async(self._client, limited, operation)
        raise AssertionError  # for the type checkers: the lines above return or raise


class Job(SyncBoundJob, Generic[P_co]):
    """One job of one vendor; `P_co` is the type of the vendor's own status response."""

    def status(self) -> JobStatus[P_co]:
        """Ask how it is doing, once.

        Returns:
            The status, whatever the state is.

        Raises:
            JobClientsError: the call failed, or it is not known which run is this one.
        """
        return self._run(
            status_flow(session_of(self._client), self._kind, self._handle), self._kind.status.operation.id
        )

    def wait(
        self,
        *,
        timeout: Seconds | None = None,
        until: datetime | None = None,
        start_within: Seconds | None = None,
        warnings: Literal["ok", "raise"] = "ok",
        on_timeout: Literal["leave", "cancel"] = "leave",
        on_update: Callable[[JobStatus[P_co]], Any] | None = None,
        on_state: Callable[[JobStatus[P_co]], Any] | None = None,
        on_paused: Literal["wait", "raise"] = "wait",
    ) -> JobStatus[P_co]:
        """Wait until the job has ended. Interrupting the wait leaves the job alone.

        It is looked at once at least, which may take ten seconds (or `HttpOptions.timeout`, if that is shorter) however
        short the time is; a timeout of 0 means: look once. The last look is made shortly before the time is up, so
        that its response comes in time: 0.2 seconds before, or twice as long as looks take, at most 5. Where the vendor
        asks for a pause (``Retry-After``) that goes beyond the end, no further look is made.

        Args:
            timeout: How long at most, in seconds; the kind's own default when None.
            until: An aware datetime at which to stop waiting, if that is earlier.
            start_within: Seconds within which the job has to begin.
            warnings: Whether a success with warnings is a failure.
            on_timeout: Whether the job is asked to stop when the time is up, which may take twenty seconds more. An end
                that shows then is the outcome of the wait.
            on_update: Called with each status.
            on_state: Called with each status whose state differs from the one before.
            on_paused: Whether a job that is paused is waited for as long as the time allows, or `JobPaused` is raised.

        Returns:
            The status of a job that ended well.

        Raises:
            JobFailed: it ended badly.
            JobCancelled: it was cancelled.
            WaitTimeout: the time is up, and the job still runs; `NotStarted` if it did not begin.
            JobPaused: it is paused, and ``on_paused="raise"`` was given.
            UnknownState: the vendor's word stayed unknown.
            JobClientsError: it is not known; all of these carry ``job``, ``job_status`` and ``history``.
        """
        options = Options(timeout, until, start_within, warnings, on_timeout, on_update, on_state, on_paused)
        return self._run(
            wait_flow(session_of(self._client), self._kind, self._handle, options, self._final),
            self._kind.status.operation.id,
        )

    def watch(
        self, *, timeout: Seconds | None = None, until: datetime | None = None, polls: bool = False
    ) -> Iterator[JobStatus[P_co]]:
        """Look on until the job has ended, well or badly; the last status is the end.

        Args:
            timeout: How long at most, in seconds, as for `wait`; the kind's own default when None.
            until: An aware datetime at which to stop, if that is earlier.
            polls: Whether to show every poll rather than what changed.

        Yields:
            Each status that differs from the one before.

        Raises:
            WaitTimeout: the time is up, and the job still runs.
            JobClientsError: as for `wait`.
        """
        waiting = Waiting(session_of(self._client), self._kind, self._handle, Options(timeout, until), self._final)
        while not waiting.ended:
            status: JobStatus[P_co] = self._run(waiting.next_flow(polls=polls), self._kind.status.operation.id)
            yield status


class AsyncJob(AsyncBoundJob, Generic[P_co]):
    """One job of one vendor; `P_co` is the type of the vendor's own status response."""

    async def status(self) -> JobStatus[P_co]:
        """Ask how it is doing, once. As `Job.status`."""
        return await self._run(
            status_flow(session_of(self._client), self._kind, self._handle), self._kind.status.operation.id
        )

    async def wait(
        self,
        *,
        timeout: Seconds | None = None,
        until: datetime | None = None,
        start_within: Seconds | None = None,
        warnings: Literal["ok", "raise"] = "ok",
        on_timeout: Literal["leave", "cancel"] = "leave",
        on_update: Callable[[JobStatus[P_co]], Any | Awaitable[Any]] | None = None,
        on_state: Callable[[JobStatus[P_co]], Any | Awaitable[Any]] | None = None,
        on_paused: Literal["wait", "raise"] = "wait",
    ) -> JobStatus[P_co]:
        """Wait until the job has ended. As `Job.wait`; what the callbacks return is awaited where it can be."""
        options = Options(timeout, until, start_within, warnings, on_timeout, on_update, on_state, on_paused)
        return await self._run(
            wait_flow(session_of(self._client), self._kind, self._handle, options, self._final),
            self._kind.status.operation.id,
        )

    async def watch(
        self,
        *,
        timeout: Seconds | None = None,
        until: datetime | None = None,
        polls: bool = False,
    ) -> AsyncIterator[JobStatus[P_co]]:
        """Look on until the job has ended, well or badly. As `Job.watch`."""
        waiting = Waiting(session_of(self._client), self._kind, self._handle, Options(timeout, until), self._final)
        while not waiting.ended:
            status: JobStatus[P_co] = await self._run(waiting.next_flow(polls=polls), self._kind.status.operation.id)
            yield status


class Cancels(SyncBoundJob):
    """A job that can be stopped."""

    def cancel(self, *, force: bool = False) -> None:
        """Ask the vendor to stop the job; a job that has ended is left as it is.

        Args:
            force: Whether to stop a run whose attribution is only ``in_window``, which may be another submitter's.

        Raises:
            AmbiguousRun: the run may be another one.
            JobClientsError: the vendor said no, or another run would be stopped.
        """
        self._run(cancel_flow(session_of(self._client), self._kind, self._handle, force=force), "cancel")


class AsyncCancels(AsyncBoundJob):
    """A job that can be stopped."""

    async def cancel(self, *, force: bool = False) -> None:
        """Ask the vendor to stop the job. As `Cancels.cancel`."""
        await self._run(cancel_flow(session_of(self._client), self._kind, self._handle, force=force), "cancel")


class HasResult(SyncBoundJob, Generic[R]):
    """A job whose result can be fetched."""

    def result(self) -> R:
        """Fetch the result.

        Returns:
            The vendor's response.
        """
        flow: Flow[R] = binding_flow(session_of(self._client), self._kind, self._handle, self._kind.result)
        return self._run(flow, "result")


class AsyncHasResult(AsyncBoundJob, Generic[R]):
    """A job whose result can be fetched."""

    async def result(self) -> R:
        """Fetch the result. As `HasResult.result`."""
        flow: Flow[R] = binding_flow(session_of(self._client), self._kind, self._handle, self._kind.result)
        return await self._run(flow, "result")


class HasProgress(SyncBoundJob, Generic[R]):
    """A job whose progress can be asked for by a call of its own."""

    def progress(self) -> R:
        """Ask how far it is.

        Returns:
            The vendor's response.
        """
        flow: Flow[R] = binding_flow(session_of(self._client), self._kind, self._handle, self._kind.progress)
        return self._run(flow, "progress")


class AsyncHasProgress(AsyncBoundJob, Generic[R]):
    """A job whose progress can be asked for by a call of its own."""

    async def progress(self) -> R:
        """Ask how far it is. As `HasProgress.progress`."""
        flow: Flow[R] = binding_flow(session_of(self._client), self._kind, self._handle, self._kind.progress)
        return await self._run(flow, "progress")


class HasLogs(SyncBoundJob, Generic[R]):
    """A job whose log can be fetched."""

    def logs(self) -> R:
        """Fetch the log.

        Returns:
            The vendor's response.
        """
        flow: Flow[R] = binding_flow(session_of(self._client), self._kind, self._handle, self._kind.logs)
        return self._run(flow, "logs")


class AsyncHasLogs(AsyncBoundJob, Generic[R]):
    """A job whose log can be fetched."""

    async def logs(self) -> R:
        """Fetch the log. As `HasLogs.logs`."""
        flow: Flow[R] = binding_flow(session_of(self._client), self._kind, self._handle, self._kind.logs)
        return await self._run(flow, "logs")


class Explains(SyncBoundJob):
    """A job that can be asked why it failed."""

    def explain(self, status: JobStatus[P]) -> JobStatus[P]:
        """Ask why the job failed, as a wait for one job does by itself at the end.

        Args:
            status: Its last status.

        Returns:
            The status with message, error and code as far as they are told; as it is where the job did not fail, and
            where nothing is told within 5 seconds.
        """
        session = session_of(self._client)
        return self._run(explained_flow(session, self._kind, self._handle, status, math.inf), "explain")


class AsyncExplains(AsyncBoundJob):
    """A job that can be asked why it failed."""

    async def explain(self, status: JobStatus[P]) -> JobStatus[P]:
        """Ask why the job failed. As `Explains.explain`."""
        session = session_of(self._client)
        return await self._run(explained_flow(session, self._kind, self._handle, status, math.inf), "explain")


@overload
def restore(job_type: JobType[P], client: SyncClient, text: str, rebind: bool = False) -> Job[P]: ...


@overload
def restore(job_type: JobType[P], client: AsyncClient, text: str, rebind: bool = False) -> AsyncJob[P]: ...


def restore(
    job_type: JobType[P], client: SyncClient | AsyncClient, text: str, rebind: bool = False
) -> Job[P] | AsyncJob[P]:
    """Make a handle without what only some kinds can do; collections' own ``restore`` makes a complete one.

    Args:
        job_type: The job type as the spec states it.
        client: The client that sends its requests.
        text: What ``to_json`` of a handle gave.
        rebind: Whether a handle of another base URL or account is taken over to this client's.

    Returns:
        The handle.

    Raises:
        HandleError: the text does not fit.
    """
    bound = job_type.bound
    handle = restore_handle(bound, session_of(client), text, rebind=rebind)
    return Job(bound, client, handle) if isinstance(client, SyncClient) else AsyncJob(bound, client, handle)
