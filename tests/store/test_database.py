"""The database file: damage is reported in one message, schemas only go forward, nobody else opens it."""

from __future__ import annotations

import ast
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from decision_store import NewerStore, Store, StoreDamaged, StoreUnavailable
from decision_store.database import migrations, queries
from decision_store.errors import NotPermitted

PACKAGE = Path(migrations.__file__).parents[1]


def write_sqlite(path):
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE decisions (id)")
    connection.commit()
    connection.close()


def overwrite(path, offset, data):
    with path.open("r+b") as stream:
        stream.seek(offset)
        stream.write(data)


DAMAGE = {
    "text": (lambda path: path.write_text("hello " * 5000), "not a DuckDB file"),
    "sqlite": (lambda path: (path.unlink(), write_sqlite(path)), "SQLite"),
    "header": (lambda path: overwrite(path, 0, b"\xff" * 12288), "not a DuckDB file"),
    "only its wal": (
        lambda path: path.rename(path.with_name(f"{path.name}.wal")),
        "write-ahead log",
    ),
}


@pytest.mark.parametrize(("harm", "words"), DAMAGE.values(), ids=DAMAGE.keys())
def test_a_damaged_file_is_reported_as_what_it_is_and_can_be_rebuilt(
    store, facts, path, harm, words
):
    for i in range(20):
        store.log_decision(facts.decision(f"d{i}"))
    store.fold()
    harm(path)
    # Without the cache nothing proves that the journal is complete.
    shutil.rmtree(store.journal_folder / "ids")
    for attempt in (lambda: facts.ids(store), store._current._fold):
        with pytest.raises(StoreDamaged, match=words):
            attempt()
    assert words in store.status().damage[0]
    store.rebuild()
    store.log_decision(facts.decision("meanwhile"))
    assert len(facts.ids(store)) == 21
    assert store.status(verify=True).damage == ()


def test_rotten_blocks_are_found_by_a_verifying_status(store, facts, path, monkeypatch):
    from decision_store.database import connection as database

    monkeypatch.setattr(database, "_ATTEMPTS", 2)
    store.log_decisions(
        [facts.decision(f"d{i}", opportunity_content=os.urandom(200).hex()) for i in range(3000)]
    )
    store.fold()
    size = path.stat().st_size
    for offset in range(12288, size - 8192, 4096):
        overwrite(path, offset + 2048, b"\xa5" * 64)
    assert store.status(verify=True).damage != ()
    store.rebuild()
    assert len(facts.ids(store)) == 3000


def test_a_log_that_is_not_there_answers_like_an_empty_one_and_makes_nothing(tmp_path, facts):
    with Store(tmp_path / "none" / "data" / "log.duckdb") as store:
        assert store.ask("cells", as_of=facts.later).num_rows == 0
        assert store.ask("delays", as_of=facts.later).num_rows == 0
        assert facts.ids(store) == []
        assert store.status(verify=True).damage == ()
        store.token()
    assert list(tmp_path.iterdir()) == []


def test_a_file_of_a_newer_program_is_refused(store, facts, path):
    store.log_decision(facts.decision())
    store.fold()
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "INSERT INTO schema_migrations VALUES (99, '0099_more.sql', 'x', now()::TIMESTAMP)"
        )
    for attempt in (lambda: facts.ids(store), store.fold):
        with pytest.raises(NewerStore, match="99"):
            attempt()
    assert "99" in store.status().damage[0]


def test_an_edited_migration_is_refused(store, facts, path):
    store.log_decision(facts.decision())
    store.fold()
    with duckdb.connect(str(path)) as connection:
        connection.execute("UPDATE schema_migrations SET sha256 = 'x' WHERE version = 1")
    with pytest.raises(StoreDamaged, match=r"0001_facts\.sql is not the one"):
        facts.ids(store)


