"""`python -m vendorsmith`."""

from vendorsmith.cli import main

if __name__ == "__main__":
    main()
