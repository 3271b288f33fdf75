"""The command line: ``live``, ``replay`` and ``coverage``."""

from __future__ import annotations

import argparse
import ast
import dataclasses
import importlib.util
import json
import logging
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, cast

import httpx2

from vendorsmith.contract import coverage
from vendorsmith.contract.cases import Contract, Json
from vendorsmith.contract.live import report as reports
from vendorsmith.contract.live.cassette import CassetteError, without_secrets, write
from vendorsmith.contract.live.loading import load
from vendorsmith.contract.live.plan import BadUseError, plan, read_argument
from vendorsmith.contract.live.running import Result, live, replay
from vendorsmith.contract.suite import checks_of

FINE: Final = 0
DRIFT: Final = 1
BAD_USE: Final = 2

_LIVE: Final = """\
Call a vendor's documented operations, and tell where its answers are not as documented. Credentials come from the
environment, as for `from_env` of its client. Operations that only read are called, where they need no arguments or are
given them; others with --allow. Nothing is sent beyond the budget, repetitions included."""

_REPLAY: Final = "Tell the same of recordings, without the network."

_SECRETS: Final = """\
Recordings and reports hold none of the client's own credentials, nothing under a key that the spec marks as secret, or
that sounds like one and is not documented, no JSON Web Tokens and no passwords in URLs. A secret that came as a value
like any other stays: read a recording before you pass it on. The report is written as Markdown, JSON and SARIF, with a
suggested patch of the spec as an OpenAPI Overlay. Exit codes: 0 fine, 1 drift that breaks (with --fail-on-additive any
drift), 2 bad use, or a vendor that could not be asked."""


def main(
    argv: Sequence[str] | None = None,
    *,
    inner: httpx2.BaseTransport | httpx2.AsyncBaseTransport | None = None,
) -> int:
    """Run a command.

    Args:
        argv: its arguments; those of the process when None.
        inner: what ``live`` sends through, for tests; the network when None.

    Returns:
        0 fine, 1 drift that breaks (or any, where that was asked for) or something untested, 2 bad use.
    """
    options = _parser().parse_args(argv)
    # Its warnings show words as they came, and the report says the same without secrets.
    logging.getLogger("jobclients").addHandler(logging.NullHandler())
    try:
        if options.command == "live":
            _writable(options.record, options.report)
            results = [_live(vendor, options, inner) for vendor in options.vendors]
        elif options.command == "replay":
            results = [_replay(file, options) for file in options.cassettes]
        else:
            results = [_coverage(vendor, options) for vendor in options.vendors or _vendors(options.generated)]
    except (BadUseError, CassetteError) as error:
        print(f"error: {error}", file=sys.stderr)
        return BAD_USE
    except BrokenPipeError:
        raise  # whoever read the output has had enough
    except OSError as error:
        print(f"error: {error.filename}: {error.strerror}", file=sys.stderr)
        return BAD_USE
    return max(results)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m vendorsmith.contract", description="Hold a vendor's contract against the vendor itself."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--package", help="import name of the clients, where it is not that of the contract tests")
    common.add_argument("--generated", type=Path, default=Path("generated"), help="folder of the generated code")
    common.add_argument("--report", type=Path, help="folder for the report, in one folder for each vendor")
    common.add_argument("--fail-on-additive", action="store_true", help="fail also on what breaks nothing")
    common.add_argument("--async", dest="asynchronous", action="store_true", help="use the async client")
    first = commands.add_parser(
        "live", parents=[common], help="call the real vendor", description=_LIVE, epilog=_SECRETS
    )
    first.add_argument("vendors", nargs="+", metavar="VENDOR")
    first.add_argument(
        "--allow", action="append", default=[], metavar="OPERATION", help="call it though it changes something"
    )
    first.add_argument(
        "--argument", action="append", default=[], metavar="OPERATION.NAME=VALUE", help="an argument of an operation"
    )
    first.add_argument("--arguments", type=Path, metavar="FILE", help="JSON: arguments by operation")
    first.add_argument("--budget", type=int, default=50, help="requests to a vendor, with repetitions (default: 50)")
    first.add_argument("--record", type=Path, metavar="DIR", help="keep what passes, without secrets")
    second = commands.add_parser(
        "replay", parents=[common], help="the same from recordings", description=_REPLAY, epilog=_SECRETS
    )
    second.add_argument("cassettes", nargs="+", type=Path, metavar="CASSETTE")
    third = commands.add_parser("coverage", help="what is documented, and which checks test it, as Markdown")
    third.add_argument("vendors", nargs="*", metavar="VENDOR", help="all of them when none is named")
    third.add_argument("--package", help="import name of the clients, where it is not that of the contract tests")
    third.add_argument("--generated", type=Path, default=Path("generated"), help="folder of the generated code")
    return parser


