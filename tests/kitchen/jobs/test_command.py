"""The command `jobclients` on the kitchen: what it asks, prints and returns, in real time."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from jobclients_contract.harness.loopback import RESET, Loopback, loopback, scripted
from kitchen.jobs.harness import Vendor
from package.loopback_vendor import Done, Shell

EXPORTS = "kitchen_clients:kitchen_words.exports"
BAKES, ORDERS = "kitchen_clients:kitchen_jobs.bakes", "kitchen_clients:kitchen_jobs.orders"
TOKEN = "hidden-token"


@pytest.fixture
def vendor() -> Vendor:
    return Vendor()


@pytest.fixture
def server(vendor: Vendor) -> Iterator[Loopback]:
    with loopback(by=vendor.play) as made:
        yield made


@pytest.fixture
def shell(tmp_path: Path, kitchen_clients: ModuleType, server: Loopback) -> Shell:
    """Runs the command in this process, where the package can be imported."""
    env = {"KITCHEN_JOBS_BASE_URL": server.url, "KITCHEN_JOBS_TOKEN": TOKEN, "KITCHEN_JOBS_HOUSE": "h-1"}
    env |= {"KITCHEN_WORDS_BASE_URL": server.url, "KITCHEN_WORDS_TOKEN": TOKEN}
    return Shell(tmp_path, env)


def status(shell: Shell, *words: str) -> Done:
    return shell.here("status", BAKES, "bake_id=b-1", *words)


@pytest.mark.parametrize(
    ("word", "code"),
    [("DONE", 0), ("BURNT", 1), ("BINNED", 1), ("HOT", 3), ("LISTED", 3), ("DONE_DARK", 4), ("LEVITATING", 5)],
)
def test_status_asks_once_and_its_code_tells_the_state(
    shell: Shell, vendor: Vendor, server: Loopback, word: str, code: int
) -> None:
    vendor.on("GET /bakes/b-1", {"status": word, "baked": 1, "pieces": 4, "note": "smells\x1b[31m good"})
    done = status(shell, "--json")
    assert (done.code, done.json["raw_state"], done.json["progress"]) == (code, word, 0.25)
    assert (done.json["kind"], done.json["identity"]) == ("bakes", {"bake_id": "b-1"})
    assert server.lines == ["GET /bakes/b-1"]
    assert server.request.headers["x-token"] == TOKEN
    vendor.on("GET /bakes/b-1", {"status": word, "note": "smells\x1b[31m good"})
    shown = status(shell)
    assert shown.code == code
    assert "bakes bake_id=b-1" in shown.out
    assert "\x1b" not in shown.out


@pytest.mark.parametrize(("told", "code", "name"), [(404, 5, "NotFound"), (500, 5, "ServerError"), (403, 5, "Perm")])
def test_status_that_cannot_be_told(shell: Shell, vendor: Vendor, told: int, code: int, name: str) -> None:
    vendor.on("GET /bakes/b-1", told, ...)
    done = status(shell, "--json")
    assert (done.code, done.json["error"]["type"][: len(name)]) == (code, name)


@pytest.mark.parametrize(("words", "code"), [(["OPEN", "OPEN", "PAID"], 0), (["OPEN", "SOLD_OUT"], 1), (["VOID"], 1)])
def test_wait_asks_until_the_end(shell: Shell, vendor: Vendor, server: Loopback, words: list[str], code: int) -> None:
    vendor.on("GET /orders/o-1", *({"state": word} for word in words))
    done = shell.here("wait", ORDERS, "order_id=o-1", "--json")
    assert (done.code, done.json["raw_state"]) == (code, words[-1])
    assert len(server.lines) == len(words)


def test_a_wait_that_is_too_short_can_be_gone_on_with(shell: Shell, vendor: Vendor, server: Loopback) -> None:
    vendor.on("GET /orders/o-1", {"state": "OPEN"}, ...)
    done = shell.here("wait", ORDERS, "order_id=o-1", "--timeout", "0.3s", "--save", "order.json", "--json")
    assert (done.code, done.json["error"]["type"], done.json["state"]) == (3, "WaitTimeout", "queued")
    assert "order.json" in done.err
    text = (shell.home / "order.json").read_text()
    assert json.loads(text)["identity"] == {"order_id": "o-1"}
    vendor.on("GET /orders/o-1", {"state": "OPEN"}, {"state": "PAID"})
    resumed = shell.here("resume", "order.json", "--package", "kitchen_clients", "--json")
    assert (resumed.code, resumed.json["state"]) == (0, "succeeded")
    (shell.home / "other.json").write_text(text.replace("o-1", "o-2"))
    refused = shell.here("resume", "other.json", "--package", "kitchen_clients")
    assert (refused.code, "checksum" in refused.err) == (2, True)


def test_a_wait_may_stop_the_job_when_its_time_is_up(shell: Shell, vendor: Vendor, server: Loopback) -> None:
    vendor.on("GET /bakes/b-1", {"status": "HOT"}, ...)
    vendor.on("DELETE /bakes/b-1", scripted(b"", 204))
    done = shell.here("wait", BAKES, "bake_id=b-1", "--timeout", "0.3s", "--cancel-on-timeout")
    assert done.code == 3
    assert "asked to stop" in done.err + done.out
    assert server.lines[-1] == "DELETE /bakes/b-1"


def test_watch_follows_several_jobs_and_ends_with_the_gravest_code(shell: Shell, vendor: Vendor) -> None:
    vendor.on("GET /orders/o-1", {"state": "OPEN"}, {"state": "PAID"})
    vendor.on("GET /bakes/b-1", {"status": "DONE_DARK"})
    vendor.on("GET /bakes/b-2", {"status": "BURNT"})
    done = shell.here("watch", ORDERS, "order_id=o-1", BAKES, "bake_id=b-1", "--json")
    lines = [json.loads(line) for line in done.out.splitlines()]
    assert done.code == 4
    found = [(line["raw_state"], line["ended"]) for line in lines if line["kind"] == "orders"]
    assert found == [("OPEN", False), ("PAID", True)]
    vendor.on("GET /orders/o-1", {"state": "PAID"})
    vendor.on("GET /bakes/b-1", {"status": "DONE"})
    done = shell.here("watch", ORDERS, "order_id=o-1", BAKES, "bake_id=b-2")
    assert done.code == 1
    assert "orders order_id=o-1: succeeded" in done.out
    assert "bakes bake_id=b-2: failed" in done.out


def test_cancel(shell: Shell, vendor: Vendor, server: Loopback) -> None:
    vendor.on("DELETE /bakes/b-1", scripted(b"", 204), 409)
    vendor.on("GET /bakes/b-1", {"status": "HOT"})
    done = shell.here("cancel", BAKES, "bake_id=b-1")
    assert (done.code, server.lines) == (0, ["DELETE /bakes/b-1"])
    assert "asked to stop" in done.out
    assert shell.here("cancel", BAKES, "bake_id=b-1").code == 1
    refused = shell.here("cancel", "kitchen_clients:kitchen_jobs.roasts", "roast_id=7", "spit=left")
    assert (refused.code, "no way to cancel" in refused.err) == (2, True)


@pytest.mark.parametrize("words", [[], ["--json"], ["--record", "export.json"]], ids=" ".join)
def test_a_job_whose_url_holds_a_credential_is_submitted_and_not_saved(
    shell: Shell, vendor: Vendor, server: Loopback, words: list[str]
) -> None:
    location = "/exports/e-1/status?sig=t0p-s3cret"
    vendor.on("POST /exports", scripted({}, 202, Operation_Location=location))
    done = shell.here("submit", "kitchen_clients:kitchen_words.exports", *words)
    assert done.code == 0
    assert server.lines == ["POST /exports"]
    assert "t0p-s3cret" not in done.out + done.err
    if words == ["--json"]:
        assert (done.json["handle"], done.json["resume"]) == (None, None)
    else:
        assert "holds a credential" in done.err


def test_a_run_that_is_only_likely_ours_is_stopped_by_force(
    shell: Shell, vendor: Vendor, server: Loopback, tmp_path: Path
) -> None:
    began, menu, kept = int(time.time() * 1000), "/houses/h-1/menus/lunch", str(tmp_path / "lunch.json")
    run = {"run-id": 51, "began": began, "menu": "lunch", "status": "COOKING"}
    vendor.on(f"GET {menu}", {"runs": []}, {"runs": [run]}, ...)
    vendor.on(f"POST {menu}", {})
    vendor.on(f"DELETE {menu}", scripted(b"", 204))
    assert shell.here("submit", "kitchen_clients:kitchen_jobs.menus", "menu=lunch", "--record", kept).code == 0
    own = ("--package", "kitchen_clients")
    refused = shell.here("cancel", kept, *own)
    assert (refused.code, f"DELETE {menu}" in server.lines) == (5, False)
    assert "force" in refused.err
    assert (shell.here("cancel", kept, "--force", *own).code, server.lines[-1]) == (0, f"DELETE {menu}")


def test_submit_waits_and_names_its_run(shell: Shell, vendor: Vendor, server: Loopback) -> None:
    vendor.on("POST /orders", {"id": "o-1", "open": 1})
    vendor.on("GET /orders/o-1", {"state": "OPEN"}, {"state": "PAID"})
    done = shell.here("submit", ORDERS, "dish=pie", "--wait", "--json")
    assert (done.code, done.json["state"], done.json["run_id"]) == (0, "succeeded", "o-1")
    assert server.requests[0].json()["dish"] == "pie"
    vendor.on("POST /bakes", (RESET,))
    lost = shell.here("submit", BAKES, "dish=pie", "--json")
    assert (lost.code, lost.json["error"]["type"]) == (8, "SubmitUncertain")


def test_a_submission_whose_run_cannot_be_told_may_run(shell: Shell, vendor: Vendor) -> None:
    vendor.on("POST /deliveries", {"delivery-id": None}, ...)
    record = str(shell.home / "run.json")
    for options, looks in (([], None), (["--record", record], f"jobclients resume {record} --package kitchen_clients")):
        vendor.on("GET /deliveries", [{"id": 5}], [{"id": 7}, {"id": 6}, {"id": 5}], ...)
        done = shell.here("submit", "kitchen_clients:kitchen_jobs.deliveries", "route=north", "--json", *options)
        assert (done.code, done.json["error"]["type"], done.json["resume"]) == (8, "AmbiguousRun", looks)
        assert "it may be {'delivery_id': 7} or {'delivery_id': 6}" in done.err
    later = shell.here("resume", record, "--package", "kitchen_clients")
    assert later.code == 8, later.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["status", "kitchen_clients:nobody", "id=1"], "unknown vendor"),
        (["status", "kitchen_clients:kitchen_jobs.cakes", "id=1"], "it has bakes, roasts"),
        (["status", BAKES, "id=1"], "known are bake_id"),
        (["status", "kitchen_clients:kitchen_jobs.dishes", "dish_id=7", "name=pie"], "exactly one"),
        (["status", "kitchen_clients:kitchen_jobs.dishes", "dish_id=seven"], "dish_id should be"),
        (["submit", "kitchen_clients:kitchen_jobs.dishes", "x=1"], "no way to submit"),
        (["wait", BAKES, "bake_id=b-1", "--timeout", "soon"], "10m"),
    ],
)
def test_bad_use_is_explained_and_sends_nothing(shell: Shell, server: Loopback, words: list[str], said: str) -> None:
    done = shell.here(*words)
    assert (done.code, said in done.err) == (2, True), done.err
    assert server.lines == []


def test_a_job_whose_url_holds_a_credential(shell: Shell, vendor: Vendor, server: Loopback) -> None:
    url = f"{server.url}/exports/e-1/status"
    vendor.on("POST /exports", scripted({}, 202, Operation_Location="/exports/e-1/status?sig=t0p-s3cret"), ...)
    vendor.on("GET /exports/e-1/status", scripted({"state": "Busy"}, 202), ...)
    submit, late = ("submit", EXPORTS), ("--wait", "--timeout", "0.2s")
    pair = f"monitor={url}?sig=t0p-s3cret"
    for command, code in (
        (submit, 0),
        ((*submit, *late), 3),
        ((*submit, "--record", "export.json"), 0),
        (("wait", EXPORTS, pair, *late[1:]), 3),
        (("watch", EXPORTS, pair, EXPORTS, f"monitor={url}", *late[1:]), 3),
    ):
        for options in ((), ("--json",)):
            (shell.home / "export.json").unlink(missing_ok=True)
            done = shell.here(*command, *options)
            assert done.code == code, done.err
            assert f"{url}?sig=***" in done.out
            assert "t0p-s3cret" not in done.out + done.err
    assert ("not saved" in done.err, f"resume {shell.home}" in done.err) == (True, True)
