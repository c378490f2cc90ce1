"""Number formats: which format a cell's style id means, and whether it shows numbers as dates.

Source of the built-in ids: ECMA-376 part 1, 18.8.30, with the lists for zh-cn, zh-tw, ja-jp and ko-kr, which files do
not spell out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Final

from sheetward.xlsx.package import Package
from sheetward.xlsx.tree import descend, number, read_tree

BUILT_IN: Final[dict[int, str]] = {
    1: "0",
    2: "0.00",
    3: "#,##0",
    4: "#,##0.00",
    5: '"¥"#,##0;"¥"\\-#,##0',
    6: '"¥"#,##0;[Red]"¥"\\-#,##0',
    7: '"¥"#,##0.00;"¥"\\-#,##0.00',
    8: '"¥"#,##0.00;[Red]"¥"\\-#,##0.00',
    9: "0%",
    10: "0.00%",
    11: "0.00E+00",
    12: "# ?/?",
    13: "# ??/??",
    14: "mm-dd-yy",
    15: "d-mmm-yy",
    16: "d-mmm",
    17: "mmm-yy",
    18: "h:mm AM/PM",
    19: "h:mm:ss AM/PM",
    20: "h:mm",
    21: "h:mm:ss",
    22: "m/d/yy h:mm",
    27: 'yyyy"年"m"月"',
    28: 'm"月"d"日"',
    29: 'm"月"d"日"',
    30: "m-d-yy",
    31: 'yyyy"年"m"月"d"日"',
    32: 'h"时"mm"分"',
    33: 'h"时"mm"分"ss"秒"',
    34: '上午/下午h"时"mm"分"',
    35: '上午/下午h"时"mm"分"ss"秒"',
    36: 'yyyy"年"m"月"',
    37: "#,##0;\\-#,##0",
    38: "#,##0;[Red]\\-#,##0",
    39: "#,##0.00;\\-#,##0.00",
    40: "#,##0.00;[Red]\\-#,##0.00",
    41: '_ * #,##0_ ;_ * \\-#,##0_ ;_ * "-"_ ;_ @_ ',
    42: '_ "¥"* #,##0_ ;_ "¥"* \\-#,##0_ ;_ "¥"* "-"_ ;_ @_ ',
    43: '_ * #,##0.00_ ;_ * \\-#,##0.00_ ;_ * "-"??_ ;_ @_ ',
    44: '_ "¥"* #,##0.00_ ;_ "¥"* \\-#,##0.00_ ;_ "¥"* "-"??_ ;_ @_ ',
    45: "mm:ss",
    46: "[h]:mm:ss",
    47: "mm:ss.0",
    48: "##0.0E+0",
    49: "@",
    50: 'yyyy"年"m"月"',
    51: 'm"月"d"日"',
    52: 'yyyy"年"m"月"',
    53: 'm"月"d"日"',
    54: 'm"月"d"日"',
    55: '上午/下午h"时"mm"分"',
    56: '上午/下午h"时"mm"分"ss"秒"',
    57: 'yyyy"年"m"月"',
    58: 'm"月"d"日"',
}
"""Format codes that styles.xml does not spell out; 0 is General, spelt as the empty text."""

_LITERAL: Final = re.compile(r'"[^"]*"?|\\.|[_*].|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
_GENERAL: Final = re.compile(r"general|g/通用格式|standard", re.IGNORECASE)
_DATE_LETTER: Final = re.compile(r"[ymdhs]|e(?![+\-])|g+e|aaa|bb", re.IGNORECASE)


@cache
def is_date_format(code: str) -> bool:
    """Say whether a format shows a number as a date, a time or a duration.

    >>> is_date_format("yyyy-mm-dd"), is_date_format("[h]:mm"), is_date_format('[$-404]e"年"m"月"')
    (True, True, True)
    >>> is_date_format('0.00" days"'), is_date_format("[Red]0.00E+00"), is_date_format("G/通用格式"), is_date_format("@")
    (False, False, False, False)
    """
    return bool(_DATE_LETTER.search(_GENERAL.sub("", _LITERAL.sub("", code))))


@dataclass(frozen=True, slots=True)
class Styles:
    """Style id to format: `codes` are format codes (empty for General), `dates` whether each shows dates."""

    codes: tuple[str, ...] = ("",)
    dates: tuple[bool, ...] = (False,)


def read_styles(package: Package, part: str | None) -> Styles:
    """Read the cell formats of a workbook; a workbook without styles has one, General."""
    if part is None or part not in package:
        return Styles()
    root = read_tree(package, part)
    spelt = {number(one, "numFmtId", -1): one.get("formatCode", "") for one in descend(root, "numFmts", "numFmt")}
    codes = tuple(_code(number(one, "numFmtId"), spelt) for one in descend(root, "cellXfs", "xf"))
    return Styles(codes, tuple(is_date_format(code) for code in codes)) if codes else Styles()


def _code(format_id: int, spelt: dict[int, str]) -> str:
    code = spelt.get(format_id)
    if code is None:
        code = BUILT_IN.get(format_id, "")
    return "" if code.casefold() in ("general", "g/通用格式") else code
