"""Chinese numerals, everyday (一万二千) and for cheques (壹万贰仟)."""

from __future__ import annotations

from typing import Final

DIGITS: Final = dict(
    zip(
        "零〇一二三四五六七八九壹贰叁肆伍陆柒捌玖貳參叄陸",
        (0, 0, *range(1, 10), *range(1, 10), 2, 3, 3, 6),
        strict=True,
    )
) | {
    "两": 2,
    "兩": 2,
    "弌": 1,
}
_SMALL: Final = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_LARGE: Final = {"万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8}
SIGNS: Final = frozenset(DIGITS) | frozenset(_SMALL) | frozenset(_LARGE)


def digits(text: str) -> str | None:
    """Read numerals said one by one as digits; `None` where one is no digit.

    >>> digits("二〇二四"), digits("二十")
    ('2024', None)
    """
    found = [DIGITS.get(c) for c in text]
    return "".join(str(d) for d in found) if found and None not in found else None


def _section(text: str) -> int | None:
    """Read what stands below 10,000: units descend, a last digit without its unit follows 十 or 零 only."""
    total, pending, lowest, after_zero, after_unit = 0, None, 10_000, False, 0
    for place, c in enumerate(text):
        if c in _SMALL:
            unit = _SMALL[c]
            if unit >= lowest or pending == 0 or (pending is None and not (unit == 10 and total == 0 and place == 0)):
                return None
            total += (1 if pending is None else pending) * unit
            lowest, pending, after_zero, after_unit = unit, None, False, unit
        elif c in DIGITS:
            if DIGITS[c] == 0:
                if pending is not None or after_zero:
                    return None
                after_zero = True
            elif pending is not None:
                return None
            else:
                pending = DIGITS[c]
        else:
            return None
    if pending is not None:
        if after_unit > 10 and not after_zero:
            return None  # 一百二 is 120 when spoken and 102 when a zero was forgotten
        total += pending
    return total


def numeral(text: str) -> int | None:
    """Read a whole number; `None` where it is none or may be read two ways (一万二).

    >>> numeral("一万二千三百四十五"), numeral("壹拾万零伍佰"), numeral("十二"), numeral("一万二"), numeral("三亿")
    (12345, 100500, 12, None, 300000000)
    """
    if text in {"零", "〇"}:
        return 0
    total, rest, lowest = 0, text, 10**12
    for unit in (10**8, 10**4):
        places = [i for i, c in enumerate(rest) if _LARGE.get(c) == unit]
        if not places:
            continue
        if len(places) > 1:
            return None
        head, rest = rest[: places[0]], rest[places[0] + 1 :]
        value = _section(head)
        if not value:
            return None
        total, lowest = total + value * unit, unit
    if rest:
        value = _section(rest)
        if not value:
            return None
        if lowest < 10**12 and value < lowest // 10 and rest[0] not in "零〇":
            return None  # 一万二 may be 12,000 or 10,002
        total += value
    return total or None