def test_tables_of_another_program_are_not_touched(path, facts):
    path.parent.mkdir()
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE decisions (i INTEGER)")
    with Store(path) as store, pytest.raises(StoreDamaged, match="did not make"):
        store.fold()


def scripts(folder, *texts):
    for number, text in enumerate(texts, start=1):
        (folder / f"{number:04d}_step.sql").write_text(text)
    migrations.known.cache_clear()
    return migrations.known(folder)


def test_migrations_run_once_each_in_order_and_keep_the_rows(tmp_path):
    with duckdb.connect() as connection:
        migrations.migrate(
            connection,
            tmp_path,
            scripts(tmp_path, "CREATE TABLE t (i INTEGER); INSERT INTO t VALUES (1)"),
        )
        two = scripts(
            tmp_path,
            "CREATE TABLE t (i INTEGER); INSERT INTO t VALUES (1)",
            "ALTER TABLE t ADD COLUMN j INTEGER DEFAULT 2",
        )
        assert not migrations.is_current(connection, tmp_path, two)
        migrations.migrate(connection, tmp_path, two)
        migrations.migrate(connection, tmp_path, two)
        assert connection.execute("FROM t").fetchall() == [(1, 2)]
        assert list(migrations.applied(connection)) == [1, 2]


CATALOG = (
    "SELECT table_name, sql, comment FROM duckdb_tables()",
    "SELECT table_name, column_name, data_type, is_nullable, column_default, comment FROM duckdb_columns()",
    "SELECT table_name, constraint_type, constraint_text FROM duckdb_constraints()",
    "SELECT table_name, index_name, sql FROM duckdb_indexes()",
    "SELECT view_name, sql, comment FROM duckdb_views()",
    "SELECT function_name, function_type, parameters, macro_definition, comment FROM duckdb_functions()",
    "SELECT sequence_name, start_value, increment_by FROM duckdb_sequences()",
    "SELECT type_name, logical_type FROM duckdb_types()",
)


def words(row):
    """Split texts into words, sorted: DuckDB prints the lists of EXCLUDE and REPLACE in any order."""
    return [sorted(re.findall(r"\w+|[^\w\s,]", str(value))) for value in row]


def catalog(connection):
    own = "WHERE database_name = current_database() ORDER BY ALL"
    made = {
        question: [words(row) for row in connection.execute(f"{question} {own}").fetchall()]
        for question in CATALOG
    }
    ledger = connection.execute("SELECT version, name, sha256 FROM schema_migrations ORDER BY ALL")
    return {**made, "ledger": ledger.fetchall()}


def test_a_new_log_has_the_schema_that_the_migrations_make(tmp_path):
    before = datetime.now(UTC).replace(tzinfo=None)
    for name in ("first", "second"):
        with Store(tmp_path / name) as store:
            store.fold()
        with duckdb.connect(tmp_path / name) as made, duckdb.connect() as migrated:
            migrations.migrate(migrated, tmp_path)
            assert catalog(made) == catalog(migrated)
            assert (
                min(made.execute("SELECT applied_at FROM schema_migrations").fetchone()) >= before
            )
            for (table,) in migrated.execute(
                "SELECT table_name FROM duckdb_tables() WHERE table_name <> 'schema_migrations'"
            ).fetchall():
                rows = f"FROM {table}"
                assert made.execute(rows).fetchall() == migrated.execute(rows).fetchall(), table


def test_a_broken_migration_leaves_nothing_behind(tmp_path):
    with duckdb.connect() as connection:
        broken = scripts(
            tmp_path, "CREATE TABLE t (i INTEGER)", "CREATE TABLE u (i INTEGER); SELECT nothing"
        )
        with pytest.raises(duckdb.Error):
            migrations.migrate(connection, tmp_path, broken)
        assert list(migrations.applied(connection)) == [1]
        assert {name for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()} == {
            "t", "schema_migrations",
        }  # fmt: skip


