"""The demo: a small trading company whose workbooks go through the main job, through the same calls as the commands."""

from sheetward.demo.run import Demo, run

__all__ = ["Demo", "run"]
