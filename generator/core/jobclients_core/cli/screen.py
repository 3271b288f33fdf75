"""Draws the table of several jobs on a terminal: a summary, then one line for each, failures first."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jobclients_core.errors import JobClientsError
from jobclients_core.jobs.status import JobStatus
from jobclients_core.states import JobState

from .handles import Kept
from .show import Out, percent_text, seconds_text

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions
    from rich.text import Text

_STYLES = {
    JobState.SUCCEEDED: "green",
    JobState.SUCCEEDED_WITH_WARNINGS: "yellow",
    JobState.FAILED: "red",
    JobState.CANCELLED: "magenta",
    JobState.RUNNING: "cyan",
    JobState.PAUSED: "yellow",
}
_ORDER = ("cannot tell", "failed", "cancelled", "with warnings", "stopping", "running", "queued")
"""What is shown first: trouble, then what goes on; what is not named here comes next, and what ended well last."""

_BAR = 10
_STATE = 13
_SHORTEST = 8
_WIDE = 60
"""Columns of a terminal that has room for bars."""
_NOTE = 20
"""Columns that a note needs at least, to be beside its job."""


@dataclass(slots=True)
class Row:
    """One job of the table.

    Args:
        kept: The job.
        start: When watching began, on the monotonic clock.
        status: Its last status.
        error: How watching it ended, if badly.
        end: When that was.
    """

    kept: Kept
    start: float
    status: JobStatus[Any] | None = None
    error: JobClientsError | None = None
    end: float | None = None

    @property
    def elapsed(self) -> float:
        """Seconds that the job takes, or took: by the vendor's times where it has some, else since watching began."""
        status = self.status
        now = time.monotonic() if self.end is None else self.end
        if status is not None and status.duration is not None:
            return status.duration
        if status is not None and status.started_at is not None:
            until = (
                time.time() - (time.monotonic() - now) if status.finished_at is None else status.finished_at.timestamp()
            )
            return max(until - status.started_at.timestamp(), 0.0)
        return now - self.start


class Screen:
    """Draws the jobs each time anew, in the width and height that the terminal then has.

    Args:
        out: Cleans what vendors say.
        rows: The jobs.

    Attributes:
        whole: Whether all jobs are drawn, however many there are: the picture that stays.
    """

    def __init__(self, out: Out, rows: Sequence[Row]) -> None:
        self._out = out
        self._rows = rows
        kinds = {_kind(row) for row in rows}
        count = "1 job" if len(rows) == 1 else f"{len(rows)} jobs"
        self._title = f"{len(rows)} {kinds.pop()}" if len(kinds) == 1 < len(rows) else count
        self._names = dict(zip(map(id, rows), short_names(rows), strict=True))
        self.whole = False

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        """Draw."""
        rows = sorted(self._rows, key=_rank)
        lines = [self._lines(row, options.max_width) for row in rows]
        room = console.height - 3  # the summary, what is left out, and the line of the cursor
        shown = len(rows)
        while not self.whole and shown and sum(map(len, lines[:shown])) > room:
            shown -= 1
        yield self._line(f"{self._title}: {_counted(rows)}", options.max_width, "bold")
        for block in lines[:shown]:
            yield from block
        if shown < len(rows):
            yield self._line(f"and {len(rows) - shown} more: {_counted(rows[shown:])}", options.max_width, "dim")

    def _lines(self, row: Row, width: int) -> list[Text]:
        from rich.text import Text

        state = min(_STATE, max(len(_state(row)) for row in self._rows))
        bar = _BAR + 5 if width >= _WIDE and any(_progress(row) is not None for row in self._rows) else 0
        elapsed = max(len(seconds_text(row.elapsed)) for row in self._rows)
        rest = sum(2 + cell for cell in (state, bar, elapsed) if cell)
        name = max(min(max(map(len, self._names.values())), width - rest), _SHORTEST)
        style = _style(row)
        cells = [(_shortened(self._names[id(row)], name), "", name), (_state(row), style, state)]
        cells += [(_bar(_progress(row)), style, bar)] if bar else []
        cells += [(seconds_text(row.elapsed).rjust(elapsed), "", elapsed)]
        line = Text("  ").join(_cell(self._out.clean(text), style, width) for text, style, width in cells)
        line.truncate(width, overflow="ellipsis")
        note = self._out.clean(_note(row)).partition("\n")[0]
        room = width - line.cell_len - 2
        if note and _is_trouble(row) and len(note) > room:
            return [line, self._line(f"  {note}", width, style)]
        if note and room >= _NOTE:
            line.append(f"  {note}")
            line.truncate(width, overflow="ellipsis")
        return [line]

    def _line(self, text: str, width: int, style: str) -> Text:
        return _cell(text, style, width, pad=False)


