"""The catalogue of mutants fits the repository: each applies, compiles, and is counted."""

from __future__ import annotations

from collections import Counter

import pytest
from mutation.catalogue import CATALOGUE, Mutant
from mutation.sandbox import ROOT
from yaml_text import loaded


@pytest.mark.parametrize("mutant", CATALOGUE, ids=lambda mutant: mutant.id)
def test_each_mutant_applies_and_compiles(mutant: Mutant) -> None:
    text = (ROOT / mutant.path).read_text("utf-8")
    mutated = mutant.applied(text)
    assert mutated != text
    if mutant.path.endswith(".py"):
        compile(mutated, mutant.file, "exec")
    else:
        assert loaded(mutated) != loaded(text)


def test_the_catalogue_is_wide() -> None:
    assert [name for name, count in Counter(mutant.id for mutant in CATALOGUE).items() if count > 1] == []
    assert len(CATALOGUE) >= 60
    vendors = {"alation", "datameer", "huawei_cdm", "huawei_dli", "huawei_iam"}
    assert {mutant.file.partition("/")[0] for mutant in CATALOGUE} == {
        *vendors,
        "jobclients_core",
        "vendorsmith",
        "specs",
    }
    assert len({(mutant.file, mutant.old, mutant.new) for mutant in CATALOGUE}) == len(CATALOGUE)
    assert all(mutant.breaks.endswith(".") and "\n" not in mutant.breaks for mutant in CATALOGUE)
