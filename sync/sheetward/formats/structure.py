"""The standard's structured values, held as canonical text: list, object, array, geopoint, geojson."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Final, TypeAlias, cast

from sheetward.cells import plain_number, plain_text, value_of
from sheetward.formats.entry import Entry, Read, Spec, cleaned, folded, settled, unsettled
from sheetward.formats.number import parsed
from sheetward.formats.reading import Reading

_PAIR: Final = re.compile(r"\s*(-?[0-9.]+)\s*,\s*(-?[0-9.]+)\s*")
_SHAPES: Final = frozenset(
    [
        "Point",
        "MultiPoint",
        "LineString",
        "MultiLineString",
        "Polygon",
        "MultiPolygon",
        "GeometryCollection",
        "Feature",
        "FeatureCollection",
    ]
)

Item: TypeAlias = "Callable[[Spec], Read]"


def _json(text: str) -> object:
    """Read JSON without losing digits; `ValueError` where it is none."""

    def refuse(word: str) -> object:
        raise ValueError(word)

    try:
        return cast("object", json.loads(text, parse_float=_Number, parse_constant=refuse))
    except RecursionError as error:
        raise ValueError("too deep") from error


class _Number(float):
    """A JSON number that keeps its spelling."""

    def __new__(cls, text: str) -> _Number:
        number = super().__new__(cls, text)
        number.text = plain_number(Decimal(text)) if len(text) < 40 else text
        return number

    text: str

    def __repr__(self) -> str:
        return self.text


def _spelled(data: object) -> str:
    """Spell JSON in its canonical form: keys sorted, no white space."""
    if isinstance(data, dict):
        items = sorted(cast("dict[str, object]", data).items())
        return "{" + ",".join(f"{json.dumps(key, ensure_ascii=False)}:{_spelled(value)}" for key, value in items) + "}"
    if isinstance(data, list):
        return "[" + ",".join(map(_spelled, cast("list[object]", data))) + "]"
    return data.text if isinstance(data, _Number) else json.dumps(data, ensure_ascii=False)


def _of_json(code: str, accepts: Callable[[object], bool]) -> Read:
    def read(entry: Entry, _region: str | None) -> Reading:
        try:
            data = _json(entry.text)
            return settled(entry, _spelled(data)) if accepts(data) else unsettled(entry, code)
        except (ValueError, RecursionError):
            return unsettled(entry, code)

    return read


def make_object(_spec: Spec) -> Read:
    """Make the reader of JSON objects."""
    return _of_json("object.form", lambda data: isinstance(data, dict))


def make_array(_spec: Spec) -> Read:
    """Make the reader of JSON arrays."""
    return _of_json("array.form", lambda data: isinstance(data, list))


def make_geojson(_spec: Spec) -> Read:
    """Make the reader of GeoJSON (RFC 7946) and of TopoJSON where the format says so: an object with a known `type`."""

    def accepts(data: object) -> bool:
        kind = cast("dict[str, object]", data).get("type") if isinstance(data, dict) else None
        wanted = frozenset({"Topology"}) if _spec.field.format == "topojson" else _SHAPES
        return isinstance(kind, str) and kind in wanted

    return _of_json("geojson.form", accepts)


def make_geopoint(spec: Spec) -> Read:
    """Make the reader of points: longitude, then latitude, canonical as `LON, LAT` (or JSON where the format says so)."""
    form = spec.field.format

    def pair(text: str) -> tuple[object, object] | None:
        if form in {"array", "object"}:
            data = _json(text)
            if isinstance(data, list) and form == "array" and len(cast("list[object]", data)) == 2:
                return cast("tuple[object, object]", tuple(cast("list[object]", data)))
            if isinstance(data, dict) and form == "object":
                place = cast("dict[str, object]", data)
                return (place["lon"], place["lat"]) if set(place) == {"lon", "lat"} else None
            return None
        match = _PAIR.fullmatch(text)
        return (match[1], match[2]) if match else None

    def read(entry: Entry, _region: str | None) -> Reading:
        try:
            found = pair(folded(entry.text))
        except ValueError:
            found = None
        lon, lat = (parsed(str(value)) for value in found) if found else (None, None)
        if lon is None or lat is None or abs(lon) > 180 or abs(lat) > 90:
            return unsettled(entry, "geopoint.form")
        a, b = plain_number(lon), plain_number(lat)
        return settled(entry, {"array": f"[{a},{b}]", "object": f'{{"lat":{b},"lon":{a}}}'}.get(form, f"{a}, {b}"))

    return read


def list_maker(item: Item) -> Item:
    """Give the maker of lists whose items are read by the maker of their type."""

    def make(spec: Spec) -> Read:
        """Make the reader of lists: items between `delimiter` (a comma by default), without spaces around them."""
        delimiter = str(spec.field.standard.get("delimiter") or spec.text("delimiter", ","))
        read_item = item(spec)

        def read(entry: Entry, region: str | None) -> Reading:
            texts = [cleaned(part) for part in entry.text.split(delimiter)]
            readings = [read_item(Entry(part, part), region) if part else Reading(None) for part in texts]
            wrong = [reading for reading in readings if not reading.is_settled]
            if wrong:
                return unsettled(entry, "list.item", item=plain_text(value_of(wrong[0].cell)))
            return settled(entry, delimiter.join(plain_text(value_of(reading.cell)) for reading in readings))

        return read

    return make
