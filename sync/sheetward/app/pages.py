"""HTML pages that are no validation report: the difference of two tables. Pure: data in, text out."""

from __future__ import annotations

from html import escape

from sheetward.app.table_merge import TableDiff
from sheetward.cells import Cell, plain_text, value_of
from sheetward.messages import Lang, render

_STYLE = """
body{font:15px/1.5 system-ui,"Noto Sans CJK SC","Microsoft YaHei",sans-serif;margin:2rem auto;max-width:72rem;color:#1b1f24}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.35rem .6rem;border-bottom:1px solid #d8dee4;vertical-align:top}
th{font-weight:600;border-bottom:2px solid #8c959f}.old{background:#ffebe9;text-decoration:line-through}.new{background:#dafbe1}
"""


def _text(cell: Cell) -> str:
    return escape(plain_text(value_of(cell)))


def diff_page(old: str, new: str, diff: TableDiff, lang: Lang) -> str:
    """Give the page: changed cells with both values, then rows added and removed. All content is escaped."""

    def say(code: str, **facts: object) -> str:
        return escape(render(code, facts, lang))

    counts = {"added": len(diff.added), "removed": len(diff.removed), "changed": len(diff.changed)}
    summary = say("diff.summary", **counts) if diff else say("diff.same")
    head = "".join(f"<th>{say(code)}</th>" for code in ("word.key", "word.column", "word.old", "word.new"))
    lines = [
        f"<tr><td>{escape(' / '.join(c.key))}</td><td>{escape(c.column)}</td>"
        f'<td class="old">{_text(c.old)}</td><td class="new">{_text(c.new)}</td></tr>'
        for c in diff.changed
    ]
    for style, sign, rows in (("new", "+", diff.added), ("old", "−", diff.removed)):
        for key, row in rows.items():
            cells = ", ".join(f"{escape(name)}: {_text(cell)}" for name, cell in row.items() if cell is not None)
            lines.append(
                f'<tr><td>{sign} {escape(" / ".join(key))}</td><td class="{style}" colspan="3">{cells}</td></tr>'
            )
    title = f"{escape(old)} → {escape(new)}"
    return (
        f'<!doctype html><html lang="{lang}"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{title}</title><style>{_STYLE}</style><h1>{title}</h1><p>{summary}</p>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(lines)}</tbody></table></html>\n"
    )
