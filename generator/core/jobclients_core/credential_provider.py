"""Asking a function of the caller's for a credential, in a way that notices when it waits for itself."""

from __future__ import annotations

import inspect
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from .errors import CredentialUnavailable, InvalidArgument, JobClientsError
from .flow import Acquire, Ask, Lock


@dataclass(eq=False, slots=True)
class _Asking:
    """A lock that is held while a function given as ``auth`` runs: if that waits for it, it waits for itself."""

    lock: Lock
    still: bool = True


_asking: ContextVar[tuple[_Asking, ...]] = ContextVar("jobclients_asking", default=())


@contextmanager
def holding(lock: Lock) -> Generator[None]:
    """Note that a function of the caller's runs while a lock is held."""
    mine = _Asking(lock)
    token = _asking.set((*_asking.get(), mine))
    try:
        yield
    finally:
        # Tasks that the function started have a copy of the context, and may call the client from now on.
        mine.still = False
        _asking.reset(token)


def check_recursion(step: Acquire) -> None:
    """Refuse to wait for a lock that is held by the very call which asks the function that is running.

    Args:
        step: The lock that is about to be acquired.

    Raises:
        InvalidArgument: waiting for it would never end.
    """
    if any(asking.still and asking.lock is step.lock for asking in _asking.get()):
        raise InvalidArgument(
            "the function given as auth calls the client that is asking it, which cannot send before it has returned; "
            "give it a client of its own",
            operation=step.operation,
            argument="auth",
        )


def ask(step: Ask) -> Any:
    """Ask the caller's function for a credential.

    Args:
        step: The function.

    Returns:
        What it returned: a credential, or something to await.

    Raises:
        CredentialUnavailable: it raised something that is no error of ours.
    """
    try:
        return step.source()
    except JobClientsError:
        raise
    except Exception as error:
        raise CredentialUnavailable(
            f"the function given as auth raised {type(error).__name__}", operation=step.operation
        ) from error


async def ask_async(step: Ask) -> Any:
    """Ask the caller's function for a credential, and await what can be awaited. As `ask`."""
    answer = ask(step)
    if not inspect.isawaitable(answer):
        return answer
    try:
        return await answer
    except JobClientsError:
        raise
    except Exception as error:
        raise CredentialUnavailable(
            f"the function given as auth raised {type(error).__name__}", operation=step.operation
        ) from error
