"""The journal of file replacements: whole or not there, by safe names only, its owner's alone."""

from __future__ import annotations

import os
import signal
import stat
from pathlib import Path

import pytest
from sheetward.errors import IntegrityError, TransientError
from sheetward.ports.store import Journal
from sheetward.stores.journal import FileJournal


@pytest.fixture
def journal(tmp_path: Path) -> FileJournal:
    return FileJournal(tmp_path / ".sheetward" / "journal")


def test_an_intent_is_kept_replaced_and_forgotten(journal: FileJournal, tmp_path: Path) -> None:
    assert isinstance(journal, Journal)
    journal.clear("b1")
    assert journal.get("b1") is None
    journal.put("b1", {"path": "客户-华东.xlsx", "before": "aa"})
    journal.put("b2", {})
    journal.put("b1", {"path": "客户-华东.xlsx", "before": "bb"})
    again = FileJournal(tmp_path / ".sheetward" / "journal")
    assert again.get("b1") == {"path": "客户-华东.xlsx", "before": "bb"}
    assert again.get("b2") == {}
    again.clear("b1")
    again.clear("b1")
    assert (journal.get("b1"), journal.get("b2")) == (None, {})


@pytest.mark.skipif(os.name == "nt", reason="permissions of POSIX")
def test_records_are_their_owners_alone_and_leave_nothing_beside(journal: FileJournal, tmp_path: Path) -> None:
    journal.put("b1", {"a": "b"})
    folder = tmp_path / ".sheetward" / "journal"
    assert [(file.name, stat.S_IMODE(file.stat().st_mode)) for file in folder.iterdir()] == [("b1.json", 0o600)]
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.parametrize("key", ["", "../b", "a/b", "a.b", ".", "-a", "a" * 101, "客户", "a\n"])
def test_a_key_that_is_no_safe_name_is_refused(journal: FileJournal, key: str) -> None:
    for act in (journal.get, journal.clear, lambda unsafe: journal.put(unsafe, {})):
        with pytest.raises(ValueError, match="safe file name"):
            act(key)


@pytest.mark.parametrize("text", [b"", b"{", b"[1]", b'{"a": "b'])
def test_a_record_that_is_not_ours_is_an_integrity_error(journal: FileJournal, tmp_path: Path, text: bytes) -> None:
    journal.put("b1", {})
    (tmp_path / ".sheetward" / "journal" / "b1.json").write_bytes(text)
    with pytest.raises(IntegrityError, match=r"store\.intent"):
        journal.get("b1")


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(TransientError, match=r"store\.disk"):
        FileJournal(tmp_path / "file").put("b1", {})


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_process_killed_while_it_records_leaves_the_earlier_intent(
    journal: FileJournal, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    journal.put("b1", {"before": "aa"})
    child = os.fork()
    if child == 0:
        monkeypatch.setattr("pathlib.os.replace" if step == "replace" else "os.fsync", _die)
        journal.put("b1", {"before": "bb"})
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == -signal.SIGKILL
    assert journal.get("b1") == {"before": "aa"}
    journal.put("b1", {"before": "cc"})
    assert journal.get("b1") == {"before": "cc"}


def _die(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_what_a_process_left_that_died_while_it_recorded_goes_with_the_next_intent(
    journal: FileJournal, tmp_path: Path
) -> None:
    journal.put("b1", {"a": "b"})
    folder = tmp_path / ".sheetward" / "journal"
    (folder / "b1.4711.new").write_bytes(b'{"a"')
    (folder / "b2.4711.new").write_bytes(b'{"a"')
    journal.clear("b1")
    assert [file.name for file in folder.iterdir()] == ["b2.4711.new"]
