"""Paths as Windows wants them, judged on every system: long ones, drives, shares, names that no file may have."""

from __future__ import annotations

from pathlib import PureWindowsPath

import pytest
from sheetward.xlsx.windows_path import extended, is_windows_name

LONG = "客" * 120


@pytest.mark.parametrize(
    ("path", "spelt"),
    [
        (rf"C:\{LONG}\{LONG}\{LONG}.xlsx", rf"\\?\C:\{LONG}\{LONG}\{LONG}.xlsx"),
        ("d:/data/客户.xlsx", r"\\?\d:\data\客户.xlsx"),
        (r"C:\data\.\a.xlsx", r"\\?\C:\data\a.xlsx"),
        (r"\\server\share\a.xlsx", r"\\?\UNC\server\share\a.xlsx"),
        ("//server/share/dir/a.xlsx", r"\\?\UNC\server\share\dir\a.xlsx"),
        (r"\\?\C:\a.xlsx", r"\\?\C:\a.xlsx"),
        (r"\\.\pipe\x", r"\\.\pipe\x"),
    ],
)
def test_absolute_paths_get_the_prefix_for_any_length(path: str, spelt: str) -> None:
    assert extended(path) == spelt
    assert extended(spelt) == spelt


@pytest.mark.parametrize("path", ["a.xlsx", r"dir\a.xlsx", r"\rooted.xlsx", "C:relative.xlsx", r"C:\a\..\b.xlsx"])
def test_what_windows_must_still_resolve_stays_as_it_is(path: str) -> None:
    """Behind the prefix nothing is resolved any more: neither the present folder nor `..`."""
    assert extended(path) == str(PureWindowsPath(path))


@pytest.mark.parametrize(
    ("name", "can_be"),
    [
        ("客户.xlsx", True), ("console.xlsx", True), ("com.xlsx", True), ("COM10.xlsx", True), (".hidden", True), ("a b.xlsx", True),
        ("con", False), ("NUL.xlsx", False), ("aux.tar.xlsx", False), ("CON .xlsx", False), ("COM1.xlsx", False), ("lpt9.csv", False),
        ("COM¹.xlsx", False), ("a?.xlsx", False), ("a<b>.xlsx", False), ("a|b.xlsx", False), ('a"b.xlsx', False), ("a\tb.xlsx", False),
        ("a.xlsx ", False), ("a.", False), ("a:stream.xlsx", False), ("a/b.xlsx", False), ("a\\b.xlsx", False),
    ],
)  # fmt: skip
def test_names_that_windows_can_have(name: str, can_be: bool) -> None:
    assert is_windows_name(name) is can_be
