"""A person who is forgotten leaves journal, segments and database; counts and money stay."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime

import duckdb
import pytest

from decision_store import Store, fault_points
from decision_store.database import forgetting, migrations
from decision_store.facts import DECISIONS, OUTCOMES, Amendment, Prediction
from decision_store.journal import segment_reader
from decision_store.journal.comparing import as_row

SPELLINGS = [
    "Pat Three <Pat3@Example.com>",
    "pat3@example.com",
    "PAT3@EXAMPLE.COM",
    "pat3@exam\u200bple.com",
]
TEXT = "Could you coach my backhand in Zermatt?"
STEPS = [
    "forget: noted",
    "forget: file retired",
    "forget: file written",
    "forget: journal rewritten",
    "forget: database made",
    "database: before replacing",
    "forget: database replaced",
]


LATER = datetime(2040, 1, 1, tzinfo=UTC)


class Killed(BaseException):
    """Stands for the end of the process."""


def fill(store, facts):
    import pyarrow as pa

    for i, sender in enumerate(SPELLINGS):
        store.log_decision(
            facts.decision(
                f"d{i}", sender=sender, opportunity_content=f"{TEXT} {i}", context={"who": "Pat Three"},
                opportunity_id=f"pat3@example.com/{i}", cost_usd=5.0, action_taken="wrote to Pat Three",
            )
        )  # fmt: skip
        store.record_outcome(facts.win(f"d{i}", notes=f"{TEXT} paid", revenue_generated=10.0))
    store.log_decision(
        facts.decision(
            "other",
            sender="xpat3@example.com",
            opportunity_content="pat3@example.com told me of you",
        )
    )
    bulk = [
        as_row(facts.decision(f"b{i}", sender=SPELLINGS[1], opportunity_content=TEXT))
        for i in range(3)
    ]
    bulk.append(
        as_row(
            facts.decision("b-other", sender="else@example.com", opportunity_content="kept text")
        )
    )
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(
            segment_reader, "LINES_AT_MOST", 0
        )  # a segment; the load below is one of lines
        store.load(
            decisions=pa.Table.from_pylist(bulk, schema=DECISIONS()),
            outcomes=pa.Table.from_pylist(
                [as_row(facts.win("b0", notes=TEXT, revenue_generated=7.0))], schema=OUTCOMES()
            ),
        )
    at = facts.start
    store.amend(
        [
            Amendment(
                "a1",
                "correct",
                at,
                "d0",
                field="opportunity_content",
                value=f"{TEXT} corrected",
                reason="Pat Three asked",
            )
        ]
    )
    store.log_predictions(
        [
            Prediction(
                "p1",
                "pat3@example.com/0",
                at,
                at,
                "rates",
                "lead",
                "mail",
                probability=0.5,
                inputs_hash="abc",
            )
        ]
    )
    conflict = [
        as_row(facts.decision("d1", sender=SPELLINGS[0], opportunity_content=f"{TEXT} again"))
    ]
    store.load(decisions=pa.Table.from_pylist(conflict, schema=DECISIONS()))


def everything(store):
    """Return all bytes of the log, and all texts of database and bulk loads, in lower case."""
    parts = [p.read_bytes() for p in store.path.parent.rglob("*") if p.is_file()]
    tables = ("decisions", "decision_versions", "outcomes", "amendments", "predictions", "rejects")
    store.fold()
    with store._database.reading() as connection:
        rows = [connection.execute(f"FROM {table}").fetchall() for table in tables]
    parts += [repr(each).encode() for each in rows]
    return b"\n".join(parts).lower()


def figures(store):
    sql = (
        "SELECT (SELECT count(*) FROM decisions) AS d, (SELECT count(*) FROM outcomes) AS o, "
        "(SELECT count(*) FROM predictions) AS p, (SELECT sum(revenue_generated) FROM outcomes) AS r, "
        "(SELECT sum(cost_usd) FROM decisions) AS c"
    )
    cells = store.ask("cells", as_of=LATER).to_pylist()
    with store._database.reading() as connection:
        return connection.execute(sql).fetchall(), cells


@pytest.fixture(scope="module")
def filled_once(tmp_path_factory, facts_once):
    folder = tmp_path_factory.mktemp("filled") / "data"
    with Store(folder / "decision_log.duckdb") as store:
        fill(store, facts_once)
        return folder, figures(store)


@pytest.fixture
def filled(filled_once, path):
    """A copy of it, to change at will."""
    shutil.copytree(filled_once[0], path.parent)
    with Store(path) as store:
        yield store


@pytest.fixture
def before(filled_once):
    """Its figures before anybody was forgotten."""
    return filled_once[1]


def check(store, before):
    found = everything(store)
    for needle in ("zermatt", "pat three", " pat3@", "'pat3@", '"pat3@', "forget.json"):
        assert needle.encode() not in found, needle
    assert b"kept text" in found
    assert b"xpat3@example.com" in found
    assert figures(store) == before
    assert store.status(verify=True).damage == ()
    assert store.occurrences([TEXT, "Pat Three"]) == 0


def test_a_sender_leaves_in_every_spelling_and_counts_and_money_stay(filled, before):
    target = filled.concerned(senders=["PAT3@example.com"])
    assert len(target.decisions) == 7
    filled.forget(target)
    check(filled, before)
    filled.path.unlink()  # nothing comes back with a rebuild
    assert figures(filled) == before
    check(filled, before)


def test_forgetting_again_changes_nothing(filled, before):
    filled.forget(filled.concerned(senders=["pat3@example.com"]))
    filled.forget(filled.concerned(senders=["pat3@example.com"]))
    check(filled, before)


@pytest.mark.parametrize("step", STEPS)
def test_forgetting_that_is_cut_short_is_completed_by_the_next_process_that_opens_the_log(
    filled, before, step
):
    target = filled.concerned(senders=["pat3@example.com"])

    def stop(reached):
        if reached == step:
            fault_points.listen(None)
            raise Killed

    fault_points.listen(stop)
    try:
        with pytest.raises(Killed):
            filled.forget(target)
    finally:
        fault_points.listen(None)
    filled.close()
    with Store(filled.path) as after:
        after.fold()
        check(after, before)


@pytest.mark.parametrize("step", ["forget: file retired", "forget: journal rewritten"])
@pytest.mark.parametrize("command", ["status", "rebuild", "compact", "backup"])
def test_after_forgetting_was_cut_short_each_command_works(filled, before, step, command, tmp_path):
    target = filled.concerned(senders=["pat3@example.com"])

    def stop(reached):
        if reached == step:
            fault_points.listen(None)
            raise Killed

    fault_points.listen(stop)
    with pytest.raises(Killed):
        filled.forget(target)
    filled.close()
    with Store(filled.path) as after:
        if command == "status":
            (damage,) = after.status().damage
            assert "'forget' was cut short" in damage
        elif command == "backup":
            after.backup(tmp_path / "backup")
        else:
            getattr(after, command)()
        after.fold()
        check(after, before)


@pytest.mark.parametrize("found", ["older", "damaged"])
def test_forgetting_is_completed_though_an_older_or_a_damaged_database_was_put_in_place(
    filled, before, found
):
    forgetting.note(filled.journal_folder, filled.concerned(senders=["pat3@example.com"]))
    filled.close()
    filled.path.unlink()
    if found == "older":
        with duckdb.connect(str(filled.path)) as connection:
            migrations.migrate(connection, filled.path, migrations.known()[:3])
    else:
        filled.path.write_bytes(b"Zermatt" * 9_000)
    with Store(filled.path) as after:
        after.fold()
        check(after, before)


def test_one_decision_leaves_and_others_of_its_sender_stay(filled, before):
    filled.forget(filled.concerned(decisions=["d0"]))
    rows = {r["decision_id"]: r for r in filled.query("FROM decisions").to_pylist()}
    assert (rows["d0"]["sender"], rows["d0"]["opportunity_content"], rows["d0"]["context"]) == (
        "",
        "",
        "{}",
    )
    assert rows["d0"]["action_taken"] == "wrote to [forgotten]"
    assert rows["d2"]["sender"] == SPELLINGS[2]
    assert figures(filled) == before


def test_old_texts_go_and_the_rest_of_their_decisions_stays(filled, facts, before):
    filled.forget(filled.concerned(older_than=facts.later.replace(tzinfo=None)))
    assert b"zermatt" not in everything(filled)
    assert filled.query("SELECT sender FROM decisions WHERE decision_id = 'd1'").to_pylist() == [
        {"sender": SPELLINGS[1]}
    ]
    assert figures(filled) == before


def test_predictions_still_find_their_decision(filled):
    filled.forget(filled.concerned(senders=["pat3@example.com"]))
    rows = filled.query(
        "SELECT d.decision_id FROM decisions AS d JOIN predictions USING (opportunity_id)"
    ).to_pylist()
    assert rows == [{"decision_id": "d0"}]


def test_a_writer_goes_on_while_somebody_is_forgotten(filled, facts):
    with Store(filled.path) as writer:
        writer.log_decision(facts.decision("before"))
        filled.forget(filled.concerned(senders=["pat3@example.com"]))
        writer.log_decision(facts.decision("after"))
    assert {"before", "after"} <= set(facts.ids(filled))


def test_a_backup_forgets_with_its_next_run(filled, tmp_path):
    copy = tmp_path / "copy"
    filled.backup(copy)
    filled.forget(filled.concerned(senders=["pat3@example.com"]))
    filled.backup(copy)
    held = b"".join(p.read_bytes() for p in copy.rglob("*") if p.is_file()).lower()
    assert b"zermatt" not in held
    assert b"pat three" not in held


def test_copies_that_repairs_left_go_too(filled):
    filled.rebuild()
    assert list(filled.path.parent.glob("*.damaged-*"))
    filled.forget(filled.concerned(senders=["pat3@example.com"]))
    assert not list(filled.path.parent.glob("*.damaged-*"))
