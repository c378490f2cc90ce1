"""The engine: one sync of one workbook (`cycle`), and a person settling what waits (`settle`)."""

from sheetward.engine.context import LazyKeys, SheetContext
from sheetward.engine.cycle import sync_sheet, sync_workbook
from sheetward.engine.report import SyncReport
from sheetward.engine.settle import Choice, accept, acknowledge, drop, resolve
from sheetward.engine.settle import Desk as SettlingDesk

__all__ = [
    "Choice",
    "LazyKeys",
    "SettlingDesk",
    "SheetContext",
    "SyncReport",
    "accept",
    "acknowledge",
    "drop",
    "resolve",
    "sync_sheet",
    "sync_workbook",
]
