"""The engine: one sync of one workbook (`cycle`), and a person settling what waits (`settle`)."""

from sheetward.engine.context import LazyKeys, SheetContext
from sheetward.engine.cycle import sync_sheet, sync_workbook
from sheetward.engine.planned import planned
from sheetward.engine.report import SyncReport
from sheetward.engine.settle import Desk as SettlingDesk
from sheetward.engine.settle import accept, acknowledge, drop, resolve
from sheetward.merge.choice import Choice

__all__ = [
    "Choice",
    "LazyKeys",
    "SettlingDesk",
    "SheetContext",
    "SyncReport",
    "accept",
    "acknowledge",
    "drop",
    "planned",
    "resolve",
    "sync_sheet",
    "sync_workbook",
]
