"""Which vendors are installed: every distribution announces its own, and a broken one hides no other."""

from __future__ import annotations

from pathlib import Path

import pytest
from jobclients_core import InvalidArgument, connect
from jobclients_core.vendors import UnknownVendorError, find_vendor, vendor_names


@pytest.fixture
def leftover(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The metadata of a distribution whose package is gone."""
    folder = tmp_path / "gone-1.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: gone\nVersion: 1\n", encoding="utf-8")
    (folder / "entry_points.txt").write_text("[jobclients.vendors]\ngone = gone._vendors:VENDORS\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))


@pytest.mark.usefixtures("leftover")
def test_a_distribution_whose_package_is_gone_hides_no_vendor() -> None:
    assert "alation" in vendor_names()
    assert find_vendor("alation").module == "jobclients.alation"
    with connect("alation", base_url="https://acme.test") as client:
        assert type(client).__name__ == "AlationClient"


@pytest.mark.parametrize("name", ["..x:y", ".:x", "a b:c", "\0:x", "os:alation", "gone:alation"])
def test_a_package_without_vendors_is_no_traceback(name: str) -> None:
    with pytest.raises(UnknownVendorError, match="unknown vendor"):
        find_vendor(name)
    with pytest.raises(InvalidArgument, match="unknown vendor"):
        connect(name)