def _coverage(vendor: str, options: argparse.Namespace) -> int:
    contract = contract_of(vendor, options.generated, options.package)
    checks = checks_of(contract)
    print(coverage.report(contract, checks))
    return FINE if all(line.settled for line in coverage.matrix(contract, checks)) else DRIFT


def _vendors(generated: Path) -> list[str]:
    found = sorted(file.stem.removeprefix("test_") for file in (generated / "contract_tests").glob("test_*.py"))
    if not found:
        raise BadUseError(f"{generated / 'contract_tests'}: no contract tests")
    return found


def _writable(*folders: Path | None) -> None:
    """Make folders, and see that files can be made in them: before a vendor is asked for what they are to hold."""
    for folder in folders:
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                pass


def _live(
    vendor: str, options: argparse.Namespace, inner: httpx2.BaseTransport | httpx2.AsyncBaseTransport | None
) -> int:
    if options.budget < 1:
        raise BadUseError("--budget should be at least 1")
    contract = contract_of(vendor, options.generated, options.package)
    known = _arguments(options.arguments)
    for text in options.argument:
        method, name, value = read_argument(contract, text)
        known.setdefault(method, {})[name] = value
    chosen = plan(contract, known, options.allow)
    _writable(options.report and options.report / vendor)
    result = live(
        contract,
        chosen,
        root=options.generated.resolve().parent,
        budget=options.budget,
        mode="async" if options.asynchronous else "sync",
        inner=inner,
    )
    if options.record is not None:
        file = write(options.record, vendor, result.cassette.dump(result.scrubber))
        print(f"{vendor}: recorded in {file}")
    return _told(contract, result, options)


def _replay(file: Path, options: argparse.Namespace) -> int:
    cassette = load(file)
    contract = contract_of(cassette.vendor, options.generated, options.package)
    mode = "async" if options.asynchronous else "sync"
    return _told(contract, replay(contract, cassette, root=options.generated.resolve().parent, mode=mode), options)


def _told(contract: Contract, result: Result, options: argparse.Namespace) -> int:
    """Print what was found, write the report, and say how to exit."""
    report = result.report
    print(without_secrets(reports.markdown(report), result.scrubber, "report"))
    if options.report is not None:
        for file in reports.write(options.report / contract.vendor, report, result.scrubber):
            print(f"{contract.vendor}: wrote {file}")
    if not report.outcomes:
        print(f"error: nothing of {contract.vendor} was called", file=sys.stderr)
        return BAD_USE
    if not result.answered:
        print(f"error: {contract.vendor} answered no call", file=sys.stderr)
        return DRIFT if report.breaking else BAD_USE
    failing = report.findings if options.fail_on_additive else report.breaking
    return DRIFT if failing else FINE


def _arguments(file: Path | None) -> dict[str, dict[str, Json]]:
    if file is None:
        return {}
    try:
        content: Json = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadUseError(f"{file}: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise BadUseError(f"{file}: is no JSON ({error})") from None
    if not isinstance(content, dict) or not all(isinstance(entry, dict) for entry in content.values()):
        raise BadUseError(f'{file}: should be like {{"get_job": {{"id": 5}}}}')
    return cast("dict[str, dict[str, Json]]", content)


def contract_of(vendor: str, generated: Path, package: str | None) -> Contract:
    """The contract in the generated contract tests.

    Args:
        vendor: the vendor's name.
        generated: folder of the generated code, from which the clients are imported where they are not installed.
        package: import name of the clients, in place of the contract's own.

    Returns:
        The contract.

    Raises:
        BadUseError: there is no such vendor, or no clients.
    """
    tests = generated / "contract_tests"
    file = tests / f"test_{vendor}.py"
    if not file.is_file():
        known = sorted(path.stem.removeprefix("test_") for path in tests.glob("test_*.py"))
        if not known:
            raise BadUseError(f"{tests}: no contract tests; name the folder that holds them with --generated")
        raise BadUseError(f"no contract of {vendor!r} in {tests}; there are {', '.join(known)}")
    # The tables alone: the test beside them would ask the clients for all of its checks.
    tree = ast.parse(file.read_text(encoding="utf-8"))
    tree.body = [node for node in tree.body if not isinstance(node, ast.FunctionDef)]
    tables: dict[str, Any] = {"__name__": f"contract_of_{vendor}"}
    exec(compile(tree, str(file), "exec", dont_inherit=True), tables)  # noqa: S102 - as an import would
    contract: Contract = tables["CONTRACT"]
    if package is not None:
        contract = dataclasses.replace(contract, package=package)
    if importlib.util.find_spec(contract.package) is None:
        sys.path.insert(0, str(generated.resolve()))
    if importlib.util.find_spec(contract.package) is None:
        raise BadUseError(f"the clients {contract.package!r} cannot be imported: not installed, and not in {generated}")
    return contract
