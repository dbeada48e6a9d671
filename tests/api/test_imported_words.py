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
