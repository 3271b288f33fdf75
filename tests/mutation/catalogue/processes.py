"""Forked processes, event loops, logins that fail, and hosts that are never reached."""

from __future__ import annotations

from .mutant import Mutant

AUTH = "jobclients_core/auth.py"
REFUSALS = "jobclients_core/failed_credentials.py"
FORKING = "jobclients_core/forking.py"
POOLS = "jobclients_core/pools.py"
WAITING = "jobclients_core/jobs/waiting.py"

MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "processes/inherited-connection",
        "A child asks on the connections of its parent, and is told of the parent's jobs.",
        POOLS,
        "            self._transport.leave()\n        self._transport = None\n",
        "            pass\n",
    ),
    Mutant(
        "processes/descriptors-of-the-parent",
        "A vendor does not hear that a connection was closed, while a forked worker lives.",
        POOLS,
        "            self._transport.leave()\n",
        "            pass\n",
    ),
    Mutant(
        "processes/lock-held-for-ever",
        "A lock that another thread held at the fork is never free in the child.",
        FORKING,
        "        self._value = self._make()\n\n\ndef",
        "        pass\n\n\ndef",
    ),
    Mutant(
        "processes/transport-object-in-a-child",
        "A transport object of the caller's own is opened anew in a child, on the same connections.",
        POOLS,
        "        if self._own:\n",
        "        if False:\n",
    ),
    Mutant(
        "processes/set-in-a-child",
        "A set of jobs waits in a child for threads that are its parent's.",
        "jobclients_core/jobs/jobset.py",
        "        if self._inherited:\n",
        "        if False:\n",
    ),
    Mutant(
        "processes/places-of-the-parent",
        "Calls under way in the parent take places under the limits of a child for ever.",
        "jobclients_core/jobs/limits.py",
        "        self._open = 0\n\n    def delay",
        "        pass\n\n    def delay",
    ),
    Mutant(
        "processes/one-loop",
        "An async client takes the connections of a loop that is gone into the next one.",
        POOLS,
        "        loop = _running_loop()\n        found",
        "        loop = None\n        found",
    ),
    Mutant(
        "processes/open-after-the-loop",
        "Connections of an async client outlive their event loop.",
        POOLS,
        "            await anext(self._life)\n",
        "",
    ),
    Mutant(
        "processes/herd-of-logins",
        "Each of a thousand calls makes its own attempt at a login that fails.",
        AUTH,
        "            raise failure.again(operation, self._context.clock.monotonic())\n\n    def _refused",
        "            pass\n\n    def _refused",
    ),
    Mutant(
        "processes/refusal-forgotten",
        "A password that was refused a moment ago is tried once more by whoever comes next.",
        REFUSALS,
        "        return bool(self.credential == credential)",
        "        return False",
    ),
    Mutant(
        "processes/refused-for-ever",
        "A credential that was refused is never tried again.",
        REFUSALS,
        "if now - self.at >= REFUSAL_PAUSE or",
        "if",
    ),
    Mutant(
        "processes/refused-everywhere",
        "An operation that refuses a good password keeps the client from all others.",
        AUTH,
        "scope = error.operation if cache is not None and cache.credentials == self._proven else None",
        "scope = None",
    ),
    Mutant(
        "processes/ended-token-is-blamed",
        "The token of a login that came to its end is taken for a refused credential.",
        AUTH,
        "        if authorization.exchanged and authorization.renewable:\n            return\n",
        "",
    ),
    Mutant(
        "processes/unreached-for-long",
        "A host whose name is wrong is asked for a quarter of an hour.",
        WAITING,
        "elif not cut and now - self._unreached_since >= UNREACHED:",
        "elif False:",
    ),
    Mutant(
        "processes/reached-is-forgotten",
        "A host that answered a minute ago is given up after ten seconds.",
        WAITING,
        "return isinstance(error, ConnectFailed) and not session.contact.reached",
        "return isinstance(error, ConnectFailed)",
    ),
)
