"""When the log learnt of a prediction: given, by its journal record, or by the migration."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import duckdb
import orjson
import pyarrow as pa

from decision_store import Prediction
from decision_store.database import migrations
from decision_store.journal.payloads import encode_prediction
from decision_store.store import Store

WRITTEN = datetime(2026, 5, 4, 12, 30, tzinfo=UTC)


def predicted(facts, name="p", **more):
    return Prediction(name, "opp", facts.start, facts.start, "ann", "lead", "mail", 0.25, **more)


def older(prediction):
    """Encode it as versions without its time of recording did."""
    payload = orjson.loads(encode_prediction(prediction))
    del payload["record"]["recorded_at"]
    payload["at"] = int(WRITTEN.timestamp() * 1e9)
    return orjson.dumps(payload, option=orjson.OPT_SORT_KEYS)


def recorded(store):
    rows = store.ask("all_predictions").to_pylist()
    return {row["prediction_id"]: row["recorded_at"] for row in rows}


def test_a_time_of_recording_is_kept_and_an_older_record_has_that_of_its_writing(store, facts):
    given = facts.start + timedelta(days=2)
    store.log_predictions([predicted(facts, "new", recorded_at=given)])
    store._journal.append([older(predicted(facts, "old"))])
    expected = {"new": given.replace(tzinfo=None), "old": WRITTEN.replace(tzinfo=None)}
    assert recorded(store) == expected
    store.rebuild(force=True)
    assert recorded(store) == expected


def test_predictions_loaded_without_a_time_of_recording_count_as_recorded_when_they_were_loaded(
    store, facts
):
    before = datetime.now(UTC).replace(tzinfo=None)
    moment = pa.array([facts.start.replace(tzinfo=None)], pa.timestamp("us"))
    texts = {"prediction_id": "p", "opportunity_id": "o", "model_version": "ann", "opportunity_type": "t",
             "opportunity_source": "s"}  # fmt: skip
    columns = {name: pa.array([text]) for name, text in texts.items()}
    store.load(predictions=pa.table({**columns, "predicted_at": moment, "as_of": moment}))
    assert recorded(store)["p"] >= before


def test_the_migration_dates_stored_predictions_by_the_journal(path, facts):
    number = next(m.version for m in migrations.known() if "recorded_predictions" in m.name)
    with Store(path) as store:
        store._journal.append([older(predicted(facts))])
    with duckdb.connect(str(path)) as old:
        migrations.migrate(old, path, migrations.known()[: number - 1])
        old.execute(
            "INSERT INTO predictions (prediction_id, opportunity_id, predicted_at, as_of, model_version, "
            "opportunity_type, opportunity_source, probability, inputs_hash, shadow) VALUES "
            "('p', 'opp', $at, $at, 'ann', 'lead', 'mail', .25, '', false), "
            "('nowhere', 'opp', $at, $at, 'ann', 'lead', 'mail', .25, '', false)",
            {"at": facts.start.replace(tzinfo=None)},
        )
    with Store(path) as store:
        assert recorded(store) == {"p": WRITTEN.replace(tzinfo=None), "nowhere": None}
