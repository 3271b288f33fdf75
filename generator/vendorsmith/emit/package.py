"""The files that all vendors share: the package, its project file and its README."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vendorsmith import __version__, names
from vendorsmith.emit.code import Code, docstring, markdown, sentence, toml
from vendorsmith.emit.templating import render
from vendorsmith.release import Release


@dataclass(frozen=True, slots=True)
class VendorClients:
    """What `connect` has to know of a vendor.

    Attributes:
        name: of the vendor.
        module: of its clients.
        client: the sync client.
        async_client: the async client.
    """

    name: Code
    module: Code
    client: Code
    async_client: Code


def vendor_clients(package: str, vendor: str) -> VendorClients:
    """What `connect` has to know of a vendor.

    Args:
        package: the import name of the generated package.
        vendor: its name.
    """
    client = f"{names.pascal(vendor, frozenset())}Client"
    return VendorClients(Code(vendor), Code(f"{package}.{vendor}"), Code(client), Code(f"Async{client}"))


def package_files(release: Release, vendors: Sequence[VendorClients] = ()) -> dict[str, str]:
    """The files that all vendors share.

    Args:
        release: what is said of the package.
        vendors: all that the package has, sorted.
    """
    package = Code(release.package)
    lead = [sentence(release.description), "", _CONTENTS]
    files = {
        "pyproject.toml": render("pyproject.toml.jinja", package=package, project=_project(release)),
        "README.md": render(
            "readme.md.jinja",
            package=package,
            title=markdown(release.name),
            about=markdown(sentence(release.description)),
            name=Code(release.name) if release.released else "",
            vendors=vendors,
        ),
        f"{package}/py.typed": "",
        f"{package}/__init__.py": render(
            "package_init.py.jinja", package=package, docstring=docstring(lead, 0), version=toml(release.version)
        ),
        f"{package}/_vendors.py": render("vendors.py.jinja", vendors=vendors),
        f"{package}/testing.py": render("testing.py.jinja", package=package),
    }
    return files | ({"LICENSE": release.license_text} if release.license_text else {})


_CONTENTS = "One module per vendor, and the public names of `jobclients_core`; each is loaded when it is first used."


def _project(release: Release) -> dict[str, object]:
    """The words of the project file.

    The core is the least that the generator's own version knows, and any up to the next that may differ.
    """
    authors = [
        ", ".join(f"{key} = {toml(value)}" for key, value in (("name", one.name), ("email", one.email)) if value)
        for one in release.authors
    ]
    included = [f"/{release.package}", "/README.md"]
    more: list[str] = []
    if release.license_text:
        included.append("/LICENSE")
        more.append('license-files = ["LICENSE"]')
    if authors:
        more.append(f"authors = [{', '.join(f'{{{one}}}' for one in authors)}]")
    urls = [f"{toml(label)} = {toml(address)}" for label, address in release.urls]
    compatible = f">={__version__},<{int(__version__.partition('.')[0]) + 1}"
    return {
        "name": toml(release.name),
        "version": toml(release.version),
        "description": toml(release.description),
        "license": toml(release.license),
        "more": tuple(map(Code, more)),
        "urls": tuple(map(Code, ["[project.urls]", *urls, ""] if urls else [])),
        "included": Code(", ".join(map(toml, included))),
        "core": toml(f"jobclients-core{compatible}"),
        "contract": toml(f"jobclients-contract{compatible}"),
    }
