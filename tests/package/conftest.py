"""The command as a process, and vendors on loopback that its environment names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from jobclients.testing import FakeVendor
from package.loopback_vendor import TOKEN, Shell, served


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


@pytest.fixture
def alation(shell: Shell) -> Iterator[FakeVendor]:
    with served("alation", "running,successful") as (fake, url):
        shell.env |= {"ALATION_BASE_URL": url, "ALATION_TOKEN": TOKEN}
        yield fake


@pytest.fixture
def cdm(shell: Shell) -> Iterator[FakeVendor]:
    with served("huawei_cdm", "RUNNING,SUCCEEDED") as (fake, url):
        shell.env |= {
            "HUAWEI_CDM_BASE_URL": url,
            "HUAWEI_CDM_TOKEN": TOKEN,
            "HUAWEI_CDM_PROJECT_ID": "p",
            "HUAWEI_CDM_CLUSTER_ID": "c",
        }
        yield fake
