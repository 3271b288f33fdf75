"""Secrets that several threads, or a forked process, have hidden at once."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator

import pytest
from jobclients_core import known_secrets
from jobclients_core.known_secrets import KnownSecrets
from runtime.echo import Child


class Interrupted(tuple[str, ...]):
    """Encodings of a secret; while they are read, another thread hides a secret of its own."""

    other: threading.Thread

    def __iter__(self) -> Iterator[str]:
        self.other.start()
        self.other.join(0.05)  # which it outlasts where it has to wait for this thread
        return super().__iter__()


@pytest.mark.parametrize("lasting", [True, False])
def test_none_of_two_secrets_that_threads_hide_at_once_is_lost(monkeypatch: pytest.MonkeyPatch, lasting: bool) -> None:
    secrets = KnownSecrets()
    other = threading.Thread(target=secrets.hide, args=("second",), kwargs={"lasting": lasting})

    def encodings(secret: str) -> tuple[str, ...]:
        if secret != "first":
            return (secret,)
        interrupted = Interrupted((secret,))
        interrupted.other = other
        return interrupted

    monkeypatch.setattr(known_secrets, "encodings", encodings)
    secrets.hide("first", lasting=lasting)
    other.join()
    assert set(secrets()) == {"first", "second"}


@pytest.mark.skipif(sys.platform == "win32", reason="nothing forks there")
def test_a_forked_process_hides_secrets_though_a_thread_of_its_parent_was_about_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    secrets = KnownSecrets()
    said: list[object] = []

    class Forking(tuple[str, ...]):
        def __iter__(self) -> Iterator[str]:
            monkeypatch.undo()

            def hidden() -> list[str]:
                secrets.hide("child")
                return list(secrets())

            said.append(Child(hidden).said())
            return super().__iter__()

    monkeypatch.setattr(known_secrets, "encodings", lambda secret: Forking((secret,)))
    secrets.hide("parent")
    assert said == [["child"]]
    assert secrets() == ("parent",)
