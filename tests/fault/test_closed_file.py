"""A closed file is replaced whole or not at all, and no save is ever lost, wherever the process dies."""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import subprocess
import sys
import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import BinaryIO

import pytest
from sheetward.errors import GuardError, SheetwardError, TransientError, UserError
from sheetward.xlsx import open_marker as markers
from sheetward.xlsx.closed import Recovery, check_writable, digest, read_stable, recover, replace
from sheetward.xlsx.copies import Copies
from sheetward.xlsx.file_steps import FileSteps

OLD, NEW, SAVED, LATER = b"old bytes", b"new bytes, ours", b"a person's save", b"an even later save"


STEPS = {"stat", "read", "create", "keep_attributes", "exchange", "replace", "move", "unlink", "sync_folder"}


class Died(BaseException):
    """The process is gone: nothing after this runs, no clean-up either."""


class Journal:
    """An intent journal in memory that outlives the death of a process."""

    def __init__(self) -> None:
        self.intents: dict[str, Mapping[str, str]] = {}
        self.steps: Steps | None = None

    def put(self, key: str, intent: Mapping[str, str]) -> None:
        self._step("put", lambda: self.intents.update({key: dict(intent)}))

    def get(self, key: str) -> Mapping[str, str] | None:
        return self.intents.get(key)

    def clear(self, key: str) -> None:
        self._step("clear", lambda: self.intents.pop(key, None))

    def _step(self, name: str, act: Callable[[], object]) -> None:
        if self.steps is None:
            act()
        else:
            self.steps.do(name, act)


class Steps(FileSteps):
    """The real steps, with something that happens before or after the step of a number."""

    def __init__(self, journal: Journal | None = None, *, can_exchange: bool = True) -> None:
        self.count = 0
        self.names: list[str] = []
        self.before: dict[int, Callable[[], None]] = {}
        self.after: dict[int, Callable[[], None]] = {}
        self.can_exchange = can_exchange
        if journal:
            journal.steps = self

    def do(self, name: str, act: Callable[[], object]) -> object:
        self.count += 1
        number = self.count
        self.names.append(name)
        if number in self.before:
            self.before[number]()
        try:
            return act()
        finally:
            if number in self.after:
                self.after[number]()

    def __getattribute__(self, name: str):
        known = object.__getattribute__(self, name)
        if name not in STEPS:
            return known
        cannot = name == "exchange" and not self.can_exchange
        return lambda *arguments: self.do(name, lambda: False if cannot else known(*arguments))


