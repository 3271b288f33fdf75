"""Running the pipeline over many vendors: what is up to date is skipped, the rest is spread over processes."""

from __future__ import annotations

import gc
import hashlib
import json
import os
import signal
import threading
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vendorsmith import __version__
from vendorsmith.diagnostics import Diagnostics, SpecError
from vendorsmith.discovery import Target
from vendorsmith.emit.package import package_files, vendor_clients
from vendorsmith.manifest import MANIFEST, SHARED, Entry, digest, entry, manifest_text, read_manifest
from vendorsmith.output import CACHE, Output, replace
from vendorsmith.release import Release
from vendorsmith.spec.bundle import SUFFIXES, refers_to_files
from vendorsmith.spec.source import read_bytes

if TYPE_CHECKING:
    from vendorsmith.pipeline import Generated
    from vendorsmith.spec.published import LeftOut

_TOOLS = ("datamodel-code-generator", "jinja2", "ruff")
"""The distributions whose version decides what the output looks like, or whether its models are right."""
_KEYS = "keys.json"


@dataclass(frozen=True, slots=True)
class Plan:
    """One run: what to generate, and where to.

    Attributes:
        targets: the vendors.
        output: the folder.
        release: what is said of the package.
        complete: whether the targets are all vendors there are, so that files of others are left over.
        verify_models: whether the models of single documents, too, are held against datamodel-code-generator's.
    """

    targets: Sequence[Target]
    output: Output
    release: Release
    complete: bool
    verify_models: bool = False

    @property
    def vendors(self) -> frozenset[str] | None:
        """The vendors to look at in the output folder; None for all."""
        return None if self.complete else frozenset(target.vendor for target in self.targets)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run made.

    Attributes:
        files: all of them, by path below the output folder.
        warnings: of all vendors that were generated.
        fresh: the vendors that are up to date.
        keys: what each vendor was made from.
        left_out: by vendor, what of its document nothing is generated from.
    """

    files: dict[str, str]
    warnings: Diagnostics
    fresh: tuple[str, ...]
    keys: dict[str, str]
    left_out: dict[str, tuple[LeftOut, ...]]


def run(plan: Plan, *, skip_fresh: bool, done: Callable[[str], None] = lambda vendor: None) -> Outcome:
    """Generate every target of a plan.

    Args:
        plan: what and where to.
        skip_fresh: whether a vendor whose output is known to be right is left as it is.
        done: called with each vendor's name when it is generated.

    Raises:
        SpecError: with the diagnostics of all targets; nothing of this run may be written.
    """
    sources = _sources_key(plan)
    keys = {target.vendor: _key(target, sources) for target in plan.targets}
    before = read_manifest(plan.output.folder).entries
    fresh = _fresh(plan, keys, before) if skip_fresh else {}
    stale = [target for target in plan.targets if target.vendor not in fresh]
    diagnostics = Diagnostics()
    made = dict(fresh)
    left_out: dict[str, tuple[LeftOut, ...]] = {}
    broken = False
    for target, result in _generate_all(stale, plan):
        done(target.vendor)
        if isinstance(result, SpecError):
            broken = True
            diagnostics.extend(result.diagnostics)
            continue
        diagnostics.extend(result.warnings)
        made[target.vendor] = result.files
        left_out[target.vendor] = result.left_out
    if broken:
        raise SpecError(diagnostics)
    entries = _others(plan, before)
    entries |= {target.vendor: entry(made[target.vendor], digest_of(target.files)) for target in plan.targets}
    shared = _shared(plan, sorted(entries))
    entries[SHARED] = entry(shared)
    files = {path: text for group in (*made.values(), shared) for path, text in group.items()}
    return Outcome(files | {MANIFEST: manifest_text(__version__, entries)}, diagnostics, tuple(fresh), keys, left_out)


def remember(plan: Plan, outcome: Outcome) -> None:
    """Note in the output folder what it was made from, so that the next run can skip what did not change."""
    folder = plan.output.folder / CACHE
    notes = _notes(plan.output) | outcome.keys
    if any(path.is_symlink() for path in (folder, folder / ".gitignore", folder / _KEYS)):
        return  # only a shortcut is lost
    try:
        replace(folder / ".gitignore", "*\n")
        replace(folder / _KEYS, json.dumps(notes, indent=1, sort_keys=True))
    except OSError:
        return


def digest_of(files: Sequence[Path]) -> str:
    """SHA-256 of the files of a spec with LF line ends, so that a checkout with CRLF has the same.

    Empty where one of them cannot be read.
    """
    digests: list[bytes] = []
    for file in files:
        raw = read_bytes(file)
        if raw is None:
            return ""
        digests.append(hashlib.sha256(raw.replace(b"\r\n", b"\n")).digest())
    return (digests[0] if len(digests) == 1 else hashlib.sha256(b"".join(digests)).digest()).hex()


def _others(plan: Plan, before: Mapping[str, Entry]) -> dict[str, Entry]:
    """The vendors of the output folder that this run is not about, and that stay as they are."""
    if plan.complete:
        return {}
    folder = plan.output.folder
    return {
        vendor: listed
        for vendor, listed in before.items()
        if vendor != SHARED and any((folder / path).is_file() for path in listed.files)
    }


def _shared(plan: Plan, vendors: Sequence[str]) -> dict[str, str]:
    """The files that all vendors share."""
    package = plan.release.package
    return package_files(plan.release, [vendor_clients(package, vendor) for vendor in vendors])


def _generate_all(stale: Sequence[Target], plan: Plan) -> Iterator[tuple[Target, Generated | SpecError]]:
    """Each target with what came of it, in the order in which they end; several at once where that helps."""
    workers = min(len(stale), os.cpu_count() or 1)
    if workers <= 1:
        for target in stale:
            yield target, _caught(target, plan)
        return
    yield from _generate_at_once(stale, plan, workers)


def _generate_at_once(
    stale: Sequence[Target], plan: Plan, workers: int
) -> Iterator[tuple[Target, Generated | SpecError]]:
    import multiprocessing  # only a run over several targets needs these
    from concurrent.futures import Future, ProcessPoolExecutor, as_completed

    context = multiprocessing.get_context("spawn")
    with _of_workers():  # all are started by the first call
        pool = ProcessPoolExecutor(workers, mp_context=context)
        futures: dict[Future[Generated | SpecError], Target] = {
            pool.submit(_caught, target, plan): target for target in stale
        }
    with pool:
        try:
            for future in as_completed(futures):
                yield futures[future], future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for worker in multiprocessing.active_children():
                worker.terminate()
            raise


@contextmanager
def _of_workers() -> Generator[None]:
    """What the processes that are started inside inherit.

    The working directory is none of the places where they look for modules; they are told our own path. And Ctrl-C is
    left to the process that waits for them, which says what is to be said.
    """
    before = os.environ.get("PYTHONSAFEPATH")
    main = threading.current_thread() is threading.main_thread()
    handler = signal.signal(signal.SIGINT, signal.SIG_IGN) if main else None
    os.environ["PYTHONSAFEPATH"] = "1"
    try:
        yield
    finally:
        del os.environ["PYTHONSAFEPATH"]
        if before is not None:
            os.environ["PYTHONSAFEPATH"] = before
        if main:
            signal.signal(signal.SIGINT, handler)


def _caught(target: Target, plan: Plan) -> Generated | SpecError:
    try:
        with _uncollected():
            from vendorsmith.pipeline import generate  # its imports take longer than a run that finds nothing to do

            return generate(target, plan.output.package, verify_models=plan.verify_models)
    except SpecError as error:
        return error


@contextmanager
def _uncollected() -> Generator[None]:
    """No search for cycles of garbage inside: it takes a seventh of the time, and facts are not garbage."""
    collected = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collected:
            gc.enable()


def _fresh(plan: Plan, keys: Mapping[str, str], before: Mapping[str, Entry]) -> dict[str, dict[str, str]]:
    """The files of the vendors whose key is as noted and whose files are as the manifest says."""
    notes = _notes(plan.output)
    found: dict[str, dict[str, str]] = {}
    for target in plan.targets:
        vendor = target.vendor
        if vendor in before and keys[vendor] and notes.get(vendor) == keys[vendor]:
            files = _files_as_listed(plan.output.folder, before[vendor].files)
            if files:
                found[vendor] = files
    return found


def _files_as_listed(folder: Path, hashes: Mapping[str, str]) -> dict[str, str]:
    files: dict[str, str] = {}
    for path, expected in hashes.items():
        try:
            text = (folder / path).read_bytes().decode("utf-8")
        except (OSError, UnicodeDecodeError):
            return {}
        if digest(text) != expected:
            return {}
        files[path] = text
    return files


def _notes(output: Output) -> dict[str, str]:
    try:
        content: Any = json.loads((output.folder / CACHE / _KEYS).read_bytes())
        return {str(vendor): str(key) for vendor, key in content.items()}
    except (OSError, ValueError, AttributeError):
        return {}


def _key(target: Target, sources: str) -> str:
    """What decides the output of a vendor; empty, which matches no note, where its spec cannot be read.

    The specs of its providers count: a credential that they do not declare any more is a problem of this one. So does
    each file in the folder of a spec that refers to files. What a single document refers to may be anywhere beside it:
    it is read each time.
    """
    digests = [digest_of(target.files), *(digest_of([spec]) for spec in target.providers)]
    if not digests[0] or (not target.reviewed and _refers_to_files(target)):
        return ""
    if _refers_to_files(target):
        parts = (path for path in target.spec.parent.rglob("*") if path.suffix.lower() in SUFFIXES)
        digests += (digest_of([path]) for path in sorted(parts))
    chosen = asdict(target.selection)
    facts = [sources, target.vendor, target.reviewed, target.strict, digests, sorted(target.siblings), chosen]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def _refers_to_files(target: Target) -> bool:
    texts = (read_bytes(file) or b"" for file in target.files)
    return any(refers_to_files(text.decode(errors="replace")) for text in texts)


def _sources_key(plan: Plan) -> str:
    """A hash of everything but the spec that decides the output: our own sources and the versions of the tools."""
    parts = hashlib.sha256(f"{plan.output.package} {plan.verify_models}".encode())
    for root in (Path(__file__).parent, _core()):
        for file in sorted(path for path in root.rglob("*") if path.suffix in (".py", ".jinja", ".json")):
            parts.update(file.relative_to(root).as_posix().encode())
            parts.update(file.read_bytes())
    for tool in _TOOLS:
        parts.update(version(tool).encode())
    return parts.hexdigest()


def _core() -> Path:
    """The folder of the core, which reads the examples of a spec's jobs; it is found without being imported."""
    found = find_spec("jobclients_core")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent
