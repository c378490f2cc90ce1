"""The time of this computer."""

from __future__ import annotations

import datetime as dt


class SystemClock:
    """`sheetward.ports.store.Clock`, by the computer's own clock."""

    def now(self) -> dt.datetime:
        """Give the present moment, in UTC."""
        return dt.datetime.now(tz=dt.UTC)
