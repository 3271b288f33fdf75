"""Arguments and fields as text in a suite: ``python?=wire (further keys): type``."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from jobclients_contract.schema_model.document import Document
from jobclients_contract.schema_model.notation import Notation
from jobclients_contract.schema_model.shapes import Part, Shape

WHOLE: Final = "*"
"""What stands for the wire name of an argument that is a whole body."""

_ENTRY: Final = re.compile(
    r'(?P<name>\w+)(?P<optional>\?)?(?:=(?P<wire>"(?:[^"\\]|\\.)*"|[^\s:]+))?'
    r"(?: \((?P<aliases>.*?)\))?(?:: (?P<type>.+))?"
)
_PLAIN: Final = re.compile(r"[^\s:\"()=?]+")


@dataclass(frozen=True, slots=True)
class Entry:
    """An argument of a method or a field of a model: ``python?=wire (further keys): type``.

    Attributes:
        name: in Python.
        wire: in requests and answers.
        optional: whether it may be left out.
        type: its notation; a text where nothing is said.
        aliases: further keys that are read.
    """

    name: str
    wire: str
    optional: bool = False
    type: str = "string"
    aliases: tuple[str, ...] = ()

    @classmethod
    def read(cls, text: str) -> Entry:
        """An entry as it is in a suite.

        Args:
            text: such as ``page_size?=page-size: int32``.

        Raises:
            ValueError: it is none.
        """
        match = _ENTRY.fullmatch(text)
        if match is None:
            raise ValueError(f"{text!r} should be like 'page_size?=page-size: int32'")
        wire = match["wire"] or match["name"]
        aliases: list[str] = json.loads(f"[{match['aliases'] or ''}]")
        return cls(
            match["name"],
            json.loads(wire) if wire.startswith('"') else wire,
            match["optional"] is not None,
            match["type"] or "string",
            tuple(aliases),
        )

    def __str__(self) -> str:
        """The entry as it is in a suite."""
        wire = self.wire if _PLAIN.fullmatch(self.wire) else json.dumps(self.wire, ensure_ascii=False)
        aliases = json.dumps(self.aliases, ensure_ascii=False)[1:-1]
        return "".join(
            (
                self.name,
                "?" if self.optional else "",
                f"={wire}" if wire != self.name else "",
                f" ({aliases})" if aliases else "",
                f": {self.type}" if self.type != "string" else "",
            )
        )


@dataclass(frozen=True, slots=True)
class Names:
    """How the fields of a model, or the members of an enumeration, are called in Python.

    Attributes:
        schema: name of the class.
        where: where the document describes it.
        names: by key or word in JSON; what is not listed is called as it is there.
    """

    schema: str
    where: str
    names: Mapping[str, str] = field(default_factory=dict[str, str])


def fields_of(
    document: Document, classes: Mapping[str, str], shapes: Sequence[Shape], names: Mapping[str, str]
) -> list[Entry]:
    """The fields of a model as the document has them.

    Args:
        document: the document.
        classes: names of classes by locator.
        shapes: every way in which an object may be valid; what only some of them require is not required.
        names: of its fields in Python by key.
    """
    notation = Notation(document.schemas, classes)
    properties: dict[str, Part] = {}
    aliases: dict[str, list[str]] = {}
    for shape in shapes:
        properties = {**shape.properties, **properties}
        for alias, key in shape.aliases.items():
            if alias not in aliases.setdefault(key, []):
                aliases[key].append(alias)
    required = frozenset(properties).intersection(*(shape.required for shape in shapes))
    return [
        Entry(names.get(key, key), key, key not in required, notation.of(part), tuple(aliases.get(key, ())))
        for key, part in properties.items()
    ]
