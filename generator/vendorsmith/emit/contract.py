"""A vendor suite as a module of one line for each case.

A formatter would make two or three lines of each, so that its own wrapping is all that is done: what is too long for a
line goes on in the next one, indented.
"""

from __future__ import annotations

import io
import tokenize
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from vendorsmith.cases.line import Line, Moment, Section
from vendorsmith.emit.code import Code, call, literal, plain
from vendorsmith.emit.templating import render

WIDTH: Final = 160
"""Columns of a suite, at most."""
_INDENT: Final = "    "
_ALWAYS: Final = ("MODES", "Case", "Vendor")
_PIECE: Final = 120
"""Characters of a text, or of its part, in a line."""


def contract_files(vendor: str, package: str, sections: Iterable[Section]) -> dict[str, str]:
    """The module of a suite by path below the output folder.

    Args:
        vendor: its name.
        package: import name of the generated package.
        sections: the lines, under titles.
    """
    filled = [section for section in sections if section.lines]
    verbs = {line.steps[0].verb for section in filled for line in section.lines}
    moments = any(isinstance(value, Moment) for section in filled for line in section.lines for step in line.steps
                  for value in (*step.values, *step.named.values()))  # fmt: skip
    text = render(
        "contract.py.jinja",
        vendor=Code(vendor),
        module=literal(f"{package}.{vendor}"),
        verbs=Code(", ".join(sorted({*verbs, *_ALWAYS, *(["moment"] if moments else [])}, key=_isort))),
        sections=[(Code(" ".join(plain(section.title).split())), list(_written(section.lines))) for section in filled],
    )
    return {f"contract_tests/test_{vendor}.py": text}


def _isort(name: str) -> tuple[int, str]:
    """Constants, then classes, then functions."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2, name)


def _written(lines: Sequence[Line]) -> Iterator[Code]:
    for line in lines:
        calls = [call(step.verb, *map(_value, step.values), **{_key(k): _value(v) for k, v in step.named.items()}) for step in line.steps]
        yield Code(wrapped(f"{'.'.join(calls)},"))


def _key(name: str) -> str:
    assert name.isidentifier(), name
    return name


def _value(value: object) -> object:
    """A value with long texts in parts, which Python joins."""
    if isinstance(value, Moment):
        return call("moment", value.text)
    if isinstance(value, str) and not isinstance(value, Code) and len(value) > _PIECE:
        return Code(" ".join(literal(value[at : at + _PIECE]) for at in range(0, len(value), _PIECE)))
    if isinstance(value, list):
        return [_value(item) for item in value]
    if isinstance(value, tuple):
        return tuple(_value(item) for item in value)
    if isinstance(value, dict):
        return {key: _value(item) for key, item in value.items()}
    return value


def wrapped(text: str) -> str:
    """A line of code, in several where it is too long: after commas, and between the parts of a text.

    Args:
        text: the code.
    """
    room = WIDTH - len(_INDENT)
    lines, current = list[str](), ""
    for piece in _pieces(text):
        indent = _INDENT if lines else ""
        if current and len(indent) + len(current) + len(piece.rstrip()) > room:
            lines.append(indent + current.rstrip())
            current = ""
        current += piece
    lines.append((_INDENT if lines else "") + current.rstrip())
    return f"\n{_INDENT}".join(lines)


def _pieces(text: str) -> Iterator[str]:
    """The parts of a line of code between which it may be broken."""
    tokens = [token for token in tokenize.generate_tokens(io.StringIO(f"({text})").readline) if token.string.strip()]
    start = 1
    for token, following in zip(tokens[1:], tokens[2:], strict=False):
        if token.string == "," or (token.type == following.type == tokenize.STRING):
            end = following.start[1]
            yield f"({text})"[start:end]
            start = end
    if start <= len(text):
        yield text[start - 1 :]
