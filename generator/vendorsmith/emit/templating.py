"""Sets up Jinja: templates can only place `Code`."""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from vendorsmith.emit.code import Code


def render(template: str, **context: object) -> str:
    """The text of a template with its words.

    Raises:
        TypeError: the template places something that passed no gate: a mistake of the generator.
    """
    return _environment().get_template(template).render(**context)


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("vendorsmith.emit"),
        undefined=StrictUndefined,
        finalize=_only_code,
        autoescape=False,  # noqa: S701 - what is written is not HTML; `_only_code` refuses text that passed no gate
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _only_code(value: object) -> object:
    if isinstance(value, Code):
        return value
    raise TypeError(f"a template placed a {type(value).__name__} that passed no gate")
