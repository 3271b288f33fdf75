"""The command line: ``live``, ``replay`` and ``coverage``."""

from __future__ import annotations

import argparse
import io
import logging
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, TypeAlias, cast

import httpx2

from jobclients_contract import coverage
from jobclients_contract.live import report as reports
from jobclients_contract.live.cassette import CassetteError, write
from jobclients_contract.live.contract import BadUseError, Contract, contract_of
from jobclients_contract.live.loading import INTERRUPTED, load
from jobclients_contract.live.plan import Plan, finite, having, plan, read_argument, split_argument
from jobclients_contract.live.running import Result, live, replay
from jobclients_contract.reading.values import Json

FINE: Final = 0
DRIFT: Final = 1
BAD_USE: Final = 2
INTERRUPT: Final = 130

Inner: TypeAlias = httpx2.BaseTransport | httpx2.AsyncBaseTransport | None
"""What is sent through in place of the network."""

_LIVE: Final = """\
Call a vendor's documented operations, and tell where its answers are not as documented. Credentials come from the
environment, as for `from_env` of its client. Operations that only read are called, where they need no arguments or are
given them; others with --allow. Nothing is sent beyond the budget, repetitions included."""

_REPLAY: Final = "Tell the same of recordings, without the network."

_SECRETS: Final = """\
A recording holds of each response the status; media type, Retry-After, Sunset and Deprecation; the names of documented
header fields; and of a body in JSON the documented keys, numbers, truth values, and texts of a documented form: words
of enumerations, ids, states and codes by which jobs and errors are told apart (three words at most), times, dates. Any
other text is masked; of what is not documented, key and JSON type are kept; any other body is masked whole. Calls are
recorded with their arguments. On top of that, recordings and reports hold none of the client's own credentials (of 4
characters and more), nothing under a key that the spec marks as secret, or that sounds like one and is not documented,
no JSON Web Tokens and no passwords in URLs; of a response that is too large, or has too many secrets, only the size.

The report is written as Markdown, JSON and SARIF: one row for each fact, with the number of values that show it, and a
suggested patch of the spec as an OpenAPI Overlay. Exit codes: 0 fine, 1 drift that breaks (with --fail-on-additive any
drift), 2 bad use, or a vendor that could not be asked, 130 interrupted, with what was answered until then."""


