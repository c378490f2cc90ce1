"""What cannot be meant is refused before anything is read: one sentence in the caller's language, exit 2."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]

CALLS = {
    "an unknown type": (["normalize", "fone"], "usage.kind"),
    "a list is no type of one value": (["normalize", "list"], "usage.kind"),
    "an unknown option": (["normalize", "date", "--options", '{"ordr": "DMY"}'], "usage.options"),
    "an option of another kind": (["normalize", "date", "--options", '{"upper": true}'], "usage.options"),
    "a word that an option does not know": (["normalize", "date", "--options", '{"order": "dmy"}'], "usage.options"),
    "a value of the wrong kind": (["normalize", "code", "--options", '{"upper": "yes"}'], "usage.options"),
    "an option twice": (["normalize", "date", "--options", '{"order": "DMY", "order": "MDY"}'], "usage.options"),
    "options that are no JSON": (["normalize", "date", "--options", "{order: DMY}"], "usage.json"),
    "options that are no object": (["normalize", "date", "--options", '["DMY"]'], "usage.json"),
    "two regions": (["normalize", "phone", "--region", "CN", "--options", '{"region": "DE"}'], "usage.contradiction"),
    "two regions in the options": (
        ["normalize", "vat", "--options", '{"region": "DE", "defaultRegion": "FR"}'],
        "usage.contradiction",
    ),
    "a region that is none": (["normalize", "phone", "--region", "Germany"], "usage.region"),
    "a country without a code": (["normalize", "phone", "--region", "ZZ"], "usage.region"),
    "a locale that is none": (["normalize", "amount", "--options", '{"locale": "xx"}'], "formats.unknown_locale"),
    "a locale in words": (["normalize", "amount", "--options", '{"locale": "german"}'], "usage.options"),
}
SCHEMAS = {
    "a rule that names a missing column": (
        'x:rules: [{code: t.r, assert: "pric > 1", message: {en: x}}]',
        "schema.rule_unknown_field_near",
    ),
    "a pattern that would run away": ("", "schema.runaway_pattern"),
    "a rule whose pattern would run away": (
        "x:rules: [{code: t.r, assert: \"matches(price, '(a|a)*')\", message: {en: x}}]",
        "schema.runaway_pattern",
    ),
    "bounds that contradict": ("", "schema.contradiction"),
    "an unknown kind": ("", "schema.unknown_kind_near"),
    "an option of another kind": ("", "schema.option_of_other_kind"),
    "a locale in words": ("", "schema.bad_text"),
}
FIELDS = {
    "a pattern that would run away": "constraints: {pattern: '([0-9]+)+'}",
    "bounds that contradict": "constraints: {minLength: 5, maxLength: 2}",
    "an unknown kind": "x:format: {kind: emial}",
    "an option of another kind": "x:format: {kind: email, order: DMY}",
    "a locale in words": "x:format: {kind: number, locale: german}\n    type: number",
}


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("name", CALLS)
def test_a_call_that_cannot_be_meant_is_refused_in_one_sentence(sheetward: Run, name: str, lang: str) -> None:
    arguments, code = CALLS[name]
    call = sheetward(*arguments, "--lang", lang, stdin="03/04/2024\n")
    assert (call.status, call.out) == (2, "")
    assert len(call.err.strip().splitlines()) == 2  # the sentence, and the way out
    told = sheetward(*arguments, "--lang", lang, "--json", stdin="03/04/2024\n").json["error"]
    assert told["code"] == code
    assert told["message"] == call.err.splitlines()[0]
    assert any("\u4e00" <= sign <= "\u9fff" for sign in call.err) == (lang == "zh")


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_that_cannot_be_meant_is_refused_with_its_line(
    sheetward: Run, tmp_path: Path, name: str, lang: str
) -> None:
    end, code = SCHEMAS[name]
    (tmp_path / "t.yaml").write_text(
        f"fields:\n  - name: price\n    {FIELDS.get(name, 'title: p')}\n{end}\n", encoding="utf-8"
    )
    (tmp_path / "t.csv").write_text("price\n1\n", encoding="utf-8")
    for arguments in (["validate", "t.csv", "--schema", "t.yaml"], ["fix", "t.csv", "--schema", "t.yaml"]):
        call = sheetward(*arguments, "--lang", lang, "--json")
        assert call.status == 2
        (mistake,) = call.json["error"]["mistakes"]
        assert (mistake["code"], mistake["line"]) == (code, 4 if end else 3)
        assert (tmp_path / "t.csv").read_text(encoding="utf-8") == "price\n1\n"
    assert sheetward("schema", "check", "t.yaml", "--lang", lang).status == 2
