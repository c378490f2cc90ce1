"""Cell formats appended to styles.xml: a clone of the cell's own with only what must differ.

Existing formats, and every other byte of the part, stay; a format that is already there is used again.
"""

from __future__ import annotations

import re
from typing import Final

from sheetward.errors import UserError
from sheetward.xlsx.markup import Element, attribute, elements, first, with_attribute, with_children
from sheetward.xlsx.styles import BUILT_IN, is_date_format

_SKELETON: Final = (
    b'<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><fonts count="1"><font/></fonts>'
    b'<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    b'</fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
    b'<cellXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/></cellXfs></styleSheet>'
)


class StylesPatch:
    """styles.xml with formats being appended. `data` is the part as it would be written, unchanged if none was needed."""

    def __init__(self, data: bytes | None, part: str) -> None:
        self.part = part
        self.data = _SKELETON if data is None else data
        self.is_changed = False
        self._xfs = self._read_xfs()
        self._codes = self._read_codes()
        self._variants: dict[tuple[int, int | None, bool], int] = {}

    def _section(self) -> Element:
        section = first(self.data, "cellXfs")
        if section is None:
            raise UserError("patch.unsupported_xml", part=self.part)
        return section

    def _read_xfs(self) -> list[bytes]:
        section = self._section()
        found = elements(self.data, "xf", section.inner, section.inner_end)
        return [self.data[xf.start : xf.end] for xf in found]

    def _read_codes(self) -> dict[int, str]:
        section = first(self.data, "numFmts")
        codes = {0: "General", **BUILT_IN}
        if section is not None:
            for element in elements(self.data, "numFmt", section.inner, section.inner_end):
                tag = element.tag(self.data)
                codes[int(attribute(tag, "numFmtId") or 0)] = attribute(tag, "formatCode") or ""
        return codes

    def _format_id(self, style: int) -> int:
        if not 0 <= style < len(self._xfs):
            return 0
        value = attribute(first_tag(self._xfs[style]), "numFmtId") or "0"
        return int(value) if value.isdigit() else 0

    def is_text(self, style: int) -> bool:
        """Say whether cells of a style show what is typed as text."""
        return self._codes.get(self._format_id(style)) == "@"

    def is_date(self, style: int) -> bool:
        """Say whether numbers in cells of a style are shown as dates or times."""
        return is_date_format(self._codes.get(self._format_id(style), ""))

    def wraps(self, style: int) -> bool:
        """Say whether cells of a style wrap their text."""
        if not 0 <= style < len(self._xfs):
            return False
        alignment = first(self._xfs[style], "alignment")
        return alignment is not None and attribute(alignment.tag(self._xfs[style]), "wrapText") in {"1", "true"}

    def with_format(self, style: int, code: str) -> int:
        """Give the style that differs from another only by its number format."""
        return self._variant(style, self._number(code), wraps=False)

    def wrapped(self, style: int) -> int:
        """Give the style that differs from another only by wrapping its text."""
        return self._variant(style, None, wraps=True)

    def put(self, data: bytes, xf: bytes | None) -> None:
        """Take the part with something appended to it; `xf` is the cell format that was, if it was one."""
        self.data = data
        self.is_changed = True
        if xf is not None:
            self._xfs.append(xf)

    def _number(self, code: str) -> int:
        for number, known in self._codes.items():
            if known == code:
                return number
        number = max(163, *self._codes) + 1
        self._codes[number] = code
        self._add_number_format(number, code)
        return number

    def _add_number_format(self, number: int, code: str) -> None:
        root = first(self.data, "styleSheet")
        if root is None:
            raise UserError("patch.unsupported_xml", part=self.part)
        prefix = _prefix(root.tag(self.data), b"styleSheet")
        entry = with_attribute(b"<%snumFmt/>" % prefix, "numFmtId", str(number))
        entry = with_attribute(entry, "formatCode", code)
        section = first(self.data, "numFmts")
        if section is None:
            block = b'<%snumFmts count="1">%s</%snumFmts>' % (prefix, entry, prefix)
            self.data = self.data[: root.inner] + block + self.data[root.inner :]
        else:
            count = sum(1 for _ in elements(self.data, "numFmt", section.inner, section.inner_end)) + 1
            self.data = with_children(self.data, section, entry, count=count)
        self.is_changed = True

    def _variant(self, style: int, number: int | None, *, wraps: bool) -> int:
        key = (style, number, wraps)
        if key not in self._variants:
            self._variants[key] = self._added(_changed(self._base(style), number, wraps=wraps))
        return self._variants[key]

    def _base(self, style: int) -> bytes:
        if 0 <= style < len(self._xfs):
            return self._xfs[style]
        if not self._xfs:
            raise UserError("patch.unsupported_xml", part=self.part)
        return self._xfs[0]

    def _added(self, xf: bytes) -> int:
        if xf in self._xfs:
            return self._xfs.index(xf)
        self._xfs.append(xf)
        self.data = with_children(self.data, self._section(), xf, count=len(self._xfs))
        self.is_changed = True
        return len(self._xfs) - 1


def first_tag(markup: bytes) -> bytes:
    """Give the first start tag of a fragment that begins with one."""
    found = re.match(rb"""<(?:[^<>"']|"[^"]*"|'[^']*')*>""", markup)
    return b"" if found is None else found[0]


def _prefix(tag: bytes, name: bytes) -> bytes:
    return tag[1 : tag.index(name)]


def _changed(xf: bytes, number: int | None, *, wraps: bool) -> bytes:
    tag = first_tag(xf)
    new = tag
    if number is not None:
        new = with_attribute(with_attribute(new, "numFmtId", str(number)), "applyNumberFormat", "1")
        new = with_attribute(new, "quotePrefix", None)
    if not wraps:
        return new + xf[len(tag) :]
    new = with_attribute(new, "applyAlignment", "1")
    alignment = first(xf, "alignment")
    if alignment is not None:
        old = alignment.tag(xf)
        return new + xf[len(tag) : alignment.start] + with_attribute(old, "wrapText", "1") + xf[alignment.inner :]
    prefix = _prefix(tag, b"xf")
    child = b'<%salignment wrapText="1"/>' % prefix
    if not new.endswith(b"/>"):
        return new + child + xf[len(tag) :]
    return new[:-2].rstrip() + b">" + child + b"</%sxf>" % prefix
