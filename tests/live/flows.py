"""The flows that the tests run; this file is run by the Python of Prefect's environment, as its worker."""

import time

from prefect import flow, serve


@flow
def succeeds(rows: int = 1) -> int:
    """A flow that ends well."""
    return rows


@flow
def fails() -> None:
    """A flow that raises."""
    raise ValueError("the table has no rows")


@flow
def sleeps() -> None:
    """A flow that goes on until it is cancelled."""
    time.sleep(600)


if __name__ == "__main__":
    serve(*(each.to_deployment("live") for each in (succeeds, fails, sleeps)), pause_on_shutdown=False)
