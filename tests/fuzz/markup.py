"""XML parts changed in ways that keep most of their structure: tags, attributes and texts become what a reader may trip over."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

TOKEN = re.compile(r"<[^>]*>|[^<]+")
ATTRIBUTE = re.compile(r"""([\w:.-]+)(\s*=\s*)("[^"]*"|'[^']*')""")

NUMBERS = (
    "", " ", "0", "-1", "1", "2", "5", "99999", "1048576", "1048577", "16385", "4294967296", "99999999999999999999", "1e5",
    "1E400", "NaN", "INF", "0x10", " 5 ", "+5", "1.5", "１２", "٣", "²", "00007", "1_000", "true", "false", "-0", "9" * 400,
)  # fmt: skip
REFERENCES = (
    "A1", "A0", "a1", "XFD1048576", "XFE1", "A1048577", "ZZZZ1", "AAAAAAAAAAAAAAA1", "A", "1", "A1:B2", "B2:A1", "$A$1", "A1:",
    ":", "A:A", "1:1", "A1 C3", "A1:XFD1048576", "R1C1", "Ä1", "A１", "A-1", "A1.5", "#REF!", "A99999999999999999999",
)  # fmt: skip
WORDS = (
    "", "s", "n", "b", "e", "d", "str", "inlineStr", "x", "shared", "array", "dataTable", "hidden", "veryHidden", "External",
    "../../../etc/passwd", "/xl/workbook.xml", "http://example.org/x", "file:///etc/passwd", "%2e%2e/x", "rId1", "rId99", "客户",
    "_x0041_", "_x005F_", "_xD83D_", "\ufffe", "\u202e", "😀", "preserve", "General", "yyyy-mm-dd", '[$-804]aaaa;@', ";;;", "a'b",
    "=1+1", "#VALUE!", "worksheets/sheet1.xml", "2024-02-30", "1899-12-31", "60", "2958466", "-1",
)  # fmt: skip
INSERTED = (
    "<!-- a comment -->", "<!-- <row r='9'/> -->", "<![CDATA[<c r='Z1'/>]]>", "<?pi x?>", "<!DOCTYPE x>",
    '<!DOCTYPE x [<!ENTITY a "aaa">]>', "&amp;", "&a;", "&#0;", "&#x110000;", "&#xD800;", "&", "<", ">", "]]>", "\0", "\x0b",
    "\ufffe", "\r", "\r\n", " " * 3000, "<x/>", "</x>", "<x>", '<c r="B2"><v>1</v></c>', '<row r="2"><c r="A2"><v>7</v></c></row>',
    '<v>5</v>', "<f>1+1</f>", '<f t="shared" si="0"/>', '<f t="array" ref="A1:C3">1</f>', '<f t="dataTable" ref="A1:B2"/>',
    "<is><t>x</t></is>", "<t>x</t>", "<r><t>a</t></r>", "<rPh><t>p</t></rPh>", '<mergeCell ref="A1:XFD1048576"/>',
    '<extLst><ext uri="x"><c r="A1"/></ext></extLst>', "<sheetData/>", "</sheetData>", "<sheetData>", '<x:c xmlns:x="y" r="C3"/>',
    '<mc:AlternateContent xmlns:mc="m"><mc:Choice Requires="x"/></mc:AlternateContent>', '<dimension ref="A1:XFD1048576"/>',
)  # fmt: skip


def _tags(tokens: list[str]) -> list[int]:
    return [number for number, token in enumerate(tokens) if token.startswith("<") and len(token) > 2]


def _attribute(chance: random.Random, tokens: list[str]) -> None:
    places = [n for n in _tags(tokens) if ATTRIBUTE.search(tokens[n])]
    if not places:
        return
    number = chance.choice(places)
    found = chance.choice([*ATTRIBUTE.finditer(tokens[number])])
    value = chance.choice(chance.choice([NUMBERS, REFERENCES, WORDS]))
    new = {
        0: "",
        1: found[0] + " " + found[0],
        2: found[1].upper() + found[2] + found[3],
        3: f"{found[1]}='{value}'",
        4: f'{found[1]} = "{value}"',
        5: found[1] + "x" + found[2] + found[3],
    }.get(chance.randrange(12), f'{found[1]}="{value}"')
    tokens[number] = tokens[number][: found.start()] + new + tokens[number][found.end() :]


