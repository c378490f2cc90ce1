"""CSV files changed so that quotes, separators, line ends and encodings are where nobody expects them."""

from __future__ import annotations

import random

LINES = (
    "客户编号,客户姓名,联系电话,备注", "C001,王五,13800138001,", 'C002,"赵六,先生",13800138002,"他说""好"""', "C003,孙八,,'x'",
    "C004,周九,13800138004,\"两\n行\"",
)  # fmt: skip
SIGNS = (
    ",", ";", "\t", "|", '"', '""', "'", "\n", "\r", "\r\n", "\n\n", "\0", "\x1a", "\ufeff", "\u2028", " ", '"\n', ',"', "=1+1",
    "客", "é", "\U0001f600", "x" * 200, "x" * 140_000, ",,,,,,,,,,", '"' * 40, "\x85", "\x1c",
)  # fmt: skip
ENCODINGS = ("utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be", "big5", "latin-1", "utf-32")


def mutated(chance: random.Random) -> bytes:
    """Give the bytes of a CSV file at random."""
    end = chance.choice(["\n", "\r\n", "\r", "\n"])
    lines = [*LINES] * chance.choice([1, 1, 1, 20])
    text = end.join(lines).replace(",", chance.choice([",", ",", ";", "\t", "|"])) + chance.choice([end, "", end * 2])
    for _ in range(chance.choice([0, 1, 1, 2, 4, 8])):
        here = chance.randrange(len(text) + 1)
        gone = chance.choice([0, 0, 1, 5])
        text = text[:here] + chance.choice(SIGNS) + text[here + gone :]
    data = bytearray(text.encode(chance.choice(ENCODINGS), "replace"))
    for _ in range(chance.choice([0, 0, 0, 1, 3])):
        here = chance.randrange(len(data) + 1)
        data[here : here + chance.choice([0, 1, 2])] = chance.randbytes(chance.choice([0, 1, 3]))
    return bytes(data)