def main(argv: Sequence[str] | None = None, *, inner: Inner = None) -> int:
    """Run a command.

    Args:
        argv: its arguments; those of the process when None.
        inner: what ``live`` sends through, for tests; the network when None.

    Returns:
        0 fine, 1 drift that breaks (or any, where that was asked for) or something untested, 2 bad use,
        130 interrupted.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # whatever can be named can be told of
    options = _parser().parse_args(argv)
    # Its warnings show words as they came, and the report says the same without secrets.
    logging.getLogger("jobclients").addHandler(logging.NullHandler())
    try:
        return max(_COMMANDS[options.command](options, inner))
    except (BadUseError, CassetteError) as error:
        print(f"error: {error}", file=sys.stderr)
        return BAD_USE
    except KeyboardInterrupt:
        print("error: interrupted", file=sys.stderr)
        return INTERRUPT
    except BrokenPipeError:
        raise  # whoever read the output has had enough
    except OSError as error:
        place = f"{error.filename}: " if error.filename is not None else ""
        print(f"error: {place}{error.strerror}", file=sys.stderr)
        return BAD_USE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m jobclients_contract", description="Hold a vendor's contract against the vendor itself."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--package", help="import name of the clients, where it is not that of the contract tests")
    common.add_argument("--generated", type=Path, default=Path("generated"), help="folder of the generated code")
    common.add_argument("--report", type=Path, help="folder for the report, with a folder for each vendor")
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
    third = commands.add_parser("coverage", help="what is documented, and which lines show it, as Markdown")
    third.add_argument("vendors", nargs="*", metavar="VENDOR", help="all of them when none is named")
    third.add_argument("--package", help="import name of the clients, where it is not that of the contract tests")
    third.add_argument("--generated", type=Path, default=Path("generated"), help="folder of the generated code")
    return parser


def _coverage(options: argparse.Namespace, _: Inner) -> Iterator[int]:
    for vendor in options.vendors or _vendors(options.generated):
        contract = contract_of(vendor, options.generated, options.package)
        rows = coverage.matrix(contract.suite)
        print(coverage.report(contract.vendor, contract.spec, rows))
        yield FINE if all(row.settled for row in rows) else DRIFT


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


def _live(options: argparse.Namespace, inner: Inner) -> Iterator[int]:
    if options.budget < 1:
        raise BadUseError("--budget should be at least 1")
    _writable(options.record, options.report)
    for contract, chosen in _plans(options):
        folder = options.report and options.report / contract.vendor
        _writable(folder)
        result = live(
            contract,
            chosen,
            root=options.generated.resolve().parent,
            budget=options.budget,
            mode="async" if options.asynchronous else "sync",
            inner=inner,
        )
        if options.record is not None:
            file = write(options.record, contract.vendor, result.cassette.dump(result.scrubber))
            print(f"{contract.vendor}: recorded in {file}")
        if result.cassette.stopped == INTERRUPTED:
            _written(result, folder)
            raise KeyboardInterrupt
        yield _told(result, options, folder)


def _plans(options: argparse.Namespace) -> list[tuple[Contract, Plan]]:
    """What is called of each vendor; whatever is wrong is found before the first is asked."""
    for vendor in options.vendors:
        if options.vendors.count(vendor) > 1:
            raise BadUseError(f"{vendor} is named twice")
    contracts = [contract_of(vendor, options.generated, options.package) for vendor in options.vendors]
    known: dict[str, dict[str, dict[str, Json]]] = {contract.vendor: {} for contract in contracts}
    for method, arguments in _arguments(options.arguments).items():
        for contract in having(contracts, method):
            known[contract.vendor].setdefault(method, {}).update(arguments)
    for text in options.argument:
        method, name, value = split_argument(text)
        for contract in having(contracts, method):
            known[contract.vendor].setdefault(method, {})[name] = read_argument(contract, method, name, value)
    allowed: dict[str, list[str]] = {contract.vendor: [] for contract in contracts}
    for method in options.allow:
        for contract in having(contracts, method):
            allowed[contract.vendor].append(method)
    return [(one, plan(one, known[one.vendor], allowed[one.vendor])) for one in contracts]


def _replay(options: argparse.Namespace, _: Inner) -> Iterator[int]:
    cassettes = [load(file) for file in options.cassettes]
    vendors = [cassette.vendor for cassette in cassettes]
    contracts = [contract_of(vendor, options.generated, options.package) for vendor in vendors]
    # Each has a report of its own: those of one vendor beside each other.
    places = [
        Path(vendor) / (file.stem if vendors.count(vendor) > 1 else "")
        for vendor, file in zip(vendors, options.cassettes, strict=True)
    ]
    if options.report is not None and (len(set(places)) < len(places) or any(".." in place.parts for place in places)):
        raise BadUseError("several recordings of a vendor need names of their own for the reports")
    mode = "async" if options.asynchronous else "sync"
    for contract, cassette, place in zip(contracts, cassettes, places, strict=True):
        result = replay(contract, cassette, root=options.generated.resolve().parent, mode=mode)
        yield _told(result, options, options.report and options.report / place)


_COMMANDS: Final[Mapping[str, Callable[[argparse.Namespace, Inner], Iterator[int]]]] = {
    "live": _live,
    "replay": _replay,
    "coverage": _coverage,
}


def _written(result: Result, folder: Path | None) -> None:
    """Print what was found, and write the report."""
    report = result.report
    reports.check(report, result.scrubber)
    print(reports.markdown(report))
    if folder is not None:
        for file in reports.write(folder, report, result.scrubber):
            print(f"{report.vendor}: wrote {file}")


def _told(result: Result, options: argparse.Namespace, folder: Path | None) -> int:
    """Tell what was found, and say how to exit."""
    _written(result, folder)
    report = result.report
    if not report.outcomes:
        print(f"error: nothing of {report.vendor} was called", file=sys.stderr)
        return BAD_USE
    if not result.answered:
        print(f"error: {report.vendor} answered no call", file=sys.stderr)
        return DRIFT if report.breaking else BAD_USE
    failing = report.findings if options.fail_on_additive else report.breaking
    return DRIFT if failing else FINE


def _arguments(file: Path | None) -> dict[str, dict[str, Json]]:
    if file is None:
        return {}
    try:
        content = finite(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadUseError(f"{file}: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise BadUseError(f"{file}: is no JSON ({error})") from None
    if not isinstance(content, dict) or not all(isinstance(entry, dict) for entry in content.values()):
        raise BadUseError(f'{file}: should be like {{"get_job": {{"id": 5}}}}')
    return cast("dict[str, dict[str, Json]]", content)
