"""Calls a caller's function for credentials, and detects when it would wait for itself."""

from __future__ import annotations

import inspect
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from .errors import CredentialUnavailable, InvalidArgument, JobClientsError
from .flow import AcquireLock, GetCredential, Lock


@dataclass(eq=False, slots=True)
class _Retrieval:
    """A lock that is held while a function given as ``auth`` runs: if that waits for it, it waits for itself."""

    lock: Lock
    still: bool = True


_retrievals: ContextVar[tuple[_Retrieval, ...]] = ContextVar("jobclients_retrievals", default=())


@contextmanager
def holding(lock: Lock) -> Generator[None]:
    """Note that a function of the caller's runs while a lock is held."""
    mine = _Retrieval(lock)
    token = _retrievals.set((*_retrievals.get(), mine))
    try:
        yield
    finally:
        # Tasks that the function started have a copy of the context, and may call the client from now on.
        mine.still = False
        _retrievals.reset(token)


def check_recursion(step: AcquireLock) -> None:
    """Refuse to wait for a lock that is held by the very call which asks the function that is running.

    Args:
        step: The lock that is about to be acquired.

    Raises:
        InvalidArgument: waiting for it would never end.
    """
    if any(retrieval.still and retrieval.lock is step.lock for retrieval in _retrievals.get()):
        raise InvalidArgument(
            "the function given as auth calls the client that is asking it, which cannot send before it has returned; "
            "give it a client of its own",
            operation=step.operation,
            argument="auth",
        )


def get_credential(step: GetCredential) -> Any:
    """Ask the caller's function for a credential.

    Args:
        step: The function.

    Returns:
        What it returned: a credential, or something to await.

    Raises:
        CredentialUnavailable: it raised something that is not an error of ours.
    """
    try:
        return step.source()
    except JobClientsError:
        raise
    except Exception as error:
        raise CredentialUnavailable(
            f"the function given as auth raised {type(error).__name__}", operation=step.operation
        ) from error


async def get_credential_async(step: GetCredential) -> Any:
    """Ask the caller's function for a credential, and await what can be awaited. As `get_credential`."""
    credential = get_credential(step)
    if not inspect.isawaitable(credential):
        return credential
    try:
        return await credential
    except JobClientsError:
        raise
    except Exception as error:
        raise CredentialUnavailable(
            f"the function given as auth raised {type(error).__name__}", operation=step.operation
        ) from error
