"""Reads YAML text by the YAML 1.2 core schema, keeping the offset of every key and value.

The parser's events are used, not its constructors: nothing but strings, numbers, booleans, null, lists and
objects can come out, whatever tags the text holds, and nesting costs no recursion.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any, Final

import yaml

from vendorsmith.diagnostics import quote
from vendorsmith.spec.source_map import JSON, Aliases, Builder, Fault, Lines, Position, Report

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_NULL: Final = frozenset({"", "~", "null", "Null", "NULL"})
_BOOL: Final = {word: word.lower() == "true" for word in ("true", "True", "TRUE", "false", "False", "FALSE")}
# A leading zero means octal to some YAML readers and nothing to others, so "017" is left the text that it is.
_INT: Final = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_BASED: Final = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NOT_FINITE: Final = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_MAYBE_SPECIAL: Final = frozenset("+-.0123456789~nNtTfF")
MAX_DIGITS: Final = 400
_MAX_KEY: Final = 1024  # by YAML 1.2, for a key and its colon in one line

_CORE: Final = "tag:yaml.org,2002:"

_ALLOWED: Final = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")


def parse(text: str, lines: Lines, report: Report) -> tuple[JSON, Position]:
    """Read one YAML document.

    Args:
        text: the whole file.
        lines: positions of the text.
        report: takes faults after which reading goes on.

    Returns:
        The value and where its parts are.

    Raises:
        Fault: reading cannot go on.
    """
    bad = _ALLOWED.search(text)
    if bad is not None:
        message = f"the character U+{ord(bad.group()):04X} must not be in YAML text"
        hint = f'in double quotes it can be written as "\\u{ord(bad.group()):04x}"'
        raise Fault("bad-character", message, bad.start(), hint)
    reader = _Reader(Builder(lines, report), lines, report)
    try:
        for event in _events(text):
            reader.take(event)
    except yaml.MarkedYAMLError as error:
        raise explain(error, text, lines) from None
    except yaml.YAMLError:
        raise Fault("yaml-syntax", "this is not YAML text", 0) from None
    return reader.builder.root, reader.builder.position


def _events(text: str) -> Iterator[Any]:
    loader = _Loader(text)
    try:
        while loader.check_event():
            yield loader.get_event()
    finally:
        loader.dispose()


class _Reader:
    """Feeds a builder with parser events."""

    def __init__(self, builder: Builder, lines: Lines, report: Report) -> None:
        self.builder = builder
        self._lines = lines
        self._report = report
        self._aliases = Aliases(builder)
        self._anchored: dict[str, tuple[JSON, Position] | None] = {}
        self._open_anchors: list[str | None] = []
        self._documents = 0

    def take(self, event: Any) -> None:
        """Handle one event."""
        kind = event.__class__
        if kind is yaml.ScalarEvent:
            self._scalar(event)
        elif kind is yaml.MappingStartEvent:
            self._open({}, event)
        elif kind is yaml.SequenceStartEvent:
            self._open([], event)
        elif kind in (yaml.MappingEndEvent, yaml.SequenceEndEvent):
            self._close()
        elif kind is yaml.AliasEvent:
            self._alias(event)
        elif kind is yaml.DocumentStartEvent:
            self._documents += 1
            if self._documents > 1:
                message = "a second YAML document begins here; a spec is one document"
                raise Fault("many-documents", message, event.start_mark.index, 'remove the "---"')

    def _scalar(self, event: Any) -> None:
        offset: int = event.start_mark.index
        text: str = event.value
        plain: bool = event.implicit[0] and event.tag is None
        if self.builder.wants_key:
            if event.tag is not None:
                self._refuse_tag(event.tag, offset)
            self._key(text, plain, offset)
            return
        if event.tag is not None:
            value = self._tagged(event.tag, text, offset)
        elif plain and (not text or text[0] in _MAYBE_SPECIAL):
            value = self._resolve(text, offset)
        else:
            value = text
        if event.anchor is not None:
            self._anchored[event.anchor] = (value, offset)
        self.builder.attach(value, offset)

    def _key(self, text: str, plain: bool, offset: int) -> None:
        if plain and text == "<<":
            self._report(
                Fault(
                    "merge-key",
                    'merge keys ("<<") are not part of YAML 1.2',
                    offset,
                    'write the keys out, or use "$ref" or "allOf"',
                    pointer=self.builder.pointer,
                )
            )
        elif plain and not text:
            self._report(Fault("bad-key", "a key is missing before this colon", offset, pointer=self.builder.pointer))
        self.builder.key(text, offset)

    def _open(self, data: dict[str, JSON] | list[JSON], event: Any) -> None:
        offset: int = event.start_mark.index
        if self.builder.wants_key:
            raise Fault(
                "bad-key",
                "a key must be text; here it is a list or an object",
                offset,
                "text that begins with [ or { needs quotes: '{id}': ...",
            )
        if event.tag is not None and event.tag not in (_CORE + "map", _CORE + "seq"):
            self._refuse_tag(event.tag, offset)
        if event.anchor is not None:
            self._anchored[event.anchor] = None
        self._open_anchors.append(event.anchor)
        self.builder.open(data, offset)

    def _close(self) -> None:
        anchor = self._open_anchors.pop()
        finished = self.builder.close()
        if anchor is not None:
            self._anchored[anchor] = finished

    def _alias(self, event: Any) -> None:
        name: str = event.anchor
        offset: int = event.start_mark.index
        if self.builder.wants_key:
            raise Fault("bad-key", "an alias cannot be a key", offset, "write the key out")
        if name not in self._anchored:
            message = f"the alias {quote('*' + name)} has no anchor {quote('&' + name)} before it"
            raise Fault("unknown-alias", message, offset, "text that begins with * needs quotes")
        found = self._anchored[name]
        if found is None:
            message = f"the alias {quote('*' + name)} is inside the value that it names"
            raise Fault("recursive-alias", message, offset, 'recursion is written with "$ref"')
        self._aliases.repeat(name, *found, offset)

    def _refuse_tag(self, tag: str, offset: int) -> None:
        shown = "!!" + tag.removeprefix(_CORE) if tag.startswith(_CORE) else tag
        if tag.removeprefix(_CORE) in {"str", "!"}:
            return
        self._report(
            Fault(
                "yaml-tag",
                f"the tag {quote(shown)} is not allowed: a spec holds plain text, numbers, lists and objects",
                offset,
                "remove the tag; text that begins with ! needs quotes",
                pointer=self.builder.pointer,
            )
        )

    def _tagged(self, tag: str, text: str, offset: int) -> str | float | bool | None:
        name = tag.removeprefix(_CORE)
        if name in {"str", "!"}:
            return text
        if name in {"int", "float", "bool", "null"}:
            value = self._resolve(text, offset)
            fits = {
                "int": isinstance(value, int) and not isinstance(value, bool),
                "float": isinstance(value, int | float) and not isinstance(value, bool),
                "bool": isinstance(value, bool),
                "null": value is None,
            }
            if fits[name]:
                return value
        self._refuse_tag(tag, offset)
        return text

    def _resolve(self, text: str, offset: int) -> str | float | bool | None:
        """Read a scalar without quotes as YAML 1.2 does: ``no``, ``1:30`` and dates are text."""
        if text in _NULL:
            return None
        if text in _BOOL:
            return _BOOL[text]
        if _FLOAT.fullmatch(text):
            value = number(text)
            if value is not None:
                return value
        elif _BASED.fullmatch(text) and len(text) <= MAX_DIGITS:
            return int(text, 0)
        elif not (_NOT_FINITE.fullmatch(text) or _BASED.fullmatch(text)):
            return text
        self._report(not_a_number(text, offset, self.builder.pointer))
        return text


def number(text: str) -> int | float | None:
    """Read a decimal number; None where it has no value that JSON could carry."""
    if len(text) > MAX_DIGITS:
        return None
    if _INT.fullmatch(text):
        return int(text)
    value = float(text)
    return value if math.isfinite(value) else None


def not_a_number(text: str, offset: int, pointer: str) -> Fault:
    """Return the fault of a number that JSON cannot carry."""
    message = f"{quote(text, 40)} is not a number that JSON can carry"
    return Fault("bad-number", message, offset, "put it in quotes if it is text", pointer=pointer)


def explain(error: yaml.MarkedYAMLError, text: str, lines: Lines) -> Fault:
    """Say in a spec author's words what the YAML parser did not understand.

    The parser in C and the one in Python word their findings differently; both are understood.
    """
    problem = error.problem or "this is not YAML"
    mark = error.problem_mark or error.context_mark
    offset: int = min(mark.index, len(text)) if mark is not None else 0
    opened: int = error.context_mark.index if error.context_mark is not None else offset
    before = text[text.rfind("\n", 0, offset) + 1 : offset]
    char = text[offset : offset + 1]
    if "tab" in problem or (char == "\t" and not before.strip()):
        return Fault("yaml-tab", "a tab is used for indentation", offset, "indent with spaces")
    if "end of stream" in problem and error.context is not None and "quoted" in error.context:
        return Fault("yaml-quote", "this quote is never closed", opened, _QUOTES)
    if error.context == "while scanning a simple key" and ":" in text[opened:].partition("\n")[0][_MAX_KEY:]:
        return Fault("yaml-syntax", f"a key may have at most {_MAX_KEY} characters", opened)
    if "mapping values are not allowed" in problem:
        if ":" in before:
            message = "a second colon in the same line: YAML takes it for another key"
            return Fault("yaml-syntax", message, offset, "put the text in quotes, or write it below a |")
        message = "a key is not expected here"
        return Fault("yaml-indent", message, offset, _INDENT)
    if before.rstrip().endswith(("'", '"')) and "expected" in problem:
        return Fault("yaml-quote", "text goes on after the closing quote", offset, _QUOTES)
    if "expected ','" in problem:
        message = f"the bracket opened at {lines.say(opened)} is not closed before this"
        return Fault("yaml-syntax", message, offset, "add a comma or the closing bracket")
    if any(words in problem for words in ("expected key", "expected '-' indicator", "<block end>")):
        message = f"this line does not fit the block that began at {lines.say(opened)}"
        return Fault("yaml-indent", message, offset, _INDENT)
    if "cannot start any token" in problem:
        message = f"text without quotes cannot begin with {quote(char)}"
        return Fault("yaml-syntax", message, offset, "put the text in quotes")
    if "expected node content" in problem:
        found = f"{quote(char)} is" if char.strip() else "nothing is"
        return Fault("yaml-syntax", f"{found} where a value is expected", offset)
    if error.context == "while scanning a block scalar":
        return Fault("yaml-syntax", "text begins on the line below | or >", offset, "start a new line")
    if "unknown escape" in problem:
        message = "this backslash begins no escape that YAML knows"
        return Fault("yaml-quote", message, offset, "use single quotes, or write the backslash twice")
    context = f", {error.context}" if error.context else ""
    return Fault("yaml-syntax", f"this is not valid YAML{context}: {problem}", offset)


_QUOTES: Final = "inside single quotes write '' for a quote, inside double quotes \\\""
_INDENT: Final = "check the indentation of this line and the colons of the lines above"
