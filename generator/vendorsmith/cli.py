"""The command `vendorsmith`. Exit codes: 0 success, 1 differences found, 2 wrong usage or invalid input."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer
from typer.core import TyperCommand

from vendorsmith import __version__
from vendorsmith.diagnostics import Diagnostics, SpecError, folded, plural, printable, render
from vendorsmith.discovery import UsageError, discover, vendors_of
from vendorsmith.names import package_error
from vendorsmith.release import PACKAGE, find_release
from vendorsmith.spec.selection import ALL, Selection
from vendorsmith.spec.source import snippet_text

if TYPE_CHECKING:
    from vendorsmith.incremental_build import Outcome, Plan
    from vendorsmith.spec.published import LeftOut

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Turn one reviewed OpenAPI spec per vendor into a typed Python client, contract tests and a mock.",
    epilog="Exit codes: 0 success, 1 differences found, 2 wrong usage or invalid input.",
)


class _Command(TyperCommand):
    """A command that `vendorsmith --help` lists with its whole description and its example."""

    def get_short_help_str(self, limit: int = 45) -> str:
        """The first paragraph of the help and the example, however long they are."""
        del limit
        return f"{(self.help or '').partition(chr(10) * 2)[0]}\n\n{self.epilog}"


_INTERRUPTED = 130
"""The exit code after Ctrl-C."""

_LISTED = 5
"""How many operations that are left out are written to the terminal."""

_PORT = 8700
"""The port of the first mock vendor."""

Vendors = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[VENDOR|DOCUMENT]...",
        help="Vendors in the specs folder, or paths of single documents. Default: every vendor.",
    ),
]
Specs = Annotated[Path, typer.Option(metavar="DIR", help="The folder that has one folder per vendor.")]
OutputFolder = Annotated[Path, typer.Option("--output", metavar="DIR", help="The folder to write to.")]
Package = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="The import name of the generated package. Default: package in [tool.vendorsmith], or jobclients.",
    ),
]
Overlays = Annotated[
    list[Path] | None,
    typer.Option(
        "--overlay",
        metavar="FILE",
        help="An OpenAPI Overlay that changes a single document; may be given several times, and is applied in that "
        "order. Those of a vendor are overlay.yaml and PURPOSE.overlay.yaml in its folder.",
    ),
]
Tags = Annotated[
    list[str] | None,
    typer.Option("--tag", metavar="NAME", help="Generate only the operations of a single document with this tag."),
]
Paths = Annotated[
    list[str] | None,
    typer.Option("--path", metavar="PATTERN", help="Generate those with a path that fits, as '/jobs/*'."),
]
Operations = Annotated[
    list[str] | None,
    typer.Option(
        "--operation",
        metavar="ID",
        help="Generate the one with this operationId. Such options may be given several times, and add up. Only "
        "schemas that are needed are generated. For a vendor, x-selection in its document or overlay says the same.",
    ),
]
VerifyModels = Annotated[
    bool,
    typer.Option(
        "--verify-models",
        help="Compare the models of single documents with those of datamodel-code-generator, as is always done for "
        "vendors.",
    ),
]
Verbose = Annotated[
    bool, typer.Option("-v", "--verbose", help="Show each warning about a published document, with its place.")
]


@app.command("generate", cls=_Command, epilog="Example: vendorsmith generate alation")
def generate_command(
    vendors: Vendors = None,
    specs: Specs = Path("specs"),
    output: OutputFolder = Path("generated"),
    package: Package = None,
    overlay: Overlays = None,
    tag: Tags = None,
    path: Paths = None,
    operation: Operations = None,
    verify_models: VerifyModels = False,
    verbose: Verbose = False,
) -> None:
    """Write the clients, contract tests and reference pages. Vendors that are up to date are skipped."""
    from vendorsmith.incremental_build import remember

    plan = _plan(
        vendors, specs, output, package, overlay, _selection(tag, path, operation), verify_models=verify_models
    )
    outcome = _run(plan, skip_fresh=True, verbose=verbose)
    changes = plan.output.write(outcome.files, plan.vendors)
    remember(plan, outcome)
    for change in changes:
        if change.edited:
            _print(f"{output.as_posix()}/{change.path} was edited by hand; replaced")
    fresh = len(outcome.fresh)
    removed = sum(change.kind == "unexpected" for change in changes)
    generated = f"{plural(len(plan.targets) - fresh, 'vendor')} generated, {fresh} up to date"
    written = f"{plural(len(changes) - removed, 'file')} written to {output.as_posix()}/"
    _print(f"{generated}{_providers(vendors, plan)}; {written}{f', {removed} removed' if removed else ''}")


@app.command("check", cls=_Command, epilog="Example: vendorsmith check --specs specs --output generated")
def check_command(
    vendors: Vendors = None,
    specs: Specs = Path("specs"),
    output: OutputFolder = Path("generated"),
    package: Package = None,
    overlay: Overlays = None,
    tag: Tags = None,
    path: Paths = None,
    operation: Operations = None,
    verify_models: VerifyModels = False,
    verbose: Verbose = False,
) -> None:
    """Exit with 1 if a generated file is stale, edited by hand, missing or left over. Nothing is written."""
    plan = _plan(
        vendors, specs, output, package, overlay, _selection(tag, path, operation), verify_models=verify_models
    )
    differences = plan.output.differences(_run(plan, skip_fresh=False, verbose=verbose).files, plan.vendors)
    for difference in differences:
        _print(f"{output.as_posix()}/{difference.path}: {difference.reason}")
    if differences:
        verb = "differs" if len(differences) == 1 else "differ"
        print(f"{plural(len(differences), 'file')} {verb}; run `vendorsmith generate`", file=sys.stderr)
        raise typer.Exit(1)
    print(f"{plural(len(plan.targets), 'vendor')}{_providers(vendors, plan)}: {output.as_posix()}/ is up to date")


@app.command("diff", cls=_Command, epilog="Example: vendorsmith diff alation")
def diff_command(
    vendors: Vendors = None,
    specs: Specs = Path("specs"),
    output: OutputFolder = Path("generated"),
    package: Package = None,
    overlay: Overlays = None,
    tag: Tags = None,
    path: Paths = None,
    operation: Operations = None,
    verbose: Verbose = False,
) -> None:
    """Print what `generate` would change, as a unified diff, and exit with 1 if there is a difference."""
    plan = _plan(vendors, specs, output, package, overlay, _selection(tag, path, operation))
    lines = list(plan.output.diff(_run(plan, skip_fresh=False, verbose=verbose).files, plan.vendors))
    for line in lines:
        _print(line)
    if lines:
        raise typer.Exit(1)


@app.command("ir", cls=_Command, epilog="Example: vendorsmith ir alation > alation.json")
def ir_command(
    vendors: Vendors = None,
    specs: Specs = Path("specs"),
    overlay: Overlays = None,
    tag: Tags = None,
    path: Paths = None,
    operation: Operations = None,
) -> None:
    """Print the intermediate representation as JSON: the facts that the generator reads from each spec.

    It has no line numbers, so that comments and moved lines do not change it.
    """
    from vendorsmith.ir import Api
    from vendorsmith.ir_json import to_json
    from vendorsmith.pipeline import read

    selection = _selection(tag, path, operation)
    facts: list[Api] = []
    diagnostics = Diagnostics()
    for target in discover(vendors or [], specs, overlay or [], selection):
        try:
            api, warnings = read(target)
        except SpecError as error:
            diagnostics.extend(error.diagnostics)
            continue
        diagnostics.extend(warnings)
        facts.append(api)
    if diagnostics.errors:
        raise SpecError(diagnostics)
    _show(diagnostics)
    print(to_json(facts))


@app.command("mock", cls=_Command, epilog="Example: vendorsmith mock alation --lifecycle running:30,failed")
def mock_command(
    vendors: Annotated[
        list[str] | None, typer.Argument(metavar="[VENDOR]...", help="Vendors in the package. Default: every vendor.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            metavar="DIR",
            help="The folder that has the generated package. Default: generated, or else the installed package.",
        ),
    ] = None,
    package: Annotated[str, typer.Option(metavar="NAME", help="The import name of the generated package.")] = PACKAGE,
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int | None,
        typer.Option(
            "--port",
            metavar="NUMBER",
            min=0,
            max=65535,
            help="Port of the first vendor; the others get the following ones. 0: any that is free. "
            "Default: 8700, or 0 with --run.",
        ),
    ] = None,
    lifecycle: Annotated[
        str,
        typer.Option(
            metavar="STEPS",
            help="The states of every job, in order: running,succeeded (the next one at each request) or "
            "running:30,failed (after 30 seconds).",
        ),
    ] = "",
    fault: Annotated[
        list[str] | None,
        typer.Option(
            "--fault",
            metavar="FAULT",
            help="What goes wrong; may be given several times: reset@3 (the third request), 503@2*4, 429+30, "
            "done-502, drip, 404:get_job.",
        ),
    ] = None,
    zone: Annotated[str, typer.Option(metavar="NAME", help="The time zone of times that have none.")] = "UTC",
    strict: Annotated[
        bool, typer.Option("--strict", help="Accept only jobs that were submitted or added before.")
    ] = False,
    command: Annotated[
        str,
        typer.Option(
            "--run",
            metavar="COMMAND",
            help="Run a shell command with the variables set that clients need, then stop, with its exit code.",
        ),
    ] = "",
) -> None:
    """Serve vendors over HTTP on this machine, as their specs describe them, until Ctrl-C."""
    from importlib.util import find_spec

    missing = [name for name in ("starlette", "uvicorn") if find_spec(name) is None]
    if missing:
        raise UsageError(f"{' and '.join(missing)} missing; install the extra mock: pip install 'vendorsmith[mock]'")
    from vendorsmith.mock.command import Settings, run

    wrong = package_error(package)
    if wrong:
        raise UsageError(f"--package {package}: {wrong}")
    if port is None:
        port = 0 if command else _PORT
    code = run(Settings(vendors or [], output, package, host, port, lifecycle, fault or [], zone, strict, command))
    if code:
        raise typer.Exit(code)


@app.callback(invoke_without_command=True)
def _root(
    version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False,
) -> None:
    if version:
        print(f"vendorsmith {__version__}")
        raise typer.Exit


def main() -> None:
    """Run the command; every way to fail ends in a message and an exit code."""
    stdout: object = sys.stdout
    if isinstance(stdout, io.TextIOWrapper):
        stdout.reconfigure(errors="backslashreplace")  # a terminal that cannot show a character is not a failure
    try:
        try:
            app()
        finally:
            sys.stdout.flush()
    except SpecError as error:
        _show(error.diagnostics)
        sys.exit(2)
    except UsageError as error:
        _print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
    except SystemExit as ended:
        if ended.code == _INTERRUPTED:
            _print("interrupted; run the same again", file=sys.stderr)
        raise
    except BrokenPipeError:
        _discard_output()
        sys.exit(1)
    except OSError as error:
        _discard_output()
        where = f"{error.filename}: " if error.filename is not None else ""
        _print(f"error: {where}{error.strerror or error}", file=sys.stderr)
        sys.exit(2)


def _discard_output() -> None:
    """Let what is still to be written go nowhere: where it cannot be written, Python would say so once more at its end.

    The descriptor is replaced, and not the stream, since that is what is flushed last.
    """
    with suppress(OSError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def _print(line: str, file: TextIO | None = None) -> None:
    """Print a line of which parts come from files or the user, as text that neither a terminal nor CI acts on."""
    text = printable(line.replace("\t", "    "))
    if text.lstrip().startswith("::"):  # a command where CI reads along, blanks before it or not
        text = text.replace(":", "\\x3a", 1)
    print(text, file=file)


def _selection(tags: list[str] | None, paths: list[str] | None, operations: list[str] | None) -> Selection:
    return Selection(tuple(tags or ()), tuple(paths or ()), tuple(operations or ()))


def _plan(
    vendors: list[str] | None,
    specs: Path,
    output: Path,
    package: str | None,
    overlay: list[Path] | None = None,
    selection: Selection = ALL,
    *,
    verify_models: bool = False,
) -> Plan:
    from vendorsmith.incremental_build import (
        Plan,  # not at the top: it imports the templates, which other commands do without
    )
    from vendorsmith.output import Output

    wrong = "" if package is None else package_error(package)
    if wrong:
        raise UsageError(f"--package {package}: {wrong}")
    chosen = discover(vendors or [], specs, overlay or [], selection)
    if output.exists() and not output.is_dir():
        raise UsageError(f"--output {output.as_posix()}: this is a file, not a folder")
    release = find_release(chosen[0].spec.parent, package)
    complete = not vendors and len(chosen) == len(vendors_of(specs))
    return Plan(chosen, Output(output, release.package), release, complete, verify_models)


def _providers(vendors: list[str] | None, plan: Plan) -> str:
    """The vendors that nobody named and that a run includes, in brackets: others use their credentials."""
    included = [
        target.vendor for target in plan.targets if vendors and target.reviewed and target.vendor not in vendors
    ]
    return f" (with {', '.join(included)}, whose credentials are used)" if included else ""


def _run(plan: Plan, *, skip_fresh: bool, verbose: bool) -> Outcome:
    from vendorsmith.incremental_build import run

    with _progress(len(plan.targets)) as done:
        outcome = run(plan, skip_fresh=skip_fresh, done=done)
    if verbose or all(target.strict for target in plan.targets):
        _show(outcome.warnings)
    elif outcome.warnings:
        _print(f"{folded(outcome.warnings)} (-v shows each with its place)", file=sys.stderr)
    for vendor, left_out in outcome.left_out.items():
        _list_operations([one for one in left_out if one.operation], f"{plan.output.package}/{vendor}")
    return outcome


def _list_operations(left_out: list[LeftOut], folder: str) -> None:
    """Write which operations of a published document are not generated, and why: a few, and where the others are."""
    for one in left_out[:_LISTED]:
        _print(f"not generated: {one.what}: {one.reason.message}", file=sys.stderr)
    if left_out[_LISTED:]:
        more = plural(len(left_out) - _LISTED, "more operation")
        _print(f"not generated: {more}, listed in {folder}/NOT_GENERATED.md", file=sys.stderr)


@contextmanager
def _progress(total: int) -> Generator[Callable[[str], None]]:
    """A bar on a terminal, which goes away when the work is done; nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda vendor: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("generating", total=total)
        yield lambda vendor: progress.update(task, advance=1, description=vendor)


def _show(diagnostics: Diagnostics) -> None:
    """Write diagnostics to standard error, each with the line that it is about."""
    sources: dict[str, str] = {}
    for diagnostic in diagnostics:
        if diagnostic.place and diagnostic.place.file not in sources:
            sources[diagnostic.place.file] = snippet_text(Path(diagnostic.place.file))
    sys.stderr.write(render(diagnostics, sources))
