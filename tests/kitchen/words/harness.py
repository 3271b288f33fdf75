"""The harness for the vendor of `kitchen_words`."""

from __future__ import annotations

import dataclasses
import importlib
from types import ModuleType
from typing import Any

from kitchen.jobs.harness import Harness


class WordsHarness(Harness):
    """One client of `kitchen_words` and its vendor."""

    @property
    def module(self) -> ModuleType:
        """The vendor's module."""
        return importlib.import_module(f"{self.package.__name__}.kitchen_words")

    def another(self, **options: Any) -> Any:
        """One more client, which lives in the same time; it has to be closed."""
        clock = dataclasses.replace(self.time.clock(), random=lambda: self.chance, sleep=self._sleep)
        kind = self.module.KitchenWordsClient if self.mode == "sync" else self.module.AsyncKitchenWordsClient
        given = {"base_url": self.server.url, "auth": self.module.Token("s3cret-token")} | self._options | options
        return kind(**given, http=self.package.HttpOptions(clock=clock, retries=0, timeout=20.0))
