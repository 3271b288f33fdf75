"""The command-line interface: commands and their options."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from jobclients_core import __version__
from jobclients_core.jobs.as_data import status_data
from jobclients_core.jobs.errors import HandleError, RecordError, SubmitUncertain
from jobclients_core.jobs.job import Job
from jobclients_core.vendors import load, vendor_names

from . import actions, checking, saved
from .arguments import argument_names, identity_names
from .config import CommandError, Setup
from .follow import wait_for
from .handles import NOT_SAVED, Kept, check_place, saved_in
from .interrupt import signals
from .outcome import BROKEN_PIPE, code_of_status
from .reporting import Report, reporting
from .show import Out, job_name

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Submit, watch, wait for and cancel jobs of every installed vendor.",
    epilog="Exit codes: 0 succeeded, 1 failed or refused by the vendor, 2 wrong usage, 3 not ended (in time), "
    "4 succeeded with warnings, 5 unknown (network, credentials), 6 no vendor was called (auth check), "
    "7 not submitted, 8 maybe submitted; `resume FILE` finds out. "
    "Ctrl-C and SIGTERM do not stop jobs; they print the command that continues.",
)
auth = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Check credentials.")
app.add_typer(auth, name="auth")

_UNITS = {"": 1, "s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400}


def _seconds(text: str) -> float:
    match = re.fullmatch(r"(\d{1,9}(?:\.\d{1,6})?)\s*(s|m|min|h|d|)", text.strip())
    if match is None:
        raise typer.BadParameter("should look like 90, 90s, 10m or 2h")
    return float(match[1]) * _UNITS[match[2]]


def _complete_target(incomplete: str) -> list[str]:
    found: list[str] = []
    for name in vendor_names():
        if name.startswith(incomplete.partition(".")[0]):
            kinds = load(name).kinds
            found += [f"{name}.{kind}" for kind in kinds] if "." in incomplete or len(kinds) > 1 else [name]
    return [word for word in found if word.startswith(incomplete)]


def _complete_vendor(incomplete: str) -> list[str]:
    return [name for name in vendor_names() if name.startswith(incomplete)]


def _complete_operation(ctx: typer.Context, incomplete: str) -> list[str]:
    known = load(str(ctx.params.get("vendor", "")))
    return [name for name in known.operations if name.startswith(incomplete)]


def _complete_pair(ctx: typer.Context, incomplete: str) -> list[str]:
    vendor, _, kind = str(ctx.params.get("target") or ctx.params.get("vendor") or "").partition(".")
    known = load(vendor)
    operation = known.operations.get(str(ctx.params.get("operation", "")))
    if operation is not None:
        names = argument_names(operation)
    else:
        chosen = known.kinds[kind] if kind else next(iter(known.kinds.values()))
        submitting = ctx.info_name == "submit" and chosen.submit is not None
        names = argument_names(chosen.submit.operation) if submitting and chosen.submit else identity_names(chosen)
    return [f"{name}=" for name in names if name.startswith(incomplete)]


def _silent(complete: Any) -> Any:
    """A completion that offers nothing where there is nothing to offer, rather than failing in somebody's shell."""
    import functools

    @functools.wraps(complete)
    def wrapped(*arguments: Any, **options: Any) -> list[str]:
        try:
            found: list[str] = complete(*arguments, **options)
        except (LookupError, StopIteration, AttributeError):
            return []
        return found

    return wrapped


