"""Replaces what a forked process must not share with its parent: locks, connections and threads.

A fork copies all memory and one thread. A lock that another thread held is never released in the child, and what the
child sends on an inherited connection reaches the vendor in the middle of what the parent sends there.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

T = TypeVar("T")

_heirs: WeakKeyDictionary[Any, Callable[[Any], None]] = WeakKeyDictionary()
_abandoned: list[object] = []


def in_children(thing: T, renew: Callable[[T], None]) -> None:
    """Have a function called in every child process, before anything else runs there.

    Args:
        thing: What has to be renewed; it is not kept alive by this.
        renew: Renews it without I/O and without waiting for a lock.
    """
    _heirs[thing] = renew


def abandon(thing: object) -> None:
    """Leave something of the parent's alone for as long as this process lives, its destructors included.

    Args:
        thing: What was inherited.
    """
    _abandoned.append(thing)


class PerProcess(Generic[T]):
    """Something of which every child process has a new one; called, it gives the one of this process.

    Args:
        make: Makes one.
    """

    __slots__ = ("__weakref__", "_make", "_value")

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._value = make()
        in_children(self, PerProcess[T]._renew)

    def __call__(self) -> T:
        """The one of this process."""
        return self._value

    def _renew(self) -> None:
        self._value = self._make()


def _renew_all() -> None:
    for thing, renew in list(_heirs.items()):
        renew(thing)


if sys.platform != "win32":
    os.register_at_fork(after_in_child=_renew_all)
