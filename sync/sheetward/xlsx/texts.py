"""An XML part as decoded text, window by window, behind the guards."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from typing import Final
from xml.parsers import expat

from sheetward.errors import UserError
from sheetward.xlsx.guards import check_encoding, encoding_of
from sheetward.xlsx.package import WINDOW, Package

_DECLARATION: Final = re.compile(r"<!(?:DOCTYPE|ENTITY)")
MAX_TOKEN: Final = 8_000_000
"""Characters of one tag, comment or the like."""
_LONGEST: Final = len("<!DOCTYPE")


class Irregular(Exception):  # noqa: N818 - a signal between modules, not an error
    """XML that a scan by patterns cannot be trusted with (comments, CDATA, mixed prefixes): read it with a true parser."""


def text_windows(package: Package, part: str) -> Iterator[str]:
    """Inflate and decode a part; document type and entity declarations are refused wherever they stand."""
    decoder: codecs.IncrementalDecoder | None = None
    before = ""
    try:
        for window in package.windows(part, WINDOW):
            if decoder is None:
                encoding = encoding_of(window)
                if encoding == "utf-8-sig":
                    check_encoding(window, package.file, part)
                decoder = codecs.getincrementaldecoder(encoding)()
            text = decoder.decode(window)
            if ("!" in text or "!" in before) and _DECLARATION.search(before + text):  # one character is found faster
                raise UserError("workbook.doctype", file=package.file, part=part)
            before = text[-_LONGEST:]
            yield text
        if decoder is not None:
            decoder.decode(b"", final=True)
    except UnicodeDecodeError as trouble:
        raise UserError("workbook.damaged", file=package.file, part=part) from trouble


def parse_windows(parser: expat.XMLParserType, windows: Iterable[str]) -> Iterator[None]:
    """Feed a parser window by window, pausing after each; `ValueError` for what is not XML or one token without end.

    Older expat reads an unfinished token again with every window, so that a huge one would take hours.
    """
    fed = 0
    try:
        for text in windows:
            parser.Parse(text)
            fed += len(text)
            if fed - parser.CurrentByteIndex > MAX_TOKEN:
                raise ValueError("a token without end")
            yield
        parser.Parse("", True)  # noqa: FBT003 - expat takes it by position only
    except expat.ExpatError as trouble:
        raise ValueError("not XML") from trouble
    yield


def prefix_of(head: str, element: str) -> str | None:
    """Give the prefix, with its colon, under which an element starts in this text; `None` where it does not."""
    found = re.search(rf"<((?:[\w.\-]+:)?){element}[\s/>]", head)
    return found[1] if found else None