class World:
    """A workbook in a folder, its journal and its copies."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "客户.xlsx"
        self.path.write_bytes(OLD)
        self.journal = Journal()
        self.folder = folder

    def copies(self, steps: FileSteps | None = None) -> Copies:
        return Copies(self.folder.parent / f"{self.folder.name}-workspace" / "backups", 3, steps or FileSteps())

    def replace(self, steps: FileSteps | None = None, write: Callable[[BinaryIO], None] | None = None) -> str:
        return replace(
            self.path,
            write or (lambda file: _fill(file, NEW)),
            expected_sha256=digest(OLD),
            journal=self.journal,
            key="c/1",
            verify=lambda temporary: _same(temporary, NEW),
            copies=self.copies(steps),
            steps=steps,
        )

    def recover(self, steps: FileSteps | None = None) -> Recovery:
        return recover(self.path, self.journal, "c/1", self.copies(steps), steps=steps)

    def kept(self) -> set[bytes]:
        folder = self.copies().folder
        return (
            {copy.read_bytes() for copy in folder.iterdir() if not copy.name.endswith(".part")}
            if folder.exists()
            else set()
        )

    def save(self, data: bytes) -> None:
        """Save as Excel does: a temporary file, renamed over the workbook."""
        other = self.folder / "E1B2C3D4.tmp"
        other.write_bytes(data)
        other.replace(self.path)

    def leftovers(self) -> list[str]:
        return sorted(one.name for one in self.folder.iterdir() if one != self.path)


def _fill(file: BinaryIO, data: bytes) -> None:
    file.write(b"\0" * len(data))
    file.seek(0)
    file.write(data)


def _same(temporary: Path, data: bytes) -> None:
    assert temporary.read_bytes() == data
    assert temporary.suffix == ".xlsx"


def _die() -> None:
    raise Died


def _fail() -> None:
    raise OSError(5, "Input/output error")


@pytest.fixture
def world(tmp_path: Path) -> World:
    folder = tmp_path / "shared"
    folder.mkdir()
    return World(folder)


def step_count(tmp_path: Path, *, can_exchange: bool = True) -> int:
    folder = tmp_path / "dry"
    folder.mkdir()
    dry = World(folder)
    steps = Steps(dry.journal, can_exchange=can_exchange)
    assert dry.replace(steps) == digest(NEW)
    return steps.count


def test_a_replacement_arrives_and_leaves_nothing_beside_the_file(world: World) -> None:
    world.path.chmod(0o640)
    assert world.replace() == digest(NEW)
    assert world.path.read_bytes() == NEW
    assert world.leftovers() == []
    assert world.journal.intents == {}
    assert world.kept() == {OLD}
    assert stat.S_IMODE(world.path.stat().st_mode) == 0o640
    (copy,) = world.copies().folder.iterdir()
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600


@pytest.mark.parametrize("can_exchange", [True, False])
@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("how", [_die, _fail])
def test_cut_at_every_step_the_file_is_old_or_new_and_recovery_finishes(tmp_path, moment, how, can_exchange) -> None:
    total = step_count(tmp_path, can_exchange=can_exchange)
    assert total > 12
    outcomes = set()
    for number in range(1, total + 1):
        folder = tmp_path / f"at{number}"
        folder.mkdir()
        world = World(folder)
        steps = Steps(world.journal, can_exchange=can_exchange)
        getattr(steps, moment)[number] = how
        with contextlib.suppress(Died, SheetwardError):
            world.replace(steps)
        assert world.path.read_bytes() in (OLD, NEW)
        outcome = world.recover()
        found = world.path.read_bytes()
        assert outcome in (Recovery.NONE, Recovery.DONE if found == NEW else Recovery.UNDONE)
        assert found in (OLD, NEW)
        assert world.leftovers() == []
        assert world.journal.intents == {}
        assert found == OLD or world.kept() == {OLD}
        outcomes.add((outcome, found))
        world.path.write_bytes(OLD)
        assert world.replace() == digest(NEW)
    assert {found for _, found in outcomes} == {OLD, NEW}


@pytest.mark.parametrize("moment", ["before", "after"])
def test_recovery_itself_may_be_cut_anywhere(tmp_path, moment) -> None:
    total = step_count(tmp_path)
    for first in range(3, total + 1):
        for second in range(1, 12):
            folder = tmp_path / f"at{first}-{second}"
            folder.mkdir()
            world = World(folder)
            steps = Steps(world.journal)
            getattr(steps, moment)[first] = _die
            with pytest.raises(Died):
                world.replace(steps)
            again = Steps(world.journal)
            getattr(again, moment)[second] = _die
            try:
                world.recover(again)
            except Died:
                assert world.path.read_bytes() in (OLD, NEW)
            world.journal.steps = None
            world.recover()
            assert world.path.read_bytes() in (OLD, NEW)
            assert world.leftovers() == []


@pytest.mark.parametrize("can_exchange", [True, False])
@pytest.mark.parametrize("dies", [False, True])
def test_a_save_between_any_two_steps_is_never_lost(tmp_path, can_exchange, dies) -> None:
    total = step_count(tmp_path, can_exchange=can_exchange)
    put_back = 0
    for number in range(1, total + 1):
        for death in range(number, total + 8) if dies else (0,):
            folder = tmp_path / f"at{number}-{death}"
            folder.mkdir()
            world = World(folder)
            steps = Steps(world.journal, can_exchange=can_exchange)
            steps.before[number] = lambda world=world: world.save(SAVED)
            if dies:
                steps.after[death] = _die
            try:
                world.replace(steps)
            except (Died, TransientError) as trouble:
                assert isinstance(trouble, Died) or trouble.code == "sheet.changed"
                put_back += 1
            world.journal.steps = None
            world.recover()
            if can_exchange or steps.names[number - 1 : number] != ["replace"]:
                assert world.path.read_bytes() == SAVED
            assert world.leftovers() == []
            assert world.journal.intents == {}
    assert put_back > 5


def test_two_saves_around_the_exchange_both_survive(tmp_path) -> None:
    total = step_count(tmp_path)
    for first in range(1, total + 1):
        for second in range(first, total + 10):
            folder = tmp_path / f"at{first}-{second}"
            folder.mkdir()
            world = World(folder)
            steps = Steps(world.journal)
            steps.before[first] = lambda world=world: world.save(SAVED)
            steps.after[second] = lambda world=world: world.save(LATER)
            try:
                world.replace(steps)
            except TransientError as trouble:
                assert trouble.code == "sheet.changed"
            world.recover()
            came = steps.count >= second
            found = world.path.read_bytes()
            assert found == (LATER if came else SAVED), (first, second, steps.names)
            assert world.leftovers() == []


def test_a_file_that_is_away_for_a_moment_comes_back(tmp_path) -> None:
    total = step_count(tmp_path)
    for number in range(1, total + 1):
        folder = tmp_path / f"at{number}"
        folder.mkdir()
        world = World(folder)
        away = folder / "away.tmp"
        steps = Steps(world.journal)
        steps.before[number] = lambda world=world, away=away: world.path.rename(away)
        try:
            world.replace(steps)
        except TransientError as trouble:
            assert trouble.code == "sheet.changed"
        assert away.read_bytes() in (OLD, NEW)
        away.unlink()
        assert [name for name in world.leftovers() if name.startswith(".sheetward")] == []


def test_a_save_in_the_temporary_file_gets_its_place_back_when_the_file_is_gone(world: World) -> None:
    temporary = world.folder / ".sheetward-0123.xlsx"
    temporary.write_bytes(SAVED)
    world.path.unlink()
    world.journal.put(
        "c/1", {"path": str(world.path), "temporary": str(temporary), "base": digest(OLD), "new": digest(NEW)}
    )
    assert world.recover() is Recovery.CHANGED
    assert world.path.read_bytes() == SAVED
    assert world.leftovers() == []


def test_an_older_save_in_the_temporary_file_goes_to_the_copies(world: World) -> None:
    temporary = world.folder / ".sheetward-0123.xlsx"
    temporary.write_bytes(SAVED)
    world.save(LATER)
    world.journal.put(
        "c/1", {"path": str(world.path), "temporary": str(temporary), "base": digest(OLD), "new": digest(NEW)}
    )
    assert world.recover() is Recovery.CHANGED
    assert world.path.read_bytes() == LATER
    assert world.leftovers() == []
    assert world.kept() == {SAVED}


def test_the_displaced_file_that_windows_laid_aside_is_found(world: World) -> None:
    temporary = world.folder / ".sheetward-0123.xlsx"
    (world.folder / ".sheetward-0123.xlsx.old").write_bytes(OLD)
    world.path.write_bytes(NEW)
    world.journal.put(
        "c/1", {"path": str(world.path), "temporary": str(temporary), "base": digest(OLD), "new": digest(NEW)}
    )
    assert world.recover() is Recovery.DONE
    assert world.leftovers() == []
    assert world.kept() == {OLD}


@pytest.mark.parametrize("number", range(1, 14))
def test_a_replacement_after_one_that_was_cut_off_keeps_to_its_own_base(world: World, number: int) -> None:
    steps = Steps(world.journal)
    steps.before[number] = _die
    with pytest.raises(Died):
        world.replace(steps)
    world.journal.steps = None
    world.save(SAVED)
    done = replace(
        world.path, lambda file: _fill(file, LATER), expected_sha256=digest(SAVED), journal=world.journal,
        key="c/1", verify=lambda _: None, copies=world.copies(),
    )  # fmt: skip
    assert done == digest(LATER)
    assert world.path.read_bytes() == LATER
    assert world.leftovers() == []
    assert SAVED in world.kept()


def test_what_write_or_verify_raise_leaves_the_file_as_it_was(world: World) -> None:
    def refuse(_: BinaryIO) -> None:
        raise UserError("patch.table_header", cell="A1")

    with pytest.raises(UserError) as caught:
        world.replace(write=refuse)
    assert caught.value.code == "patch.table_header"
    with pytest.raises(AssertionError):
        world.replace(write=lambda file: _fill(file, b"something else"))
    assert world.path.read_bytes() == OLD
    assert world.leftovers() == []
    assert world.kept() == set()


def test_bytes_that_come_to_the_same_leave_the_file_alone(world: World) -> None:
    before = world.path.stat()
    same = replace(
        world.path, lambda file: _fill(file, OLD), expected_sha256=digest(OLD), journal=world.journal,
        key="k", verify=lambda _: None, copies=world.copies(),
    )  # fmt: skip
    after = world.path.stat()
    assert same == digest(OLD)
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)
    assert world.leftovers() == []


def test_a_full_disk_is_said_and_leaves_the_file(world: World) -> None:
    def full(_: BinaryIO) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(TransientError) as caught:
        world.replace(write=full)
    assert caught.value.code == "folder.full"
    assert world.path.read_bytes() == OLD
    assert world.leftovers() == []


def test_only_the_newest_copies_stay(world: World) -> None:
    copies = world.copies()
    for number in range(6):
        data = f"version {number}".encode()
        copy = copies.add("c/1", ".xlsx", data, digest(data))
        os.utime(copy, ns=(number * 10**9, number * 10**9))
    copies.add_save("c/1", ".xlsx", SAVED, digest(SAVED))
    copies.add("other", ".xlsx", LATER, digest(LATER))
    copies.add("c/1", ".xlsx", b"last", digest(b"last"))
    assert world.kept() == {b"version 4", b"version 5", b"last", SAVED, LATER}


def test_a_link_keeps_pointing_and_its_target_is_replaced(world: World) -> None:
    real = world.folder / "real.xlsx"
    world.path.rename(real)
    world.path.symlink_to(real.name)
    world.replace()
    assert world.path.is_symlink()
    assert real.read_bytes() == NEW


def test_extended_attributes_stay(world: World) -> None:
    try:
        os.setxattr(world.path, "user.comment", b"kept")
    except OSError:
        pytest.skip("this file system has no extended attributes")
    world.replace()
    assert os.getxattr(world.path, "user.comment") == b"kept"


def test_killed_for_real_the_file_is_whole(world: World) -> None:
    """Ten processes killed with SIGKILL while they replace the file again and again."""
    program = textwrap.dedent("""
        import json, sys
        from pathlib import Path
        from sheetward.xlsx.closed import digest, read_stable, recover, replace
        from sheetward.xlsx.copies import Copies
        path, work = Path(sys.argv[1]), Path(sys.argv[2])
        class Journal:
            def put(self, key, intent):
                part = work / "intent.part"
                part.write_text(json.dumps(dict(intent)))
                part.replace(work / "intent")
            def get(self, key):
                return json.loads((work / "intent").read_text()) if (work / "intent").exists() else None
            def clear(self, key):
                (work / "intent").unlink(missing_ok=True)
        journal, copies = Journal(), Copies(work / "copies", 2)
        recover(path, journal, "k", copies)
        print("begun", flush=True)
        while True:
            image = read_stable(path)
            new = bytes([image.data[0] % 250 + 1]) * 200_000
            replace(path, lambda file: file.write(new), expected_sha256=image.sha256, journal=journal, key="k",
                    verify=lambda _: None, copies=copies)
            if sys.argv[3] == "once":
                break
    """)
    work = world.folder.parent / "work"
    work.mkdir()
    world.path.write_bytes(b"\1" * 200_000)
    command = [sys.executable, "-c", program, str(world.path), str(work)]
    for turn in range(10):
        with subprocess.Popen([*command, "on"], stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"begun\n"
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(0.01 + turn * 0.013)
            process.kill()
        data = world.path.read_bytes()
        assert len(data) == 200_000
        assert len(set(data)) == 1
    subprocess.run([*command, "once"], check=True, stdout=subprocess.DEVNULL)
    assert world.leftovers() == []


def test_an_open_workbook_is_never_written(world: World) -> None:
    marker = world.folder / "~$客户.xlsx"
    marker.write_bytes(b"\x06\xe7\x8e\x8b\xe8\x8a\xb3" + b" " * 40)
    with pytest.raises(GuardError) as caught:
        check_writable(world.path)
    assert caught.value.code == "sheet.open"
    assert caught.value.facts["owner"] == "王芳"
    with pytest.raises(TransientError) as passing:
        world.replace()
    assert passing.value.code == "sheet.open"
    assert world.path.read_bytes() == OLD
    marker.unlink()
    assert world.replace() == digest(NEW)


def test_a_workbook_opened_while_the_new_bytes_are_made_is_not_written(world: World) -> None:
    def opened_meanwhile(file: BinaryIO) -> None:
        _fill(file, NEW)
        (world.folder / ".~lock.客户.xlsx#").write_text(",root,elsewhere,25.11.2026 15:00,file:///x;")

    with pytest.raises(TransientError) as caught:
        world.replace(write=opened_meanwhile)
    assert caught.value.code == "sheet.open"
    assert world.path.read_bytes() == OLD
    assert world.leftovers() == [".~lock.客户.xlsx#"]


@pytest.mark.parametrize(
    ("name", "marker", "is_open"),
    [
        ("orders 2026.xlsx", "~$orders 2026.xlsx", True),
        ("orders 2026.xlsx", "~$ders 2026.xlsx", True),
        ("orders 2026.xlsx", ".~orders 2026.xlsx", True),
        ("orders 2026.xlsx", ".~lock.orders 2026.xlsx#", True),
        ("orders 2026.xlsx", "~$other.xlsx", False),
        ("ab.xlsx", "~$.xlsx", False),
    ],
)
def test_markers_of_open_workbooks(tmp_path, name, marker, is_open) -> None:
    path = tmp_path / name
    path.write_bytes(OLD)
    (tmp_path / marker).write_bytes(b"")
    assert (markers.open_marker(path) is not None) == is_open


def test_a_shortened_marker_belongs_to_the_file_that_bears_the_name(tmp_path) -> None:
    (tmp_path / "我的客户清单.xlsx").write_bytes(OLD)
    (tmp_path / "客户清单.xlsx").write_bytes(OLD)
    (tmp_path / "~$客户清单.xlsx").write_bytes(b"")
    assert markers.open_marker(tmp_path / "我的客户清单.xlsx") is None
    assert markers.open_marker(tmp_path / "客户清单.xlsx") is not None


@pytest.mark.skipif(sys.platform != "linux", reason="reads the process list of Linux")
def test_a_libreoffice_marker_is_stale_only_when_that_is_certain(tmp_path, monkeypatch) -> None:
    path, marker = tmp_path / "a.xlsx", tmp_path / ".~lock.a.xlsx#"
    path.write_bytes(OLD)
    monkeypatch.setattr("socket.gethostname", lambda: "desk-7")
    processes = tmp_path / "proc"
    for number, command in ((1, "systemd"), (20, "bash")):
        (processes / str(number)).mkdir(parents=True)
        (processes / str(number) / "stat").write_text("")
        (processes / str(number) / "comm").write_text(command)
    monkeypatch.setattr(markers, "PROCESSES", processes)

    def is_open(host: str) -> bool:
        marker.write_text(f",anna,{host},25.11.2026 15:00,file:///home/anna/.config/libreoffice/4;")
        return markers.open_marker(path) is not None

    assert not is_open("desk-7")
    assert is_open("desk-8")
    assert is_open("")
    monkeypatch.setattr("socket.gethostname", lambda: "localhost")
    assert is_open("localhost")
    monkeypatch.setattr("socket.gethostname", lambda: "desk-7")
    (processes / "20" / "comm").write_text("soffice.bin")
    assert is_open("desk-7")
    monkeypatch.setattr(markers, "PROCESSES", tmp_path / "no such folder")
    assert is_open("desk-7")


def test_reading_waits_for_a_quiet_moment(world: World) -> None:
    steps = Steps()
    steps.after[2] = lambda: world.save(SAVED)
    image = read_stable(world.path, steps=steps)
    assert image.data == SAVED
    assert image.sha256 == hashlib.sha256(SAVED).hexdigest()
    assert image.mark.size == len(SAVED)


def test_reading_gives_up_on_a_file_that_never_rests(world: World) -> None:
    steps = Steps()
    for number in range(2, 60):
        steps.after[number] = lambda number=number: world.save(b"x" * number)
    with pytest.raises(TransientError) as caught:
        read_stable(world.path, steps=steps)
    assert caught.value.code == "file.unsettled"


def test_reading_bridges_the_moment_of_a_rename(world: World) -> None:
    steps = Steps()
    away = world.folder / "away"
    steps.before[1] = lambda: world.path.rename(away)
    steps.before[2] = lambda: away.rename(world.path)
    assert read_stable(world.path, steps=steps).data == OLD


def test_what_cannot_be_read_or_written_is_said(world: World, tmp_path: Path) -> None:
    def code(call: Callable[[], object]) -> str:
        with pytest.raises(UserError) as caught:
            call()
        assert caught.value.facts["file"]
        return caught.value.code

    assert code(lambda: read_stable(tmp_path / "none.xlsx")) == "file.missing"
    assert code(lambda: read_stable(tmp_path)) == "file.is_folder"
    assert code(lambda: check_writable(tmp_path / "none.xlsx")) == "file.missing"
    assert code(lambda: check_writable(tmp_path)) == "file.is_folder"
    check_writable(world.path)
    assert world.leftovers() == []
    world.path.chmod(0o444)
    assert code(lambda: check_writable(world.path)) == "file.read_only"
    world.path.chmod(0o644)
    world.folder.chmod(0o555)
    try:
        assert code(lambda: check_writable(world.path)) == "folder.read_only"
    finally:
        world.folder.chmod(0o755)
