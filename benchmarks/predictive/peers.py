"""Other ways to predict the same rows: the built-in baselines, a default pipeline, gradient boosting."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from datetime import UTC
from typing import Any

import numpy as np
from numpy.typing import NDArray

from decision_features import Encoder, Labels, OpportunityFrame, SenderHistory, describe
from decision_model.evaluation.baselines import BaseScore, OdooScoring
from decision_model.inputs.history import History
from decision_model.trained.model import TrainedModel

Floats = NDArray[np.float64]
LONGEST_CHOICE = 100
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
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
    return BaseScore().fit(_history(frame, labels)).predict(test), None


def odoo(frame: OpportunityFrame, labels: Labels, test: OpportunityFrame) -> tuple[Floats, None]:
    """Odoo's predictive lead scoring on type, source and every choice and tag of the context."""
    return OdooScoring().fit(_history(frame, labels)).predict(test), None


def _history(frame: OpportunityFrame, labels: Labels) -> History:
    order = np.argsort(frame.timestamp, kind="stable")
    frame, labels = frame.take(order), labels.take(order)
    as_of = max(frame.timestamp[-1], labels.as_of).item().replace(tzinfo=UTC)
    return History(as_of, tuple(map(str, range(len(frame)))), frame, labels)


def pipeline(
    frame: OpportunityFrame, labels: Labels, test: OpportunityFrame
) -> tuple[Floats, None]:
    """scikit-learn's defaults on type, source, base score, every context field and TF-IDF of the text.

    Numbers are imputed by their mean and standardised, choices and tags one-hot.
    """
    from scipy.sparse import hstack
    from sklearn.feature_extraction import DictVectorizer
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    closed = np.flatnonzero(labels.won | labels.lost)
    frame, won = frame.take(closed), labels.won[closed]
    if won.all() or not won.any():
        return np.full(len(test), float(won.mean()) if len(won) else 0.5), None
    numeric = _numbers(frame)
    numbers = make_pipeline(SimpleImputer(keep_empty_features=True), StandardScaler())
    choices, words = DictVectorizer(), TfidfVectorizer()
    with_text = any(text for text in frame.content)

    def columns(part: OpportunityFrame, *, fit: bool) -> Any:
        table, rest = _table(part, numeric), _choices(part, numeric)
        found = [
            numbers.fit_transform(table) if fit else numbers.transform(table),
            choices.fit_transform(rest) if fit else choices.transform(rest),
        ]
        if with_text:
            texts = [text or "" for text in part.content]
            found.append(words.fit_transform(texts) if fit else words.transform(texts))
        return hstack(found).tocsr()

    solver = LogisticRegression(max_iter=1000).fit(columns(frame, fit=True), won)
    return solver.predict_proba(columns(test, fit=False))[:, 1], None


def histogram_boosting(
    frame: OpportunityFrame, labels: Labels, test: OpportunityFrame
) -> tuple[Floats, None]:
    """`HistGradientBoostingClassifier` with its defaults, on type, source, base score and every context field.

    Choices are given as categories (the 200 most frequent of each, the others together); text is left out.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier

    closed = np.flatnonzero(labels.won | labels.lost)
    frame, won = frame.take(closed), labels.won[closed]
    if won.all() or not won.any():
        return np.full(len(test), float(won.mean()) if len(won) else 0.5), None
    numeric = _numbers(frame)
    rows = _choices(frame, numeric)
    names = sorted({name for row in rows for name in row})
    codes = {}
    for name in names:
        counted = Counter(str(row[name]) for row in rows if name in row)
        codes[name] = {value: code for code, (value, _) in enumerate(counted.most_common(200))}

    filled = np.isfinite(_table(frame, numeric)).any(axis=0)

    def columns(part: OpportunityFrame) -> Floats:
        table = [
            [codes[name].get(str(row[name]), 200) if name in row else np.nan for name in names]
            for row in _choices(part, numeric)
        ]
        of_choices = np.array(table, float).reshape(len(part), -1)
        return np.hstack([_table(part, numeric)[:, filled], of_choices])

    kinds = np.r_[np.zeros(filled.sum(), bool), np.ones(len(names), bool)]
    learner = HistGradientBoostingClassifier(categorical_features=kinds, random_state=0)
    learner.fit(columns(frame), won)
    return learner.predict_proba(columns(test))[:, 1], None


def _numbers(frame: OpportunityFrame) -> list[str]:
    """Names of the context fields that are numbers, and of dates as days from the decision and as month."""
    found: dict[str, bool] = {}
    for context in frame.context:
        for name, value in _plain(context, np.datetime64("2000-01-01", "us")).items():
            found[name] = found.get(name, True) and isinstance(value, int | float)
    return sorted(name for name, number in found.items() if number)


def _plain(context: dict[str, Any], moment: np.datetime64) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in context.items():
        if isinstance(value, str) and DATE.fullmatch(value):
            day = np.datetime64(value, "D")
            found[f"days to {name}"] = float((day - moment.astype("datetime64[D]")).astype(int))
            found[f"month of {name}"] = float(value[5:7])
        elif value is not None and not (isinstance(value, str) and len(value) > LONGEST_CHOICE):
            found[name] = value
    return found


def _table(frame: OpportunityFrame, numeric: list[str]) -> Floats:
    rows = zip(frame.context, frame.timestamp, frame.score.tolist(), strict=True)
    found = []
    for context, moment, score in rows:
        plain = _plain(context, moment)
        found.append([score, *(_number(plain.get(name)) for name in numeric)])
    return np.array(found, dtype=np.float64).reshape(len(frame), len(numeric) + 1)


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else np.nan


def _choices(frame: OpportunityFrame, numeric: list[str]) -> list[dict[str, Any]]:
    known = set(numeric)
    rows = zip(frame.type, frame.source, frame.context, frame.timestamp, strict=True)
    return [
        {
            "type": kind, "source": source,
            **{
                name: [str(one) for one in value] if isinstance(value, list) else str(value)
                for name, value in _plain(context, moment).items() if name not in known
            },
        }
        for kind, source, context, moment in rows
    ]  # fmt: skip


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
        subsample_freq=1, colsample_bytree=0.8, reg_lambda=5.0, n_jobs=1, verbose=-1, random_state=0,
        deterministic=True,
    )  # fmt: skip
    learner.fit(encoder.transform(frame, past.before(frame)), labels.won)
    return learner.predict_proba(encoder.transform(test, past.before(test)))[:, 1], None


def every() -> dict[str, Peer]:
    found: dict[str, Peer] = {
        "ours": ours, "constant": constant, "base score": base_score, "rate": rate, "last 20": last_20,
        "Odoo": odoo, "pipeline": pipeline, "HistGB": histogram_boosting,
    }  # fmt: skip
    try:
        import lightgbm  # noqa: F401
    except ImportError:
        return found
    return found | {"LightGBM": boosting}
