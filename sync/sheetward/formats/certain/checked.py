"""Numbers of eighteen characters with a check character: a matrix of bytes, weighed column by column."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sheetward.formats.certain.arrays import Array, mask_array, nothing, truths, whole_array
from sheetward.formats.certain.days import days_of
from sheetward.formats.certain.found import Certain, Found, kept, matched
from sheetward.formats.cn_id import CHECKS, PROVINCES
from sheetward.formats.cn_id import WEIGHTS as ID_WEIGHTS
from sheetward.formats.entry import Spec
from sheetward.formats.uscc import ALPHABET, SHAPE
from sheetward.formats.uscc import WEIGHTS as CREDIT_WEIGHTS

_LENGTH: Final = 18
_LEAST_BIRTH_YEAR: Final = 1850
_ID: Final = f"(?:{'|'.join(sorted(PROVINCES))})[0-9]{{4}}(?:1[89]|[2-9][0-9])[0-9]{{9}}[0-9X]"


def id_cards(_spec: Spec) -> Certain:
    """Make it for identity cards of eighteen characters; those of foreigners, which begin with 9, are for the reader."""

    def certain(given: Array, _region: str | None) -> Found:
        import numpy as np

        def is_right(numbers: Array) -> Any:
            sums, last = _weighed(numbers, "0123456789X", ID_WEIGHTS)
            expected = _places("0123456789X")[_codes(CHECKS)[sums % len(CHECKS)]]
            letters = _letters(numbers) - ord("0")
            year = letters[:, 6:10] @ np.array([1000, 100, 10, 1])
            month, day = letters[:, 10] * 10 + letters[:, 11], letters[:, 12] * 10 + letters[:, 13]
            is_born = truths(days_of(year, month, day).is_valid())
            return (expected == last) & is_born & (year >= _LEAST_BIRTH_YEAR) & ~_ends_in_zeros(numbers)

        return Found(kept(given, _where(given, matched(given, _ID), is_right)))

    return certain


def _credit(given: Array, shape: str) -> Found:
    def is_right(codes: Array) -> Any:
        sums, last = _weighed(codes, ALPHABET, CREDIT_WEIGHTS)
        return (-sums % len(ALPHABET) == last) & ~_ends_in_zeros(codes)

    return Found(kept(given, _where(given, matched(given, shape), is_right)))


def credit_codes(_spec: Spec) -> Certain:
    """Make it for unified social credit codes."""
    return lambda given, _region: _credit(given, SHAPE.pattern)


def tax_numbers(spec: Spec) -> Certain:
    """Make it for credit codes as Chinese tax numbers; what begins with a letter may be another country's."""
    default = spec.text("defaultRegion", "CN").upper()

    def certain(given: Array, region: str | None) -> Found:
        if (region or default).upper() != "CN":
            return Found(nothing(len(given)))
        return _credit(given, f"[0-9]{SHAPE.pattern.replace('{2}', '', 1)}")

    return certain


def _codes(text: str) -> Any:
    import numpy as np

    return np.frombuffer(text.encode(), dtype=np.uint8)


def _places(alphabet: str) -> Any:
    """Give a table of 256: the place of each byte in an alphabet."""
    import numpy as np

    table = np.zeros(256, dtype=np.int32)
    table[_codes(alphabet)] = np.arange(len(alphabet))
    return table


def _letters(numbers: Array) -> Any:
    """Give numbers, taken out of a larger array, as a matrix of bytes."""
    import numpy as np

    return np.frombuffer(numbers.buffers()[2], dtype=np.uint8)[: _LENGTH * len(numbers)].reshape(-1, _LENGTH)


def _ends_in_zeros(numbers: Array) -> Any:
    """Say which may have passed through a spreadsheet, that writes zeros after fifteen digits: they are for the reader."""
    return (_letters(numbers)[:, -3:] == ord("0")).all(axis=1)


def _weighed(numbers: Array, alphabet: str, weights: Sequence[int]) -> tuple[Any, Any]:
    """Give the weighed sum of the first seventeen characters of each number, and the place of its last one."""
    import numpy as np

    places = _places(alphabet)[_letters(numbers)]
    return places[:, :-1] @ np.array(weights, dtype=np.int32), places[:, -1]


def _where(given: Array, has_shape: Array, is_right: Any) -> Array:
    """Judge those that have the shape; give the mask of all."""
    import numpy as np

    mask = truths(has_shape).copy()
    places = np.flatnonzero(mask)
    if len(places):
        mask[places] = is_right(given.take(whole_array(places)))
    return mask_array(mask)
