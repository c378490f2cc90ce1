"""E-mail addresses, judged in form by email-validator; nothing is looked up."""

from __future__ import annotations

import re
from typing import Final

from sheetward.formats.entry import Entry, Read, Spec, folded, settled, unsettled
from sheetward.formats.reading import Reading
from sheetward.formats.text import damage

PLAIN: Final = re.compile(r"[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*@(?:[a-z0-9]+(?:-[a-z0-9]+)*\.)+(?:com|cn|net|org)")
PLAIN_MAX: Final = 64
_NAMED: Final = re.compile(r"[^<>]*<\s*([^<>\s]+)\s*>")
_LABEL: Final = re.compile(r"^(?:mailto:|(?:e-?mail|邮箱|电子邮[件箱]|电邮)\s*:)\s*", re.IGNORECASE)
_SEPARATOR: Final = re.compile(r"[,;、，；|\s]+|/(?=[^/@]*@)|或")
TYPOS: Final = {
    "gmail.com": "gmial.com gmai.com gmil.com gamil.com gmaill.com gnail.com gmail.cm gmail.co gmail.om gmail.comm gmal.com gmali.com",
    "hotmail.com": "hotmial.com hotmai.com hotmal.com hotmil.com hotmail.cm hotmail.co hotmaill.com",
    "outlook.com": "outlok.com outloo.com outlock.com outlook.cm outlook.co outllook.com",
    "yahoo.com": "yaho.com yahooo.com yhoo.com yahoo.cm yahoo.co yaoo.com",
    "icloud.com": "iclould.com icloud.cm icoud.com iclod.com icloud.co",
    "163.com": "163.cm 163.co 163.om 163.comm 163.vom",
    "126.com": "126.cm 126.co 126.om 126.vom",
    "139.com": "139.cm 139.co",
    "qq.com": "qq.cm qq.co qq.om qq.comm qq.vom qq.xom",
    "foxmail.com": "foxmial.com foxmai.com foxmail.cm foxmal.com",
    "sina.com": "sina.cm sina.co sian.com",
    "sohu.com": "sohu.cm sohu.co",
    "aliyun.com": "aliyun.cm aliyun.co alyun.com",
}
MEANT: Final = {typo: right for right, typos in TYPOS.items() for typo in typos.split()}


def _meant(domain: str) -> str | None:
    """Give the domain that a misspelt one stands for; `.con` is no top-level domain at all."""
    return f"{domain[:-4]}.com" if domain.endswith(".con") else MEANT.get(domain)


def _normal(text: str) -> str | None:
    """Give an address in the library's normal form, `None` where it refuses it."""
    from email_validator import EmailNotValidError, validate_email

    try:
        found = validate_email(text, check_deliverability=False, strict=True)
        return found.normalized if len(found.domain.rpartition(".")[2]) > 1 else None  # no domain ends in one letter
    except (EmailNotValidError, ValueError):
        return None


def _repairs(text: str) -> tuple[str, ...]:
    """Give addresses that a mistyped one may mean; they are offered, never taken."""
    words = [word for word in text.split() if _normal(word)]  # `Zhang San a@example.com` names an address
    plain = "".join(text.split())
    tries = (
        *words,
        plain,
        plain.replace("。", ".").replace(",", ".").replace("，", "."),
        re.sub(r"@{2,}", "@", plain),
        re.sub(r"\.{2,}", ".", plain).replace(".@", "@").replace("@.", "@"),
        plain.rstrip(".,;、。"),
        plain.replace("#", "@") if "@" not in plain else plain,
    )
    found = (_normal(t) for t in tries if t != text)
    return tuple(dict.fromkeys(f for f in found if f))


def make(spec: Spec) -> Read:
    """Make the reader of e-mail addresses.

    Certain: full-width letters, `mailto:`, `Name <address>`, the case of the domain, `。` in the domain (IDNA reads it as
    a dot; before the @ it is only offered). Option `typoDomains`: `warn` (default), `error` or `off`.
    """
    typos = spec.options.get("typoDomains", "warn")

    def read(entry: Entry, _region: str | None) -> Reading:
        text = entry.text
        if (
            PLAIN.fullmatch(text)
            and text.isascii()
            and len(text) <= PLAIN_MAX
            and (typos == "off" or text.split("@")[1] not in MEANT)
        ):
            return settled(entry, text)
        if (damaged := damage(entry, "email")) is not None:
            return damaged
        text = _LABEL.sub("", folded(text)).strip()
        if match := _NAMED.fullmatch(text):
            text = match[1]
        if text.count("@") > 1:
            pieces = tuple(n for p in _SEPARATOR.split(text) if p and (n := _normal(p)))
            if len(pieces) > 1:
                return unsettled(entry, "email.several", *pieces)
        local, at, domain = text.rpartition("@")
        address = _normal(f"{local}{at}{domain.replace('。', '.')}")
        if address is None or "。" in local:
            return unsettled(entry, "email.form", *_repairs(text))
        local, _, domain = address.rpartition("@")
        meant = _meant(domain)
        if meant is None or typos in {"off", False}:
            return settled(entry, address)
        better = f"{local}@{meant}"
        if typos == "error":
            return unsettled(entry, "email.domain_typo", better, meant=better)
        return settled(entry, address, "email.domain_typo", better, meant=better)

    return read
