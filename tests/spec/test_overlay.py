"""Overlays: the published cases, what each rule of the specification changes, and what is said of mistakes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from vendorsmith.diagnostics import Diagnostics
from vendorsmith.spec import overlay as overlay_module
from vendorsmith.spec.assembly import BEGINS
from vendorsmith.spec.overlay import has_form, overlaid
from vendorsmith.spec.source import Document, load, parse
from vendorsmith.spec.source_map import JSON, Branch, Position

CASES = Path(__file__).parent / "overlay_cases"
SETS = sorted(path.parent for path in CASES.glob("compliant-sets/*/overlay.yaml"))
GOOD = sorted(CASES.glob("tests/*/pass/*.yaml"))
BAD = sorted(CASES.glob("tests/*/fail/*.yaml"))

DOCUMENT = """\
openapi: 3.1.0
info: {title: Jobs, version: "1"}
tags: [a, b]
paths:
  /jobs:
    get: {operationId: list_jobs, tags: [jobs], deprecated: false}
  /runs:
    get: {operationId: list_runs, tags: [runs, old]}
"""


def read(text: str, file: str) -> Document:
    document = parse(text, file, Diagnostics())
    assert document is not None
    return document


def overlay(actions: str, version: str = "1.1.0", file: str = "overlay.yaml") -> Document:
    return read(f'overlay: {version}\ninfo: {{title: Fix, version: "1"}}\nactions:\n{actions}', file)


def applied(*overlays: Document) -> tuple[Document | None, Diagnostics]:
    diagnostics = Diagnostics()
    return overlaid(read(DOCUMENT, "openapi.yaml"), overlays, diagnostics), diagnostics


def changed(*actions: str, version: str = "1.1.0") -> Any:
    """What overlays of one or more actions each make of the document."""
    found, diagnostics = applied(*(overlay(text, version) for text in actions))
    assert [diagnostic for diagnostic in diagnostics if diagnostic.severity == "error"] == []
    assert found is not None
    return found.data


def said(actions: str, version: str = "1.1.0") -> list[str]:
    """Each mistake of an overlay, with its place and its hint, on one line."""
    found, diagnostics = applied(overlay(actions, version))
    assert found is None
    return [
        f"{diagnostic.place} {diagnostic.code}: {diagnostic.message} ({diagnostic.hint})" for diagnostic in diagnostics
    ]


@pytest.mark.parametrize("folder", SETS, ids=lambda folder: folder.name)
def test_published_sets_have_their_published_result(folder: Path) -> None:
    """The document, the overlay and the result are the specification's own."""
    diagnostics = Diagnostics()
    document, change = load(folder / "openapi.yaml", diagnostics), load(folder / "overlay.yaml", diagnostics)
    assert document is not None
    assert change is not None
    found = overlaid(document, [change], diagnostics)

    assert not diagnostics.errors
    assert found is not None
    assert found.data == yaml.safe_load((folder / "output.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("file", [*GOOD, *BAD], ids=lambda file: "-".join(file.parts[-3:]))
def test_published_forms_are_accepted_and_refused(file: Path) -> None:
    """The specification says of each whether it has the form of an overlay."""
    diagnostics = Diagnostics()
    change = load(file, diagnostics, begins=BEGINS)
    accepted = change is not None and has_form(change, diagnostics)

    assert accepted is (file in GOOD)
    assert diagnostics.errors is (file in BAD)


def test_all_published_cases_are_here() -> None:
    """A case that nobody runs proves nothing."""
    assert (len(SETS), len(GOOD), len(BAD)) == (8, 25, 42)


def test_the_document_itself_stays_as_it_is() -> None:
    """Only the result is changed."""
    document = read(DOCUMENT, "openapi.yaml")
    overlaid(document, [overlay("  - {target: $, update: {x-a: 1, tags: [c]}}")], Diagnostics())

    assert document.data == yaml.safe_load(DOCUMENT)


def test_an_object_is_merged_to_any_depth() -> None:
    """Properties that are only on one side stay; primitive values are replaced and lists are concatenated."""
    action = "  - {target: $, update: {tags: [c], info: {title: T, x-a: {b: 1}}, paths: {/jobs: {get: {tags: [x]}}}}}"
    data = changed(action)

    assert data["tags"] == ["a", "b", "c"]
    assert data["info"] == {"title": "T", "version": "1", "x-a": {"b": 1}}
    assert data["paths"]["/jobs"]["get"] == {"operationId": "list_jobs", "tags": ["jobs", "x"], "deprecated": False}


@pytest.mark.parametrize(
    ("update", "tags"),
    [
        ("[c, d]", ["a", "b", "c", "d"]),
        ("c", ["a", "b", "c"]),
        ("{c: 1}", ["a", "b", {"c": 1}]),
        ("null", ["a", "b", None]),
    ],
)
def test_lists_take_items_or_one_value(update: str, tags: list[Any]) -> None:
    """A list is concatenated; anything else is appended."""
    assert changed(f"  - {{target: $.tags, update: {update}}}")["tags"] == tags


def test_primitive_values_are_replaced_where_they_are() -> None:
    """In objects, in lists, and several at once."""
    data = changed("  - {target: '$.paths.*.get.tags[0]', update: first}\n  - {target: $.info.title, update: null}")

    assert [item["get"]["tags"][0] for item in data["paths"].values()] == ["first", "first"]
    assert data["info"]["title"] is None


def test_each_target_gets_a_value_of_its_own() -> None:
    """What a later action changes in one of them does not change in the others."""
    data = changed(
        "  - {target: $.paths.*.get, update: {x-a: {b: []}}}\n"
        "  - {target: \"$.paths['/jobs'].get['x-a'].b\", update: 1}\n"
    )

    assert [item["get"]["x-a"] for item in data["paths"].values()] == [{"b": [1]}, {"b": []}]


@pytest.mark.parametrize(
    ("target", "left"),
    [
        ("$.tags[0]", {"tags": ["b"]}),
        ("$.tags[*]", {"tags": []}),
        ("$.tags[?@ == 'b']", {"tags": ["a"]}),
        ("$..['tags','deprecated']", {}),
        ("$.paths..*", {"tags": ["a", "b"], "paths": {}}),
    ],
)
def test_every_match_is_removed(target: str, left: dict[str, Any]) -> None:
    """Several items of one list, values of any kind, and what is inside of another match."""
    data = changed(f'  - {{target: "{target}", remove: true}}')

    assert {key: data[key] for key in ("tags", "paths") if key in left} == left
    assert all("tags" not in item["get"] for item in data["paths"].values()) or "tags" in left


def test_copies_are_merged_like_updates() -> None:
    """The copied value is what it is when the action is applied, and stays where it was."""
    data = changed(
        "  - {target: $.paths, update: {/new: {}}}\n"
        "  - {target: \"$.paths['/new']\", copy: \"$.paths['/jobs']\"}\n"
        "  - {target: \"$.paths['/new'].get.operationId\", update: other}\n"
        "  - {target: $.tags, copy: \"$.paths['/runs'].get.tags\"}\n"
        "  - {target: $.info.title, copy: $.info.version}\n"
    )

    assert data["paths"]["/new"]["get"] == {"operationId": "other", "tags": ["jobs"], "deprecated": False}
    assert data["paths"]["/jobs"]["get"]["operationId"] == "list_jobs"
    assert data["tags"] == ["a", "b", "runs", "old"]
    assert data["info"]["title"] == "1"


def test_overlays_and_actions_are_applied_in_order() -> None:
    """Each sees what those before it left."""
    data = changed(
        "  - {target: $.tags, remove: true}\n  - {target: $, update: {tags: [c]}}",
        "  - {target: $.tags, update: d}",
    )

    assert data["tags"] == ["c", "d"]


def test_places_are_in_the_file_that_says_the_value() -> None:
    """What an overlay wrote is shown in the overlay, and the rest in the document."""
    first = overlay(
        "  - target: $.paths['/jobs'].get\n    update:\n      operationId: read\n      x-a:\n        b: 1\n"
    )
    second = overlay(
        "  - {target: $.paths, update: {/new: {}}}\n  - target: $.paths['/new']\n    copy: $.paths['/jobs']\n",
        file="second.overlay.yaml",
    )
    document, _ = applied(first, second)
    assert document is not None
    jobs, new = "/paths/~1jobs/get", "/paths/~1new/get"

    assert str(document.place(f"{jobs}/operationId")) == "overlay.yaml:6:20"
    assert str(document.key_place(f"{jobs}/operationId")) == "overlay.yaml:6:7"
    assert str(document.place(f"{jobs}/x-a/b")) == "overlay.yaml:8:12"
    assert str(document.place(f"{jobs}/tags/0")) == "openapi.yaml:6:42"
    assert str(document.key_place(jobs)) == "openapi.yaml:6:5"
    assert str(document.place("/paths/~1runs/get/tags/1")) == "openapi.yaml:8:48"
    # What is copied is wrong at its new place, and the action has put it there.
    assert str(document.place(f"{new}/tags/0")) == "second.overlay.yaml:6:11"
    assert str(document.key_place(f"{new}/operationId")) == "second.overlay.yaml:6:11"


def test_an_overlay_1_0_cannot_say_what_1_1_means_otherwise() -> None:
    """A list is one item there, primitive values are not updated, and nothing is copied."""
    assert said("  - {target: $.tags, update: [c]}", "1.0.0") == [
        "overlay.yaml:4:30 overlay-incompatible: Overlay 1.0 appends a list as one item, and Overlay 1.1 appends each "
        "of its items (write: overlay: 1.1.0)"
    ]
    assert said("  - {target: $.info.title, update: T}", "1.0.3") == [
        "overlay.yaml:4:14 overlay-primitive-target: the target is a primitive value, and Overlay 1.0 updates objects "
        "and lists (write: overlay: 1.1.0)"
    ]
    assert said("  - {target: $.info, copy: $.info}", "1.0.0") == [
        'overlay.yaml:4:22 unknown-key: Overlay 1.0 has no "copy" (write: overlay: 1.1.0)'
    ]
    assert changed("  - {target: $.tags, update: c}", version="1.0.0")["tags"] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("action", "message"),
    [
        (
            "{target: \"$.paths['/job'].get\", update: {}}",
            "overlay-no-match: nothing in the document matches \"$.paths['/job'].get\"; \"$['paths']\" does "
            '(did you mean "/jobs"?)',
        ),
        (
            "{target: $.servers, remove: true}",
            'overlay-no-match: nothing in the document matches "$.servers"; "$" does '
            '(its keys: "openapi", "info", "tags" and "paths")',
        ),
        (
            "{target: \"$.paths.*.get[?@.x == 'y']\", update: {}}",
            "overlay-no-match: nothing in the document matches \"$.paths.*.get[?@.x == 'y']\"; "
            "\"$['paths'][*]['get']\" does (correct the path, or remove the action if the document needs it no more)",
        ),
        (
            "{target: $.paths.*.get.x-a, update: 1}",
            'overlay-bad-target: "$.paths.*.get.x-a" is not a JSONPath of RFC 9535: ',
        ),
        (
            "{target: $, remove: true}",
            "overlay-bad-target: the whole document cannot be removed (name the part to remove)",
        ),
        (
            "{target: $.*, update: 1}",
            "overlay-mixed-targets: the target matches a primitive value at $['openapi'] and an object at $['info'] "
            "and a list at $['tags'], and one value cannot be written into both (write one action for each kind)",
        ),
        (
            "{target: $.info, update: text}",
            "overlay-incompatible: text cannot be merged with an object, which is at $['info'] in the document "
            "(remove it first, by an action with target: \"$['info']\" and remove: true)",
        ),
        (
            "{target: $, update: {info: {title: {a: 1}}}}",
            "overlay-incompatible: an object cannot be merged with text, which is at $['info']['title'] in the "
            "document (remove it first, by an action with target: \"$['info']['title']\" and remove: true)",
        ),
        (
            "{target: $.info, copy: $.paths.*}",
            'overlay-several-matches: "$.paths.*" matches 2 values, and one value is copied '
            "(name one of them, as in $['paths']['/jobs'])",
        ),
        ("{target: $.info, copy: $.nowhere}", 'overlay-no-match: nothing in the document matches "$.nowhere"; '),
        (
            "{target: $.info, copy: $.info, update: {}}",
            'conflicting-keys: "update" and "copy" in one action: each says that the other has no effect '
            "(write two actions)",
        ),
    ],
)  # fmt: skip
def test_mistakes_are_explained_at_their_place(action: str, message: str) -> None:
    """Each says what is wrong and what to write instead."""
    (line,) = said(f"  - {action}")

    assert line.partition(" ")[2].startswith(message)
    assert line.startswith("overlay.yaml:4:")


def test_all_mistakes_of_all_overlays_are_reported_at_once() -> None:
    """An action that cannot be applied keeps no other from being looked at."""
    first = overlay("  - {target: $.a, update: 1}\n  - {target: $.tags, update: c}\n  - {target: $.b, remove: true}")
    second = overlay("  - {target: $.c, update: 1}", file="second.overlay.yaml")
    found, diagnostics = applied(first, second, overlay("  - {}", file="third.overlay.yaml"))

    assert found is None
    assert [str(diagnostic.place) for diagnostic in diagnostics] == [
        "overlay.yaml:4:14", "overlay.yaml:6:14", "second.overlay.yaml:4:14", "third.overlay.yaml:4:5",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "action", ["{target: $.info}", "{target: $.info, remove: false}", "{target: $.tags, update: 1, remove: true}"]
)
def test_what_has_no_effect_is_a_warning(action: str) -> None:
    """The specification allows it, and it is hardly meant."""
    found, diagnostics = applied(overlay(f"  - {action}"))

    assert found is not None
    assert [diagnostic.code for diagnostic in diagnostics] == ["no-effect"]


def test_growth_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Copies of copies double a document with every action, and nest it deeper."""
    monkeypatch.setattr(overlay_module, "MAX_WRITTEN", 2_000)
    doubling = [f"{{target: $, update: {{x{n}: {{}}}}}}\n  - {{target: $.x{n}, copy: $}}" for n in range(30)]
    (line,) = said("".join(f"  - {action}\n" for action in doubling))

    assert "writes more than 2,000 values" in line


def test_depth_is_bounded() -> None:
    """What cannot be read from one file cannot be put together from several."""
    nested = "{a: " * 120 + "1" + "}" * 120
    deeper = f"  - {{target: $, update: {nested}}}\n  - {{target: $.{'.'.join('a' * 90)}, update: {nested}}}"

    (line,) = said(deeper)
    assert "overlay-too-deep: objects and lists would be nested more than 200 deep" in line


TARGETS = (
    "$",
    "$.info",
    "$.tags",
    "$.tags[0]",
    "$.paths.*",
    "$..tags",
    "$..get",
    "$.paths['/jobs'].get",
    "$.none",
    "$..*",
    "$[",
    "$.x",
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.sampled_from(["a", ""]),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["info", "tags", "get", "x"]), inner, max_size=2)
    ),
    max_leaves=5,
)
OBJECTS = st.sampled_from(["$", "$.info", "$.paths.*", "$..get", "$.paths['/jobs'].get"])
ANYTHING = st.fixed_dictionaries(
    {"target": st.sampled_from(TARGETS)},
    optional={"update": VALUES, "copy": st.sampled_from(TARGETS), "remove": st.booleans()},
)
NEW = st.dictionaries(st.sampled_from(["x", "y", "z"]), VALUES, max_size=2)
ACTIONS = st.one_of(
    st.fixed_dictionaries({"target": OBJECTS, "update": NEW}),
    st.fixed_dictionaries({"target": st.sampled_from(["$.tags", "$..tags"]), "update": VALUES}),
    st.fixed_dictionaries({"target": OBJECTS, "copy": st.sampled_from(["$.info", "$.paths"])}),
    st.fixed_dictionaries({"target": st.sampled_from(["$.tags[0]", "$..tags[*]", "$..x"]), "remove": st.just(True)}),
    ANYTHING,
)


def placed_alike(value: JSON, position: Position) -> bool:
    """Whether each part of a value has a position, and nothing else has one."""
    if isinstance(value, dict):
        assert isinstance(position, Branch)
        assert isinstance(position.items, dict)
        items = position.items
        return value.keys() == items.keys() == position.keys.keys() and all(
            placed_alike(inner, items[key]) for key, inner in value.items()
        )
    if isinstance(value, list):
        assert isinstance(position, Branch)
        assert isinstance(position.items, list)
        return len(value) == len(position.items) and all(map(placed_alike, value, position.items))
    return isinstance(position, int)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(ACTIONS, min_size=1, max_size=3), min_size=1, max_size=2), st.sampled_from(["1.0.0", "1.1.0"]))
def test_whatever_overlays_say_each_part_has_its_place(actions: list[list[Any]], version: str) -> None:
    """No overlay ends in a traceback, or leaves a value whose place is not known."""
    head = {"overlay": version, "info": {"title": "Any", "version": "1"}}
    texts = [json.dumps({**head, "actions": each}) for each in actions]
    found, diagnostics = applied(*(read(text, f"{number}.json") for number, text in enumerate(texts)))

    assert (found is None) is diagnostics.errors
    assert found is None or placed_alike(found.data, found.position)
    assert all(diagnostic.place and diagnostic.place.file != "openapi.yaml" for diagnostic in diagnostics)