def short_names(rows: Sequence[Row]) -> list[str]:
    """What tells jobs from each other: of kinds and identities only the parts in which they differ.

    Args:
        rows: The jobs.

    Returns:
        A name for each, which no other has where their identities differ.
    """
    jobs = [row.kept.job for row in rows]
    kinds = [_kind(row) for row in rows]
    values: dict[tuple[str, str], set[object]] = {}
    for kind, job in zip(kinds, jobs, strict=True):
        for part, value in job.identity.items():
            values.setdefault((kind, part), set()).add(value)
    names: list[str] = []
    for kind, job in zip(kinds, jobs, strict=True):
        alike = [part for part in job.identity if len(values[kind, part]) == 1 and kinds.count(kind) > 1]
        own = [part for part in job.identity if part not in alike] or list(job.identity)[-1:]
        # Of a job that has no other of its kind beside it, the last part says most: the first ones name an account.
        own = own[-1:] if kinds.count(kind) == 1 else own
        start = [kind] if len(set(kinds)) > 1 or len(kinds) == 1 else []
        names.append(" ".join([*start, *(str(job.identity[part]) for part in own)]))
    return names


def _shortened(name: str, width: int) -> str:
    """A name without its middle: names in a row begin alike, and differ in their ends."""
    end = (width - 1) * 2 // 3
    return name if len(name) <= width else f"{name[: width - 1 - end]}…{name[-end:]}"


def _kind(row: Row) -> str:
    kind = row.kept.job.kind
    return f"{kind.vendor}.{kind.name}"


def _state(row: Row) -> str:
    if row.error is not None and not (row.status is not None and row.status.state.terminal):
        return "cannot tell"
    return "asking" if row.status is None else row.status.state.removeprefix("succeeded_").replace("_", " ")


def _rank(row: Row) -> int:
    state = _state(row)
    if state == "succeeded":
        return len(_ORDER) + 1
    return _ORDER.index(state) if state in _ORDER else len(_ORDER)


def _counted(rows: Sequence[Row]) -> str:
    return ", ".join(f"{count} {state}" for state, count in Counter(map(_state, rows)).items())


def _is_trouble(row: Row) -> bool:
    return _state(row) in ("cannot tell", "failed", "cancelled")


def _style(row: Row) -> str:
    if _state(row) == "cannot tell":
        return "red"
    return _STYLES.get(row.status.state, "") if row.status is not None else ""


def _progress(row: Row) -> float | None:
    return row.status.progress if row.status is not None else None


def _note(row: Row) -> str:
    status: JobStatus[object] | None = row.status
    said = "" if status is None else status.error or status.message or ""
    ended = status is not None and status.state.terminal
    return said if row.error is None or (ended and said) else str(row.error)


def _bar(progress: float | None) -> str:
    """A bar with its number; nothing where no progress is known."""
    if progress is None:
        return ""
    full = int(progress * _BAR)
    return f"{'#' * full}{'.' * (_BAR - full)} {percent_text(progress):>4}"


def _cell(text: str, style: str, width: int, *, pad: bool = True) -> Text:
    from rich.text import Text

    cell = Text(text, style=style, no_wrap=True, overflow="ellipsis", end="\n")
    cell.truncate(width, overflow="ellipsis", pad=pad)
    return cell
