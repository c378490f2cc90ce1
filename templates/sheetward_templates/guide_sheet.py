"""The guide tab: how to fill in, what the colours mean, and every field with its demands (F-15)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sheetward_schemas.model import Field, TableSchema

from sheetward_templates.describe import guide_of, is_given
from sheetward_templates.look import FAINT, LINE_HEIGHT, NAVY, Look, line_count
from sheetward_templates.texts import Lang, text

_WIDTHS: Final = (20, 42, 14, 12, 60, 34)
_STEPS: Final = ("guide.intro", "guide.step_headers", "guide.step_lists", "guide.step_colours")


def write_guide(
    sheet: Any, look: Look, schema: TableSchema, fields: Sequence[Field], data_tab: str, lang: Lang
) -> None:
    """Write the guide for these fields; nothing in it is ever read back."""
    sheet.hide_gridlines(2)
    for index, width in enumerate(_WIDTHS):
        sheet.set_column(index, index, width, look.format())
    last = len(_WIDTHS) - 1
    title = look.format(bold=True, font_size=17, font_color=NAVY)
    sheet.set_row(0, 36)
    sheet.write_string(0, 0, text("guide.title", lang, table=schema.label(lang)), title)
    row = 1
    step = look.format(text_wrap=True, font_color=FAINT)
    for number, code in enumerate(_STEPS, start=1):
        words = f"{number}.  " + text(code, lang, tab=data_tab)
        sheet.merge_range(row, 0, row, last, words, step)
        sheet.set_row(row, 20)
        row += 1
    row = _write_legend(sheet, look, row + 1, lang)
    _write_fields(sheet, look, schema, fields, row + 1, lang)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
    sheet.set_footer(text("print.footer", lang, table=schema.label(lang).replace("&", "&&")))


def _write_legend(sheet: Any, look: Look, row: int, lang: Lang) -> int:
    """Write the colours of headers on the left, those of cells on the right, each beside what it means."""
    left = [(look.header(kind), kind) for kind in ("required", "optional", "given")]
    right = [(look.chip(colour), kind) for colour, kind in (("amber", "repeated"), ("rose", "missing"))]
    meaning = look.format(font_color=FAINT, indent=1)
    for offset, (chip, kind) in enumerate(left):
        sheet.set_row(row + offset, 21)
        sheet.write_string(row + offset, 0, text(f"legend.{kind}", lang), chip)
        sheet.write_string(row + offset, 1, text(f"legend.{kind}_meaning", lang), meaning)
    for offset, (chip, kind) in enumerate(right):
        sheet.merge_range(row + offset, 2, row + offset, 3, text(f"legend.{kind}", lang), chip)
        sheet.write_string(row + offset, 4, text(f"legend.{kind}_meaning", lang), meaning)
    return row + len(left)


def _write_fields(sheet: Any, look: Look, schema: TableSchema, fields: Sequence[Field], row: int, lang: Lang) -> None:
    heads = ("field", "description", "type", "required", "note", "example")
    sheet.set_row(row, 26)
    for index, head in enumerate(heads):
        sheet.write_string(row, index, text(f"guide.{head}", lang), look.header("required"))
    sheet.repeat_rows(row)
    plain = look.cell(text_wrap=True)
    faint = look.cell(text_wrap=True, font_color=FAINT)
    strong = look.cell(text_wrap=True, bold=True)
    for field in fields:
        row += 1
        said = guide_of(field, schema, lang)
        needed = text("guide.yes" if said.is_required else "guide.no", lang)
        sheet.write_string(row, 0, said.label, look.cell(bold=True, font_color=FAINT) if is_given(field) else strong)
        sheet.write_string(row, 1, said.description, plain)
        sheet.write_string(row, 2, said.type, plain)
        sheet.write_string(row, 3, needed, strong if said.is_required else faint)
        sheet.write_string(row, 4, said.note, plain)
        sheet.write_string(row, 5, said.example, faint)
        wrapped = ((said.label, 0), (said.description, 1), (said.note, 4), (said.example, 5))
        lines = max(line_count(words, _WIDTHS[column]) for words, column in wrapped)
        sheet.set_row(row, LINE_HEIGHT * lines + 6)
