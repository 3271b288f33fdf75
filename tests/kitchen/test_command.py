"""The command `jobclients` for a vendor of another package, without jobs: found by name, called, checked."""

from __future__ import annotations

from pathlib import Path

import pytest
from jobclients_contract.harness.loopback import loopback, scripted
from package.loopback_vendor import Shell

from .support import DONE, PACKAGE, Kitchen

VENDOR = f"{PACKAGE}:kitchen"


@pytest.fixture
def shell(kitchen: Kitchen, tmp_path: Path) -> Shell:
    """Runs the command in this process, with the least that the kitchen needs in the environment."""
    del kitchen  # importable from now on
    return Shell(tmp_path, {"KITCHEN_SITE": "main", "KITCHEN_API_KEY": "hidden-token"})


def test_a_vendor_is_described(shell: Shell) -> None:
    shown = shell.here("vendors", VENDOR)
    data = shell.here("vendors", VENDOR, "--json").json

    assert f"{VENDOR}: Kitchen, https://{{house}}.kitchen.example:{{port}}/{{edition}}" == shown.out.splitlines()[0]
    assert "  KITCHEN_SITE or site=… (required)" in shown.out.splitlines()
    assert [
        *("ApiKey", "Bearer", "Basic", "ClientCredentials", "AkSk"),
        *("PinCode", "DayPass", "Stamp", "Badge", "KitchenAuth"),
    ] == [*data["credentials"]]
    assert {"pin": "KITCHEN_PIN", "floor": "KITCHEN_FLOOR"} == data["credentials"]["PinCode"]


def test_any_operation_is_called(shell: Shell) -> None:
    """With arguments in their types, JSON among them; its result is printed without its secrets."""
    dish = {"id": 7, "name": "soup", "state": "raw", "card": "hidden-card", "ms": 1_800_000_000_000}
    with loopback(scripted(dish), DONE, DONE) as server:
        shell.env["KITCHEN_BASE_URL"] = server.url
        first = shell.here("call", VENDOR, "get_dish", "--json")
        second = shell.here("call", VENDOR, "search", "id=7", 'many:=["a","b"]', "flag=true", 'deep:={"x": 1}')
        third = shell.here("call", VENDOR, "place-order", "dish=d", "table=3", 'points:=[{"x":1}]')

    assert (0, 0, 0) == (first.code, second.code, third.code), (second.err, third.err)
    assert (7, "raw", "***") == (first.json["id"], first.json["state"], first.json["card"])
    assert ["GET /dish", "GET /query?id=7&flag=true&many=a&many=b&deep%5Bx%5D=1", "POST /orders"] == server.lines
    assert ("hidden-token", b'{"dish":"d","table":3,"points":[{"x":1}]}') == (
        server.requests[0].headers["x-kitchen-key"],
        server.requests[2].body,
    )


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("call", VENDOR, "get_dish"), 1, "get_dish: 404 Not Found [K.404]: No soup."),
        (("call", VENDOR, "get_dsh"), 2, "kitchen has no operation 'get_dsh'; it has change_order"),
        (("call", VENDOR, "search", "id=seven"), 2, "id should be integer, not 'seven'"),
        (("call", VENDOR, "search"), 2, "exactly one of id, name"),
        (("call", f"{PACKAGE}:kitchn", "get_dish"), 2, "unknown vendor 'kitchn'"),
        (("status", VENDOR, "id=1"), 2, "kitchen has no jobs"),
    ],
)
def test_what_cannot_be_done_is_explained(shell: Shell, words: tuple[str, ...], code: int, said: str) -> None:
    with loopback(scripted({"error": {"code": "K.404", "message": "No soup."}}, 404)) as server:
        shell.env["KITCHEN_BASE_URL"] = server.url
        done = shell.here(*words)

    assert code == done.code, done.err
    assert said in done.err


def test_credentials_are_checked_without_being_shown(shell: Shell) -> None:
    shell.env |= {"KITCHEN_HOUSE": "ours"}
    done = shell.here("auth", "check", VENDOR)
    del shell.env["KITCHEN_API_KEY"]
    missing = shell.here("auth", "check", VENDOR)

    assert (6, ["kitchen at https://ours.kitchen.example:8443", "  ApiKey, from the environment"]) == (
        done.code,
        done.out.splitlines()[:2],
    )
    assert (6, True) == (missing.code, "no credential is set: KITCHEN_API_KEY" in missing.err)
