"""``python -m vendorsmith.contract``: the contract against the vendor itself."""

import sys

from vendorsmith.contract.live.main import main

sys.exit(main())
