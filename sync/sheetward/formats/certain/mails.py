"""E-mail addresses of the plainest form, under the domains that most people have."""

from __future__ import annotations

import re

from sheetward.formats.certain.arrays import Array, compute
from sheetward.formats.certain.found import Certain, Found, kept, matched
from sheetward.formats.email import MEANT, PLAIN, PLAIN_MAX
from sheetward.formats.entry import Spec


def addresses(spec: Spec) -> Certain:
    """Make it for the addresses that the reader too takes without asking the library."""
    keeps_typos = spec.options.get("typoDomains", "warn") == "off"
    typos = "@(?:" + "|".join(map(re.escape, MEANT)) + ")$"

    def certain(given: Array, _region: str | None) -> Found:
        pc = compute()
        is_plain = pc.and_(matched(given, PLAIN.pattern), matched(given, f".{{1,{PLAIN_MAX}}}"))
        if not keeps_typos:
            is_plain = pc.and_not(is_plain, pc.match_substring_regex(given, typos))
        return Found(kept(given, is_plain))

    return certain
