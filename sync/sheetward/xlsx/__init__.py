"""Workbooks as packages: read fast, written without touching anything else, replaced so that no save is lost."""
