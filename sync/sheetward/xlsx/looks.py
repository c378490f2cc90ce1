"""Looks of our own: a few cell formats and mark colours, appended to styles.xml and found again there."""

from __future__ import annotations

import re
from typing import Final

from sheetward.xlsx.look import Look
from sheetward.xlsx.markup import ATTRIBUTES, Element, attribute, elements, first, with_children
from sheetward.xlsx.styles_patch import StylesPatch, first_tag

_BORDER: Final = b'<{p}border><{p}left style="thin"><{p}color rgb="FFD9D9D9"/></{p}left><{p}right style="thin"><{p}color rgb="FFD9D9D9"/></{p}right><{p}top style="thin"><{p}color rgb="FFD9D9D9"/></{p}top><{p}bottom style="thin"><{p}color rgb="FFD9D9D9"/></{p}bottom><{p}diagonal/></{p}border>'


class Looks:
    """Adds looks and mark colours to a workbook's styles; what is there already, in whatever spelling, is used again."""

    def __init__(self, styles: StylesPatch) -> None:
        self._styles = styles

    def style(self, look: Look) -> int:
        """Give the style id of a look."""
        font = self._entry("fonts", "font", self._font(look))
        fill = 0 if look.fill is None else self._entry("fills", "fill", _fill(look.fill, "fgColor", solid=True))
        border = self._entry("borders", "border", _BORDER) if look.has_border else 0
        xf = (
            b'<{p}xf numFmtId="49" fontId="%d" fillId="%d" borderId="%d" xfId="0" applyNumberFormat="1" applyFont="1"'
            b' applyFill="1" applyBorder="1" applyAlignment="1"><{p}alignment vertical="top" wrapText="1"/></{p}xf>'
            % (font, fill, border)
        )
        return self._entry("cellXfs", "xf", xf)

    def mark(self, fill: str) -> int:
        """Give the number of the differential format that fills a cell with a colour."""
        self._make_marks()
        return self._entry("dxfs", "dxf", b"<{p}dxf>%s</{p}dxf>" % _fill(fill, "bgColor", solid=False))

    def _font(self, look: Look) -> bytes:
        """Give the workbook's first font in the look's colour and weight."""
        data = self._styles.data
        section = first(data, "fonts")
        own = None if section is None else first(data, "font", section.inner)
        body = b"" if own is None else own.body(data)
        size, name = (first(body, word) for word in ("sz", "name"))
        pieces = [b"<{p}b/>"] if look.is_bold else []
        pieces += [b"<{p}u/>"] if look.is_underlined else []
        pieces.append(b'<{p}sz val="%s"/>' % _value(body, size, "11"))
        pieces += [b'<{p}color rgb="%s"/>' % look.color.encode()] if look.color else []
        pieces.append(b'<{p}name val="%s"/>' % _value(body, name, "Calibri"))
        return b"<{p}font>%s</{p}font>" % b"".join(pieces)

    def _entry(self, section_name: str, name: str, xml: bytes) -> int:
        """Give the place of an entry in its section, appended where none of the same meaning is there."""
        styles = self._styles
        section = first(styles.data, section_name)
        if section is None:
            return 0
        prefix = first_tag(styles.data[section.start :])[1:].split(section_name.encode())[0]
        xml = xml.replace(b"{p}", prefix)
        known = [
            styles.data[one.start : one.end] for one in elements(styles.data, name, section.inner, section.inner_end)
        ]
        wanted = _meaning(xml)
        for place, one in enumerate(known):
            if _meaning(one) == wanted:
                return place
        styles.put(with_children(styles.data, section, xml, count=len(known) + 1), xml if name == "xf" else None)
        return len(known)

    def _make_marks(self) -> None:
        styles = self._styles
        if first(styles.data, "dxfs") is not None:
            return
        before: Element | None = first(styles.data, "cellStyles") or first(styles.data, "cellXfs")
        if before is not None:
            prefix = first_tag(styles.data[before.start :])[1:].split(b"cell")[0]
            block = b'<%sdxfs count="0"></%sdxfs>' % (prefix, prefix)
            styles.put(styles.data[: before.end] + block + styles.data[before.end :], None)


def _fill(rgb: str, name: str, *, solid: bool) -> bytes:
    kind = b' patternType="solid"' if solid else b""
    return b'<{p}fill><{p}patternFill%s><{p}%s rgb="%s"/></{p}patternFill></{p}fill>' % (
        kind,
        name.encode(),
        rgb.encode(),
    )


def _value(body: bytes, element: Element | None, default: str) -> bytes:
    found = None if element is None else attribute(element.tag(body), "val")
    return (found or default).replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;").encode()


_TAG: Final = re.compile(rb"<(?:[\w.-]+:)?(\w+)(" + ATTRIBUTES + rb")/?>")
_PAIR: Final = re.compile(rb"""([\w:]+)\s*=\s*["']([^"']*)["']""")
_SAID_ANYWAY: Final = frozenset({(b"patternType", b"solid"), (b"indexed", b"64")})


def _meaning(xml: bytes) -> list[tuple[bytes, frozenset[tuple[bytes, bytes]]]]:
    """Give the tags of a fragment with their attributes: alike for what programs only spell otherwise."""
    tags = ((found[1], frozenset(_PAIR.findall(found[2])) - _SAID_ANYWAY) for found in _TAG.finditer(xml))
    return [(name, pairs) for name, pairs in tags if pairs or name in {b"b", b"u", b"diagonal"}]
