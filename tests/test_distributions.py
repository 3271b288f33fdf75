"""The distributions build, install into an empty environment, and work there with what they bring themselves."""

from __future__ import annotations

import json
import re
import shutil
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Iterable
from email.parser import Parser
from importlib.metadata import packages_distributions, requires
from pathlib import Path

import jobclients
import jobclients_contract
import jobclients_core
import pytest
import vendorsmith
from environments import built, installed, packages, run
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
VENDORS = sorted(folder.name for folder in (ROOT / "specs").iterdir() if folder.is_dir())
GENERATOR_ONLY = {
    "vendorsmith",
    "jinja2",
    "jsonpath-rfc9535",
    "pyyaml",
    "jsonschema",
    "datamodel-code-generator",
    "ruff",
    "typer",
    "rich",
    "hypothesis",
    "pytest",
}
DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "Kitchen", "version": "1"},
    "servers": [{"url": "https://kitchen.example.com"}],
    "paths": {
        "/orders/{id}": {
            "get": {
                "operationId": "get_order",
                "summary": "Ask how an order is doing.",
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}],
                "responses": {
                    "200": {
                        "description": "The order.",
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}},
                    }
                },
            }
        }
    },
    "components": {
        "schemas": {
            "Order": {
                "type": "object",
                "description": "An order.",
                "properties": {"state": {"type": "string", "description": "How it is doing.", "enum": ["ok"]}},
            }
        }
    },
}


@pytest.fixture(scope="module")
def clients_wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of the clients."""
    return built(ROOT / "generated", tmp_path_factory.mktemp("clients"))


@pytest.fixture(scope="module")
def core_wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of what the clients import."""
    return built(ROOT / "generator/core", tmp_path_factory.mktemp("core"))


@pytest.fixture(scope="module")
def contract_wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of the harness of the contract tests."""
    return built(ROOT / "generator/contract", tmp_path_factory.mktemp("contract"))


@pytest.fixture(scope="module")
def generator_wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of the generator."""
    return built(ROOT, tmp_path_factory.mktemp("generator"))


