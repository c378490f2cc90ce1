"""The engine of Sheetward: observe a sheet and the store, diff both against the base they last shared, decide, plan,
guard, apply, record last.

The floors stand in pyproject.toml, under import-linter; docs/SPEC.md says what is promised.
"""
