"""Parts that byte edits cannot follow (comments, CDATA, UTF-16), spelt again by a true parser: slower, the same result.

What comes out says the same as what went in: elements, attributes and texts in their order, in UTF-8. Comments and
processing instructions, which no office program keeps either, are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, TypeVar
from xml.parsers import expat

from sheetward.errors import UserError
from sheetward.xlsx.markup import escaped_attribute, escaped_text
from sheetward.xlsx.package import WINDOW, Package
from sheetward.xlsx.texts import parse_windows, text_windows

T = TypeVar("T")
_DECLARATION: Final = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


def on_any(package: Package, act: Callable[[Package], T]) -> T:
    """Do something with a package; a part whose markup proves irregular is spelt again for it.

    `act` starts over for each such part, so it must leave nothing behind when it raises `patch.unsupported_xml`.
    """
    parts: set[str] = set()
    while True:
        try:
            return act(RegularPackage(package, frozenset(parts)) if parts else package)
        except UserError as trouble:
            part = str(trouble.facts.get("part", ""))
            if trouble.code != "patch.unsupported_xml" or part in parts or part not in package:
                raise
            parts.add(part)


class RegularPackage(Package):
    """A package of which some parts are read as a true parser spells them; all else, raw bytes too, as it stands."""

    def __init__(self, package: Package, parts: frozenset[str]) -> None:
        vars(self).update(vars(package))
        self._package = package
        self._regular = parts

    def windows(self, part: str, size: int = WINDOW) -> Iterator[bytes]:
        """Inflate a part, spelt again where it is an irregular one."""
        if part not in self._regular:
            return self._package.windows(part, size)
        return _spelt(self._package, part)


def _spelt(package: Package, part: str) -> Iterator[bytes]:
    speller = _Speller()
    yield _DECLARATION
    try:
        for _ in parse_windows(speller.parser, text_windows(package, part)):
            if speller.pieces:
                yield b"".join(speller.pieces)
                speller.pieces.clear()
    except ValueError as trouble:
        raise UserError("workbook.damaged", file=package.file, part=part) from trouble


class _Speller:
    """Turns parser events into markup; an element without content is closed in its start tag."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self.parser = expat.ParserCreate()
        self.parser.ordered_attributes = True
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._data
        self._is_open = False

    def _start(self, name: str, attributes: list[str]) -> None:
        self._close()
        pairs = zip(attributes[::2], attributes[1::2], strict=True)
        inner = b"".join(b' %s="%s"' % (key.encode(), escaped_attribute(value)) for key, value in pairs)
        self.pieces.append(b"<%s%s" % (name.encode(), inner))
        self._is_open = True

    def _end(self, name: str) -> None:
        self.pieces.append(b"/>" if self._is_open else b"</%s>" % name.encode())
        self._is_open = False

    def _data(self, text: str) -> None:
        self._close()
        self.pieces.append(escaped_text(text).replace(b"\r", b"&#13;"))

    def _close(self) -> None:
        if self._is_open:
            self.pieces.append(b">")
            self._is_open = False
