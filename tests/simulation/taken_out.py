"""Mends that can be taken out, by the number of the fault that each of them mended."""

from __future__ import annotations

from mutation.catalogue import Mutant

TAKEN_OUT: tuple[Mutant, ...] = ()
