"""The secrets of one client, current and recent, which are masked in errors."""

from __future__ import annotations

import threading

from .forking import PerProcess
from .hiding import encodings

MAX_RECENT = 64


class KnownSecrets:
    """Secrets in use, and those that were in use lately."""

    def __init__(self) -> None:
        self._lasting: tuple[str, ...] = ()
        self._recent: tuple[str, ...] = ()
        self._guard = PerProcess(threading.Lock)

    def __call__(self) -> tuple[str, ...]:
        """Each of them as a response may echo it, in JSON or in a URL."""
        return (*self._lasting, *self._recent)

    def hide(self, secret: str, *, lasting: bool = False) -> None:
        """Have a secret taken out of errors from now on.

        Args:
            secret: The secret.
            lasting: Whether it serves for as long as the client does; others give way to newer ones in the end.
        """
        new = encodings(secret)
        # One thread at a time changes them; replaced and not changed, because others may be reading them meanwhile.
        with self._guard():
            if lasting:
                self._lasting = tuple(dict.fromkeys((*self._lasting, *new)))
            else:
                older = (encoding for encoding in self._recent if encoding not in new)
                self._recent = (*older, *new)[-MAX_RECENT:]