def _text(chance: random.Random, tokens: list[str]) -> None:
    places = [n for n, token in enumerate(tokens) if not token.startswith("<") and token.strip()]
    if places:
        tokens[chance.choice(places)] = chance.choice(chance.choice([NUMBERS, WORDS, INSERTED]))


def _insert(chance: random.Random, tokens: list[str]) -> None:
    tokens.insert(chance.randrange(len(tokens) + 1), chance.choice(INSERTED))


def _delete(chance: random.Random, tokens: list[str]) -> None:
    if tokens:
        here = chance.randrange(len(tokens))
        del tokens[here : here + chance.choice([1, 1, 1, 2, 3, 10])]


def _double(chance: random.Random, tokens: list[str]) -> None:
    here = chance.randrange(len(tokens) + 1)
    piece = tokens[here : here + chance.choice([1, 2, 3, 5, 20])]
    tokens[here:here] = piece * chance.choice([1, 1, 1, 30])


def _swap(chance: random.Random, tokens: list[str]) -> None:
    places = _tags(tokens)
    if len(places) > 1:
        one, other = chance.sample(places, 2)
        tokens[one], tokens[other] = tokens[other], tokens[one]


def _rename(chance: random.Random, tokens: list[str]) -> None:
    places = _tags(tokens)
    if places:
        number = chance.choice(places)
        name = chance.choice(
            ["x:c", "c", "row", "sheetData", "si", "xf", "C", "worksheet", "", "a" * 300, "f", "sheet"]
        )
        tokens[number] = re.sub(r"(?<=[</])[\w:.]+", name, tokens[number], count=1)


def _open(chance: random.Random, tokens: list[str]) -> None:
    places = _tags(tokens)
    if places:
        number = chance.choice(places)
        tokens[number] = chance.choice(
            [tokens[number].rstrip(">"), tokens[number].replace("/>", ">"), tokens[number].replace("</", "<"),
             tokens[number][:-1] + " />", tokens[number].replace('"', "'"), tokens[number].replace('"', "", 1)]
        )  # fmt: skip


def _deep(chance: random.Random, tokens: list[str]) -> None:
    here = chance.randrange(len(tokens) + 1)
    depth = chance.choice([50, 2000, 20000])
    tokens.insert(here, "<a>" * depth + (("</a>" * depth) if chance.random() < 0.7 else ""))


def _long(chance: random.Random, tokens: list[str]) -> None:
    places = _tags(tokens)
    if places:
        number = chance.choice(places)
        many = "".join(f' a{n}="{n}"' for n in range(3000)) if chance.random() < 0.5 else f' a="{"x" * 200_000}"'
        tokens[number] = re.sub(r"(/?>)$", lambda end: many + end[1], tokens[number])


def _prefix(chance: random.Random, tokens: list[str]) -> None:
    every = chance.random() < 0.5
    for number in _tags(tokens):
        if tokens[number][1] not in "?!" and (every or chance.random() < 0.5):
            tokens[number] = re.sub(r"^(</?)(?=\w)", r"\1x:", tokens[number])


MUTATIONS: tuple[Callable[[random.Random, list[str]], None], ...] = (
    _attribute, _attribute, _attribute, _attribute, _text, _text, _insert, _insert, _delete, _double, _swap, _rename, _open,
    _deep, _long, _prefix,
)  # fmt: skip


def mutated(chance: random.Random, xml: bytes) -> bytes:
    """Change an XML part; the result may be well-formed or not, and in an encoding that nobody expects."""
    tokens = TOKEN.findall(xml.decode("utf-8", "replace"))
    for _ in range(chance.choice([1, 1, 1, 2, 3])):
        chance.choice(MUTATIONS)(chance, tokens)
    text = "".join(tokens)
    match chance.randrange(24):
        case 0:
            return text.encode("utf-16", "surrogatepass")
        case 1:
            return b"\xef\xbb\xbf" + text.encode("utf-8", "surrogatepass")
        case 2:
            return re.sub("encoding=.UTF-8.", 'encoding="GBK"', text).encode("gbk", "replace")
        case 3:
            return text.encode("utf-16-be", "surrogatepass")
        case 4:
            held = bytearray(text.encode("utf-8", "surrogatepass"))
            held[chance.randrange(len(held) + 1) : 0] = b"\xff\x80"
            return bytes(held)
        case _:
            return text.encode("utf-8", "surrogatepass")
