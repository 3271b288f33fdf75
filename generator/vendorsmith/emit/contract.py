"""Writes the test module of a vendor: one line for each test case.

A formatter would make two or three lines of each, so that its own wrapping is all that is done: what is too long for a
line goes on in the next one, indented.
"""

from __future__ import annotations

import io
import textwrap
import tokenize
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final, cast

from vendorsmith.emit.code import Code, call, literal, plain
from vendorsmith.emit.templating import render
from vendorsmith.suite_line import Line, Section, Timestamp

WIDTH: Final = 160
"""Columns of a suite, at most."""
_INDENT: Final = "    "
_ALWAYS: Final = frozenset(("Case", "Vendor"))
_ROOM: Final = WIDTH - len(_INDENT)
_PIECE: Final = 136
"""Characters of a text, or of its part, in a line."""


def contract_files(vendor: str, package: str, sections: Iterable[Section]) -> dict[str, str]:
    """The module of a suite by path below the output folder.

    Args:
        vendor: its name.
        package: import name of the generated package.
        sections: the lines, under titles.
    """
    filled = [section for section in sections if section.lines]
    lines = [line for section in filled for line in section.lines]
    verbs = {line.steps[0].verb for line in lines} | _ALWAYS
    if any(isinstance(value, Timestamp) for line in lines for step in line.steps for value in step.named.values()):
        verbs.add("timestamp")
    text = render(
        "contract.py.jinja",
        vendor=Code(vendor),
        module=_text(f"{package}.{vendor}"),
        imports=Code(_imports(sorted(verbs, key=_isort))),
        sections=[(Code(" ".join(plain(section.title).split())), list(_written(section.lines))) for section in filled],
    )
    return {f"contract_tests/test_{vendor}.py": text}


def _imports(names: Sequence[str]) -> str:
    """The import of some names from the harness."""
    text = f"from jobclients_contract import {', '.join(names)}"
    if len(text) <= WIDTH:
        return text
    rows = textwrap.wrap(f"{', '.join(names)},", WIDTH, initial_indent=_INDENT, subsequent_indent=_INDENT)
    return "\n".join(["from jobclients_contract import (", *rows, ")"])


def _isort(name: str) -> tuple[int, str]:
    """Constants, then classes, then functions."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2, name)


def _written(lines: Sequence[Line]) -> Iterator[Code]:
    for line in lines:
        calls = [
            call(step.verb, *map(_value, step.values), **{name: _value(value) for name, value in step.named.items()})
            for step in line.steps
        ]
        yield Code(wrapped(f"{'.'.join(calls)},"))


def _value(value: object) -> Code:
    """A value as a literal in double quotes, long texts in parts, which Python joins."""
    if isinstance(value, Timestamp):
        return call("timestamp", _text(value.text))
    if isinstance(value, str):
        return Code(" ".join(_text(value[at : at + _PIECE]) for at in range(0, max(1, len(value)), _PIECE)))
    if isinstance(value, list):
        return Code(f"[{', '.join(map(_value, cast('list[object]', value)))}]")
    if isinstance(value, tuple):
        items = tuple(map(_value, cast("tuple[object, ...]", value)))
        return literal(items)
    if isinstance(value, Mapping):
        entries = cast("Mapping[object, object]", value).items()
        return Code("{" + ", ".join(f"{_value(key)}: {_value(item)}" for key, item in entries) + "}")
    return literal(value)


def _text(value: str) -> Code:
    """A text in double quotes, where that needs no escapes."""
    written = literal(value)
    return Code(f'"{written[1:-1]}"') if written.startswith("'") and '"' not in written else written


def wrapped(text: str) -> str:
    """A line of code, in several where it is too long: before calls, else after commas and between parts of a text.

    Args:
        text: the code.
    """
    lines = [""]
    for call_ in _calls(text):
        if not lines[0] or len(lines[-1]) + len(call_) <= _ROOM:
            pieces = [call_] if len(lines[-1]) + len(call_) <= _ROOM else list(_pieces(call_))
        else:
            lines.append(_INDENT)
            pieces = [call_] if len(_INDENT) + len(call_) <= _ROOM else list(_pieces(call_))
        for piece in pieces:
            if lines[-1].strip() and len(lines[-1]) + len(piece.rstrip()) > _ROOM:
                lines.append(_INDENT * 2)
            lines[-1] += piece
    return f"\n{_INDENT}".join(line.rstrip() for line in lines)


def _calls(text: str) -> Iterator[str]:
    """The calls that follow one another, each with its dot."""
    yield from _parts(text, lambda before, token, depth: depth == 0 and (before, token) == (")", "."))


def _pieces(text: str) -> Iterator[str]:
    """The parts of a call between which it may be broken."""
    quotes = ("'", '"')
    yield from _parts(
        text, lambda before, token, _: before == "," or (before.endswith(quotes) and token.startswith(quotes))
    )


def _parts(text: str, parted: Callable[[str, str, int], bool]) -> Iterator[str]:
    """A line of code in parts.

    Args:
        text: the code.
        parted: whether a part ends between two tokens, which lie in so many brackets.
    """
    # A line that begins with a dot or ends with a comma is not a statement until something is around it.
    whole = f"(_{text}_)" if text.startswith(".") else f"({text})"
    shift = whole.index(text)
    before, depth, start = "", -1, 0
    for token in tokenize.generate_tokens(io.StringIO(whole).readline):
        column = token.start[1] - shift
        if 0 < column < len(text) and token.string and parted(before, token.string, depth):
            yield text[start:column]
            start = column
        depth += (token.string in "([{") - (token.string in ")]}") if token.string else 0
        before = token.string
    yield text[start:]
