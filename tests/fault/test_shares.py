"""Network drives that go away, disks that fail and fill, and what must stay of a file's owner and mode."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest
from sheetward.cli.failure import error_text
from sheetward.errors import SheetwardError, TransientError, UserError
from sheetward.xlsx.closed import digest, read_stable
from sheetward.xlsx.file_trouble import of_reading, of_replacing

from .test_closed_file import NEW, OLD, Steps, World, step_count

AWAY = [errno.ESTALE, errno.EIO, errno.ETIMEDOUT, errno.EHOSTDOWN, errno.ENOTCONN]


class WindowsError(OSError):
    """An error as Windows gives it, on any system."""

    def __init__(self, winerror: int) -> None:
        super().__init__(errno.EINVAL, "from Windows")
        self.winerror = winerror


@pytest.fixture
def world(tmp_path: Path) -> World:
    folder = tmp_path / "shared"
    folder.mkdir()
    return World(folder)


@pytest.mark.parametrize("code", AWAY)
def test_a_stale_handle_is_tried_again_and_a_drive_that_stays_away_is_said(world: World, code: int) -> None:
    def away() -> None:
        raise OSError(code, os.strerror(code))

    passing = Steps()
    passing.before[2] = away
    assert read_stable(world.path, steps=passing).data == OLD
    lasting = Steps()
    lasting.before.update(dict.fromkeys(range(2, 60), away))
    with pytest.raises(TransientError) as caught:
        read_stable(world.path, steps=lasting)
    assert (caught.value.code, caught.value.exit_status) == ("file.share_away", 75)
    assert world.folder.name in error_text(caught.value)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        *((code, "file.share_away") for code in AWAY),
        (errno.ENOSPC, "folder.full"),
        (errno.EDQUOT, "folder.full"),
        (errno.EROFS, "folder.read_only"),
    ],
)
def test_a_drive_that_goes_away_or_fills_at_any_step_leaves_the_file_whole(
    tmp_path: Path, code: int, said: str
) -> None:
    codes = set()
    for number in range(1, step_count(tmp_path) + 1):
        (tmp_path / f"at{number}").mkdir()
        world = World(tmp_path / f"at{number}")
        steps = Steps(world.journal)

        def away() -> None:
            raise OSError(code, os.strerror(code))

        steps.before.update(dict.fromkeys(range(number, 90), away))
        try:
            world.replace(steps)
        except SheetwardError as trouble:
            codes.add(trouble.code)
        except OSError as trouble:
            assert trouble.errno == code  # the clean-up met it too; the next run cleans up
        assert world.path.read_bytes() in (OLD, NEW)
        world.journal.steps = None
        world.recover()
        assert world.path.read_bytes() in (OLD, NEW)
        assert world.leftovers() == []
        assert world.journal.intents == {}
    assert codes <= {said}


@pytest.mark.parametrize(
    ("winerror", "reading", "replacing"),
    [
        (32, "file.unsettled", "sheet.open"),
        (33, "file.unsettled", "sheet.open"),
        (53, "file.share_away", "file.share_away"),
        (59, "file.share_away", "file.share_away"),
        (64, "file.share_away", "file.share_away"),
        (1231, "file.share_away", "file.share_away"),
    ],
)
def test_what_windows_says_of_held_files_and_lost_shares(winerror: int, reading: str, replacing: str) -> None:
    path = Path("a.xlsx")
    assert of_reading(WindowsError(winerror), path).code == reading
    assert of_replacing(WindowsError(winerror), path).code == replacing
    assert of_reading(WindowsError(winerror), path).exit_status == 75


def test_what_is_no_passing_trouble_is_the_user_s() -> None:
    assert isinstance(of_reading(PermissionError(errno.EACCES, "no"), Path("a.xlsx")), UserError)
    assert of_reading(OSError(errno.ENAMETOOLONG, "long"), Path("a.xlsx")).code == "file.missing"


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664, 0o700])
def test_mode_and_owner_stay(world: World, mode: int) -> None:
    world.path.chmod(mode)
    if os.geteuid() == 0:
        os.chown(world.path, 12345, 23456)
    before = world.path.stat()
    assert world.replace() == digest(NEW)
    after = world.path.stat()
    assert stat.S_IMODE(after.st_mode) == mode
    assert (after.st_uid, after.st_gid) == (before.st_uid, before.st_gid)


def test_a_link_in_another_folder_keeps_pointing_and_nothing_is_left_in_either(world: World, tmp_path: Path) -> None:
    desk = tmp_path / "desk"
    desk.mkdir()
    link = desk / "客户.xlsx"
    link.symlink_to(world.path)
    world.path = link
    assert world.replace() == digest(NEW)
    assert link.is_symlink()
    assert link.resolve().read_bytes() == NEW
    assert [one.name for one in desk.iterdir()] == ["客户.xlsx"]
    assert [one.name for one in world.folder.iterdir()] == ["客户.xlsx"]
