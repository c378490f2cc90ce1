"""What changed between two states of a table: changes that invert and compose."""

from sheetward.diff.changeset import Change, Changeset, changes_between

__all__ = ["Change", "Changeset", "changes_between"]
