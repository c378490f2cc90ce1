"""Text as workbooks spell it: entities, `_xHHHH_` escapes, rich runs, and the table of shared strings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Final
from xml.parsers import expat

from sheetward.errors import UserError
from sheetward.xlsx.package import Package
from sheetward.xlsx.texts import Irregular, parse_windows, prefix_of, text_windows

MAX_TEXT: Final = 500_000_000
"""Characters of all shared strings."""

_ENTITY: Final = re.compile(r"&(?:(?:#x([0-9A-Fa-f]{1,8})|#([0-9]{1,8})|(amp|lt|gt|quot|apos));)?")
_ESCAPE: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")
_NAMED: Final = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}


def _entity(found: re.Match[str]) -> str:
    code = int(found[1], 16) if found[1] else int(found[2]) if found[2] else None
    if code is None:
        if not found[3]:
            raise ValueError("&")
        return _NAMED[found[3]]
    if not (code in (9, 10, 13) or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or 0x10000 <= code <= 0x10FFFF):
        raise ValueError(found[0])
    return chr(code)


def unescaped(text: str) -> str:
    """Read XML character data as a parser would; `ValueError` for an entity that XML does not know."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _ENTITY.sub(_entity, text) if "&" in text else text


def decoded(text: str) -> str:
    """Read `_xHHHH_` escapes; half a surrogate pair becomes U+FFFD.

    >>> decoded("a_x000D_b"), decoded("_x005F_x0041_"), decoded("_x41_")
    ('a\\rb', '_x0041_', '_x41_')
    """
    if "_x" not in text:
        return text
    text = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def plain_text(written: str) -> str:
    """Read one run of text as it is written."""
    return decoded(unescaped(written)) if "&" in written or "_x" in written or "\r" in written else written


@cache
def _runs(prefix: str) -> re.Pattern[str]:
    p = re.escape(prefix)
    return re.compile(rf"<{p}t(?:\s[^<>]*)?(?:/>|>([^<]*)</{p}t\s*>)")


def joined(xml: str, prefix: str) -> str:
    """Join the runs of a rich text (the inside of `<si>` or `<is>`), without its phonetic runs."""
    if "rPh" in xml:
        first, *others = xml.split(f"<{prefix}rPh")
        end = f"</{prefix}rPh"
        xml = first + "".join(other.partition(end if end in other else "/>")[2] for other in others)
    return "".join(decoded(unescaped(text)) for text in _runs(prefix).findall(xml))


@cache
def _items(prefix: str) -> re.Pattern[str]:
    p = re.escape(prefix)
    return re.compile(
        rf'<{p}si>(?:<{p}t(?: xml:space="preserve")?>([^<]*)</{p}t></{p}si>|(.*?)</{p}si>)'
        rf"|<{p}si\s*/>|<{p}si\s[^<>]*>(.*?)</{p}si>",
        re.DOTALL,
    )


def read_strings(package: Package, part: str | None) -> list[str]:
    """Read the table of shared strings; empty where the workbook has none.

    `UserError('workbook.too_much_text')` above `MAX_TEXT` characters.
    """
    if part is None or part not in package:
        return []
    found: list[str] = []
    size = 0
    try:
        for texts in _scanned(package, part):
            found += texts
            size += sum(map(len, texts))
            if size > MAX_TEXT:
                raise UserError("workbook.too_much_text", file=package.file, part=part)
    except Irregular:
        return list(_parsed(package, part))
    except ValueError as trouble:
        raise UserError("workbook.damaged", file=package.file, part=part) from trouble
    return found


def _scanned(package: Package, part: str) -> Iterator[list[str]]:
    prefix: str | None = None
    held: list[str] = []
    mark = "<si"
    for text in text_windows(package, part):
        held.append(text)
        if prefix is None:
            prefix = prefix_of("".join(held), "sst")
            if prefix is None and len(held) > 4:
                raise Irregular
            if prefix is None:
                continue
            mark = f"<{prefix}si"
        elif mark not in text and mark not in held[-2][-len(mark) :] + text[: len(mark)]:
            continue
        whole = "".join(held)
        cut = whole.rfind(mark)
        if cut > 0:
            yield _texts(whole[:cut], prefix, mark)
            whole = whole[cut:]
        held = [whole]
    if prefix is None:
        raise Irregular
    yield _texts("".join(held), prefix, mark)


def _texts(xml: str, prefix: str, mark: str) -> list[str]:
    plain = _plain_texts(xml, prefix)
    if plain is not None:
        return plain
    if "<!" in xml or "<?" in xml.removeprefix("<?xml"):
        raise Irregular
    rest = xml[xml.rfind(f"</{mark[1:]}>") + 1 :]
    if mark in rest and not all(item.lstrip().startswith("/>") for item in rest.split(mark)[1:]):
        raise Irregular  # and not the search through all that follows, from each of them
    found = _items(prefix).findall(xml)
    if len(found) != xml.count(mark):
        raise Irregular
    return [plain_text(plain) if plain else joined(rich or other, prefix) for plain, rich, other in found]


def _plain_texts(xml: str, prefix: str) -> list[str] | None:
    """Give the texts of items of one plain run each that stand close to each other; `None` where anything else is there."""
    opening, closing = f"<{prefix}si><{prefix}t>", f"</{prefix}t></{prefix}si>"
    if not xml.startswith(opening) or not xml.endswith(closing) or "&" in xml or "_x" in xml or "\r" in xml:
        return None
    texts = xml[len(opening) : -len(closing)].split(closing + opening)
    return texts if xml.count("<") == 4 * len(texts) else None


def _parsed(package: Package, part: str) -> Iterator[str]:
    """Read the table with a true parser: the same result, slower; for comments, CDATA and the like."""
    done: list[str] = []
    path: list[str] = []
    runs: list[str] = []

    def start(tag: str, _: dict[str, str]) -> None:
        path.append(tag.rpartition(":")[2])
        if len(path) == 2:
            runs.clear()

    def end(_: str) -> None:
        if len(path) == 2 and path[1] == "si":
            done.append(decoded_runs(runs))
        elif path[-1] == "t":
            runs.append("\0")
        path.pop()

    def data(text: str) -> None:
        if path[-1] == "t" and "rPh" not in path:
            runs.append(text)

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = data
    try:
        for _ in parse_windows(parser, text_windows(package, part)):
            yield from done
            done.clear()
    except ValueError as trouble:
        raise UserError("workbook.damaged", file=package.file, part=part) from trouble


def decoded_runs(pieces: Iterable[str]) -> str:
    """Decode runs that a parser gave in pieces, each run ended by a NUL, which XML text cannot hold."""
    return "".join(decoded(run) for run in "".join(pieces).split("\0"))
