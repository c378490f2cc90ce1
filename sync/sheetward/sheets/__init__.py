"""Replicas: sheets in memory, CSV files and closed workbooks, and how they are found and bound."""
