"""The command line of ``python -m jobclients_contract``: ``live``, ``replay`` and ``coverage``."""

from __future__ import annotations

import argparse
import io
import logging
import sys
import tempfile
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, TypeAlias, TypedDict, cast

import httpx2

from jobclients_contract import coverage
from jobclients_contract.live import report as reports
from jobclients_contract.live.cassette import CassetteError, write
from jobclients_contract.live.contract import BadUseError, Contract, contract_of
from jobclients_contract.live.loading import INTERRUPTED, load
from jobclients_contract.live.plan import Plan, finite, having, plan, read_argument, split_argument
from jobclients_contract.live.running import Result, live, replay
from jobclients_contract.schema_model.values import Json

FINE: Final = 0
DRIFT: Final = 1
BAD_USE: Final = 2
INTERRUPT: Final = 130

Inner: TypeAlias = httpx2.BaseTransport | httpx2.AsyncBaseTransport | None
"""What is sent through in place of the network."""

_LIVE: Final = """\
Call a vendor's documented operations, and report each difference between its responses and its spec. Credentials come
from the environment, as for `from_env` of the client. Only operations that read are called, if they need no arguments
or --argument gives them; --allow adds others. No more requests are sent than the budget allows, retries included."""

_REPLAY: Final = "Report the differences that recordings show, without the network."

_COVERAGE: Final = "List what a spec documents and which contract tests check it, as Markdown."

_SECRETS: Final = """\
A recording has of each response the status, the media type, Retry-After, Sunset and Deprecation, the names of
documented header fields, and of a JSON body the documented keys, numbers, booleans, and strings of a documented form:
enum values, times, dates, and the IDs, states and codes (three words at most) that the operation's responses are told
apart by. Of a string with a pattern, only what a job's field reads and whether it matches are kept. Other strings are
masked. Of what is not documented, the JSON type is kept, and the key if it looks like the name of a property. Other
bodies are masked completely. Of a failed call, the exception's class, status, code, place and media type are kept, and
of the path of an unknown operation the documented segments. Calls are recorded with their arguments. Neither
recordings nor reports have the client's credentials (of 4 characters or more), values whose key the spec marks as
secret, values of undocumented keys that look like secrets, JSON Web Tokens, or passwords in URLs. Of a response that
is too large, or has too many secrets, only the size is kept.

The report is written as Markdown, JSON and SARIF: one row per fact, with the number of values that show it, and a
suggested patch of the spec as an OpenAPI Overlay. Exit codes: 0 no breaking drift, 1 breaking drift (with
--fail-on-additive any drift), 2 wrong usage or no response from the vendor, 130 interrupted; what was received until
then is reported."""


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
        prog="python -m jobclients_contract",
        description="Compare vendors, or recordings of them, with their specs, and list what contract tests check.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    package = argparse.ArgumentParser(add_help=False)
    package.add_argument(
        "--package", metavar="NAME", help="import name of the clients (default: the one in the contract tests)"
    )
    package.add_argument(
        "--generated",
        type=Path,
        metavar="DIR",
        default=Path("generated"),
        help="folder of the generated code (default: generated)",
    )
    common = argparse.ArgumentParser(add_help=False, parents=[package])
    common.add_argument("--report", type=Path, metavar="DIR", help="write the report there, in one folder per vendor")
    common.add_argument(
        "--fail-on-additive", action="store_true", help="exit with 1 also for drift that breaks nothing"
    )
    common.add_argument("--async", dest="asynchronous", action="store_true", help="use the async client")

    first = commands.add_parser(
        "live", parents=[common], **_help(_LIVE, "live alation --argument get_job.id=7 --record cassettes", _SECRETS)
    )
    first.add_argument("vendors", nargs="+", metavar="VENDOR", help="vendors to call")
    first.add_argument(
        "--allow", action="append", default=[], metavar="OPERATION", help="call this one although it is not read-only"
    )
    first.add_argument(
        "--argument",
        action="append",
        default=[],
        metavar="OPERATION.NAME=VALUE",
        help="argument of an operation; may be given several times",
    )
    first.add_argument(
        "--arguments", type=Path, metavar="FILE", help='JSON file with arguments, such as {"get_job": {"id": 7}}'
    )
    first.add_argument(
        "--budget",
        type=int,
        metavar="NUMBER",
        default=50,
        help="most requests to send to each vendor, retries included (default: 50)",
    )
    first.add_argument(
        "--record", type=Path, metavar="DIR", help="record requests and responses there, without secrets"
    )

    second = commands.add_parser(
        "replay", parents=[common], **_help(_REPLAY, "replay cassettes/alation-001.json", _SECRETS)
    )
    second.add_argument("cassettes", nargs="+", type=Path, metavar="CASSETTE", help="files that `live --record` wrote")

    third = commands.add_parser("coverage", parents=[package], **_help(_COVERAGE, "coverage alation"))
    third.add_argument("vendors", nargs="*", metavar="VENDOR", help="vendors to list (default: every vendor)")
    return parser


class _Help(TypedDict):
    """What `argparse` is told about a command."""

    help: str
    description: str
    epilog: str
    formatter_class: type[argparse.HelpFormatter]


def _help(description: str, example: str, notes: str = "") -> _Help:
    """The help of a command, with an example; the list of commands shows its whole first sentence."""
    return {
        "help": " ".join(description.split()).partition(". ")[0].rstrip("."),
        "description": _filled(description),
        "epilog": f"{_filled(notes)}\n\nexample:\n  python -m jobclients_contract {example}".lstrip(),
        "formatter_class": argparse.RawDescriptionHelpFormatter,  # the default one joins paragraphs
    }


def _filled(text: str) -> str:
    paragraphs = text.split("\n\n")
    return "\n\n".join(textwrap.fill(paragraph, 79, break_on_hyphens=False) for paragraph in paragraphs)


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
        yield _reported(result, options, folder)


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
        yield _reported(result, options, options.report and options.report / place)


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


def _reported(result: Result, options: argparse.Namespace, folder: Path | None) -> int:
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
        raise BadUseError(f"{file}: is not JSON ({error})") from None
    if not isinstance(content, dict) or not all(isinstance(entry, dict) for entry in content.values()):
        raise BadUseError(f'{file}: should be like {{"get_job": {{"id": 5}}}}')
    return cast("dict[str, dict[str, Json]]", content)
