"""The command `jobclients`: jobs of every vendor from a shell.

Exit codes: 0 succeeded, 1 failed, 2 bad use, 3 not ended in time, 4 succeeded with warnings, 5 cannot tell (network,
credentials), 6 nobody was asked (auth check); 130 and 143 after Ctrl-C and SIGTERM, which leave the job alone, and 141
where nobody reads the output any more.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec


def main() -> None:
    """Run the command; every way to fail ends in a message and an exit code."""
    missing = [name for name in ("typer", "rich") if find_spec(name) is None]
    if missing:
        print(f"error: {' and '.join(missing)} missing; run: pip install 'jobclients-core[cli]'", file=sys.stderr)
        sys.exit(2)
    try:
        from .app import run

        run()
    except KeyboardInterrupt:
        sys.exit(130)
