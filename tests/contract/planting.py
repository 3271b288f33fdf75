"""A spec with one mistake, and everything that generating from it and its vendor suite say about that."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from vendorsmith import pipeline
from vendorsmith.diagnostics import Diagnostics, SpecError, render
from vendorsmith.discovery import discover
from vendorsmith.emit.package import package_files, vendor_clients
from vendorsmith.release import default_release
from vendorsmith.spec.source import snippet_text

from .suites import PACKAGE, suite

SPECS = Path(__file__).parents[2] / "specs"
LENDER = "huawei_iam"


@dataclass(frozen=True)
class Planted:
    """A mistake in a spec, and by what it is found.

    Attributes:
        name: of the mistake.
        vendor: whose spec it is.
        old: what the spec says, once.
        new: the mistake.
        found_by: a code of `vendorsmith generate`, or the verb with which a line of the suite begins.
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
        rules: codes of problems, and verbs of lines, to look at.

    Yields:
        Code or verb, and message.
    """
    (target,) = [one for one in discover([vendor], folder / "specs") if one.vendor == vendor]
    try:
        generated = pipeline.generate(target, PACKAGE)
    except SpecError as error:
        yield from _said(error.diagnostics, target.spec, rules)
        return
    yield from _said(generated.warnings, target.spec, rules)
    files = generated.files | package_files(default_release(PACKAGE), [vendor_clients(PACKAGE, vendor)])
    with suite(folder, files | (_lent() if vendor != LENDER else {}), vendor) as found:
        for case in found.cases:
            verb = case.source.partition("(")[0]
            if verb in rules:
                try:
                    found.check(case, "sync")
                except pytest.fail.Exception as failure:
                    yield verb, str(failure)


def _said(diagnostics: Diagnostics, spec: Path, rules: Collection[str]) -> Iterator[tuple[str, str]]:
    for diagnostic in diagnostics:
        if diagnostic.code not in rules:
            continue
        alone = Diagnostics()
        alone.add(diagnostic.code, diagnostic.message, diagnostic.place, diagnostic.hint)
        yield diagnostic.code, render(alone, {str(spec): snippet_text(spec)})


@cache
def _lent() -> dict[str, str]:
    """The files of the vendor whose credentials others borrow, in the same package."""
    (target,) = discover([LENDER], SPECS)
    return pipeline.generate(target, PACKAGE).files