TargetWord = Annotated[
    str,
    typer.Argument(
        metavar="VENDOR[.KIND]",
        help="The vendor, and the job type if it has several.",
        autocompletion=_silent(_complete_target),
    ),
]
VendorWord = Annotated[
    str, typer.Argument(metavar="VENDOR", help="The vendor.", autocompletion=_silent(_complete_vendor))
]
PairWords = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[KEY=VALUE]...",
        help="Arguments, and settings of the client. KEY=@FILE reads the value from a file, KEY:=JSON parses it.",
        autocompletion=_silent(_complete_pair),
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Config = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        help="Configuration with credentials: TOML with a section [VENDOR] for each, which others must not be able to "
        "read. Default: the file that JOBCLIENTS_CONFIG names, or ~/.config/jobclients/config.toml.",
    ),
]
Profile = Annotated[str | None, typer.Option("--profile", metavar="NAME", help="Section of the configuration.")]
Timeout = Annotated[
    float | None,
    typer.Option("--timeout", metavar="TIME", parser=_seconds, help="How long to wait: 90, 90s, 10m, 2h."),
]
CallTimeout = Annotated[
    float | None,
    typer.Option("--timeout", metavar="TIME", parser=_seconds, help="How long to wait for the response: 5, 5s, 1m."),
]
Older = Annotated[
    float | None,
    typer.Option(
        "--older-than",
        metavar="TIME",
        parser=_seconds,
        help="Remove those that were saved longer ago than this: 12h, 30d.",
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Print what would be removed, and remove nothing.")]
Folder = Annotated[
    Path | None,
    typer.Argument(metavar="[DIR]", help="The folder. Default: the one in which jobs are saved without --save."),
]
StartWithin = Annotated[
    float | None,
    typer.Option(
        "--start-within", metavar="TIME", parser=_seconds, help="Stop waiting if the job has not started by then: 10m."
    ),
]
CancelLate = Annotated[bool, typer.Option("--cancel-on-timeout", help="Cancel the job when the timeout has passed.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Do not print progress.")]
Save = Annotated[
    Path | None, typer.Option("--save", metavar="FILE", help="Save the job there, for `jobclients resume FILE`.")
]
Record = Annotated[
    Path | None,
    typer.Option(
        "--record",
        "--save",
        metavar="FILE",
        help="Write a record there before the request is sent; with it, the same command continues with the same job.",
    ),
]
Rebind = Annotated[bool, typer.Option("--rebind", help="Accept a saved job of another base URL or account.")]
Package = Annotated[
    str | None,
    typer.Option("--package", metavar="NAME", help="The package whose client reads the saved job, if several can."),
]
OptionWords = Annotated[
    list[str] | None, typer.Argument(metavar="[KEY=VALUE]...", help="Settings of the client, such as base_url=…")
]
HandleFile = Annotated[str, typer.Argument(metavar="FILE", help="A saved job; - for standard input.")]


@app.command(epilog="Example: jobclients vendors huawei_cdm")
def vendors(
    vendor: Annotated[str | None, typer.Argument(metavar="[VENDOR]", autocompletion=_silent(_complete_vendor))] = None,
    json: Json = False,
) -> None:
    """List the vendors, or what one of them has."""
    with reporting(Out(json)) as report:
        _end(actions.show_vendor(report, vendor) if vendor else actions.list_vendors(report))


@app.command(epilog="Example: jobclients status alation id=1")
def status(
    target: TargetWord,
    pairs: PairWords = None,
    timeout: CallTimeout = None,
    package: Package = None,
    json: Json = False,
    config: Config = None,
    profile: Profile = None,
) -> None:
    """Show the status of a job.

    The exit code is 3 if it has not ended.

    The file of a saved job may be given instead of VENDOR[.KIND] and pairs.
    """
    with reporting(Out(json)) as report, signals():
        _end(actions.show_status(report, _named(report, Setup(config, profile, timeout), target, pairs, package)))


@app.command(epilog="Example: jobclients submit huawei_cdm job_name=orders --record run.json")
def submit(
    target: TargetWord,
    pairs: PairWords = None,
    wait: Annotated[bool, typer.Option("--wait", help="Wait until the job has ended.")] = False,
    save: Record = None,
    timeout: Timeout = None,
    start_within: StartWithin = None,
    cancel_on_timeout: CancelLate = False,
    quiet: Quiet = False,
    json: Json = False,
    config: Config = None,
    profile: Profile = None,
) -> None:
    """Submit a job. With --record, the same command continues with the same job after a crash."""
    setup = Setup(config, profile)
    with reporting(Out(json)) as report, signals() as handler:
        report.unsure = "nothing was submitted"
        _no_file(target)
        if not wait and (timeout is not None or start_within is not None or cancel_on_timeout):
            raise CommandError("--timeout, --start-within and --cancel-on-timeout speak of waiting: add --wait")
        opened, chosen, raw_arguments = actions.prepare_submit(report, setup, target, pairs or [])
        if save is not None:
            check_place(save)
        own_words = [*setup.options, *opened.known.options, *raw_arguments.raw_arguments]
        report.look_with(save, own_words)

        sent = False

        def begin() -> None:
            nonlocal sent
            sent = True
            handler.defer("a moment: the submission is under way (again to end at once)")
            report.unsure = "the submission may have arrived; " + (
                "look at the vendor's before submitting again" if report.looks is None else f"look with: {report.looks}"
            )

        report.acting = True
        with handler.deferring():
            try:
                job = actions.submit(opened, chosen, raw_arguments.arguments, begin, save)
            except SubmitUncertain as error:
                # The record holds the submission, which is more than the handle tells.
                if isinstance(error.job, Job) and save is None:
                    report.kept.append(Kept(error.job, own_words))
                raise
            except HandleError as error:
                hint = "a record is a file of this command's own making: name another one"
                raise CommandError(f"{save}: {error.message}", hint=hint) from None
            except RecordError as error:
                # The job is there, and its record is not: it goes on in a file of the command's own.
                if not isinstance(error.job, Job):
                    raise
                report.out.say(f"warning: {error.message}")
                job, save = error.job, None
            kept = Kept(job, own_words, save)
            report.kept.append(kept)
        report.acting = False
        if wait:
            _wait(report, kept, timeout, start_within, cancel=cancel_on_timeout, quiet=quiet)
        _submitted(report, kept, sent=sent)


def _submitted(report: Report, kept: Kept, *, sent: bool) -> None:
    out = report.out
    command = kept.resume_command()
    final = kept.job._final  # pyright: ignore[reportPrivateUsage] - one package
    if out.json:
        out.data(status_data(kept.job, final) | {"resume": command})
    elif final is not None:
        out.status(kept.job, final)
    else:
        out.print(f"{job_name(kept.job)}: " + ("submitted" if sent else f"submitted before, as {kept.path} says"))
        out.say(NOT_SAVED if command is None else f"wait for it with:\n  {command}")
    _end(0 if final is None else code_of_status(final))


@app.command(epilog="Example: jobclients wait alation id=1 --timeout 10m")
def wait(
    target: TargetWord,
    pairs: PairWords = None,
    timeout: Timeout = None,
    start_within: StartWithin = None,
    cancel_on_timeout: CancelLate = False,
    save: Save = None,
    quiet: Quiet = False,
    json: Json = False,
    config: Config = None,
    profile: Profile = None,
) -> None:
    """Wait until a job has ended."""
    with reporting(Out(json)) as report, signals():
        _no_file(target)
        kept = actions.job_of_arguments(report, Setup(config, profile), target, pairs or [])
        kept.path = save
        if save is not None:
            kept.keep()
        _wait(report, kept, timeout, start_within, cancel=cancel_on_timeout, quiet=quiet)


@app.command(epilog="Example: jobclients resume run.json")
def resume(
    file: HandleFile,
    pairs: OptionWords = None,
    timeout: Timeout = None,
    start_within: StartWithin = None,
    cancel_on_timeout: CancelLate = False,
    rebind: Rebind = False,
    package: Package = None,
    quiet: Quiet = False,
    json: Json = False,
    config: Config = None,
    profile: Profile = None,
) -> None:
    """Continue to wait for a saved job."""
    with reporting(Out(json)) as report, signals():
        kept = actions.job_of_file(report, Setup(config, profile), file, pairs or [], rebind=rebind, package=package)
        _wait(report, kept, timeout, start_within, cancel=cancel_on_timeout, quiet=quiet)


def _wait(
    report: Report, kept: Kept, timeout: float | None, start_within: float | None, *, cancel: bool, quiet: bool
) -> None:
    _end(wait_for(kept, report, timeout=timeout, start_within=start_within, cancel=cancel, quiet=quiet))


@app.command(epilog="Example: jobclients watch alation id=1 huawei_cdm job_name=orders run.json")
def watch(
    jobs: Annotated[
        list[str],
        typer.Argument(
            metavar="(VENDOR[.KIND] KEY=VALUE... | FILE | DIR)...",
            help="Jobs, one after the other: a job type with its pairs, a saved job, or a folder of saved jobs.",
            autocompletion=_silent(_complete_target),
        ),
    ],
    timeout: Timeout = None,
    package: Package = None,
    json: Json = False,
    config: Config = None,
    profile: Profile = None,
) -> None:
    """Watch several jobs until all have ended.

    The exit code is the most serious of theirs.
    """
    from .watching import watch as look_on

    setup = Setup(config, profile)
    with reporting(Out(json)) as report, signals():
        kept: list[Kept] = []
        for raw_arguments in _groups(jobs):
            if _is_file(raw_arguments[0]):
                files = map(str, _in_folder(raw_arguments[0])) if Path(raw_arguments[0]).is_dir() else raw_arguments[:1]
                kept += [actions.job_of_file(report, setup, file, raw_arguments[1:], package=package) for file in files]
            else:
                kept.append(actions.job_of_arguments(report, setup, raw_arguments[0], raw_arguments[1:]))
        _end(look_on(report, kept, timeout=timeout))


_PAIR = re.compile(r"[A-Za-z_][\w.-]*=")
"""What a pair begins with, whatever its value is; a file that is called so is written as ./FILE."""


def _is_file(word: str) -> bool:
    named = word in ("-", ".", "..") or word.endswith(".json") or "/" in word or "\\" in word
    return named and _PAIR.match(word) is None


def _no_file(word: str) -> None:
    """Say what takes a saved job, where a kind of job is wanted."""
    if _is_file(word):
        raise CommandError(f"{word} is a file, and no VENDOR[.KIND]", hint=f"saved jobs: jobclients resume {word}")


def _in_folder(word: str) -> list[Path]:
    """The saved handles of a folder that is named as a job."""
    found = saved_in(Path(word))
    if not found:
        raise CommandError(f"{word} holds no saved jobs")
    return found


def _groups(raw_arguments: list[str]) -> list[list[str]]:
    """Words in groups, each of a job: what has no equals sign begins the next one."""
    groups: list[list[str]] = []
    for word in raw_arguments:
        if _PAIR.match(word) is None:
            groups.append([word])
        elif not groups:
            raise CommandError(f"{word} is before any VENDOR[.KIND]")
        else:
            groups[-1].append(word)
    return groups


@app.command(epilog="Example: jobclients cancel huawei_cdm job_name=orders")
def cancel(
    target: TargetWord,
    pairs: PairWords = None,
    force: Annotated[
        bool, typer.Option("--force", help="Cancel also a run that somebody else may have submitted.")
    ] = False,
    package: Package = None,
    json: Json = False,
    config: Config = None,
    profile: Profile = None,
) -> None:
    """Cancel a job.

    The file of a saved job may be given instead of VENDOR[.KIND] and pairs.
    """
    with reporting(Out(json)) as report, signals():
        _end(actions.cancel(report, _named(report, Setup(config, profile), target, pairs, package), force=force))


def _named(report: Report, setup: Setup, target: str, pairs: list[str] | None, package: str | None) -> Kept:
    """A job by its kind and pairs, or by its file."""
    if _is_file(target):
        return actions.job_of_file(report, setup, target, pairs or [], package=package)
    return actions.job_of_arguments(report, setup, target, pairs or [])


@app.command("list", epilog="Example: jobclients list")
def list_(folder: Folder = None, json: Json = False) -> None:
    """List saved jobs. No vendor is called."""
    with reporting(Out(json)) as report, signals():
        _end(saved.list_saved(report, folder))


@app.command(epilog="Example: jobclients prune --older-than 30d --dry-run")
def prune(
    folder: Folder = None,
    older_than: Older = None,
    dry_run: DryRun = False,
    json: Json = False,
    config: Config = None,
    profile: Profile = None,
) -> None:
    """Remove saved jobs that have ended.

    Their vendors are called, except with --older-than, which counts the age only. Other files are kept.
    """
    with reporting(Out(json)) as report, signals():
        _end(saved.prune(report, Setup(config, profile), folder, older_than=older_than, dry_run=dry_run))


@app.command(epilog="Example: jobclients call alation get_job id=1")
def call(
    vendor: VendorWord,
    operation: Annotated[
        str,
        typer.Argument(
            metavar="OPERATION", autocompletion=_silent(_complete_operation), help="The name of the operation."
        ),
    ],
    pairs: PairWords = None,
    json: Json = False,
    config: Config = None,
    profile: Profile = None,
) -> None:
    """Call any documented operation, and print the response."""
    with reporting(Out(json)) as report, signals():
        _end(actions.call(report, Setup(config, profile), vendor, operation, pairs or []))


@auth.command(epilog="Example: jobclients auth check alation")
def check(
    vendor: VendorWord, pairs: PairWords = None, json: Json = False, config: Config = None, profile: Profile = None
) -> None:
    """Check credentials, without showing them.

    Prints which they are and when they expire, and calls the vendor if it has an operation that checks them. The exit
    code is 6 if it has none.

    They are read from the environment, or from ~/.config/jobclients/config.toml: as in [alation], token = "…".
    """
    with reporting(Out(json)) as report, signals():
        _end(checking.check_auth(report, Setup(config, profile), vendor, pairs or []))


@app.callback(invoke_without_command=True)
def _root(
    version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False,
) -> None:
    if version:
        print(f"jobclients {__version__}")
        raise typer.Exit


def _end(code: int) -> None:
    raise typer.Exit(code)


def run() -> None:
    """Run the command that the process was called with."""
    try:
        app(prog_name="jobclients")
    except SystemExit as end:
        if isinstance(end.__context__, BrokenPipeError):
            # Whoever read our output has seen enough; Python would complain once more while it flushes on its way out.
            for stream in (sys.stdout, sys.stderr):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
            sys.exit(BROKEN_PIPE)
        # What the parser refused: it has said so already, but not to a script.
        refusal = end.__context__
        said: Any = getattr(refusal, "format_message", None)
        if said is not None and "--json" in sys.argv[1:]:
            error = {"type": type(refusal).__name__, "message": said()}
            Out(json=True).data({"error": error, "exit_code": end.code})
        raise
