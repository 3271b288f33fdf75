"""Strict type checkers of a caller are content with the clients, and see the caller's mistakes."""

from __future__ import annotations

import ast
import asyncio
import importlib
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jobclients
import jobclients_core.testing
import pytest
from jobclients import Operation
from jobclients.alation import AlationClient, AsyncAlationClient
from jobclients.datameer import DatameerClient
from jobclients.huawei_cdm import AsyncHuaweiCdmClient, HuaweiCdmClient
from jobclients.huawei_dli import HuaweiDliClient
from jobclients_core import jobs

from . import consumer_jobs
from .vendors import CLIENTS, operations

HERE = Path(__file__).parent
GENERATED = HERE.parent.parent / "generated"
CONSUMER = (HERE / "consumer.py").read_text(encoding="utf-8")
JOBS_CONSUMER = (HERE / "consumer_jobs.py").read_text(encoding="utf-8")

CONSUMERS = {"calls": CONSUMER, "jobs": JOBS_CONSUMER}

consumers = pytest.mark.parametrize("consumer", CONSUMERS)


def unmarked(source: str) -> str:
    """A script whose mistakes are not marked as known."""
    return re.sub(r"  # (type|pyright): ignore\[[^\]]*\]", "", source)


def methods() -> Iterator[tuple[str, type[Any], Operation[Any]]]:
    """Every operation of every client: vendor, class of the client, operation."""
    for vendor, kinds in CLIENTS.items():
        for kind in kinds:
            for operation in operations(vendor).values():
                yield vendor, kind, operation


def results() -> str:
    """A script that asks for the type of every method."""
    lines = [f"import jobclients.{vendor}" for vendor in CLIENTS]
    lines += [
        f"reveal_type(jobclients.{vendor}.{kind.__name__}.{operation.id})" for vendor, kind, operation in methods()
    ]
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def mypy(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], list[str]]:
    """What mypy in strict mode says of each script, outside of this repository's own configuration: one run of all."""
    folder = tmp_path_factory.mktemp("mypy")
    scripts = {**CONSUMERS, **{f"{name}_unmarked": unmarked(text) for name, text in CONSUMERS.items()}}
    scripts["results"] = results()
    for name, source in scripts.items():
        (folder / f"{name}.py").write_text(source, encoding="utf-8")
    (folder / "mypy.ini").write_text(
        f"[mypy]\nstrict = True\nwarn_unreachable = True\nmypy_path = {GENERATED}\ncache_dir = {folder / 'cache'}\n",
        encoding="utf-8",
    )
    command = [sys.executable, "-m", "mypy", "--config-file", "mypy.ini", *(f"{name}.py" for name in scripts)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=300)
    assert re.search(
        rf"^Found \d+ errors? in 2 files \(checked {len(scripts)} source files\)$", done.stdout, re.MULTILINE
    )
    lines = done.stdout.splitlines()[:-1]
    assert [] == [line for line in lines if line.partition(".py:")[0] not in scripts]
    return lambda name: [line for line in lines if line.startswith(f"{name}.py:")]


@pytest.fixture(scope="module")
def pyright(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], list[str]]:
    """What pyright in strict mode says of each script; skips the test where it cannot start, as without Node."""
    folder = tmp_path_factory.mktemp("pyright")
    for name, source in CONSUMERS.items():
        (folder / f"{name}.py").write_text(source, encoding="utf-8")
    settings: dict[str, Any] = {
        "include": [f"{name}.py" for name in CONSUMERS],
        "extraPaths": [str(GENERATED)],
        "typeCheckingMode": "strict",
        "reportUnnecessaryTypeIgnoreComment": "error",
        "enableTypeIgnoreComments": False,
        "pythonVersion": "3.11",
    }
    (folder / "pyrightconfig.json").write_text(json.dumps(settings), encoding="utf-8")
    command = [sys.executable, "-m", "pyright", "--outputjson", "--pythonpath", sys.executable]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=300)
    if done.returncode not in (0, 1) or not done.stdout.startswith("{"):
        pytest.skip(f"pyright cannot start here: {(done.stderr or done.stdout)[:200]}")
    report: dict[str, Any] = json.loads(done.stdout)
    assert len(CONSUMERS) == report["summary"]["filesAnalyzed"]
    said = [
        f"{Path(item['file']).stem}:{item['range']['start']['line'] + 1}: {item['message']} [{item.get('rule', '')}]"
        for item in report["generalDiagnostics"]
    ]
    return lambda name: [line for line in said if line.startswith(f"{name}:")]


