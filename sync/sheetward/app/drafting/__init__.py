"""A schema drafted from a sheet: its rows as they stand, what each column seems to hold, and the file that says so."""

from sheetward.app.drafting.draft import Draft, draft_text, drafted

__all__ = ["Draft", "draft_text", "drafted"]
