"""The typed readers of properties that come in several shapes: what they give of a value, and what they refuse."""

from __future__ import annotations

from typing import Any, Final, cast

from pydantic import BaseModel

from jobclients_contract.cases import Contract, Names
from jobclients_contract.failure import expect
from jobclients_contract.playing.driver import error_class, raised

_SUFFIXES: Final = ("_as", "_text")


def check_accessors(contract: Contract, typed: object, at: str = "") -> None:
    """Hold the readers of a typed value, and of all that stands in it, against what stands there.

    Args:
        contract: of the client.
        typed: the value.
        at: its place.

    Raises:
        Mismatch: a reader gives something else.
    """
    if isinstance(typed, BaseModel):
        readers = {name for item in contract.names if item.schema == type(typed).__name__ for name in item.readers}
        for name in type(typed).model_fields:
            value: object = getattr(typed, name)
            if name in readers:
                _read(contract, typed, name, value, f"{at}/{name}")
            check_accessors(contract, value, f"{at}/{name}")
    elif isinstance(typed, list):
        for index, item in enumerate(cast("list[object]", typed)):
            check_accessors(contract, item, f"{at}/{index}")


def expect_readers(names: Names, model: type[object]) -> None:
    """A model has every reader that it should have, whether or not an answer shows what is read.

    Args:
        names: of the model.
        model: its class.

    Raises:
        Mismatch: one is missing.
    """
    wanted = [f"{name}{suffix}" for name in names.readers for suffix in _SUFFIXES]
    expect([], [name for name in wanted if not hasattr(model, name)], f"readers that {names.schema} lacks")


def _read(contract: Contract, model: BaseModel, name: str, value: object, at: str) -> None:
    text = value if isinstance(value, str) else None
    expect(text, getattr(model, f"{name}_text"), f"the text at {at} differs")
    read: Any = getattr(model, f"{name}_as")
    kind: type[object] = type(value)
    if issubclass(kind, BaseModel | list):
        expect(value, read(kind), f"what stands at {at}, read as its type, differs")
    wrong: Any = dict[str, int] if kind is list else list[int]
    refused = isinstance(raised(lambda: read(wrong)), error_class(contract, "DecodeError"))
    expect(True, refused, f"whether {at} is refused as {wrong} differs")
