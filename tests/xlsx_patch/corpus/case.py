"""One workbook of the corpus: how it is made, what it proves, where its table lies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

HEADERS = ("编号", "姓名", "电话", "邮箱", "金额", "备注")
CUSTOMERS = (
    ("C001", "李雷", "13800138000", "li@example.com", 12.5, "老客户"),
    ("C002", "韩梅梅", "13900139000", "han@example.com", 80, ""),
    ("C003", "Tom & <Jerry>", "+86 10 5555 0100", "tom@example.com", 3, "a  b"),
    ("C004", "王五", "021-55550123", "", 99.25, "李雷"),
    ("C005", "赵六", "13700137000", "zhao@example.com", 7, "end"),
)
LAST = 1 + len(CUSTOMERS)


@dataclass(frozen=True, slots=True)
class Case:
    """One workbook: how it is made, what it proves, where its table lies.

    `can_append` says whether three rows fit below the table with one to spare, `has_gap` whether they fit exactly.
    `refused` is the code with which writing into it is refused (`refused_at` binding or writing). `width` counts the
    table's own columns, private ones included; `amount` is the type of the amounts. `sums` are the first cells of further tabs after the cycle of
    `test_cycle`, as LibreOffice shows them.
    """

    name: str
    proves: str
    build: Callable[[], bytes]
    tab: str = "客户"
    header_row: int = 1
    left: int = 1
    last_row: int = LAST
    can_append: bool = True
    has_gap: bool = False
    allow_protected: bool = False
    openpyxl_reads: bool = True
    suffix: str = ".xlsx"
    refused: str = ""
    refused_at: str = "write"
    width: int = len(HEADERS)
    amount: str = "number"
    sums: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def takes_rows(self) -> bool:
        """Say whether three new rows find room when they are placed one by one."""
        return self.can_append or self.has_gap

    @property
    def columns(self) -> tuple[int, int]:
        """Give the first and last column of the table."""
        return self.left, self.left + len(HEADERS) - 1