def test_a_gap_in_the_numbers_of_migrations_is_refused(tmp_path):
    (tmp_path / "0002_late.sql").write_text("SELECT 1")
    with pytest.raises(ValueError, match="should be number 0001"):
        migrations.known(tmp_path)


def test_a_missing_or_unused_parameter_names_the_query_and_its_file(store, facts):
    with pytest.raises(TypeError, match=r"'cells' \(cells.sql\) needs \$as_of"):
        store.ask("cells")
    with pytest.raises(TypeError, match=r"'cells' \(cells.sql\) does not use \$limit"):
        store.ask("cells", as_of=facts.later, limit=1)
    with pytest.raises(ValueError, match="aware"):
        store.ask("cells", as_of=facts.later.replace(tzinfo=None))
    with pytest.raises(LookupError, match="similar"):
        store.ask("nonsense")


@pytest.mark.parametrize("name", queries.names())
def test_every_query_tells_its_question_and_parameters(name):
    text = (queries.FOLDER / f"{name}.sql").read_text()
    comment = [line for line in text.splitlines() if line.startswith("--")]
    assert "?" in comment[0]
    result = next(line for line in comment if "Parameters:" in line)
    heading = " ".join(comment[comment.index(result) :])
    assert all(parameter in heading for parameter in queries.find(name).parameters)


def test_similar_decisions_come_newest_first_with_what_became_of_them(store, facts):
    from datetime import timedelta

    for i in range(5):
        store.log_decision(
            facts.decision(
                f"d{i}", timestamp=facts.start + timedelta(days=i), opportunity_content=f"text {i}"
            )
        )
    store.log_decision(facts.decision("other", opportunity_type="spam"))
    store.record_outcome(facts.win("d3", hours=100, revenue_generated=7.0))
    found = store.ask(
        "similar", opportunity_type="lead", opportunity_source="mail", as_of=facts.later, limit=3
    ).to_pylist()
    assert [(r["decision_id"], r["state"], r["revenue"]) for r in found] == [
        ("d4", "open", 0),
        ("d3", "won", 7),
        ("d2", "open", 0),
    ]


def test_only_one_module_opens_the_database():
    """Closing any descriptor of the file drops DuckDB's lock on it, so that a second writer gets in."""
    connecting, attaching = set(), set()
    for file in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if (
                isinstance(node, ast.Call)
                and ast.unparse(node.func) == "duckdb.connect"
                and [ast.unparse(given) for given in node.args] != ["':memory:'"]
            ):
                connecting.add(file.name)
            if isinstance(node, ast.Constant) and str(node.value).startswith("ATTACH "):
                attaching.add(file.name)
    assert (connecting, attaching) == (set(), {"connection.py"})
    text = (PACKAGE / "database" / "connection.py").read_text()
    assert "open(" not in text
    assert "read_bytes" not in text


def test_another_program_that_has_the_file_open_is_named(store, facts, path, monkeypatch, caplog):
    from decision_store.database import connection as database

    monkeypatch.setattr(database, "_ATTEMPTS", 2)
    store.log_decision(facts.decision())
    store.fold()
    program = f"import duckdb, sys; c = duckdb.connect({str(path)!r}); print('open', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout.readline() == "open\n"
        assert facts.ids(store) == ["d"]
        assert f"PID {other.pid}" in caplog.text
        with pytest.raises(StoreUnavailable, match=f"PID {other.pid}"):
            store.fold()
        assert store.log_decision(facts.decision("meanwhile"))
        other.stdin.close()
        other.wait()
    assert facts.ids(store) == ["d", "meanwhile"]


