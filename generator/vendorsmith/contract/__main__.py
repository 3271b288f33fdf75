"""``python -m vendorsmith.contract``: the contract against the vendor itself."""

import os
import sys

from vendorsmith.contract.live.main import main

try:
    code = main()
    sys.stdout.flush()
except BrokenPipeError:
    # Whoever read the output has had enough; what is left of it goes nowhere when Python ends.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    code = 141  # as of a process that SIGPIPE ends
sys.exit(code)
