"""The documented server, with its variables given and left out.

That is the first one of the root. Calls of operations with a server of their own go there; but where a base URL is
given, as in all other lines, all calls go to that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from jobclients_contract.schema_model.document import listed, objects
from jobclients_contract.schema_model.values import Json


@dataclass(frozen=True, slots=True)
class Server:
    """The documented server with some of its variables given.

    Attributes:
        variables: values by the name of the constructor's argument.
        url: what that makes of it; empty where a variable is missing.
        missing: that variable.
    """

    variables: Mapping[str, str]
    url: str = ""
    missing: str = ""


def servers(document: Mapping[str, Json], names: Mapping[str, str]) -> Iterator[Server]:
    """The first server of a spec: with all variables, with the needed ones alone, and with one of those missing.

    Args:
        document: the normalised document.
        names: of the constructor's arguments by variable.
    """
    server = objects(next(iter(listed(document.get("servers"))), None))
    url = str(server.get("url"))
    if not url.startswith(("http://", "https://")):
        return
    defaults: dict[str, str] = {}
    given: dict[str, str] = {}
    for name in re.findall(r"\{([^{}]*)\}", url):
        variable = objects(objects(server.get("variables")).get(name))
        default, enum_values = str(variable.get("default", "")), listed(variable.get("enum"))
        given[name] = str(enum_values[-1]) if enum_values else "7777" if default.isdigit() else "made-up.1"
        if variable.get("x-placeholder") is not True:
            defaults[name] = default
    yield Server({names[name]: text for name, text in given.items()}, _filled(url, given))
    needed = {name: text for name, text in given.items() if name not in defaults}
    if defaults:
        yield Server({names[name]: text for name, text in needed.items()}, _filled(url, {**defaults, **needed}))
    for missing in needed:
        others = {names[name]: text for name, text in needed.items() if name != missing}
        yield Server(others, missing=names[missing])


def _filled(url: str, values: dict[str, str]) -> str:
    filled = re.sub(r"\{([^{}]*)\}", lambda match: values[match[1]], url)
    # The port that a scheme has anyway is not part of what is called (RFC 3986, 3.2.3).
    return re.sub(r"^(https://[^/]*):443(?=/|$)|^(http://[^/]*):80(?=/|$)", r"\1\2", filled).rstrip("/")
