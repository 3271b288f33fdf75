"""Keeps what came of mutants, as long as it holds, so that a run that was ended goes on where it was."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from threading import Lock
from typing import Any

from .sandbox import ROOT, Verdict
from .suites import files_of_tests
from .tracing import CACHE, state_of_data, state_of_sources, state_of_tests


@dataclass(frozen=True, slots=True)
class Change:
    """A mutant, whoever chose it.

    Args:
        id: Its name.
        files: Texts by path below the repository.
    """

    id: str
    files: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class MutantResult:
    """What came of a mutant.

    Args:
        verdict: In one word.
        suite: The suite of the test that noticed it; ``generator`` where it refused to generate.
        test: The first test that failed.
        said: What it said.
        seconds: How long trying it took.
        note: What else is to be known of a survivor.
    """

    verdict: Verdict
    suite: str = ""
    test: str = ""
    said: str = ""
    seconds: float = 0.0
    note: str = ""

    @property
    def killed(self) -> bool:
        """Whether it was noticed."""
        return self.verdict in ("killed", "timed out")


class Kept:
    """Outcomes of earlier runs.

    That a test notices a mutant holds until that test or the sources change; that none does, until any test does.

    Args:
        suites: The suites whose tests may notice one.
    """

    def __init__(self, suites: Iterable[str]) -> None:
        self._suites = sorted(suites)
        self._place = CACHE / f"outcomes.{'.'.join(self._suites)}.json"
        kept = self._place.read_text("utf-8") if self._place.exists() else "{}"
        self._noted: dict[str, dict[str, Any]] = json.loads(kept)
        self._lock = Lock()

    def get(self, change: Change) -> MutantResult | None:
        """What came of a mutant, if that is known and still so."""
        noted = self._noted.get(self._key(change))
        if noted is None:
            return None
        outcome = MutantResult(**noted["outcome"])
        return outcome if noted["state"] == self._state(outcome) else None

    def put(self, change: Change, outcome: MutantResult) -> None:
        """Keep what came of a mutant."""
        with self._lock:
            self._noted[self._key(change)] = {"outcome": asdict(outcome), "state": self._state(outcome)}
            self._place.parent.mkdir(parents=True, exist_ok=True)
            self._place.write_text(json.dumps(self._noted, indent=0), encoding="utf-8")

    def _key(self, change: Change) -> str:
        parts = [change.id, *(part for entry in sorted(change.files.items()) for part in entry)]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()

    def _state(self, outcome: MutantResult) -> str:
        """A hash of what decides it beside the mutant."""
        file = outcome.test.partition("::")[0]
        if (ROOT / file).is_file():
            tests = state_of_tests(file)
        else:
            tests = state_of_tests(*files_of_tests(ROOT, self._suites)) + state_of_data()
        return hashlib.sha256(f"{state_of_sources()} {tests}".encode()).hexdigest()
