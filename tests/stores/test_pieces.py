"""Files come back from their pieces byte for byte, and files alike have most pieces in common."""

from __future__ import annotations

import io
import random
import time
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sheetward.stores.pieces import cut, digest, joined, packed, unpacked


def workbook(*members: tuple[str, bytes], comment: bytes = b"") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 2, 3, 4, 6)), content, zipfile.ZIP_DEFLATED)
        archive.comment = comment
    return buffer.getvalue()


def noise(seed: int, size: int) -> bytes:
    return random.Random(seed).randbytes(size)


def shared(old: bytes, new: bytes) -> float:
    """Give the share of the new file's bytes that the old one's pieces have."""
    _, before = cut(old)
    _, after = cut(new)
    return sum(len(piece) for name, piece in after.items() if name in before) / len(new)


@given(
    st.binary(max_size=400) | st.lists(st.sampled_from([b"a,b\r\n", b"\n", b"PK\x03\x04", b"x" * 5000])).map(b"".join)
)
@settings(max_examples=200, deadline=None)
def test_any_bytes_come_back(data: bytes) -> None:
    file, pieces = cut(data)
    assert joined(file, {name: unpacked(packed(piece)) or b"" for name, piece in pieces.items()}) == data
    assert all(digest(piece) == name for name, piece in pieces.items())
    assert all(len(piece) <= 64 << 10 for piece in pieces.values())


@pytest.mark.parametrize(
    "data",
    [
        workbook(("xl/a.xml", noise(1, 90_000)), ("xl/b.xml", b"small")),
        b"before the zip" + workbook(("xl/a.xml", noise(2, 5_000))),
        workbook(("a", noise(3, 200_000)), comment=b"said at the end"),
        workbook(("a", b"0" * 50_000_000)),
        workbook(("a", noise(4, 3_000)))[:-9],
        workbook(),
    ],
    ids=["plain", "prefix", "comment", "bomb", "torn", "empty"],
)
def test_a_zip_of_any_kind_comes_back(data: bytes) -> None:
    file, pieces = cut(data)
    assert joined(file, pieces) == data


def test_a_workbook_with_one_changed_sheet_costs_that_sheet() -> None:
    others = [(f"xl/worksheets/sheet{number}.xml", noise(number, 300_000)) for number in range(2, 12)]
    old = workbook(("xl/worksheets/sheet1.xml", noise(1, 20_000)), *others)
    new = workbook(("xl/worksheets/sheet1.xml", noise(99, 26_000)), *others)
    assert shared(old, new) > 0.98


def test_a_member_that_changes_at_its_end_keeps_its_beginning() -> None:
    body = noise(5, 400_000)
    assert shared(workbook(("a", body)), workbook(("a", body + b"more"))) > 0.85


def test_a_line_put_into_a_csv_moves_no_other_piece() -> None:
    lines = [f"C{number:06},name {number * 7919 % 10_007},13800{number:06}\r\n".encode() for number in range(20_000)]
    assert shared(b"".join(lines), b"".join([*lines[:9000], b"new,line\r\n", *lines[9000:]])) > 0.95


def test_a_piece_that_does_not_shrink_is_kept_as_it_is() -> None:
    assert len(packed(noise(6, 10_000))) == 10_001
    assert len(packed(b"a,b\r\n" * 2000)) < 300


@pytest.mark.parametrize("stored", [b"", b"\2abc", b"\1abc", packed(b"a" * 999)[:-3]])
def test_what_no_piece_was_packed_into_is_none(stored: bytes) -> None:
    assert unpacked(stored) is None


def test_a_file_is_not_joined_from_other_pieces() -> None:
    file, pieces = cut(b"a,b\r\n" * 30_000)
    assert joined(file, {**pieces, file.pieces[0]: b"other"}) is None
    assert joined(file, {}) is None


@pytest.mark.parametrize("unit", [b"\n", b"a\n", b"\0", b"abcdefgh\n"])
def test_no_contents_make_cutting_slow(unit: bytes) -> None:
    data = unit * (20_000_000 // len(unit))
    began = time.process_time()
    cut(data)
    assert time.process_time() - began < 8
