"""Web addresses, and the standard's string formats `uri`, `uuid` and `binary`."""

from __future__ import annotations

import re
from typing import Final

from sheetward.formats.entry import Entry, Read, Spec, folded, settled, unsettled
from sheetward.formats.reading import Reading

_LABEL: Final = r"[A-Za-z0-9\u00a1-\U0010ffff](?:[A-Za-z0-9\u00a1-\U0010ffff-]{0,61}[A-Za-z0-9\u00a1-\U0010ffff])?"
_URL: Final = re.compile(
    rf"((?i:https?|ftp)://)?((?:{_LABEL}\.)+(?:[A-Za-z\u00a1-\U0010ffff]{{2,63}}|[Xx][Nn]--[A-Za-z0-9-]+)|(?:[0-9]{{1,3}}\.){{3}}[0-9]{{1,3}}|(?i:localhost))(:[0-9]{{1,5}})?([/?#]\S*)?",
)
_URI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[^\s<>\"{}|\\^`]+")
_UUID: Final = re.compile(
    r"\{?([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})\}?", re.IGNORECASE
)
_BASE64: Final = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")


def make_url(_spec: Spec) -> Read:
    """Make the reader of web addresses: scheme and host in small letters; `www.example.com` may go without a scheme."""

    def read(entry: Entry, _region: str | None) -> Reading:
        text = folded(entry.text) if isinstance(entry.value, str) else ""
        match = _URL.fullmatch(text)
        if match is None or "@" in text.split("/")[0]:
            repaired = re.sub(r"[\s]+", "", text.replace("。", ".").replace("：", ":")).replace("http:/w", "http://w")
            offer = repaired if repaired != text and _URL.fullmatch(repaired) else ""
            return unsettled(entry, "url.form", offer)
        is_number = match[2][-1].isdigit()
        if (is_number and (match[1] is None or any(int(part) > 255 for part in match[2].split(".")))) or (
            match[3] and not 0 < int(match[3][1:]) < 65536
        ):
            return unsettled(entry, "url.form")
        return settled(entry, f"{(match[1] or '').lower()}{match[2].lower()}{match[3] or ''}{match[4] or ''}")

    return read


def make_uri(_spec: Spec) -> Read:
    """Make the reader of the standard's `uri`: any scheme."""

    def read(entry: Entry, _region: str | None) -> Reading:
        return settled(entry, entry.text) if _URI.fullmatch(entry.text) else unsettled(entry, "uri.form")

    return read


def make_uuid(_spec: Spec) -> Read:
    """Make the reader of the standard's `uuid`: small letters, with hyphens."""

    def read(entry: Entry, _region: str | None) -> Reading:
        match = _UUID.fullmatch(folded(entry.text))
        return settled(entry, "-".join(match.groups()).lower()) if match else unsettled(entry, "uuid.form")

    return read


def make_binary(_spec: Spec) -> Read:
    """Make the reader of the standard's `binary`: base64 text."""

    def read(entry: Entry, _region: str | None) -> Reading:
        text = "".join(entry.text.split())
        return settled(entry, text) if text and _BASE64.fullmatch(text) else unsettled(entry, "binary.form")

    return read
