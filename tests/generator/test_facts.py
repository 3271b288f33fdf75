"""Facts without positions: comments and moved lines change none, and facts are read back as they were."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, cast

import pytest
from vendorsmith.discovery import Target
from vendorsmith.emit.contract import contract_files
from vendorsmith.emit.render import vendor_files
from vendorsmith.ir import Api
from vendorsmith.ir_json import IrJsonError, from_json, to_json
from vendorsmith.pipeline import generate, read
from vendorsmith.testcases.lines import sections
from yaml_text import dumped, loaded

from .support import PACKAGE, ROOT

VENDORS = sorted(path.parent.name for path in ROOT.glob("specs/*/openapi.yaml"))
ZOO = sorted((ROOT / "tests/contract/zoo").rglob("*.yaml"))
TARGETS = [
    *(Target(vendor, ROOT / f"specs/{vendor}/openapi.yaml", True, frozenset(VENDORS)) for vendor in VENDORS),
    *(Target(path.stem, path, False, frozenset()) for path in ZOO),
]
each_vendor = pytest.mark.parametrize("vendor", VENDORS)


@cache
def spec_of(vendor: str) -> str:
    """The spec of a vendor."""
    return (ROOT / f"specs/{vendor}/openapi.yaml").read_text(encoding="utf-8")


@cache
def original(vendor: str) -> tuple[str, dict[str, str]]:
    """Facts and files of a vendor."""
    return made(Target(vendor, ROOT / f"specs/{vendor}/openapi.yaml", True, frozenset(VENDORS)))


@cache
def facts_of(target: Target) -> Api:
    """The facts of a target."""
    return read(target)[0]


def made(target: Target) -> tuple[str, dict[str, str]]:
    """Facts and files of a target."""
    return to_json([read(target)[0]]), generate(target, PACKAGE).files


def changed(vendor: str, text: str, folder: Path) -> tuple[str, dict[str, str]]:
    """Facts and files of a vendor with another spec, beside the specs of the others."""
    for other in VENDORS:
        file = folder / f"specs/{other}/openapi.yaml"
        file.parent.mkdir(parents=True)
        file.write_text(text if other == vendor else spec_of(other), encoding="utf-8")
    return made(Target(vendor, folder / f"specs/{vendor}/openapi.yaml", True, frozenset(VENDORS)))


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: f"{target.spec.parent.name}-{target.vendor}")
def test_facts_are_read_back_as_they_were(target: Target) -> None:
    """They are equal, and so is what is written of them, byte for byte, which sees the order of everything as well."""
    lent = {"huawei_iam"} & target.siblings
    apis = [facts_of(entry) for entry in TARGETS if entry == target or (entry.reviewed and entry.vendor in lent)]
    again = from_json(to_json(apis))

    assert {api.vendor: api for api in apis} == again
    assert to_json(apis) == to_json(again.values())
    if target.reviewed:
        assert rendered(target.vendor, {api.vendor: api for api in apis}) == rendered(target.vendor, again)


def rendered(vendor: str, apis: dict[str, Api]) -> dict[str, str]:
    """All files of a vendor, made of facts and nothing else."""
    providers = {name: api.openapi for name, api in apis.items() if name != vendor}
    suite = contract_files(vendor, PACKAGE, sections(apis[vendor], providers))
    return vendor_files(apis[vendor], PACKAGE) | suite


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda facts: facts | {"format": 2},
            "format 2 of facts is unknown; this version of vendorsmith reads format 1",
        ),
        (lambda facts: facts | {"format": "1"}, "format '1' of facts is unknown"),
        (lambda facts: facts["vendors"], 'there is no "format"'),
        (lambda facts: [facts], 'there is no "format"'),
        (lambda facts: facts | {"vendors": {"demo": {"vendor": "demo"}}}, "facts of format 1 are incomplete or wrong"),
        (lambda facts: {"format": 1}, "facts of format 1 are incomplete or wrong"),
    ],
)
def test_other_facts_are_refused(change: Callable[[Any], Any], said: str) -> None:
    """Another format, none at all, and less than everything."""
    with pytest.raises(IrJsonError, match=re.escape(said)):
        from_json(json.dumps(change(json.loads(original(VENDORS[0])[0]))))


def test_a_text_that_is_no_json_holds_no_facts() -> None:
    with pytest.raises(IrJsonError, match="this is not JSON"):
        from_json("facts:")


@each_vendor
def test_comments_change_nothing(vendor: str, tmp_path: Path) -> None:
    """At the top, before each section, before each path: no fact and no generated file is another one."""
    marked = re.sub(r"(?m)^(?=\S|  /)", "# A comment.\n\n", spec_of(vendor))
    assert 10 < marked.count("# A comment.")
    facts, files = changed(vendor, marked, tmp_path)

    assert original(vendor)[0] == facts
    assert original(vendor)[1] == files


def test_no_generated_file_names_a_line_of_a_spec() -> None:
    """Neither as a place in a file nor in a table; the reason is that it would change with every comment."""
    named = re.compile(r"openapi\.yaml:\d|Where\(|\bline=\d")
    found = [
        f"{file.relative_to(ROOT)}: {text}"
        for file in sorted((ROOT / "generated").rglob("*"))
        if file.is_file() and file.suffix in (".py", ".json", ".md", ".toml")
        for text in named.findall(file.read_text(encoding="utf-8"))
    ]
    assert [] == found


@each_vendor
def test_an_element_that_is_added_moves_no_other_fact(vendor: str, tmp_path: Path) -> None:
    """One more at the head of each list: facts name the places of everything else as before."""
    text = dumped(grown(loaded(spec_of(vendor))))
    before, after = original(vendor)[0], changed(vendor, text, tmp_path)[0]

    assert set() == locators(before) - locators(after)
    assert before != after


ADDED = {
    "parameters": {"in": "query", "name": "made-up", "description": "Made up.", "schema": {"type": "string"}},
    "x-contradictions": {"about": "made up", "text": "a", "sample": "b", "chosen": "c"},
    "allOf": {"type": "object"},
}


def grown(value: Any) -> Any:
    """A document with one more element at the head of each list of `ADDED`."""
    if isinstance(value, list):
        return [grown(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: [ADDED[key], *grown(inner)] if key in ADDED and isinstance(inner, list) else grown(inner)
        for key, inner in cast("dict[str, Any]", value).items()
    }


def locators(facts: str) -> set[str]:
    """The places that facts name."""
    return {*re.findall(r'"at": "(.*)"', facts)}


@pytest.mark.parametrize("vendor", [vendor for vendor in VENDORS if "\nx-jobs:" in spec_of(vendor)])
def test_one_more_status_value_is_a_small_change(vendor: str, tmp_path: Path) -> None:
    """It is in the enumeration and in the map, and adds and removes at most 16 lines beside the contract tests."""
    document = loaded(spec_of(vendor))
    states = [kind["state"] for kind in document["x-jobs"].values()]
    documented = {*states[0]["map"]} - {*states[0].get("inferred", ())}
    for state in states:
        if documented == {*state["map"]} - {*state.get("inferred", ())}:
            state["map"]["MADE_UP"] = "running"
    max(enums(document["components"]["schemas"]), key=lambda listed: len(documented & {*listed})).append("MADE_UP")
    _, after = changed(vendor, dumped(document), tmp_path)
    _, before = original(vendor)
    lines = [
        f"{path}: {line}"
        for path in before.keys() | after.keys()
        if not path.startswith("contract_tests/")
        for line in difflib.unified_diff(before[path].splitlines(), after[path].splitlines(), n=0)
        if re.match(r"[+-](?![+-]{2})", line)
    ]

    assert any("MADE_UP" in line for line in lines if "models.py" in line)
    assert 16 >= len(lines), "\n".join(sorted(lines))


def enums(value: Any) -> Iterator[list[str]]:
    """All enumerations in a value."""
    if isinstance(value, dict):
        for key, inner in cast("dict[str, Any]", value).items():
            if key == "enum":
                yield inner
            yield from enums(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from enums(inner)
