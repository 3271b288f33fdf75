"""Reads JSON text strictly (RFC 8259), keeping the offset of every key and value."""

from __future__ import annotations

import json
import re
from typing import Final

from vendorsmith.diagnostics import quote
from vendorsmith.spec.source_map import JSON, Builder, Fault, Lines, Position, Report
from vendorsmith.spec.yamltext import not_a_number, number

_SPACE: Final = re.compile(r"[ \t\n\r]*")
_STRING: Final = re.compile(r'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"')
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
_WORD: Final = re.compile(r"-?[A-Za-z_]+")
_MESSAGES: Final[dict[str, bool | None]] = {"true": True, "false": False, "null": None}
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def parse(text: str, lines: Lines, report: Report) -> tuple[JSON, Position]:
    """Read one JSON value.

    Args:
        text: the whole file.
        lines: positions of the text.
        report: takes faults after which reading goes on.

    Returns:
        The value and where its parts are.

    Raises:
        Fault: reading cannot go on.
    """
    reader = _Reader(text, Builder(lines, report), lines, report)
    reader.run()
    return reader.builder.root, reader.builder.position


class _Reader:
    """Walks over the text with a stack of closing brackets instead of recursion."""

    def __init__(self, text: str, builder: Builder, lines: Lines, report: Report) -> None:
        self._text = text
        self._at = 0
        self._lines = lines
        self._report = report
        self._closers: list[tuple[str, int]] = []
        self.builder = builder

    def run(self) -> None:
        """Read the whole text."""
        self._skip()
        self._value()
        while self._closers:
            self._next_in_collection()
        if self._at < len(self._text):
            raise self._wrong("the document ends before this", "remove what follows")

    def _next_in_collection(self) -> None:
        closer, opened = self._closers[-1]
        char = self._text[self._at : self._at + 1]
        if char == closer:
            self._at += 1
            self._closers.pop()
            self.builder.close()
            self._skip()
            return
        if char == ",":
            self._at += 1
            self._skip()
            if self._text[self._at : self._at + 1] == closer:
                raise self._wrong("a comma is before this closing bracket", "remove the comma")
        elif char == "":
            message = f"the text ends, but the bracket opened at {self._lines.say(opened)} is not closed"
            raise self._wrong(message, None)
        else:
            raise self._wrong(f"a comma or {quote(closer)} is expected here", None)
        self._member()

    def _member(self) -> None:
        if self._closers[-1][0] == "}":
            if self._text[self._at : self._at + 1] != '"':
                raise self._wrong("a key in double quotes is expected here", None)
            offset = self._at
            self.builder.key(self._string(), offset)
            self._skip()
            if self._text[self._at : self._at + 1] != ":":
                raise self._wrong("a colon is expected after the key", None)
            self._at += 1
            self._skip()
        self._value()

    def _value(self) -> None:
        offset = self._at
        char = self._text[offset : offset + 1]
        if char == '"':
            self.builder.attach(self._string(), offset)
        elif char in ("{", "["):
            self._open(char, offset)
            return
        elif number_match := _NUMBER.match(self._text, offset):
            self._at = number_match.end()
            value = number(number_match.group())
            if value is None:
                self._report(not_a_number(number_match.group(), offset, self.builder.pointer))
            self.builder.attach(value, offset)
        else:
            self._word(offset)
        self._skip()

    def _open(self, char: str, offset: int) -> None:
        self.builder.open({} if char == "{" else [], offset)
        closer = "}" if char == "{" else "]"
        self._closers.append((closer, offset))
        self._at += 1
        self._skip()
        if self._text[self._at : self._at + 1] not in (closer, ",", ""):
            self._member()
        elif self._text[self._at : self._at + 1] == ",":
            raise self._wrong("a value is missing before this comma", None)

    def _word(self, offset: int) -> None:
        word = _WORD.match(self._text, offset)
        if word is None:
            char = self._text[offset : offset + 1]
            raise self._wrong("a value is expected here" + ("" if char else ", but the text ends"), None)
        if word.group() not in _MESSAGES:
            hint = "JSON knows true, false and null; other words need double quotes"
            raise self._wrong(f"{quote(word.group(), 40)} is not a JSON value", hint)
        self._at = word.end()
        self.builder.attach(_MESSAGES[word.group()], offset)

    def _string(self) -> str:
        found = _STRING.match(self._text, self._at)
        if found is None:
            message = "this text is not closed, or holds a line end, a control character or an unknown escape"
            raise self._wrong(message, 'inside double quotes write \\n, \\t, \\" and \\\\')
        offset, self._at = self._at, found.end()
        token = found.group()
        if "\\" not in token:
            return token[1:-1]
        value: str = json.loads(token)
        if _SURROGATE.search(value):
            message = "this text holds half of a surrogate pair, which is not a character"
            raise Fault("bad-character", message, offset, "write both halves, or neither")
        return value

    def _skip(self) -> None:
        space = _SPACE.match(self._text, self._at)
        assert space is not None
        self._at = space.end()

    def _wrong(self, message: str, hint: str | None) -> Fault:
        char = self._text[self._at : self._at + 1]
        if char in ("/", "#"):
            message, hint = "comments are not part of JSON", "remove it, or save the file as .yaml"
        elif char == "'":
            message, hint = "JSON writes text in double quotes", None
        return Fault("json-syntax", message, self._at, hint, pointer=self.builder.pointer)
