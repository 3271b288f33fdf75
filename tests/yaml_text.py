"""YAML that tests read and write, by libyaml where PyYAML has it: that takes a tenth of the time."""

from __future__ import annotations

from typing import Any, Final

import yaml

_Plain: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_Dumper: Final[Any] = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


_TEXTS: Final = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
Loader: Final[Any] = type("Loader", (_Plain,), {"yaml_implicit_resolvers": _TEXTS})
"""Reads dates as texts, as JSON has them."""


def loaded(text: str) -> Any:
    """What a text says."""
    return yaml.load(text, Loader=Loader)


def dumped(value: object) -> str:
    """A text that says a value, with keys in their order."""
    text: str = yaml.dump(value, Dumper=_Dumper, sort_keys=False)
    return text
