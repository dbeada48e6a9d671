"""Cache of fitted rates: a new process asks an unchanged log without fitting again, and never gets another answer."""

import stat
from datetime import UTC, datetime, timedelta
from itertools import product

import numpy as np
import pytest

from decision_log import DecisionLog
from decision_log.cache_file import CacheFile
from decision_log.program import source_files
from decision_model.rates import new_pairs, stored
from decision_model.rates.model import RateModel

ITEM = {"type": "coaching", "source": "email"}


@pytest.fixture
def home(tmp_path, fill):
    with DecisionLog(home=tmp_path) as log:
        fill(log, 30)
        log.get_conversion_rates()
    return tmp_path


def fits_of(home, ask=lambda log: log.rate_fits.at()):
    with DecisionLog(home=home) as log:
        ask(log)
        return log.rate_fits.generation


def cache_of(home):
    return home / "data" / "decision_log.rates-cache"


def predicted_by(log, item):
    """A prediction but for the ages of open decisions, which the clock moves on meanwhile."""
    found = log.predict_outcome(item, record=False)
    for one in found["similar_decisions"]:
        del one["hours"]
    return found


def test_a_new_process_reads_the_rates_of_an_unchanged_log_and_says_the_same(home):
    with DecisionLog(home=home) as cached, DecisionLog(home=home) as fresh:
        rows, predicted = cached.get_conversion_rates(), predicted_by(cached, ITEM)
        new = {"type": "never seen", "source": "email"}
        unseen = predicted_by(cached, new)
        assert cached.rate_fits.generation == 0
        cache_of(home).unlink()
        cache_of(home).with_suffix(".answers-cache").unlink()
        assert rows == fresh.get_conversion_rates()
        assert predicted == predicted_by(fresh, ITEM)
        assert unseen == predicted_by(fresh, new)
        assert fresh.rate_fits.generation == 1


@pytest.mark.parametrize("most_pairs", [0, 1000])
def test_what_a_process_reads_says_the_same_of_every_pair_known_or_not(
    home, monkeypatch, most_pairs
):
    """Pairs without decisions are predicted before they are kept: a reader integrates nothing."""
    monkeypatch.setattr(new_pairs, "MOST_PAIRS", most_pairs)
    with DecisionLog(home=home) as log:
        model = log.rate_fits.at().model
    asked = list(
        product(["coaching", "never seen", *model.evidence.types], ["email", "fax", "web"])
    )
    if not most_pairs:  # then of new names only
        asked = [pair for pair in asked if pair[0] == "never seen" or pair[1] == "fax"]
    expected = model.predict(*zip(*asked, strict=True))
    read = stored.unpack(stored.pack(model))
    monkeypatch.setattr(RateModel, "_predicted", lambda *_: pytest.fail("a pair was worked out"))
    found = read.predict(*zip(*asked, strict=True))
    for name in found.__slots__:
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))


def test_only_its_owner_may_read_the_cache(home):
    assert stat.S_IMODE(cache_of(home).stat().st_mode) == 0o600


def test_predictions_leave_the_cache_as_it_is_and_facts_do_not(home):
    assert fits_of(home, lambda log: log.predict_outcome(ITEM)) == 0
    assert fits_of(home) == 0
    with DecisionLog(home=home) as log:
        log.won("d-29", 50.0)
    assert fits_of(home) == 1
    assert fits_of(home) == 0


@pytest.mark.parametrize(
    "damage", [lambda b: b[:-9], lambda b: b"{}", lambda b: b[:400] + b"x" + b[401:]]
)
def test_a_damaged_cache_is_ignored_and_replaced(home, damage):
    cache_of(home).write_bytes(damage(cache_of(home).read_bytes()))
    assert fits_of(home) == 1
    assert fits_of(home) == 0


def test_the_cache_of_another_hour_or_of_another_program_is_not_used(home, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(
            "decision_log.rate_fits.utc_now", lambda: datetime.now(UTC) + timedelta(hours=1)
        )
        assert fits_of(home) == 1
    monkeypatch.setattr("decision_log.cache_file.program_digest", lambda: "another")
    assert fits_of(home) == 1


def test_a_cold_start_with_a_stale_cache_reads_it_once(home, monkeypatch):
    with DecisionLog(home=home) as log:
        log.log_decision(None, "coaching", "email", "Replied")
    read = []
    original = CacheFile.read
    monkeypatch.setattr(
        CacheFile, "read", lambda file, hour: read.append(file.path) or original(file, hour)
    )
    assert fits_of(home) == 1
    assert read.count(cache_of(home)) == 1


def test_forgetting_deletes_the_cache(home):
    with DecisionLog(home=home) as log:
        log.forget(decision_id="d-3")
    assert not cache_of(home).exists()


def test_a_question_as_of_a_moment_of_this_hour_reads_it_too_and_one_of_earlier_does_not(home):
    assert fits_of(home, lambda log: log.rate_model(datetime.now(UTC))) == 0
    earlier = datetime.now(UTC) - timedelta(days=30)
    assert fits_of(home, lambda log: log.rate_model(earlier)) == 1


def test_a_change_of_any_module_or_query_in_any_folder_is_another_program(tmp_path):
    deep = tmp_path / "queries" / "parts"
    deep.mkdir(parents=True)
    (deep / "state.sql").write_text("SELECT 1")
    (tmp_path / "quantiles.py").write_text("x = 1")
    before = source_files(tmp_path)
    (deep / "state.pyc").write_text("compiled")
    assert source_files(tmp_path) == before
    (deep / "state.sql").write_text("SELECT 10")
    assert source_files(tmp_path) != before
