"""Countries and regions as ISO 3166-1 alpha-2 codes, by name in Chinese and English (CLDR)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Final

from sheetward.formats.entry import Entry, Read, Spec, folded, settled, unsettled
from sheetward.formats.reading import Reading

_LANGUAGES: Final = ("zh", "zh_Hant", "zh_Hant_HK", "en")
_NOT_COUNTRIES: Final = frozenset({"EU", "EZ", "UN", "QO", "ZZ", "XA", "XB", "AC", "CP", "DG", "EA", "IC", "TA", "CQ"})
_OWN: Final[Mapping[str, str]] = {
    "CN": "中华人民共和国 中國大陸 中国大陆 内地 大陆 prc china(prc) mainlandchina peoplesrepublicofchina thepeoplesrepublicofchina prchina chn",
    "HK": "香港 中国香港 中國香港 香港特区 香港特别行政区 hongkong hongkongsar hongkongchina chinahongkong hksar hkg",
    "MO": "澳门 澳門 中国澳门 中國澳門 澳门特区 澳门特别行政区 macao macau macaosar macauchina chinamacao chinamacau mac",
    "TW": "台湾 臺灣 中国台湾 中國台灣 中國臺灣 台湾省 台湾地区 中国台湾省 taiwan taiwanchina chinataiwan taiwanprovinceofchina twn",
    "US": "美国 美利坚合众国 美利坚 usa unitedstates unitedstatesofamerica theunitedstates",
    "GB": "英国 大不列颠 联合王国 大不列颠及北爱尔兰联合王国 uk gbr unitedkingdom greatbritain",
    "KR": "韩国 南韩 大韩民国 southkorea republicofkorea kor rok",
    "KP": "朝鲜 北韩 北朝鲜 northkorea dprk prk",
    "RU": "俄罗斯 俄国 俄罗斯联邦 russianfederation russia rus",
    "AE": "阿联酋 阿拉伯联合酋长国 uae unitedarabemirates",
    "VN": "越南 vietnam vnm",
    "CZ": "捷克 捷克共和国 czechrepublic czechia cze",
    "NL": "荷兰 holland thenetherlands netherlands nld",
    "DE": "德国 德意志联邦共和国 deutschland germany deu",
    "FR": "法国 法兰西 france fra",
    "JP": "日本 日本国 japan jpn",
    "SG": "新加坡 singapore sgp",
    "MY": "马来西亚 大马 malaysia mys",
    "TH": "泰国 thailand tha",
    "IN": "印度 india ind",
    "AU": "澳大利亚 澳洲 australia aus",
    "NZ": "新西兰 纽西兰 newzealand nzl",
    "CA": "加拿大 canada can",
    "IT": "意大利 italy ita",
    "ES": "西班牙 spain esp",
    "CH": "瑞士 switzerland che",
    "TR": "土耳其 turkey turkiye tur",
    "LA": "老挝 laos lao",
    "MM": "缅甸 burma myanmar mmr",
    "CI": "科特迪瓦 象牙海岸 ivorycoast",
    "SA": "沙特 沙特阿拉伯 saudi saudiarabia ksa sau",
    "IR": "伊朗 iran irn",
    "SY": "叙利亚 syria syr",
    "MD": "摩尔多瓦 moldova",
    "TZ": "坦桑尼亚 tanzania",
    "BO": "玻利维亚 bolivia",
    "VE": "委内瑞拉 venezuela",
    "MK": "北马其顿 northmacedonia",
    "SZ": "斯威士兰 swaziland",
    "PS": "巴勒斯坦 palestine stateofpalestine",
    "CV": "佛得角 capeverde",
    "TL": "东帝汶 easttimor",
}
_DOUBTFUL: Final[Mapping[str, tuple[str, ...]]] = {
    "korea": ("KR", "KP"),
    "congo": ("CG", "CD"),
    "刚果": ("CG", "CD"),
    "剛果": ("CG", "CD"),
    "virginislands": ("VG", "VI"),
    "维尔京群岛": ("VG", "VI"),
    "高丽": ("KR", "KP"),
}
_ANSWERS: Final = frozenset({"na", "no"})
"""Codes that are also said for "not available" and "no": only in capitals are they countries."""
_IGNORED: Final = re.compile(r"[\s.,'’·\-–—_()（）\[\]&]+|^the\s+", re.IGNORECASE)


def _key(text: str) -> str:
    return _IGNORED.sub("", folded(text)).casefold()


@cache
def codes() -> frozenset[str]:
    """Give the alpha-2 codes of ISO 3166-1, and XK."""
    from babel import Locale

    names = map(str, Locale.parse("en").territories)
    return frozenset(c for c in names if len(c) == 2 and c.isalpha() and c not in _NOT_COUNTRIES)


def is_region(code: str) -> bool:
    """Say whether a code names a country whose numbers are known: ISO 3166-1, and EL and XI of European tax numbers."""
    return code == "CN" or code in {"EL", "XI"} or code in codes()


@cache
def _names() -> Mapping[str, str]:
    """Give each name's key to its code; a name that two countries share is left out."""
    from babel import Locale

    table: dict[str, str] = {}
    shared: set[str] = set()
    for language in _LANGUAGES:
        territories = Locale.parse(language).territories
        for code in codes():
            key = _key(territories[code])
            if table.setdefault(key, code) != code:
                shared.add(key)
    for code, words in _OWN.items():
        for word in words.split():
            table[_key(word)] = code
    for key in shared | set(_DOUBTFUL):
        table.pop(key, None)
    return {**_three_letters(), **table}


@cache
def _three_letters() -> Mapping[str, str]:
    """Give the alpha-3 codes of ISO 3166-1, in small letters, to the alpha-2 ones."""
    from babel.core import get_global

    aliases = get_global("territory_aliases")
    return {
        long.casefold(): found[0]
        for long, found in aliases.items()
        if len(long) == 3 and long.isalpha() and len(found) == 1 and found[0] in codes()
    }


def _turned(text: str) -> str:
    """Give `Korea, Republic of` as people say it; the empty string where there is nothing to turn."""
    name, comma, rest = folded(text).partition(",")
    return _key(f"{rest} {name}") if comma else ""


def label(code: str, lang: str) -> str:
    """Give the name that people see for a code; the text itself where it is no code."""
    if code not in codes():
        return code
    from babel import Locale

    if lang == "zh" and code in _SHOWN_ZH:
        return _SHOWN_ZH[code]
    return str(Locale.parse("zh" if lang == "zh" else "en").territories[code])


_SHOWN_ZH: Final[Mapping[str, str]] = {"HK": "中国香港", "MO": "中国澳门", "TW": "中国台湾"}


def make(_spec: Spec) -> Read:
    """Make the reader of countries: codes and full names; what may be two countries (Korea) is not settled."""

    def read(entry: Entry, _region: str | None) -> Reading:
        if not isinstance(entry.value, str):
            return unsettled(entry, "country.unknown")
        if entry.value in codes():
            return settled(entry, entry.value)
        key = _key(entry.value)
        if key in _ANSWERS:
            return unsettled(entry, "country.ambiguous", key.upper())
        if len(key) == 2 and key.upper() in codes() and key.isascii():
            return settled(entry, key.upper())
        if (code := _names().get(key) or _names().get(_turned(entry.value))) is not None:
            return settled(entry, code)
        if key in _DOUBTFUL:
            return unsettled(entry, "country.ambiguous", *_DOUBTFUL[key])
        return unsettled(entry, "country.unknown")

    return read
