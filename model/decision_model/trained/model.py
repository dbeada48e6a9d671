"""The trained model: learns from decisions and their outcomes, predicts new opportunities."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from decision_features import (
    DataDictionary,
    Labels,
    OpportunityFrame,
    describe,
)
from decision_features.reading import KnownWords
from decision_model.hyperparameters import LEAST_FORWARD_ROWS, LEAST_RULE_DECISIONS
from decision_model.rates.model import RateModel
from decision_model.regression.revenue import RevenueRegression
from decision_model.trained.forward import forward_rows
from decision_model.trained.given_action import ActionEffects, learn_actions
from decision_model.trained.members import fit_members
from decision_model.trained.named_predictors import NamedPredictor, learn_named, shifts
from decision_model.trained.parameters import Parameters
from decision_model.trained.pool import Pool
from decision_model.trained.predictor import Predictions, ServedModel

Floats = NDArray[np.float64]


class TrainedModel(Parameters):
    """A model that learns from decisions and predicts opportunities; its fields are those of `Parameters`."""

    @classmethod
    def fit(
        cls,
        frame: OpportunityFrame,
        labels: Labels,
        *,
        dictionary: DataDictionary | None = None,
        as_of: np.datetime64 | None = None,
        seed: int = 0,
        n_jobs: int = 1,
    ) -> TrainedModel:
        """Train on decisions and their labels.

        Parameters
        ----------
        frame, labels : aligned
            In any order; none at all is allowed.
        dictionary : DataDictionary, optional
            Which fields to use; found by `describe` where not given.
        as_of : datetime64, optional
            Moment up to which senders' records are known; the labels' own where not given.
        seed : int
            The same data and seed give the same arrays, byte for byte.
        n_jobs : int
            Processes that fit to the past to learn the weights of the pool, by joblib; the arrays are the same.
        """
        order = np.argsort(frame.timestamp, kind="stable")
        frame, labels = frame.take(order), labels.take(order)
        if dictionary is None:
            dictionary = describe(frame, labels)
        words = KnownWords()
        members, _ = fit_members(
            frame, labels, dictionary, seed, words, least_for_rules=LEAST_RULE_DECISIONS
        )
        rules = members.rules
        rows = np.arange(len(frame) - members.X.shape[0], len(frame))
        newest, used = frame.take(rows), labels.take(rows)
        weight = float(members.targets.weight.sum())
        pool = Pool.by_evidence(members.gains)
        named: tuple[NamedPredictor, ...] = ()
        actions: ActionEffects | None = None
        if weight >= LEAST_FORWARD_ROWS:
            forward = forward_rows(
                newest, used, members.targets, dictionary, seed, n_jobs=n_jobs, words=words,
                rules=rules is not None,
            )  # fmt: skip
            predicted, judged, places = forward
            pool = Pool.learn(predicted, judged, pool.weights)
            z, seen = pool(predicted), newest.take(places)
            named = learn_named(z, judged, seen)
            if not dictionary.excludes("action"):
                # What is stated may know the action already: only what that adds to it counts.
                z = z + shifts(named, z, seen).sum(axis=1)
                actions = learn_actions(z, judged, seen, used.take(places))
        won = np.flatnonzero(used.won)
        revenue = RevenueRegression.fit(
            members.X[won], used.revenue[won], members.encoder.widths, seed=seed
        )
        moment = labels.as_of if as_of is None else as_of
        # Just what an artifact keeps, so that a loaded model predicts as the one that was saved.
        evidence = members.evidence.kept
        return cls(
            members.encoder, members.history.records(moment), evidence,
            members.time_invariant, members.full, rules, members.base, pool, revenue,
            members.spread(), weight, moment, named=named, actions=actions,
        )  # fmt: skip

    def predict(self, frame: OpportunityFrame, *, rate: RateModel | None = None) -> Predictions:
        """Predict N opportunities; `ServedModel` does so again and again.

        Parameters
        ----------
        rate : RateModel, optional
            Newer rates than those at training.
        """
        return ServedModel(self).explain(frame, rate=rate).predictions

    def contributions(
        self, frame: OpportunityFrame, *, rate: RateModel | None = None
    ) -> tuple[tuple[str, ...], Floats]:
        """Take the log-odds apart; the parts add up to `Predictions.log_odds` exactly.

        Returns
        -------
        names : tuple of str
            ``rate``, ``base rate`` (with the intercepts), then one per block of the encoder, and one per
            pair of fields that rules name.
        parts : ndarray, shape (N, len(names))
        """
        served = ServedModel(self)
        return served.names, served.explain(frame, rate=rate).parts
