"""Lives of processes: a server that imports everything once, makes no client, and forks a child for each life.

``server.py MODULE`` reads orders from its input, one JSON object a line, and writes what became of each. ``server.py
MODULE ORDER`` is one life in a process of its own, for who kills it from outside. The standard library only.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import sys
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TextIO

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from survive.shared import teller

Say = Callable[[str, Any], None]
Live = Callable[[dict[str, Any], Say], None]


def _child(live: Live, order: dict[str, Any], descriptor: int) -> None:
    """Live one life, and end without what the server has open."""
    say = teller(descriptor)
    try:
        live(order, say)
    except BaseException:
        say("broken", traceback.format_exc())
    finally:
        os._exit(0)


def serve(live: Live, orders: Iterable[str], out: TextIO) -> None:
    """Fork a child for each order.

    Args:
        live: What a child does.
        orders: What each is to do, as JSON.
        out: Where it is written what became of each.
    """
    gc.collect()
    gc.freeze()
    for text in orders:
        order = json.loads(text)
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(read)
            _child(live, order, write)
        os.close(write)
        with os.fdopen(read, "rb") as file:
            events = [json.loads(line) for line in file]
        _, status = os.waitpid(child, 0)
        out.write(json.dumps({"killed": os.WIFSIGNALED(status), "events": events}) + "\n")
        out.flush()


def main() -> None:
    """Serve, or live one life."""
    out = os.dup(sys.stdout.fileno())
    # What libraries print is none of the events.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    live: Live = importlib.import_module(f"survive.{sys.argv[1]}").live
    if len(sys.argv) > 2:
        _child(live, json.loads(sys.argv[2]), out)
    with os.fdopen(out, "w") as file:
        serve(live, sys.stdin, file)


if __name__ == "__main__":
    main()