@pytest.fixture(scope="module")
def clients_python(core_wheel: Path, clients_wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the clients and the core, and nothing else."""
    return installed(tmp_path_factory.mktemp("clients-env"), core_wheel, clients_wheel)


@pytest.fixture(scope="module")
def generator_python(
    core_wheel: Path, contract_wheel: Path, generator_wheel: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """An environment with the generator and the core, and nothing else."""
    return installed(tmp_path_factory.mktemp("generator-env"), core_wheel, contract_wheel, generator_wheel)


def contents(wheel: Path) -> set[str]:
    """Paths of the files in a wheel, without those that describe it."""
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if ".dist-info/" not in name}


def described(wheel: Path) -> tuple[str, set[str]]:
    """What a wheel says of itself: its metadata, and the names of its licences."""
    with zipfile.ZipFile(wheel) as archive:
        (metadata,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        licences = {name.rpartition("/")[2] for name in archive.namelist() if ".dist-info/licenses/" in name}
        return archive.read(metadata).decode("utf-8").replace("\r\n", "\n"), licences


def held_by_sdist(project: Path, folder: Path) -> set[str]:
    """Paths of the files in the source distribution of a project, without what every one has."""
    run(sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", folder, folder=project)
    (archive,) = folder.glob("*.tar.gz")
    with tarfile.open(archive) as held:
        names = {name.partition("/")[2] for name in held.getnames()}
    return names - {"pyproject.toml", "PKG-INFO", ".gitignore"}


def requirements(wheel: Path) -> list[str]:
    """What a wheel says that it needs."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return Parser().parsestr(archive.read(name).decode("utf-8")).get_all("Requires-Dist", [])


def sources(package: Path, base: Path) -> set[str]:
    """Paths of the files of a package in this repository."""
    return {
        path.relative_to(base).as_posix()
        for path in package.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_the_clients_wheel_holds_the_package_and_is_typed(clients_wheel: Path) -> None:
    """Every file of the package is in its wheel, the marker for type checkers among them, and nothing else."""
    held = contents(clients_wheel)

    assert sources(ROOT / "generated" / "jobclients", ROOT / "generated") == held
    assert "jobclients/py.typed" in held


def test_the_cores_wheel_holds_the_package_and_is_typed(core_wheel: Path) -> None:
    """Every file of the core is in its wheel and nothing else."""
    held = contents(core_wheel)

    assert sources(ROOT / "generator/core/jobclients_core", ROOT / "generator/core") == held
    assert "jobclients_core/py.typed" in held


@pytest.mark.parametrize(
    ("wheel", "project"),
    [
        ("core_wheel", "generator/core"),
        ("contract_wheel", "generator/contract"),
        ("clients_wheel", "generated"),
        ("generator_wheel", "."),
    ],
)
def test_wheels_carry_readme_and_licence(wheel: str, project: str, request: pytest.FixtureRequest) -> None:
    """What a distribution is, and what it may be used for, is read without its repository."""
    metadata, licences = described(request.getfixturevalue(wheel))

    assert metadata.endswith((ROOT / project / "README.md").read_text(encoding="utf-8"))
    assert {"LICENSE"} == licences
    assert "License-Expression: Apache-2.0" in metadata


@pytest.mark.parametrize(
    ("project", "package", "beside"),
    [
        ("generator/core", "jobclients_core", {"LICENSE", "README.md"}),
        ("generator/contract", "jobclients_contract", {"LICENSE", "README.md"}),
        ("generated", "jobclients", {"LICENSE", "README.md"}),
        (".", "generator/vendorsmith", {"LICENSE", "README.md", "CHANGELOG.md"}),
    ],
)
def test_source_distributions_hold_what_wheels_are_built_of(
    project: str, package: str, beside: set[str], tmp_path: Path
) -> None:
    """The package and what describes it, and nothing else of this repository."""
    assert sources(ROOT / project / package, ROOT / project) | beside == held_by_sdist(ROOT / project, tmp_path)


PINNED = re.compile(r"[A-Za-z0-9_.-]+==(?!.*\bextra ==)")


def names_in(requirements: Iterable[str]) -> set[str]:
    """The distributions that requirements name."""
    return {canonicalize_name(re.split(r"[^A-Za-z0-9_.-]", line)[0]) for line in requirements}


@pytest.mark.parametrize(
    ("project", "package"),
    [
        (".", "generator/vendorsmith"),
        ("generator/core", "generator/core/jobclients_core"),
        ("generator/contract", "generator/contract/jobclients_contract"),
    ],
)
def test_what_is_imported_is_declared(project: str, package: str) -> None:
    """No distribution relies on what another one happens to bring: a command works with its own requirements alone."""
    table = tomllib.loads((ROOT / project / "pyproject.toml").read_text("utf-8"))["project"]
    extras = [line for lines in table.get("optional-dependencies", {}).values() for line in lines]
    declared = names_in([*table["dependencies"], *extras])
    # What one of them requires in exactly one version is a part of it, as httpcore2 is of httpx2.
    # apache-airflow has an environment of its own, and is one of several distributions of that name there.
    installed = {name for owners in packages_distributions().values() for name in map(canonicalize_name, owners)}
    declared |= {part for name in declared & installed for part in names_in(filter(PINNED.match, requires(name) or []))}
    found = {
        name
        for file in (ROOT / package).rglob("*.py")
        for name in re.findall(r"^ *(?:from|import) (\w+)", file.read_text("utf-8"), re.MULTILINE)
    }
    distributions = packages_distributions()
    owners = {name: set(map(canonicalize_name, distributions[name])) for name in found & distributions.keys()}

    assert {} == {
        name: owned for name, owned in owners.items() if name != Path(package).name and declared.isdisjoint(owned)
    }


def test_a_checkout_makes_nothing_importable_twice(tmp_path: Path) -> None:
    """Editable installs add no folder in which a package has a second name."""
    doubles = [
        "core",
        "generator",
        "generated",
        "contract",
        "core.jobclients_core",
        "generator.vendorsmith",
        "generated.jobclients",
    ]
    script = (
        "import importlib.util as u, sys\n"
        "def found(name):\n"
        "    try: return u.find_spec(name)\n"
        "    except ModuleNotFoundError: return None\n"
        "print([name for name in sys.argv[1:] if found(name)])"
    )

    assert "[]\n" == run(sys.executable, "-I", "-c", script, *doubles, folder=tmp_path)
    assert "['vendorsmith']\n" == run(sys.executable, "-I", "-c", script, "vendorsmith", folder=tmp_path)


def test_all_distributions_have_one_version() -> None:
    """Code that is generated by version N runs on core N.x, so that both are counted alike."""
    assert jobclients_core.__version__ == vendorsmith.__version__ == jobclients.__version__
    assert jobclients_core.__version__ == jobclients_contract.__version__


def test_the_harnesses_wheel_holds_the_package_and_is_typed(contract_wheel: Path) -> None:
    """Every file of the harness is in its wheel and nothing else."""
    held = contents(contract_wheel)

    assert sources(ROOT / "generator/contract/jobclients_contract", ROOT / "generator/contract") == held
    assert "jobclients_contract/py.typed" in held


def test_the_generators_wheel_holds_the_package_and_is_typed(generator_wheel: Path) -> None:
    """Templates and JSON Schemas are in the wheel, beside the code."""
    held = contents(generator_wheel)

    assert sources(ROOT / "generator" / "vendorsmith", ROOT / "generator") == held
    assert "vendorsmith/py.typed" in held


def test_a_consumer_runs_the_contract_tests_with_the_extra_alone(
    core_wheel: Path, contract_wheel: Path, clients_wheel: Path, tmp_path: Path
) -> None:
    """The clients with the extra `contract` are enough, without the generator."""
    python = installed(tmp_path / "environment", core_wheel, contract_wheel, f"{clients_wheel}[contract]")
    shutil.copytree(ROOT / "generated" / "contract_tests", tmp_path / "contract_tests")
    done = run(python, "-m", "pytest", "-q", "contract_tests", "-k", "huawei_iam", folder=tmp_path)

    assert re.search(r"[1-9][0-9]* passed", done)
    assert {"vendorsmith", "jinja2", "ruff", "typer", "datamodel-code-generator"}.isdisjoint(packages(python))


def test_the_clients_require_little(core_wheel: Path, clients_wheel: Path) -> None:
    """What they need is the core: the HTTP library and pydantic, and three packages that these bring."""
    assert [f"jobclients-core<1,>={vendorsmith.__version__}"] == [
        line for line in requirements(clients_wheel) if "extra ==" not in line
    ]
    required = [line for line in requirements(core_wheel) if "extra ==" not in line]

    assert {"httpcore2", "httpx2", "pydantic", "anyio", "typing-extensions"} == {
        re.split(r"[^A-Za-z0-9_.-]", line)[0] for line in required
    }


def test_the_clients_bring_nothing_of_the_generator(clients_python: Path) -> None:
    """An environment with the clients has their own dependencies only."""
    held = packages(clients_python)

    assert {"jobclients", "httpx2", "pydantic"} <= held
    assert set() == held & GENERATOR_ONLY


def test_the_installed_clients_work(clients_python: Path, tmp_path: Path) -> None:
    """Every vendor's client and models can be imported, and a client made and used, from the installed package."""
    imports = "; ".join(f"import jobclients.{vendor}, jobclients.{vendor}.models" for vendor in VENDORS)
    script = (
        f"{imports}\n"
        "from jobclients import ConnectFailed, HttpOptions, Token\n"
        "from jobclients.alation import AlationClient\n"
        "with AlationClient(base_url='http://127.0.0.1:1', auth=Token('t'), http=HttpOptions(retries=0)) as client:\n"
        "    try:\n"
        "        client.get_job(id=1)\n"
        "    except ConnectFailed as error:\n"
        "        print(jobclients.__file__, error.operation)\n"
    )
    place, operation = run(clients_python, "-I", "-c", script, folder=tmp_path).split()

    assert "get_job" == operation
    assert Path(place).is_relative_to(clients_python.parent.parent)


def test_the_installed_generator_makes_a_client(generator_python: Path, clients_python: Path, tmp_path: Path) -> None:
    """The command makes a package of a document, anywhere, and the package works with the clients' dependencies."""
    (tmp_path / "kitchen.json").write_text(json.dumps(DOCUMENT), encoding="utf-8")
    command = generator_python.parent / "vendorsmith"
    run(command, "generate", "kitchen.json", "--output", "out", "--package", "cooks", folder=tmp_path)
    script = (
        f"import sys; sys.path.insert(0, {str(tmp_path / 'out')!r})\n"
        "from cooks.kitchen import KitchenClient\n"
        "from cooks.kitchen.models import Order\n"
        "print(KitchenClient().__class__.__name__, Order(state='ok').state)\n"
    )

    assert "KitchenClient ok\n" == run(clients_python, "-I", "-c", script, folder=tmp_path)
