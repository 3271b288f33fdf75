"""Encodes text of a spec as Python source or Markdown; no other way leads from a spec into code.

`literal` writes data as a literal, `docstring` writes prose as a docstring, `markdown` writes prose into a page, `toml`
writes text into a project file. Each returns `Code`, and templates accept nothing else: a plain string that reaches one
is an error of the generator.
"""

from __future__ import annotations

import dataclasses
import json
import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, cast
from unicodedata import ucd_3_2_0

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

LINE_LENGTH = 120
"""Columns of the generated source."""


class Code(str):
    """Text that may be placed into a file as it is."""

    __slots__ = ()


def literal(value: object) -> Code:
    """A Python literal of a string, number, boolean, None, a dataclass, or a tuple, list or mapping of such.

    Characters that are not printable, among them line separators, bidirectional controls and lone surrogates, are
    written as escapes; so is what Unicode 3.2 did not know, since newer versions of Python print more than older ones.

    Raises:
        TypeError: the value is of another type: a mistake of the generator.
    """
    if isinstance(value, Code):
        return value
    if isinstance(value, str):
        return Code("".join(map(_stable, repr(value))))
    if value is None or isinstance(value, bool | int | float):
        return Code(repr(value))
    if isinstance(value, tuple):
        items = [literal(item) for item in cast("tuple[object, ...]", value)]
        return Code(f"({', '.join(items)}{',' if len(items) == 1 else ''})")
    if isinstance(value, list):
        return Code(f"[{', '.join(literal(item) for item in cast('list[object]', value))}]")
    if isinstance(value, Mapping):
        entries = cast("Mapping[object, object]", value).items()
        return Code("{" + ", ".join(f"{literal(key)}: {literal(item)}" for key, item in entries) + "}")
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return made(value)
    raise TypeError(f"no literal for {type(value).__name__}")


def made(value: DataclassInstance, **given: Code) -> Code:
    """The call that makes a dataclass, without what is its default; fields may be given as code of their own."""
    arguments: list[str] = []
    for field in dataclasses.fields(value):
        item: object = getattr(value, field.name)
        default: object = field.default
        if field.default_factory is not dataclasses.MISSING:
            default = field.default_factory()
        if field.name in given or default != item or type(default) is not type(item):
            arguments.append(f"{field.name}={given.get(field.name) or literal(item)}")
    return Code(f"{type(value).__name__}({', '.join(arguments)})")


def call(function: str, *positional: object, **keywords: object) -> Code:
    """A call of a function of ours with literal arguments; `Code` arguments are as they are."""
    arguments: list[str] = [literal(value) for value in positional]
    arguments += [f"{name}={literal(value)}" for name, value in keywords.items()]
    return Code(f"{function}({', '.join(arguments)})")


def _stable(character: str) -> str:
    if character.isascii() or ucd_3_2_0.category(character) != "Cn":
        return character
    return f"\\u{ord(character):04x}" if ord(character) <= 0xFFFF else f"\\U{ord(character):08x}"


def plain(text: str) -> str:
    """Prose without anything that is invisible or changes direction: one space for each run of blanks, lines kept.

    A lone surrogate becomes U+FFFD. Paragraphs stay apart by one empty line.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    cleaned = [
        " ".join(_SURROGATE.sub("\ufffd", _INVISIBLE.sub("", _CONTROL.sub(" ", line))).split()) for line in lines
    ]
    return "\n".join(cleaned).strip()


# Written out, since what Python counts as invisible grows with the version of Unicode that it knows.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_INVISIBLE = re.compile(
    r"[\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufdd0-\ufdef"
    r"\ue000-\uf8ff\ufeff\ufff0-\ufffb\ufffe\uffff\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3"
    r"\U0001d173-\U0001d17a\U000e0000-\U0010ffff]"
)
_SURROGATE = re.compile(r"[\ud800-\udfff]")


def sentence(text: str) -> str:
    """The first paragraph of some prose on one line, ending in a full stop unless it ends in punctuation."""
    first = " ".join(plain(text).split("\n\n")[0].split())
    return first if not first or first[-1] in ".!?:" else f"{first}."


def docstring(lines: Iterable[str], indent: int) -> Code:
    """A docstring of lines that were made from `plain` text, wrapped, each keeping its own indentation.

    Args:
        lines: one logical line each; an empty one separates paragraphs.
        indent: columns of the statement that the docstring is in.
    """
    width = LINE_LENGTH - indent
    wrapped: list[str] = []
    for line in lines:
        bare = line.lstrip(" ")
        lead = " " * (len(line) - len(bare))
        rest = f"{lead}    " if lead else ""
        wrapped += textwrap.wrap(
            _in_docstring(bare),
            width,
            initial_indent=lead,
            subsequent_indent=rest,
            break_long_words=False,
            break_on_hyphens=False,
        ) or [""]
    pad = "\n" + " " * indent
    if len(wrapped) == 1 and len(wrapped[0]) <= width - 6 and not wrapped[0].endswith('"'):
        return Code(f'"""{wrapped[0]}"""')
    return Code(f'"""{pad.join(wrapped)}{pad}"""'.replace(f"{pad}\n", "\n\n").replace(" " * indent + "\n", "\n"))


def _in_docstring(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')


def toml(text: str) -> Code:
    """A one-line string of TOML, which Python reads alike; what is invisible is left out."""
    return Code(json.dumps(" ".join(plain(text).split()), ensure_ascii=False))


def markdown(text: str) -> Code:
    """One line of prose for a Markdown page: inline code stays; no other markup, named link, mention or HTML does."""
    flat = " ".join(plain(text).split())
    parts = _INLINE_CODE.split(flat)  # every other part is what was between two backticks
    written = "".join(markdown_code(part) if odd % 2 else _escaped(part) for odd, part in enumerate(parts))
    return Code(_BLOCK_START.sub(r"\g<before>\\\g<mark>", written))


def _escaped(text: str) -> str:
    # An escaped @ is still a mention to sites that look for names in the rendered page; a word joiner is none.
    parted = _MENTION.sub("@\N{WORD JOINER}", text)
    return "".join(f"&#{ord(c)};" if c in _ENTITIES else f"\\{c}" if c in _MARKUP else c for c in parted)


_MENTION = re.compile(r"(?<![A-Za-z0-9_])@(?=[A-Za-z0-9])")
_ENTITIES = frozenset("<>&@\N{WORD JOINER}")
_MARKUP = frozenset("\\`*_{}[]#|~$")
_INLINE_CODE = re.compile(r"(?<!`)`([^`]+)`(?!`)")
_BLOCK_START = re.compile(r"^(?P<before>\d*)(?P<mark>[-+.)=:])")


def markdown_code(text: str) -> Code:
    """A name or value as inline code in Markdown; the fence is longer than any run of backticks inside."""
    flat = " ".join(plain(text).split()).replace("|", "\\|")
    longest = max((len(run) for run in _backticks(flat)), default=0)
    fence = "`" * (longest + 1)
    gap = " " if flat.startswith("`") or flat.endswith("`") or not flat else ""
    return Code(f"{fence}{gap}{flat}{gap}{fence}")


def _backticks(text: str) -> Sequence[str]:
    return [run for run in "".join(c if c == "`" else " " for c in text).split(" ") if run]
