"""Workbooks and reports made from schemas and plain data."""
