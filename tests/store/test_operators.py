"""Compacting and free queries."""

from __future__ import annotations

import pytest

from decision_store import Store, fault_points
from decision_store.errors import QueryRefused


def free_blocks(store):
    with store._database.reading() as connection:
        rows = connection.execute("FROM pragma_database_size()").fetchall()
        names = [column[0] for column in connection.description]
    return next(
        row[names.index("free_blocks")]
        for row in rows
        if row[names.index("database_name")] == "log"
    )


def test_compacting_keeps_every_row_and_gives_space_back(store, facts):
    import os

    texts = [os.urandom(2000).hex() for _ in range(300)]
    store.log_decisions(
        [facts.decision(f"d{i}", opportunity_content=t) for i, t in enumerate(texts)]
    )
    store.record_outcomes([facts.win(f"d{i}") for i in range(50)])
    before = facts.ids(store)
    with store._database.writing() as connection:  # what a migration of a big table leaves behind
        connection.execute("CREATE TABLE waste AS FROM decisions")
        connection.execute("CREATE TABLE later AS FROM decisions")
    with store._database.writing() as connection:
        connection.execute("DROP TABLE waste")
    assert free_blocks(store) > 0
    store.compact()
    assert free_blocks(store) == 0
    assert facts.ids(store) == before
    assert store.status(verify=True).damage == ()


def test_compacting_that_is_cut_short_leaves_the_old_file(store, facts):
    store.log_decision(facts.decision("d"))
    store.fold()

    class Killed(BaseException):
        pass

    def stop(step):
        if step == "database: before replacing":
            raise Killed

    fault_points.listen(stop)
    try:
        with pytest.raises(Killed):
            store.compact()
    finally:
        fault_points.listen(None)
    with Store(store.path) as after:
        assert facts.ids(after) == ["d"]
        after.compact()
        assert facts.ids(after) == ["d"]


def test_a_query_sees_everything_acknowledged(store, facts):
    store.log_decision(facts.decision("d"))
    assert store.query("SELECT count(*) AS n FROM decisions").to_pylist() == [{"n": 1}]
    assert store.query("WITH a AS (FROM decisions) SELECT decision_id FROM a;").num_rows == 1
    assert store.query("DESCRIBE decisions").num_rows > 10


def test_a_log_without_facts_can_be_queried(store):
    assert store.query("SELECT count(*) AS n FROM outcomes").to_pylist() == [{"n": 0}]
    assert not store.path.exists()


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM decisions",
        "CREATE TABLE log.x (a INT)",
        "COPY decisions TO 'x.csv'",
        "SET enable_external_access = true",
        "RESET enable_external_access",
        "PRAGMA disable_checkpoint_on_shutdown",
        "ATTACH 'other.duckdb'",
        "INSTALL httpfs",
        "LOAD json",
        "CALL pragma_version()",
        "SELECT 1; DELETE FROM decisions",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM read_text('/etc/hostname')",
        "SELECT * FROM glob('/etc/*')",
        "SELECT * FROM read_parquet('https://example.com/x.parquet')",
        "SELECT * FROM parquet_scan('x')",
        "EXPLAIN ANALYZE COPY decisions TO 'x.csv'",
        "EXPLAIN ANALYZE DELETE FROM decisions",
        "WITH gone AS (DELETE FROM decisions RETURNING *) SELECT * FROM gone",
        "SELECT getenv('HOME')",
        "EXPORT DATABASE 'x'",
        "VACUUM",
        "",
        "SELECT no_such_column FROM decisions",
        "this is no SQL",
    ],
)
def test_a_query_can_neither_change_nor_reach_anything(store, facts, sql, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    store.log_decision(facts.decision("d"))
    before = {p.name for p in tmp_path.iterdir()}
    with pytest.raises(QueryRefused):
        store.query(sql)
    assert facts.ids(store) == ["d"]
    assert {p.name for p in tmp_path.iterdir()} - before <= {"data"}
