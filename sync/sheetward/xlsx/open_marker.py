"""Is a workbook open in an office program? Judged by the marker files these lay beside it, and on Windows by proof.

Excel and WPS lay `~$name` beside an open workbook (Word, and some versions of others, drop the first two characters of
long names), LibreOffice `.~lock.name#`, WPS on Linux `.~name`. A program that crashed leaves its marker behind. Only a
marker that is surely stale is passed over:

* on Windows, where the workbook itself can be opened with delete access, no program has it open;
* a LibreOffice marker is stale where it names this very computer (by a name that is not one of many), and the process
  list of this Linux, which shows all processes, holds no LibreOffice.

In any other doubt the workbook counts as open: the way out is to open and close it once.
"""

from __future__ import annotations

import ctypes
import os
import re
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sheetward.xlsx.windows_path import extended

_NO_NAMES: Final = {"", "localhost", "localhost.localdomain"}
PROCESSES = Path("/proc")
"""Where Linux lists processes."""
_OFFICE: Final = re.compile(r"soffice|oosplash|libreoffice|scalc", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Marker:
    """A marker file beside a workbook; `owner` is who opened it, as the marker says, empty where it does not."""

    path: Path
    owner: str


def open_marker(path: Path) -> Marker | None:
    """Give the marker that says that a workbook is open, or `None` where it is not known to be."""
    if sys.platform == "win32" and path.exists():
        return Marker(path, "") if _is_held(path) else None
    for folder, name in dict.fromkeys(((path.parent, path.name), (path.resolve().parent, path.resolve().name))):
        for marker in _candidates(folder, name):
            if marker.is_file() and not (marker.name.startswith(".~lock.") and _is_stale(marker)):
                return Marker(marker, _owner(marker))
    return None


def _candidates(folder: Path, name: str) -> Iterator[Path]:
    yield folder / f"~${name}"
    yield folder / f".~lock.{name}#"
    yield folder / f".~{name}"
    for dropped in (1, 2):
        short = name[dropped:]
        if len(Path(name).stem) > 2 + dropped and not (folder / short).exists():
            yield folder / f"~${short}"


def _owner(marker: Path) -> str:
    """Read who opened it: Excel writes a length and that many bytes, LibreOffice fields with commas."""
    try:
        data = marker.read_bytes()[:512]
    except OSError:
        return ""
    if marker.name.startswith(".~"):
        fields = data.decode("utf-8", "replace").split(",")
        return (fields[0] or fields[1]).strip() if len(fields) > 1 else ""
    name = data[1 : 1 + data[0]] if data else b""
    return "".join(letter for letter in name.decode("utf-8", "replace") if letter.isprintable()).strip()


def _is_stale(marker: Path) -> bool:
    try:
        fields = marker.read_text("utf-8", "replace").split(",")
    except OSError:
        return False
    host = fields[2].strip() if len(fields) > 2 else ""
    if host in _NO_NAMES or host != socket.gethostname() or sys.platform != "linux":
        return False
    return _no_office_runs(PROCESSES)


def _no_office_runs(processes: Path) -> bool:
    """Say whether no process of any user is LibreOffice; `False` where not all processes can be seen."""
    try:
        if os.getuid() != 0 and not (processes / "1" / "stat").is_file():
            return False
        commands = [entry / "comm" for entry in processes.iterdir() if entry.name.isdigit()]
        return not any(_OFFICE.search(_text(command)) for command in commands)
    except OSError:
        return False


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except (FileNotFoundError, ProcessLookupError):
        return ""


if sys.platform == "win32":

    def _is_held(path: Path) -> bool:
        """Say whether a program holds the file: opening it with delete access fails with a sharing violation (32)."""
        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        kernel.CreateFileW.restype = ctypes.c_void_p
        handle = kernel.CreateFileW(extended(str(path.absolute())), 0x00010000, 7, None, 3, 0x80, None)
        if handle == ctypes.c_void_p(-1).value:
            return ctypes.get_last_error() in (32, 33)
        kernel.CloseHandle(ctypes.c_void_p(handle))
        return False
