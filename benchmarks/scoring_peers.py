"""Other ways to score a file of opportunities, each as a whole command, beside `scoring.py`.

    python benchmarks/scoring_peers.py fit HOME           # a pipeline of scikit-learn's defaults, saved with joblib
    python benchmarks/scoring_peers.py pipeline HOME      # opportunities.json -> ranked JSON with it
    python benchmarks/scoring_peers.py limit HOME         # read, sort by the score that is there, write: nothing else
    python benchmarks/scoring_peers.py one HOME           # microseconds for one opportunity at a time, warm

HOME is a folder that `scoring.prepare` has filled.
"""

from __future__ import annotations

import argparse
import statistics
import time
from pathlib import Path
from typing import Any

import orjson

SAVED = "pipeline.joblib"
REPEATS = 300


def opportunities(home: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = orjson.loads((home / "data" / "opportunities.json").read_bytes())[
        "opportunities"
    ]
    return found


def fit(home: Path) -> None:
    """Fit one-hot type and source, base score and TF-IDF of the text, on the closed decisions of the log."""
    import joblib
    from sklearn.feature_extraction import DictVectorizer
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline, make_union
    from sklearn.preprocessing import FunctionTransformer

    from decision_log import DecisionLog

    with DecisionLog(home=home) as log:
        rows = log.query(
            "SELECT d.opportunity_type AS type, d.opportunity_source AS source, d.opportunity_score AS score, "
            "d.opportunity_content AS content, bool_or(o.deal_closed) AS won "
            "FROM decisions d JOIN outcomes o USING (decision_id) GROUP BY ALL"
        )
    columns = make_pipeline(FunctionTransformer(named), DictVectorizer())
    texts = make_pipeline(FunctionTransformer(contents), TfidfVectorizer())
    pipeline = make_pipeline(make_union(columns, texts), LogisticRegression(max_iter=1000))
    pipeline.fit(rows, [bool(row["won"]) for row in rows])
    joblib.dump(pipeline, home / SAVED)


def named(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {"type": row["type"], "source": row["source"], "score": row["score"] or 50.0}
        for row in rows
    ]


def contents(rows: list[dict[str, Any]]) -> list[str]:
    return [row["content"] or "" for row in rows]


def load(home: Path) -> Any:
    import joblib

    import scoring_peers  # the functions were saved by their place

    assert scoring_peers.named
    return joblib.load(home / SAVED)


def pipeline(home: Path) -> None:
    """Score a file with the saved pipeline: a probability, a score by the formula, ranked; no reasons, no interval."""
    model = load(home)
    items = opportunities(home)
    probability = model.predict_proba(items)[:, 1]
    for item, chance in zip(items, probability.tolist(), strict=True):
        item["conversion_probability"] = 100 * chance
        item["adjusted_score"] = item["score"] * 0.4 + 30 * chance
    write(home, items)


def limit(home: Path) -> None:
    items = opportunities(home)
    for item in items:
        item["adjusted_score"] = item["score"]
    write(home, items)


def write(home: Path, items: list[dict[str, Any]]) -> None:
    items.sort(key=lambda item: -item["adjusted_score"])
    (home / "ranked.json").write_bytes(orjson.dumps({"opportunities": items}))


def one(home: Path) -> None:
    model = load(home)
    times = []
    for item in opportunities(home)[:REPEATS]:
        started = time.perf_counter()
        model.predict_proba([item])
        times.append(1e6 * (time.perf_counter() - started))
    print(statistics.median(times))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=("fit", "pipeline", "limit", "one"))
    parser.add_argument("home", type=Path)
    arguments = parser.parse_args()
    import scoring_peers

    getattr(scoring_peers, arguments.what)(arguments.home)


if __name__ == "__main__":
    main()
