"""Names of conflict copies: which program writes them, which need the content, which are nobody's but the user's."""

from __future__ import annotations

import unicodedata

import pytest
from sheetward.sheets.conflict_name import conflict_name, sure_conflict_name

FILE = "客户-华东.xlsx"
UNMISTAKABLE = [
    ("客户-华东-DESKTOP-1A2B3C4.xlsx", "OneDrive"),
    ("客户-华东-LAPTOP-ABCD1234-2.xlsx", "OneDrive"),
    ("客户-华东 (Anna Berg's conflicted copy 2026-11-25).xlsx", "Dropbox"),
    ("客户-华东 (王芳 的冲突副本 2026-11-25).xlsx", "Dropbox"),
    ("客户-华东 (conflicted copy 2026-11-25 101112).xlsx", "Nextcloud"),
    ("客户-华东 (Case Conflict 1).xlsx", "Dropbox"),
    ("客户-华东-NSConflict-王芳-v3.xlsx", "Nutstore"),
    ("客户-华东.sync-conflict-20261125-101112-ABCDEFG.xlsx", "Syncthing"),
    ("客户-华东 (SFConflict anna@example.com 2026-11-25-10-11-12).xlsx", "Seafile"),
]
BESIDE = [
    ("客户-华东-冲突.xlsx", "Nutstore"),
    ("客户-华东-conflict-王芳.xlsx", "Nutstore"),
    ("客户-华东-冲突-王芳-20261125.xlsx", "Nutstore"),
    ("客户-华东(冲突文件).xlsx", "WPS"),
    ("客户-华东（冲突副本-王芳-20261125）.xlsx", "WPS"),
    ("客户-华东_冲突副本_1.xlsx", "WPS"),
    ("客户-华东 [Conflict].xlsx", "Google Drive"),
    ("客户-华东 (conflicted).xlsx", "pCloud"),
    ("客户-华东_DESKTOP_Nov-25-101112-2026_Conflict.xlsx", "Synology"),
]
HINTS = [
    ("客户-华东-ANNAS-PC.xlsx", "OneDrive"),
    ("客户-华东 (1).xlsx", "Google Drive"),
    ("客户-华东(2).xlsx", "OneDrive"),
    ("客户-华东 2.xlsx", "iCloud"),
    ("客户-华东-副本.xlsx", "WPS"),
    ("客户-华东 - 副本 (2).xlsx", "WPS"),
    ("客户-华东 - Copy.xlsx", "WPS"),
]
NONE = [
    "客户-华东.xlsx", "客户-华东.csv", "客户-华东2026.xlsx", "客户-华东名单.xlsx", "客户.xlsx", "订单.xlsx", "客户-华东-冲突处理.xlsx",
    "客户-华东 2026-11.xlsx", "客户-华东冲突.xlsx", "客户-华东 (旧).xlsx",
]  # fmt: skip


@pytest.mark.parametrize(("name", "program"), [*UNMISTAKABLE, *BESIDE])
def test_a_conflict_copy_is_known_by_its_name(name: str, program: str) -> None:
    found = conflict_name(name, FILE)
    assert found is not None
    assert (found.original, found.is_sure) == (FILE, True)
    assert program in found.program


@pytest.mark.parametrize(("name", "program"), UNMISTAKABLE)
def test_an_unmistakable_name_says_whose_copy_it_is(name: str, program: str) -> None:
    found = sure_conflict_name(name)
    assert found is not None
    assert found.original == FILE
    assert program in found.program


@pytest.mark.parametrize(("name", "program"), HINTS)
def test_a_number_or_a_word_is_a_hint_only(name: str, program: str) -> None:
    found = conflict_name(name, FILE)
    assert found is not None
    assert not found.is_sure
    assert program in found.program
    assert sure_conflict_name(name) is None


@pytest.mark.parametrize("name", NONE)
def test_other_names_are_people_s_own(name: str) -> None:
    assert conflict_name(name, FILE) is None
    assert sure_conflict_name(name) is None


def test_letters_taken_apart_by_macos_are_the_same_letters() -> None:
    apart = unicodedata.normalize("NFD", "Übersicht-DESKTOP-1A2B3C4.xlsx")
    assert conflict_name(apart, "Übersicht.xlsx") is not None
