"""Everything that a client shows of itself: texts, tracebacks with their variables, pickles, logs."""

from __future__ import annotations

import logging
import pickle
import pprint
import traceback
from collections.abc import Collection, Generator, Iterable
from contextlib import contextmanager, suppress
from pathlib import Path

from jobclients_contract.failure import happened, refuse

_JUDGE = str(Path(__file__).parents[1])


def shown_by(thing: object) -> str:
    """All that an object shows: its texts, the texts of what it consists of, and its pickle where it has one."""
    parts = [repr(thing), str(thing), f"{thing}", pprint.pformat(thing), repr(getattr(thing, "__dict__", ""))]
    with suppress(Exception):  # what cannot be pickled shows nothing there
        parts.append(pickle.dumps(thing).decode("latin-1"))
    return "\n".join(parts)


def shown_by_error(error: BaseException, *, variables: bool) -> str:
    """All that an exception shows, with its causes.

    Args:
        error: the exception.
        variables: whether tracebacks are taken with the variables of each frame, as error reporters do; those of the
            judge's own frames, which hold the secrets, are left out.
    """
    told = traceback.TracebackException.from_exception(error, capture_locals=variables)
    parts: list[str] = []
    waiting: list[traceback.TracebackException | None] = [told]
    while waiting:
        one = waiting.pop()
        if one is not None:
            one.stack = traceback.StackSummary.from_list(
                [frame for frame in one.stack if not frame.filename.startswith(_JUDGE)]
            )
            waiting += [one.__cause__, one.__context__]
    parts += told.format()
    seen: set[int] = set()
    chain: list[BaseException | None] = [error]
    while chain:
        current = chain.pop()
        if current is None or id(current) in seen:
            continue
        seen.add(id(current))
        parts += [shown_by(current), repr(current.args), repr(getattr(current, "__notes__", []))]
        for value in vars(current).values():
            parts.append(value.decode("utf-8", "replace") if isinstance(value, bytes) else shown_by(value))
            parts.append(repr(getattr(value, "model_extra", "")))
        chain += [current.__cause__, current.__context__]
    return "\n".join(parts)


class _Kept(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.getMessage()} {vars(record)!r} {record.exc_text or ''}")


@contextmanager
def log_lines() -> Generator[list[str]]:
    """Everything that any logger says in the block, at every level."""
    kept = _Kept()
    root = logging.getLogger()
    every = [root, *(item for item in root.manager.loggerDict.values() if isinstance(item, logging.Logger))]
    before = [(item, item.level, item.disabled) for item in every]
    for item in every:
        item.setLevel(logging.DEBUG)
        item.disabled = False
    root.addHandler(kept)
    try:
        yield kept.lines
    finally:
        root.removeHandler(kept)
        for item, level, disabled in before:
            item.setLevel(level)
            item.disabled = disabled


def expect_hidden(texts: Iterable[str], marks: Collection[str], about: str) -> None:
    """Nothing shows a secret.

    Args:
        texts: what was shown.
        marks: pieces that each spelling of the secrets holds.
        about: what showed it.

    Raises:
        Mismatch: something does.
    """
    for text in texts:
        happened()
        for mark in marks:
            at = text.find(mark)
            if at >= 0:
                # The surroundings tell where it came from, and the secret is made up.
                refuse(f"{about} shows a secret", "no secret", text[max(0, at - 300) : at + 60])
