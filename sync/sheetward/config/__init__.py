"""A workspace's settings: `sheetward.yaml`, read with every mistake named by its line, and edited without losing a comment."""

from sheetward.config.reading import find_workspace, read_config
from sheetward.config.settings import CONFIG_NAME, Config, GuardLimits, SheetEntry, TableEntry
from sheetward.config.writing import create_config, remove_sheet, save_sheet, written_path

__all__ = [
    "CONFIG_NAME",
    "Config",
    "GuardLimits",
    "SheetEntry",
    "TableEntry",
    "create_config",
    "find_workspace",
    "read_config",
    "remove_sheet",
    "save_sheet",
    "written_path",
]
