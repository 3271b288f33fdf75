"""``python -m jobclients_contract``: checks a vendor's real API against its document."""

import os
import sys

from jobclients_contract.live.main import BAD_USE, main

code: int | None = None
try:
    code = main()
    sys.stdout.flush()
except OSError as error:
    if isinstance(error, BrokenPipeError):
        code = 141  # whoever read the output has had enough: as of a process that SIGPIPE ends
    elif code != BAD_USE:  # else it was told already
        print(f"error: {error.strerror}", file=sys.stderr)
        code = BAD_USE
    # What is left of the output goes nowhere when Python ends.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
sys.exit(code)
