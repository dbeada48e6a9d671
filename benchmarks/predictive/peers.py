"""Other ways to predict the same rows: the built-in baselines, a default pipeline, gradient boosting."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC
from typing import Any

import numpy as np
from numpy.typing import NDArray

from decision_features import Encoder, Labels, OpportunityFrame, SenderHistory, describe
from decision_model.evaluation.baselines import BaseScore, OdooScoring
from decision_model.inputs.history import History
from decision_model.trained.model import TrainedModel
from decision_store.facts import Decision

Floats = NDArray[np.float64]
Peer = Callable[[OpportunityFrame, Labels, OpportunityFrame], tuple[Floats, Floats | None]]
"""(training frame, its labels, test frame) -> probability, and expected revenue where there is one."""


def ours(frame: OpportunityFrame, labels: Labels, test: OpportunityFrame) -> tuple[Floats, Floats]:
    model = TrainedModel.fit(frame, labels, as_of=test.timestamp.min())
    predicted = model.predict(test)
    return predicted.probability, predicted.expected_revenue


def constant(
    _frame: OpportunityFrame, labels: Labels, test: OpportunityFrame
) -> tuple[Floats, None]:
    won, closed = labels.won.sum(), (labels.won | labels.lost).sum()
    return np.full(len(test), (won + 0.5) / (closed + 1)), None


def rate(frame: OpportunityFrame, labels: Labels, test: OpportunityFrame) -> tuple[Floats, Floats]:
    from decision_model.rates.cells import evidence_of
    from decision_model.rates.model import RateModel

    predicted = RateModel.fit(evidence_of(frame, labels)).predict(
        list(test.type), list(test.source)
    )
    return predicted.mean, predicted.revenue


def last_20(
    frame: OpportunityFrame, labels: Labels, test: OpportunityFrame
) -> tuple[Floats, Floats]:
    """Mean of the newest 20 closed decisions of the cell; .5 for an unknown cell."""
    closed = np.flatnonzero(labels.won | labels.lost)
    cells: dict[tuple[Any, Any], list[int]] = {}
    for row in closed[::-1].tolist():
        members = cells.setdefault((frame.type[row], frame.source[row]), [])
        if len(members) < 20:
            members.append(row)
    rows = [cells.get(cell, []) for cell in zip(test.type, test.source, strict=True)]
    chance = np.array([labels.won[r].mean() if r else 0.5 for r in rows])
    money = np.array([labels.revenue[r].mean() if r else 0.0 for r in rows])
    return chance, money


def base_score(
    frame: OpportunityFrame, labels: Labels, test: OpportunityFrame
) -> tuple[Floats, None]:
    return BaseScore().fit(_history(frame, labels)).predict(_decisions(test)), None


def odoo(frame: OpportunityFrame, labels: Labels, test: OpportunityFrame) -> tuple[Floats, None]:
    """Odoo's predictive lead scoring on type, source and every choice and tag of the context."""
    return OdooScoring().fit(_history(frame, labels)).predict(_decisions(test)), None


def _history(frame: OpportunityFrame, labels: Labels) -> History:
    order = np.argsort(frame.timestamp, kind="stable")
    frame, labels = frame.take(order), labels.take(order)
    as_of = max(frame.timestamp[-1], labels.as_of).item().replace(tzinfo=UTC)
    hours = np.nan_to_num(np.maximum(labels.hours, 0.0))
    return History(as_of, _decisions(frame), labels.state, hours, labels.revenue)


def _decisions(frame: OpportunityFrame) -> list[Decision]:
    decided = [moment.replace(tzinfo=UTC) for moment in frame.timestamp.tolist()]
    return [
        Decision(
            decision_id=str(row),
            timestamp=decided[row],
            recorded_at=decided[row],
            opportunity_type=str(frame.type[row]),
            opportunity_source=str(frame.source[row]),
            action_taken=str(frame.action[row] or "none"),
            opportunity_score=None if np.isnan(frame.score[row]) else float(frame.score[row]),
            context=frame.context[row],
        )
        for row in range(len(frame))
    ]


def pipeline(
    frame: OpportunityFrame, labels: Labels, test: OpportunityFrame
) -> tuple[Floats, None]:
    """scikit-learn's defaults: one-hot type and source, TF-IDF of the text, base score."""
    from scipy.sparse import csr_matrix, hstack
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import OneHotEncoder

    closed = np.flatnonzero(labels.won | labels.lost)
    frame, won = frame.take(closed), labels.won[closed]
    names = OneHotEncoder(handle_unknown="ignore")
    words = TfidfVectorizer()
    with_text = any(text for text in frame.content)

    def columns(part: OpportunityFrame, *, fit: bool) -> Any:
        pairs = np.column_stack([part.type.astype(str), part.source.astype(str)])
        score = np.nan_to_num(part.score, nan=50.0)[:, None]
        found = [names.fit_transform(pairs) if fit else names.transform(pairs), csr_matrix(score)]
        if with_text:
            texts = [text or "" for text in part.content]
            found.append(words.fit_transform(texts) if fit else words.transform(texts))
        return hstack(found).tocsr()

    if won.all() or not won.any():
        return np.full(len(test), float(won.mean()) if len(won) else 0.5), None
    solver = LogisticRegression(max_iter=1000).fit(columns(frame, fit=True), won)
    return solver.predict_proba(columns(test, fit=False))[:, 1], None


def boosting(
    frame: OpportunityFrame, labels: Labels, test: OpportunityFrame
) -> tuple[Floats, None]:
    """LightGBM on the very columns that our regressions see, less the hinges' use; 200 small trees."""
    import lightgbm

    closed = np.flatnonzero(labels.won | labels.lost)
    frame, labels = frame.take(closed), labels.take(closed)
    past = SenderHistory.learn(frame, labels)
    encoder = Encoder.learn(frame, describe(frame, labels), past.before(frame))
    learner = lightgbm.LGBMClassifier(
        n_estimators=200, learning_rate=0.05, num_leaves=15, min_child_samples=20, subsample=0.8,
        subsample_freq=1, colsample_bytree=0.8, reg_lambda=5.0, n_jobs=2, verbose=-1, random_state=0,
        deterministic=True,
    )  # fmt: skip
    learner.fit(encoder.transform(frame, past.before(frame)), labels.won)
    return learner.predict_proba(encoder.transform(test, past.before(test)))[:, 1], None


def every() -> dict[str, Peer]:
    found: dict[str, Peer] = {
        "ours": ours, "constant": constant, "base score": base_score, "rate": rate, "last 20": last_20,
        "Odoo": odoo, "pipeline": pipeline,
    }  # fmt: skip
    try:
        import lightgbm  # noqa: F401
    except ImportError:
        return found
    return found | {"LightGBM": boosting}