def test_a_home_that_may_only_be_read_can_be_read(facts, open_folder, unprivileged, caplog):
    path = open_folder / "data" / "log.duckdb"

    def read() -> int:
        with Store(open_folder / "other" / "log.duckdb") as other:
            facts.ids(other)  # imports all that an answer needs
        parts = [open_folder, *open_folder.rglob("*")]
        modes = [part.stat().st_mode for part in parts]
        for part in parts:
            part.chmod(0o555 if part.is_dir() else 0o444)
        try:
            with unprivileged(), Store(path) as store:
                with pytest.raises(NotPermitted):
                    store.log_decision(facts.decision("refused"))
                return len(facts.ids(store))
        finally:
            for part, mode in zip(parts, modes, strict=True):
                part.chmod(mode)

    with Store(path) as store:
        store.log_decision(facts.decision("a"))
        store.fold()
    assert read() == 1
    with Store(path) as store:
        store.log_decision(facts.decision("b"))
        store.log_decision(facts.decision("c", opportunity_type="other"))
    assert read() == 3  # answered in memory: what is pending cannot be folded
    assert "Ask once as a user who may write there" in caplog.text


@pytest.mark.parametrize("name", [name for name in DAMAGE if name != "sqlite"])
def test_a_damaged_file_heals_by_itself_where_the_journal_is_complete(
    store, facts, path, name, caplog
):
    for i in range(20):
        store.log_decision(facts.decision(f"d{i}"))
    store.fold()
    DAMAGE[name][0](path)
    assert len(facts.ids(store)) == 20
    assert "rebuilt from the journal" in caplog.text
    assert any(".damaged-" in file.name for file in path.parent.iterdir())
    store.log_decision(facts.decision("later"))
    assert len(facts.ids(store)) == 21
    assert store.status(verify=True).damage == ()


def test_a_damaged_file_does_not_heal_where_the_journal_is_not_complete(store, facts, path):
    store.log_decision(facts.decision("gone"))
    store.fold()
    store.close()
    next(store.journal_folder.glob("*.jl")).unlink()
    store.log_decision(facts.decision("kept"))
    path.write_text("hello " * 5000)
    with pytest.raises(StoreDamaged, match="repair"):
        facts.ids(store)
    assert path.read_text().startswith("hello")


@pytest.mark.parametrize("size", [0, 100, 4096, 8192])
def test_a_creation_that_was_cut_short_heals_by_itself(store, facts, path, size):
    with duckdb.connect(str(path.parent.parent / "other.duckdb")):
        pass
    header = (path.parent.parent / "other.duckdb").read_bytes()[:size]
    store.log_decision(facts.decision("a"))
    path.write_bytes(header)
    assert facts.ids(store) == ["a"]
    path.unlink()
    path.with_name(f"{path.name}.unfinished").write_bytes(header)
    assert facts.ids(store) == ["a"]
    assert [file.name for file in path.parent.iterdir() if "unfinished" in file.name] == []


def test_a_small_file_of_another_program_is_not_touched(store, facts, path):
    store.log_decision(facts.decision("a"))
    shutil.rmtree(store.journal_folder / "ids")
    path.write_text("my notes")
    with pytest.raises(StoreDamaged):
        store.fold()
    assert path.read_text() == "my notes"


def test_a_process_killed_at_any_step_of_the_creation_leaves_a_log_that_opens(path, facts):
    program = f"""
import os, signal, sys
from datetime import UTC, datetime
from datetime import UTC, datetime
from pathlib import Path
from decision_store import Decision, Store
from decision_store.database import connection, migrations
step = sys.argv[1]
def kill(*_): os.kill(os.getpid(), signal.SIGKILL)
if step == "migrate": migrations.migrate = kill
if step == "rename": Path.replace = kill
if step == "renamed": connection.sync_folder = kill
now = datetime(2026, 1, 5, tzinfo=UTC)
store = Store(Path({str(path)!r}))
store.log_decision(Decision(step, now, "lead", "mail", "reply", now))
store.fold()
"""
    steps = ["migrate", "rename", "renamed"]
    for step in steps:
        done = subprocess.run([sys.executable, "-c", program, step], check=False)
        assert done.returncode == -9
    with Store(path) as store:
        assert facts.ids(store) == sorted(steps)
        assert store.status(verify=True).damage == ()
