"""A spec with one mistake, and everything that generating from it and its contract tests say about that."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from jobclients_contract import Check, checks_of
from vendorsmith import pipeline
from vendorsmith.emit.package import package_files, vendor_clients
from vendorsmith.problems import Problems, SpecError, render
from vendorsmith.release import default_release
from vendorsmith.spec.source import snippet_text
from vendorsmith.targets import targets

SPECS = Path(__file__).parents[2] / "specs"
LENDER = "huawei_iam"
NAMES = iter(range(10**9))


@dataclass(frozen=True)
class Planted:
    """A mistake in a spec, and by what it is found.

    Attributes:
        name: of the mistake.
        vendor: whose spec it is.
        old: what the spec says, once.
        new: the mistake.
        found_by: a code of `vendorsmith generate`, or the rule of a contract test.
        at: a text of the broken spec on whose line, or next to it, the message points; the mistake itself if empty.
        within: how many lines the message may point away from there.
    """

    name: str
    vendor: str
    old: str
    new: str
    found_by: str
    at: str = ""
    within: int = 3


def broken(planted: Planted, folder: Path) -> str:
    """Write all specs to a folder, one of them with the mistake; the text of that one."""
    shutil.copytree(SPECS, folder / "specs", ignore=shutil.ignore_patterns("README.md"))
    spec = folder / "specs" / planted.vendor / "openapi.yaml"
    text = spec.read_text(encoding="utf-8")
    assert text.count(planted.old) == 1, f"{text.count(planted.old)} times: {planted.old}"
    text = text.replace(planted.old, planted.new)
    spec.write_text(text, encoding="utf-8")
    return text


def line_of(planted: Planted, text: str) -> int:
    """The line at which a message should point."""
    mark = planted.at or planted.new
    assert text.count(mark) == 1, f"{text.count(mark)} times: {mark}"
    return text.count("\n", 0, text.index(mark)) + 1


def messages(vendor: str, folder: Path, rules: Collection[str]) -> Iterator[tuple[str, str]]:
    """What generating, or the contract tests where a client can be generated, say of a vendor's spec.

    Args:
        vendor: its name.
        folder: with all specs in it.
        rules: codes of problems, and rules of contract tests, to look at.

    Yields:
        Code or rule, and message.
    """
    (target,) = [one for one in targets([vendor], folder / "specs") if one.vendor == vendor]
    package = f"planted_{next(NAMES)}"
    try:
        generated = pipeline.generate(target, package)
    except SpecError as error:
        yield from _said(error.problems, target.spec, rules)
        return
    yield from _said(generated.warnings, target.spec, rules)
    files = generated.files | package_files(default_release(package), [vendor_clients(package, vendor)])
    if vendor != LENDER:
        files |= {name.replace("LENT", package): text.replace("LENT", package) for name, text in _lent().items()}
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    sys.path.insert(0, str(folder))
    try:
        for check in checks_of(pipeline.contract_of(target, package)):
            if check.rule in rules:
                yield from _failure(check)
    finally:
        sys.path.remove(str(folder))
        for name in [name for name in sys.modules if name.partition(".")[0] == package]:
            del sys.modules[name]


def _said(problems: Problems, spec: Path, rules: Collection[str]) -> Iterator[tuple[str, str]]:
    for problem in problems:
        if problem.code not in rules:
            continue
        alone = Problems()
        alone.add(problem.code, problem.message, problem.place, problem.hint)
        yield problem.code, render(alone, {str(spec): snippet_text(spec)})


def _failure(check: Check) -> Iterator[tuple[str, str]]:
    try:
        check.run()
    except pytest.fail.Exception as failure:
        yield check.rule, str(failure)


@cache
def _lent() -> dict[str, str]:
    """The files of the vendor whose credentials others borrow, for a package called LENT."""
    (target,) = targets([LENDER], SPECS)
    return pipeline.generate(target, "LENT").files
