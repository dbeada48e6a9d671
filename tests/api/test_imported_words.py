"""Imported outcomes keep what their words meant to the import."""

from __future__ import annotations

from decision_log import DecisionLog

ROWS = """decision_id,outcome_type,outcome_status,revenue_generated,occurred_at
a,workshop,done,100,2026-01-06
b,sale,handshake,50,2026-01-06
c,sale,verloren,0,2026-01-06
"""
DECISIONS = "decision_id,timestamp,opportunity_type\n" + "".join(
    f"{name},2026-01-05,coaching\n" for name in "abc"
)


def test_an_import_uses_its_own_values_and_the_words_of_the_log(tmp_path):
    (tmp_path / "d.csv").write_text(DECISIONS)
    (tmp_path / "o.csv").write_text(ROWS)
    files = [tmp_path / "d.csv", tmp_path / "o.csv"]
    with DecisionLog(home=tmp_path / "home") as log:
        log.log_decision("x", "coaching", "email", "Offered")
        log.map_word("handshake=lost")
        log.import_history(files)
        assert [log.state_of(name) for name in "abc"] == ["won", "lost", "lost"]


def test_a_sheet_is_read_by_the_words_of_the_settings_file_and_of_the_log(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    (home / "decision-log.toml").write_text('[vocabulary.statuses]\n"Zorp" = "won"\n')
    sheet = tmp_path / "sheet.csv"
    sheet.write_text(
        "Ref,Date,Status,Source\nx,2026-03-04,zorp,Web\ny,2026-03-04,blarg,Web\nz,2026-03-05,won,Web\n"
    )
    with DecisionLog(home=home) as log:
        prepared = log.prepare_import([sheet])
        assert ["'blarg' (1 row)" in each.text for each in prepared.questions] == [True]
        log.log_decision("first", "coaching", "email", "Offered")
        log.map_word("blarg=lost")
        assert log.import_history([sheet]).conflicting == ()
        rows = log.get_conversion_rates()
        found = {state: sum(row[state] for row in rows) for state in ("won", "lost", "open")}
        assert found == {"won": 2, "lost": 1, "open": 1}
