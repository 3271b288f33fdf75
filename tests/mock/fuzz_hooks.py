"""What schemathesis cannot read in a spec: arguments of which exactly one is given.

Of requests that are meant to be valid, those with none or several of them are left out: the vendor refuses them as it
should. Of requests that are meant to be broken none is.
"""

from __future__ import annotations

from typing import Any, cast

import schemathesis
from schemathesis.generation import GenerationMode


@schemathesis.hook
def filter_case(context: schemathesis.HookContext, case: schemathesis.Case[Any]) -> bool:
    """Of what is made up."""
    del context
    broken = case.meta is not None and case.meta.generation.mode is GenerationMode.NEGATIVE
    return broken or exactly_one(case)


@schemathesis.hook
def before_add_examples(context: schemathesis.HookContext, examples: list[schemathesis.Case[Any]]) -> None:
    """Of what is put together from examples of single arguments."""
    del context
    examples[:] = [case for case in examples if exactly_one(case)]


def exactly_one(case: schemathesis.Case[Any]) -> bool:
    """Whether one of each group of arguments is given."""
    operation = cast("dict[str, Any]", case.operation.definition.raw)
    given = {**(case.query or {}), **(case.body if isinstance(case.body, dict) else {})}
    return all(sum(name in given for name in group) == 1 for group in operation.get("x-exactly-one-of", []))
