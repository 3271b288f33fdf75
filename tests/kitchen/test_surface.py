"""What a generated module offers: the same for both kinds of client, documented, with arguments by name."""

from __future__ import annotations

import importlib
import inspect

from jobclients_core import NotFound

from .support import PACKAGE, Kitchen


def test_the_public_names(kitchen: Kitchen) -> None:
    """Clients and credentials of the vendor; what all vendors share is in the package."""
    wanted = {"KitchenClient", "AsyncKitchenClient", "Token", "Basic", "AkSk", "ClientCredentials", "PinCode", "Badge"}
    assert wanted <= set(kitchen.module.__all__)
    assert all(hasattr(kitchen.module, name) for name in kitchen.module.__all__)
    assert kitchen.package.NotFound is NotFound
    assert {"connect", "connect_async", "HttpOptions", "resume"} <= set(kitchen.package.__all__)


def offered(kind: type) -> dict[str, inspect.Signature]:
    """Methods of a class by name, each with its signature."""
    return {
        name: inspect.signature(item)
        for name, item in vars(kind).items()
        if inspect.isfunction(item) and (name == "__init__" or not name.startswith("_"))
    }


def test_both_kinds_of_client_offer_the_same(kitchen: Kitchen) -> None:
    """Every operation, by the same arguments; those of the async client are awaited."""
    sync, awaited = kitchen.client("sync"), kitchen.client("async")
    module = importlib.import_module(f"{PACKAGE}.kitchen.client")
    operations = [name.lower() for name, item in vars(module).items() if type(item).__name__ == "Operation"]

    of_sync, of_awaited = offered(sync), offered(awaited)
    # A function given as `auth` may be a coroutine function for one of them.
    assert list(of_sync.pop("__init__").parameters) == list(of_awaited.pop("__init__").parameters)
    assert of_sync == of_awaited
    assert 45 == len(operations)
    assert {*operations} == of_sync.keys()
    for name in operations:
        assert inspect.iscoroutinefunction(getattr(awaited, name))
        assert not inspect.iscoroutinefunction(getattr(sync, name))


def test_arguments_are_given_by_name(kitchen: Kitchen) -> None:
    for name, signature in offered(kitchen.client("sync")).items():
        first, *others = signature.parameters.values()
        assert "self" == first.name
        assert [] == [one.name for one in others if one.kind is not inspect.Parameter.KEYWORD_ONLY], name


def test_everything_says_what_it_is(kitchen: Kitchen) -> None:
    assert [] == [name for name in kitchen.module.__all__ if not inspect.getdoc(getattr(kitchen.module, name))]
    for kind in (kitchen.client("sync"), kitchen.client("async")):
        assert [] == [name for name in offered(kind) if name != "__init__" and not inspect.getdoc(getattr(kind, name))]
