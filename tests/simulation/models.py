"""Models of the simulated vendor, as far as calls are typed."""

from __future__ import annotations

from typing import Any

from jobclients_core.model import Model


class Named(Model):
    submissions: list[dict[str, Any]]


class Job(Model):
    status: str


class Created(Model):
    id: str


class Listed(Model):
    jobs: list[dict[str, Any]]


class Triggered(Model):
    status: str


History = list[dict[str, Any]]
