"""The clients of every vendor, and the constants of their operations."""

from __future__ import annotations

import importlib
from typing import Any

from jobclients import AsyncClient, Operation, SyncClient
from jobclients.alation import AlationClient, AsyncAlationClient
from jobclients.datameer import AsyncDatameerClient, DatameerClient
from jobclients.huawei_cdm import AsyncHuaweiCdmClient, HuaweiCdmClient
from jobclients.huawei_dli import AsyncHuaweiDliClient, HuaweiDliClient
from jobclients.huawei_iam import AsyncHuaweiIamClient, HuaweiIamClient

CLIENTS: dict[str, tuple[type[SyncClient], type[AsyncClient]]] = {
    "alation": (AlationClient, AsyncAlationClient),
    "datameer": (DatameerClient, AsyncDatameerClient),
    "huawei_cdm": (HuaweiCdmClient, AsyncHuaweiCdmClient),
    "huawei_dli": (HuaweiDliClient, AsyncHuaweiDliClient),
    "huawei_iam": (HuaweiIamClient, AsyncHuaweiIamClient),
}


def operations(vendor: str) -> dict[str, Operation[Any]]:
    """The operation constants of a vendor, by id."""
    module = importlib.import_module(f"jobclients.{vendor}.client")
    found: list[Operation[Any]] = [value for value in vars(module).values() if isinstance(value, Operation)]
    return {operation.id: operation for operation in found}
