"""Finds the line of a spec for a locator, for messages."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml
from jobclients_core.locators import element_names

from jobclients_contract.schema_model.pointers import split


class SourceMap:
    """Where everything is in the text of a spec.

    Args:
        text: YAML or JSON; nothing is found in a text that is neither.
    """

    def __init__(self, text: str) -> None:
        try:
            self._root: yaml.Node | None = yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.YAMLError:
            self._root = None

    def line(self, locator: str) -> int:
        """The line of a place, which is that of its key.

        Args:
            locator: of the place, or a JSON pointer.

        Returns:
            The line, 1-based: that of the nearest place above where the spec has no such place; 0 without a spec.
        """
        tokens = split(locator)
        if tokens[:2] == ["components", "x-schemas"] and len(tokens) > 2:  # named by their place in the file
            tokens = [*split(tokens[2]), *tokens[3:]]
        ways = [tokens]
        if tokens[:1] == ["paths"] and tokens[3:4] == ["parameters"]:  # which may be those of the path
            ways.append([*tokens[:2], *tokens[3:]])
        return max(map(self._found, ways), key=lambda found: found[0])[1]

    def _found(self, tokens: list[str]) -> tuple[int, int]:
        """How many steps lead nowhere, as a negative number, and the line of the last place that is there."""
        node, key, line = self._root, "", int(self._root is not None)
        for depth, token in enumerate(tokens):
            if _child(node, token) is None:
                node = self._followed(node)
            if isinstance(node, yaml.MappingNode):
                found = [entry for entry in node.value if entry[0].value == token]
                if not found:
                    return depth - len(tokens), line
                line, node = found[0][0].start_mark.line + 1, found[0][1]
            elif isinstance(node, yaml.SequenceNode):
                names = element_names(key, [_plain(self._followed(element)) for element in node.value])
                index = names.index(token) if token in names else int(token) if token.isdecimal() else len(names)
                if index >= len(names):
                    return depth - len(tokens), line
                node = node.value[index]
                line = node.start_mark.line + 1
            else:
                return depth - len(tokens), line
            key = token
        return 0, line

    def _followed(self, node: yaml.Node | None) -> yaml.Node | None:
        """What a reference leads to, where it is one into this text; parts of a schema may be beside it."""
        reference = _child(node, "$ref")
        if not isinstance(reference, yaml.ScalarNode) or not str(reference.value).startswith("#/components/"):
            return node
        found = self._root
        for token in split(str(reference.value).removeprefix("#")):
            found = _child(found, token)
        return node if found is None else found


def _child(node: yaml.Node | None, key: str) -> yaml.Node | None:
    entries: list[tuple[yaml.Node, yaml.Node]] = node.value if isinstance(node, yaml.MappingNode) else []
    return next((value for name, value in entries if name.value == key), None)


def _plain(node: yaml.Node | None, depth: int = 2) -> object:
    """The texts of an element, as far as names are made of them."""
    if isinstance(node, yaml.MappingNode) and depth:
        return {key.value: _plain(value, depth - 1) for key, value in node.value if isinstance(key, yaml.ScalarNode)}
    if isinstance(node, yaml.SequenceNode) and depth:
        return [_plain(element, depth - 1) for element in node.value]
    return node.value if isinstance(node, yaml.ScalarNode) else None


def source_map(file: Path) -> SourceMap:
    """The lines of a spec; of none where the file is not here."""
    return _read(file.absolute())


@cache
def _read(file: Path) -> SourceMap:
    try:
        return SourceMap(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):  # missing, unreadable, no text, or no name of a file
        return SourceMap("")


def spec_of(vendor: str) -> Path:
    """The spec of a vendor below the working directory, whether it is there or not.

    Args:
        vendor: its name.
    """
    files = [Path("specs", vendor, name) for name in ("openapi.yaml", "openapi.json")]
    return next((file for file in files if file.is_file()), files[0])


def place_in(spec: str, locator: str) -> str:
    """A place in a spec as file and line, or as the file alone where that is not in the working directory.

    Args:
        spec: path of the spec's file.
        locator: of the place.
    """
    line = source_map(Path(spec)).line(locator)
    return f"{spec}:{line}" if line else spec
