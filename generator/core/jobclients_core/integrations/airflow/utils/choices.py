"""The words that parameters of operators, sensors and triggers take."""

from __future__ import annotations

from typing import Any, Literal, get_args

Again = Literal["never", "failed"]
Baseline = Literal["read", "skip"]
FailurePolicy = Literal["fail", "fail_fast", "ignore"]
OnTimeout = Literal["leave", "cancel"]
Warnings = Literal["ok", "raise"]


def check_choice(name: str, value: object, choice: Any) -> None:
    """Refuse another word where the DAG is read, rather than after the job was submitted.

    :param name: Name of the parameter.
    :param value: What was given.
    :param choice: The ``Literal`` with its words.
    """
    words = get_args(choice)
    if value not in words:
        raise ValueError(f"{name} is {' or '.join(map(repr, words))}, not {value!r}")
