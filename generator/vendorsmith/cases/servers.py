"""The documented server, with its variables given and left out.

That is the first one of the root, which is all that clients know: whoever means another server, be it listed beside it
or at a path or an operation, gives it as the base URL.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from jobclients_contract.cases import Server

from vendorsmith.cases.reading import Source


def servers(source: Source) -> Iterator[Server]:
    """The first server of a spec: with all variables, with the needed ones alone, and with one of those missing."""
    server = source.root.get("servers").get(0)
    url = server.text("url")
    if not url.startswith(("http://", "https://")):
        return
    where = source.root.raw("servers").locator
    names = {variable.wire: variable.name for variable in source.api.variables}
    defaults: dict[str, str] = {}
    given: dict[str, str] = {}
    for name in re.findall(r"\{([^{}]*)\}", url):
        variable = server.get("variables").get(name)
        default = variable.text("default")
        words = variable.texts("enum")
        given[name] = words[-1] if words else "7777" if default.isdigit() else "made-up.1"
        if not variable.flag("x-placeholder"):
            defaults[name] = default
    yield Server("all-variables", where, {names[name]: text for name, text in given.items()}, _filled(url, given))
    needed = {name: text for name, text in given.items() if name not in defaults}
    if defaults:
        least = {names[name]: text for name, text in needed.items()}
        yield Server("needed-variables", where, least, _filled(url, {**defaults, **needed}))
    for missing in needed:
        others = {names[name]: text for name, text in needed.items() if name != missing}
        yield Server(f"without-{missing}", where, others, missing=names[missing])


def _filled(url: str, values: dict[str, str]) -> str:
    filled = re.sub(r"\{([^{}]*)\}", lambda match: values[match[1]], url)
    # The port that a scheme has anyway is no part of what is called (RFC 3986, 3.2.3).
    return re.sub(r"^(https://[^/]*):443(?=/|$)|^(http://[^/]*):80(?=/|$)", r"\1\2", filled).rstrip("/")
