"""The demo's folder: empty, or its own; nobody else's file is ever touched."""

from __future__ import annotations

from pathlib import Path

import pytest
from sheetward.demo.folder import MARKER, claim, made_files
from sheetward.errors import UserError


def held(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_a_new_and_an_empty_folder_are_taken(tmp_path: Path) -> None:
    for folder in (tmp_path / "a" / "b", tmp_path / "c"):
        (tmp_path / "c").mkdir(exist_ok=True)
        claim(folder)
        assert list(held(folder)) == [MARKER]


@pytest.mark.parametrize("name", ["客户-华东.xlsx", "sheetward.yaml", "notes.txt", ".hidden"])
def test_a_folder_with_files_that_no_demo_made_is_refused_and_left(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"mine")
    with pytest.raises(UserError) as refused:
        claim(tmp_path)
    assert refused.value.code == "demo.folder_taken"
    assert held(tmp_path) == {name: b"mine"}


def test_an_earlier_demo_is_begun_anew(tmp_path: Path) -> None:
    claim(tmp_path)
    for name in sorted(made_files() - {MARKER, ".sheetward"}):
        (tmp_path / name).write_bytes(b"old")
    (tmp_path / ".sheetward" / "copies").mkdir(parents=True)
    (tmp_path / ".sheetward" / "copies" / "x").write_bytes(b"old")
    claim(tmp_path)
    assert list(held(tmp_path)) == [MARKER]


@pytest.mark.parametrize("name", ["my own.xlsx", "~$客户-华东.xlsx"])
def test_a_demo_that_got_other_files_is_refused_and_left(tmp_path: Path, name: str) -> None:
    claim(tmp_path)
    (tmp_path / "sheetward.db").write_bytes(b"store")
    (tmp_path / name).write_bytes(b"mine")
    before = held(tmp_path)
    with pytest.raises(UserError) as refused:
        claim(tmp_path)
    assert refused.value.code == "demo.folder_mixed"
    assert refused.value.facts["found"] == [name]
    assert held(tmp_path) == before


def test_a_link_in_the_demo_leads_no_deletion_outside(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "precious").write_bytes(b"mine")
    folder = tmp_path / "demo"
    claim(folder)
    (folder / ".sheetward").symlink_to(outside)
    (folder / "sheetward.db").symlink_to(outside / "precious")
    claim(folder)
    assert held(outside) == {"precious": b"mine"}
    assert [entry.name for entry in folder.iterdir()] == [MARKER]


def test_a_file_in_the_place_of_the_folder_is_named(tmp_path: Path) -> None:
    path = tmp_path / "demo"
    path.write_bytes(b"mine")
    for folder in (path, path / "below"):
        with pytest.raises(UserError) as refused:
            claim(folder)
        assert refused.value.code == "file.is_no_folder"
    assert path.read_bytes() == b"mine"
