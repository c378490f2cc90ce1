"""`python -m sheetward`."""

from sheetward.cli import main

if __name__ == "__main__":
    main()
