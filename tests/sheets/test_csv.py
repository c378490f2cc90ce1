"""A CSV keeps its encoding, its separator and every line that nobody touched."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sheetward.cells import value_of
from sheetward.errors import UserError
from sheetward.plan.actions import AppendRow, SetCell, SetRowId, SheetWrite
from sheetward.sheets.csv import CsvSheet
from sheetward.sheets.csv_cells import guarded, unguarded
from sheetward.sheets.csv_text import parse_csv
from sheetward.sheets.file import SheetFile
from sheetward.sheets.place import Place
from sheetward.table import RowId
from sheetward_schemas.model import TableSchema

PLACE = Place("x.csv", "", 1, {"code": "编号", "name": "姓名", "remark": "备注"}, {"code": 1, "name": 2, "remark": 3})


@pytest.mark.parametrize(
    ("encoding", "found"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("gb18030", "gb18030"), ("utf-16", "utf-16-le"), ("gbk", "gb18030")],
)
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("line_end", ["\r\n", "\n", "\r"])
def test_encoding_separator_and_line_ends_are_recognised_and_kept(
    encoding: str, found: str, separator: str, line_end: str
) -> None:
    lines = [["编号", "姓名", "备注"], ["007", "张三", f'"a{separator}""b"'], [], ["C2", "李四", ""]]
    data = line_end.join(separator.join(line) for line in lines).encode(encoding)
    text = parse_csv(data, "x.csv")
    assert (text.encoding, text.separator, text.line_end) == (found, separator, line_end)
    assert text.encoded() == data
    assert text.texts[1] == ("007", "张三", f'a{separator}"b')
    changed = text.changed({3: {1: "王五"}}, [["C3", "赵六"]], 3).encoded()
    untouched = line_end.join(separator.join(line) for line in lines[:3]).encode(encoding)
    assert changed.startswith(untouched)
    assert parse_csv(changed, "x.csv").texts[2:] == [(), ("C2", "王五", ""), ("C3", "赵六")]


def test_a_file_that_quotes_everything_goes_on_doing_so() -> None:
    text = parse_csv('"编号","姓名"\r\n"1","张三"\r\n'.encode(), "x.csv")
    assert text.changed({1: {2: "r1"}}, [["2", ""]], 1).encoded().decode() == (
        '"编号","姓名"\r\n"1","张三","r1"\r\n"2",""\r\n'
    )


def test_a_last_line_without_an_end_stays_without_one() -> None:
    text = parse_csv(b"a,b\n1,2", "x.csv")
    assert text.changed({}, [["3", "4"]], 1).encoded() == b"a,b\n1,2\n3,4"


def test_an_untouched_field_keeps_its_own_spelling() -> None:
    text = parse_csv(b'a,b,c\n"1", x ,"y"\n', "x.csv")
    assert text.changed({1: {1: "z"}}, (), 1).encoded() == b'a,b,c\n"1",z,"y"\n'


def test_a_field_can_be_taken_out_again() -> None:
    data = b'a,"b",c\n1\n"1","2,",3\n'
    grown = parse_csv(data, "x.csv").changed({0: {3: "id"}, 1: {3: "r1"}, 2: {3: "r2"}}, (), 0)
    assert grown.encoded() == b'a,"b",c,id\n1,,,r1\n"1","2,",3,r2\n'
    assert grown.without_field(3).encoded() == b'a,"b",c\n1,,\n"1","2,",3\n'


@pytest.mark.parametrize(
    ("code", "data"),
    [
        ("csv.encoding", b"a,b\n\xff\xff\xff,\x80"),
        ("csv.encoding", b"\xff\xfea\x00,"),
        ("csv.binary", b"a,b\n1,\x00"),
        ("csv.unclosed_quote", b'a,b\n1,"open\n2,3\n'),
        ("csv.field_too_long", b'a,b\n1,"' + b"x" * 140_000 + b'"\n'),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_reason(code: str, data: bytes) -> None:
    with pytest.raises(UserError) as caught:
        parse_csv(data, "x.csv")
    assert caught.value.code == code
    assert caught.value.facts["file"] == "x.csv"


TEXTS = st.text(st.sampled_from("ab中,;\"\n\r'=+ -"), max_size=6)
RECORDS = st.lists(st.lists(TEXTS, min_size=2, max_size=4), min_size=1, max_size=5)


@given(RECORDS, st.data())
def test_editing_a_record_touches_that_record_alone(records: list[list[str]], data: st.DataObject) -> None:
    out = io.StringIO(newline="")
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows([["h1", "h2"], *records])
    text = parse_csv(out.getvalue().encode(), "x.csv")
    assert text.texts == [("h1", "h2"), *map(tuple, records)]
    index = data.draw(st.integers(0, len(records)))
    new = data.draw(TEXTS)
    changed = text.changed({index: {0: new}}, (), 0)
    again = parse_csv(changed.encoded(), "x.csv")
    assert again.texts == changed.texts
    assert again.texts[index][0] == new
    kept = [place for place in range(len(text.records)) if place != index]
    assert [again.records[place].source for place in kept] == [text.records[place].source for place in kept]


@given(st.text(st.sampled_from("'=+-@\t19ab "), max_size=8))
def test_a_guarded_text_reads_back_and_does_not_run(text: str) -> None:
    written = guarded(text)
    assert unguarded(written) == text
    assert not written.startswith(("=", "@", "\t"))


def test_a_sync_of_two_cells_leaves_the_other_lines_byte_for_byte(
    tmp_path: Path, schema: TableSchema, file_of: Callable[..., SheetFile]
) -> None:
    path = tmp_path / "x.csv"
    lines = ["名单;;;", '编号;姓名;"备注";私人', "C1;张三; a ;=1+1", '"C2";李四;"x"', ";;;", "C3;王五;;9"]
    path.write_bytes("\n".join(lines).encode("gb18030"))
    place = Place("x.csv", "", 2, PLACE.headers, PLACE.columns)
    sheet = CsvSheet(file_of(path), place, schema)
    seen = sheet.observe()
    assert [(row.position, row.cells[0]) for row in seen.rows] == [(3, "C1"), (4, "C2"), (6, "C3")]
    sheet.write(
        SheetWrite(
            (
                SetRowId(4, "", "r2"),
                SetCell(4, "r2", "name", "李四", "=cmd|' /C calc'!A0"),
                AppendRow(RowId("r9"), {"name": "新人"}),
            ),
            "s",
        ),
        seen.revision,
    )
    assert path.read_bytes().decode("gb18030").split("\n") == [
        *lines[:1],
        '编号;姓名;"备注";私人;_sheetward_id',
        lines[2],
        '"C2";\'=cmd|\' /C calc\'!A0;"x";;r2',
        *lines[4:],
        ";新人;;;r9",
    ]
    shown = {row.row_id: value_of(row.cells[1]) for row in sheet.observe().rows}
    assert shown == {"": "王五", "r2": "=cmd|' /C calc'!A0", "r9": "新人"}


def test_a_batch_without_actions_leaves_the_bytes(
    tmp_path: Path, schema: TableSchema, file_of: Callable[..., SheetFile]
) -> None:
    path = tmp_path / "x.csv"
    path.write_text("编号,姓名,备注\nC1,张三,\n", encoding="utf-8")
    sheet = CsvSheet(file_of(path), PLACE, schema)
    before = path.read_bytes()
    assert sheet.write(SheetWrite((), "s"), sheet.observe().revision) == sheet.revision()
    assert path.read_bytes() == before
