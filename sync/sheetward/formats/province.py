"""The provinces of China (GB/T 2260), by full name, short name, code and English name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Final

from sheetward.formats.entry import Entry, Read, Spec, folded, settled, unsettled
from sheetward.formats.reading import Reading
from sheetward.formats.text import damage

NAMES: Final[Mapping[str, str]] = {
    "11": "北京市 北京 Beijing Peking",
    "12": "天津市 天津 Tianjin",
    "13": "河北省 河北 Hebei",
    "14": "山西省 山西 Shanxi",
    "15": "内蒙古自治区 内蒙古 InnerMongolia NeiMongol 内蒙",
    "21": "辽宁省 辽宁 Liaoning",
    "22": "吉林省 吉林 Jilin",
    "23": "黑龙江省 黑龙江 Heilongjiang",
    "31": "上海市 上海 Shanghai",
    "32": "江苏省 江苏 Jiangsu",
    "33": "浙江省 浙江 Zhejiang",
    "34": "安徽省 安徽 Anhui",
    "35": "福建省 福建 Fujian",
    "36": "江西省 江西 Jiangxi",
    "37": "山东省 山东 Shandong",
    "41": "河南省 河南 Henan",
    "42": "湖北省 湖北 Hubei",
    "43": "湖南省 湖南 Hunan",
    "44": "广东省 广东 Guangdong Canton",
    "45": "广西壮族自治区 广西 Guangxi 广西省",
    "46": "海南省 海南 Hainan",
    "50": "重庆市 重庆 Chongqing",
    "51": "四川省 四川 Sichuan Szechuan",
    "52": "贵州省 贵州 Guizhou",
    "53": "云南省 云南 Yunnan",
    "54": "西藏自治区 西藏 Xizang Tibet",
    "61": "陕西省 陕西 Shaanxi",
    "62": "甘肃省 甘肃 Gansu",
    "63": "青海省 青海 Qinghai",
    "64": "宁夏回族自治区 宁夏 Ningxia",
    "65": "新疆维吾尔自治区 新疆 Xinjiang",
    "71": "台湾省 台湾 Taiwan 臺灣 中国台湾",
    "81": "香港特别行政区 香港 HongKong 中国香港",
    "82": "澳门特别行政区 澳门 Macao Macau 中国澳门",
}
"""Code to names, the full one first."""

_MARKS: Final = re.compile(r"[\s.,'’·\-]+")
_ENDING: Final = re.compile(r"(?:province|municipality|autonomousregion|zhuangautonomousregion|sar)$")


@cache
def _codes() -> Mapping[str, str]:
    """Give each spelling's key to the province's code."""
    found = {name.casefold(): code for code, names in NAMES.items() for name in names.split()}
    return found | {key: code for code in NAMES for key in (code, f"{code}0000")}


def make(_spec: Spec) -> Read:
    """Make the reader of provinces; the value is the full Chinese name. Nothing is matched by likeness.

    `山西` and `陕西` are one letter apart in English (Shanxi, Shaanxi): only these spellings are taken.
    """

    def read(entry: Entry, _region: str | None) -> Reading:
        if (damaged := damage(entry, "province")) is not None:
            return damaged
        text = folded(entry.text)
        key = text if any(sign.isdigit() for sign in text) else _MARKS.sub("", text).casefold()
        code = _codes().get(key) or _codes().get(_ENDING.sub("", key))
        return unsettled(entry, "province.unknown") if code is None else settled(entry, NAMES[code].split()[0])

    return read
