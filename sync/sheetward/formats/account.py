"""Accounts by which people are reached: WeChat and QQ."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from sheetward.formats.entry import Entry, Read, Spec, folded, settled, unsettled
from sheetward.formats.phone import MOBILE
from sheetward.formats.reading import Reading
from sheetward.formats.text import damage

_LABEL: Final = re.compile(r"^(?:微信号?|微信号码|wechat(?:\s?id)?|weixin|wx|qq号?码?)\s*[:.]\s*", re.IGNORECASE)
_WECHAT: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]{5,19}")
_QQ: Final = re.compile(r"[1-9][0-9]{4,10}")
_QQ_MAIL: Final = re.compile(r"([1-9][0-9]{4,10})@(?:vip\.)?qq\.com", re.IGNORECASE)
_SEPARATOR: Final = re.compile(r"[,;、/|\s]+")


def _bare(text: str) -> str:
    plain = _LABEL.sub("", folded(text).lstrip("'‘’`")).strip()
    return plain.removesuffix(".0") if plain.removesuffix(".0").isdigit() else plain


def _is_wechat(text: str) -> bool:
    """Say whether a text is a WeChat ID, or the mobile or QQ number by which WeChat finds a person as well."""
    return bool(_WECHAT.fullmatch(text) or _QQ.fullmatch(text) or MOBILE.fullmatch(text))


def make_wechat(_spec: Spec) -> Read:
    """Make the reader of WeChat accounts.

    An ID has 6 to 20 letters, digits, `_` and `-`, a letter first; its case is kept as typed. A mobile or QQ number
    serves as well. A nickname finds nobody, and is not settled.
    """

    def read(entry: Entry, _region: str | None) -> Reading:
        if (damaged := damage(entry, "wechat")) is not None:
            return damaged
        text = _bare(entry.text) if isinstance(entry.value, str | Decimal) else ""
        if _is_wechat(text):
            return settled(entry, text)
        pieces = tuple(piece for piece in _SEPARATOR.split(text) if piece)
        if len(pieces) > 1 and all(map(_is_wechat, pieces)):
            return unsettled(entry, "wechat.several", *pieces)
        joined = "".join(pieces)
        return unsettled(entry, "wechat.form", joined if joined != text and _is_wechat(joined) else "")

    return read


def make_qq(_spec: Spec) -> Read:
    """Make the reader of QQ numbers: 5 to 11 digits, no zero first. The number in a QQ mailbox is offered."""

    def read(entry: Entry, _region: str | None) -> Reading:
        if (damaged := damage(entry, "qq")) is not None:
            return damaged
        text = _bare(entry.text) if isinstance(entry.value, str | Decimal) else ""
        if _QQ.fullmatch(text):
            return settled(entry, text)
        mail = _QQ_MAIL.fullmatch(text)
        return unsettled(entry, "qq.form", mail[1] if mail else "")

    return read
