"""Formats of imported files, and columns that are allowed, stand in the settings; options win over them."""

from __future__ import annotations

import json

import pytest

from decision_log import DecisionLog

SHEET = (
    "Vorgang;Erstellt am;Quelle;Phase;Betrag;Abschluss am\n"
    "1;03/04/2026;Müller;Phase 7;1.250;05/06/2026\n"
    "2;04/04/2026;Müller;verloren;80;06/06/2026\n"
)
SETTINGS = (
    'currency = "EUR"\n[import]\ndecimal = "comma"\nencoding = "cp1252"\n'
    '[import.dates]\n"Erstellt am" = "dmy"\n"Abschluss am" = "mdy"\n'
    '[import.values]\n"Phase 7" = "won"\n[import.set]\ntype = "messe"\n'
)


@pytest.fixture
def sheet(tmp_path):
    path = tmp_path / "sheet.csv"
    path.write_bytes(SHEET.encode("cp1252"))
    return str(path)


def facts(home):
    with DecisionLog(home=home) as log:
        decision = log.store.ask("all_decisions").to_pylist()[0]
        outcome = log.store.ask("all_outcomes").to_pylist()[0]
    return decision, outcome


def test_a_file_is_read_by_the_formats_of_the_settings(home, run, sheet):
    run("import", sheet, code=1)  # its dates and its amount can be read in two ways
    (home / "decision-log.toml").write_text(SETTINGS, encoding="utf-8")
    run("import", sheet)
    decision, outcome = facts(home)
    assert (decision["opportunity_source"], decision["opportunity_type"]) == ("Müller", "messe")
    assert (f"{decision['timestamp']:%m-%d}", f"{outcome['occurred_at']:%m-%d}") == (
        "04-03",
        "05-06",
    )
    assert (outcome["outcome_meaning"], outcome["revenue_generated"]) == ("won", 1250.0)


def test_options_win_over_the_settings(home, run, sheet):
    (home / "decision-log.toml").write_text(SETTINGS, encoding="utf-8")
    options = [
        "--dates",
        "mdy",
        "--decimal",
        "point",
        "--set",
        "type=fair",
        "--value",
        "Phase 7=lost",
    ]
    run("import", sheet, *options)
    decision, outcome = facts(home)
    assert (decision["opportunity_type"], f"{decision['timestamp']:%m-%d}") == ("fair", "03-04")
    assert outcome["outcome_meaning"] == "lost"


def test_settings_shows_them_with_their_source(home, run):
    path = home / "decision-log.toml"
    path.write_text(f'allow = ["context.coupon"]\n{SETTINGS}', encoding="utf-8")
    rows = {row["name"]: row for row in json.loads(run("settings", "--json").stdout)}
    assert (rows["allow"]["value"], rows["allow"]["source"]) == (["context.coupon"], str(path))
    assert rows["import.decimal"]["value"] == "comma"
    assert rows["import.dates"]["value"] == {"Erstellt am": "dmy", "Abschluss am": "mdy"}
    assert "context.coupon" in run("settings").stdout


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[import]\ndates = "american"', "one of dmy, mdy"),
        ('[import.decimal]\nBetrag = "dot"', "one of point, comma"),
        ('[import]\nencoding = "ebcdic-x"', "name of a text encoding"),
        ('[import.set]\nsuorce = "x"', "no field 'suorce'"),
        ("allow = [1]", "a list of names"),
    ],
)
def test_a_format_that_is_none_is_one_message(home, run, text, said):
    (home / "decision-log.toml").write_text(text)
    assert said in run("settings", code=1).stderr


PIPEDRIVE = (
    "Deal - ID,Deal - Title,Deal - Status,Deal - Deal created,Deal - Won time,Deal - Lost time,"
    "Deal - Value,Deal - Probability\n"
    "1,a,won,2026-03-04 10:00:00,2026-03-09 10:00:00,,120,80\n2,b,lost,2026-03-05 10:00:00,,2026-03-09 10:00:00,70,20\n"
)


def test_a_column_that_tells_the_answer_is_kept_where_it_is_allowed(home, run, tmp_path):
    path = tmp_path / "deals.csv"
    path.write_text(PIPEDRIVE)
    message = run("import", str(path), "--allow", "Deal - Probabilty", code=1).stderr
    assert "no column 'Deal - Probabilty' to allow" in message
    run("import", str(path), "--allow", "Deal - Probability", "--allow", "Deal - Value")
    context = json.loads(facts(home)[0]["context"])
    assert context == {"Deal - Probability": 80, "Deal - Value": 120}


def test_the_setting_allow_counts_in_import_and_fields_and_train(home, run, tmp_path):
    (home / "decision-log.toml").write_text('allow = ["Deal - Probability", "nowhere"]')
    path = tmp_path / "deals.csv"
    rows = [
        f"{n},t,{'won' if n % 2 else 'lost'},2026-03-{n % 9 + 10} 10:00:00,"
        f"{'2026-04-09' if n % 2 else ''},{'' if n % 2 else '2026-04-09'},120,{80 if n % 2 else 20}"
        for n in range(60)
    ]
    path.write_text("\n".join([PIPEDRIVE.partition("\n")[0], *rows]))
    run("import", str(path))

    def probability(rows):
        return next(row for row in rows if row["name"] == "context.Deal - Probability")

    assert probability(json.loads(run("fields", "--json").stdout))["used"]
    assert probability(json.loads(run("train", "--json").stdout)["fields"])["used"]
    (home / "decision-log.toml").unlink()
    stated = json.loads(run("fields", "--allow", "sender", "--json").stdout)
    assert "nearly without error" in probability(stated)["refused"]