@consumers
def test_mypy_reads_a_consumer_as_it_was_meant(mypy: Callable[[str], list[str]], consumer: str) -> None:
    """Right uses pass in strict mode, and each wrong one needs its comment."""
    assert [] == mypy(consumer)


@consumers
def test_pyright_reads_a_consumer_as_it_was_meant(pyright: Callable[[str], list[str]], consumer: str) -> None:
    """The same for the other checker, in its strict mode."""
    assert [] == pyright(consumer)


def test_the_consumer_of_jobs_uses_every_public_name() -> None:
    """A name that is public and that no caller was ever seen to use is a name that nobody checked."""
    about_jobs = {name for name in jobs.__all__ if getattr(jobclients, name, None) is getattr(jobs, name)}
    about_jobs |= {"connect", "connect_async", "resume"}
    public = about_jobs | set(jobclients_core.testing.__all__)
    used = {node.id for node in ast.walk(ast.parse(JOBS_CONSUMER)) if isinstance(node, ast.Name)}

    assert set() == public - used
    assert len(about_jobs) > 25


def test_the_result_of_every_operation_is_its_model(mypy: Callable[[str], list[str]]) -> None:
    """What a method returns, as the checker sees it, is the type that its operation decodes."""
    said = re.findall(r'Revealed type is "(.*)"', "\n".join(mypy("results")))

    assert [returned(*method) for method in methods()] == [result_of(text) for text in said]


def result_of(revealed: str) -> str:
    """The result in a signature as mypy shows it; of overloads, the last one's."""
    signature = revealed.removeprefix("Overload(").removesuffix(")") if revealed.startswith("Overload(") else revealed
    return signature.rpartition(" -> ")[2] if " -> " in signature else "None"


def returned(vendor: str, kind: type[Any], operation: Operation[Any]) -> str:
    """What mypy should show as the result of an operation's method."""
    (name,) = operation.returns.values()
    models = importlib.import_module(f"jobclients.{vendor}.models")
    model: Any = getattr(models, str(name), None)
    text = "None" if name is None else f"jobclients.{vendor}.models.{name}"
    if hasattr(model, "__value__"):  # the name of a list
        text = f"list[jobclients.{vendor}.models.{model.__value__.__args__[0].__name__}]"
    if operation.id == "create_token":
        text = f"jobclients_core.response_parser.Response[{text}]"
    return f"typing.Coroutine[Any, Any, {text}]" if kind.__name__.startswith("Async") else text


@consumers
def test_the_consumer_makes_mistakes(mypy: Callable[[str], list[str]], consumer: str) -> None:
    """Without their comments, exactly the marked lines are reported."""
    marked = [n for n, line in enumerate(CONSUMERS[consumer].splitlines(), 1) if "# type: ignore[" in line]
    found = [int(line) for line in re.findall(r"\.py:(\d+): error", "\n".join(mypy(f"{consumer}_unmarked")))]

    assert marked == sorted(set(found))
    assert len(marked) >= 7


def test_the_consumer_of_jobs_runs(capsys: pytest.CaptureFixture[str]) -> None:
    """What the checkers read is also right when it is carried out, against vendors in this process."""
    alation, datameer, cdm, dli = consumer_jobs.fakes()
    with alation.client(AlationClient) as first, dli.client(HuaweiDliClient) as fourth:
        assert consumer_jobs.alation(first).state.ok
        consumer_jobs.huawei_dli(fourth)
        said = consumer_jobs.many(first.jobs(id=1), first.jobs(name="a"), fourth.sql_jobs(job_id="x"))
        assert [] == [line for line in said if not line]
    with datameer.client(DatameerClient) as second, cdm.client(HuaweiCdmClient) as third:
        consumer_jobs.datameer(second)
        assert consumer_jobs.resumed(consumer_jobs.huawei_cdm(third), third).state.ok

    async def awaited() -> None:
        async with alation.async_client(AsyncAlationClient) as one, cdm.async_client(AsyncHuaweiCdmClient) as two:
            await consumer_jobs.many_async(one, await consumer_jobs.cdm_async(two))

    asyncio.run(awaited())
    consumer_jobs.clients()
    assert "succeeded" in capsys.readouterr().out
