"""The tab in which people settle what waits: read line by line, and made anew as a page. Pure.

People see ten columns; the hidden ones beside them hold what a line is about. Lines of other sheets of the workbook, and
what a person typed, are carried over as they stand.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Final

from sheetward.cells import BLANK, RawCell, State, from_serial, plain_text
from sheetward.merge.choice import Choice
from sheetward.messages import LANGS, Lang
from sheetward.ports.replica import ShownLine
from sheetward.sheets import own_list
from sheetward.sheets.header_row import ID_HEADER
from sheetward.sheets.own_list import place_link, row_height
from sheetward.sheets.settle_words import COLUMNS, choice_word, heading, meant, word
from sheetward.xlsx.cell_value import CellTuple
from sheetward.xlsx.edits import Page, PageCell, PageList
from sheetward.xlsx.look import Look
from sheetward.xlsx.reader import RowCells
from sheetward.xlsx.workbook import SheetInfo, Visibility, Workbook

HIDDEN: Final = ("item", "binding", "digest", "remark", "tab", "cell", "choices")
_HEAD_ROWS: Final = 30
"""The header is looked for in so many rows: people may have put something above it."""
_WIDTHS: Final = (16, 24, 14, 26, 26, 14, 17, 16, 20, 44)
_CHOICE: Final = Look(fill="FFFFF2CC", is_bold=True)
_FIXED: Final = Look(fill="FFEDEDED")


@dataclass(frozen=True)
class TabLine:
    """One line as it stands in the tab: its texts by column, hidden ones included, and what a person typed."""

    texts: Mapping[str, str]
    choice: str = ""
    value: RawCell = BLANK

    @property
    def binding(self) -> str:
        """Give the id of the binding that it belongs to."""
        return self.texts.get("binding", "")

    def shown(self, tabs: Mapping[str, str]) -> ShownLine:
        """Give the line as an observation has it; `tabs` are the bound tabs as they are called now, by binding."""
        is_current = tabs.get(self.binding) == self.texts.get("tab")
        return ShownLine(
            item=self.texts.get("item", ""),
            digest=self.texts.get("digest", ""),
            remark=self.texts.get("remark", ""),
            place=self.texts.get("cell", "") if is_current else "",
            choice=meant(self.choice),
            text=self.choice,
            value=self.value,
        )


@dataclass(frozen=True)
class SettleTab:
    """The tab as it was read; `name` is `None` where the workbook has none."""

    name: str | None = None
    lines: tuple[TabLine, ...] = ()


def read_settle_tab(workbook: Workbook, recorded: str | None) -> SettleTab:
    """Find the tab and read it; one that was renamed is known by its hidden header.

    A tab of a bound sheet is none, whatever a person typed or pasted into it: it would be written over.
    """
    if recorded is None:
        return SettleTab()
    sheets = [sheet for sheet in workbook.sheets if sheet.visibility is not Visibility.VERY_HIDDEN]
    for sheet in sorted(sheets, key=lambda sheet: sheet.name != recorded):
        lines = _lines(workbook, sheet)
        if lines is not None:
            return SettleTab(sheet.name, tuple(lines))
    return SettleTab()


def _lines(workbook: Workbook, sheet: SheetInfo) -> list[TabLine] | None:
    top = list(takewhile(lambda row: row[0] <= _HEAD_ROWS, workbook.rows(sheet)))
    header = next((row for row in top if _columns(row)), None)
    columns = None if header is None else _columns(header)
    if header is None or columns is None or any(_heads_ids(row, header[0], columns["item"]) for row in top):
        return None
    return _read_lines(workbook, sheet, header, columns)


def _heads_ids(row: RowCells, header: int, item: int) -> bool:
    """Say whether a row is the header of a bound table; a line of the list may say the same word of a cell."""
    is_line = row[0] > header and any(cell[0] == item for cell in row[2])
    return not is_line and any(cell[2].strip() == ID_HEADER for cell in row[2])


def _read_lines(workbook: Workbook, sheet: SheetInfo, header: RowCells, columns: Mapping[str, int]) -> list[TabLine]:
    lines: list[TabLine] = []
    for row in workbook.rows(sheet):
        if row[0] <= header[0]:
            continue
        cells: dict[int, CellTuple] = {cell[0]: cell for cell in row[2]}
        texts = {name: cells[column][2] for name, column in columns.items() if column in cells}
        if texts.get("item"):
            value = cells.get(columns.get("value", 0))
            raw = BLANK if value is None or not value[2].strip() else workbook.raw(*value[1:])
            lines.append(TabLine(texts, texts.get("choice", "").strip(), raw))
    return lines


def _columns(row: RowCells) -> dict[str, int] | None:
    """Give the columns by name where a row is the header: hidden ones by our word, the others by their texts."""
    hidden = {cell[2].removeprefix(own_list.SIGN): cell[0] for cell in row[2] if cell[2].startswith(own_list.SIGN)}
    if not {"item", "binding"} <= hidden.keys():
        return None
    texts = {cell[2].strip(): cell[0] for cell in row[2]}
    known = {name: hidden["item"] - len(COLUMNS) + place for place, name in enumerate(COLUMNS)}
    for name in COLUMNS:
        for lang in LANGS:
            known[name] = texts.get(heading(name, lang), known[name])
    return {**known, **hidden}


def carried(new: Iterable[TabLine], old: Iterable[TabLine]) -> list[TabLine]:
    """Give lines with what a person typed into those about the same items."""
    known = {line.texts.get("item"): line for line in reversed(list(old))}
    found = [(line, known.get(line.texts["item"])) for line in new]
    return [line if same is None else replace(line, choice=same.choice, value=same.value) for line, same in found]


def page_of(name: str, lines: Sequence[TabLine], lang: Lang) -> Page:
    """Give the tab as a page: a sentence that says what to do, a header, the lines."""
    title = word("title" if lines else "empty", lang)
    head = [PageCell(heading(column, lang), own_list.HEAD) for column in COLUMNS]
    head += [PageCell(own_list.SIGN + column, own_list.HIDDEN) for column in HIDDEN]
    rows = [(PageCell(title, own_list.TITLE),), tuple(head), *(_row(line) for line in lines)]
    return Page(
        name=name,
        rows=tuple(rows),
        widths=(*_WIDTHS, *(0 for _ in HIDDEN)),
        heights={1: 36, **{number: row_height(row, _WIDTHS) for number, row in enumerate(rows[2:], start=3)}},
        lists=_lists(lines, len(rows) - len(lines) + 1, lang),
        frozen_rows=2,
    )


def _row(line: TabLine) -> tuple[PageCell, ...]:
    texts = line.texts
    link = place_link(texts.get("tab", ""), texts["cell"]) if texts.get("cell") else ""
    choice = _CHOICE if texts.get("choices") else _FIXED
    own = {
        "where": PageCell(
            f"{texts.get('tab', '')} {texts.get('cell', '')}".strip(), own_list.LINK if link else own_list.TEXT, link
        ),
        "choice": PageCell(line.choice, choice),
        "value": PageCell(_typed(line.value), _CHOICE if "value" in _choices(line) else _FIXED),
    }
    shown = [own.get(name) or PageCell(texts.get(name, ""), own_list.TEXT) for name in COLUMNS]
    return (*shown, *(PageCell(texts.get(name, ""), own_list.HIDDEN) for name in HIDDEN))


def _typed(raw: RawCell) -> str:
    """Spell a value that stays in its cell as text: a day as a day, not as the number that a file keeps for it."""
    day = from_serial(raw.text, date_1904=raw.date_1904) if raw.state is State.DATE else None
    return raw.text if day is None else plain_text(day)


def _choices(line: TabLine) -> list[str]:
    return [word for word in line.texts.get("choices", "").split(",") if word in set(Choice)]


def _lists(lines: Sequence[TabLine], first: int, lang: Lang) -> tuple[PageList, ...]:
    rows: dict[tuple[str, ...], list[int]] = {}
    for number, line in enumerate(lines, start=first):
        rows.setdefault(tuple(_choices(line)), []).append(number)
    column = COLUMNS.index("choice") + 1
    title, text = heading("choice", lang), word("pick", lang)
    return tuple(
        PageList(column, tuple(found), tuple(choice_word(Choice(one), lang) for one in choices), title, text)
        for choices, found in rows.items()
        if choices
    )
