"""A trained model as plain arrays and JSON-able data, and back: no pickle."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from decision_features import Encoder, SenderRecords
from decision_model.artifacts.sender_hashes import SenderHashing
from decision_model.inputs.evidence import Evidence
from decision_model.regression.posterior import LogisticPosterior
from decision_model.regression.revenue import RevenueRegression
from decision_model.regression.rules import RuleEnsemble
from decision_model.trained.given_action import ActionEffects
from decision_model.trained.model import TrainedModel
from decision_model.trained.named_predictors import NamedPredictor
from decision_model.trained.pool import Pool
from decision_model.trained.schema import OLDER, SCHEMA

FORMAT = SCHEMA.version
READABLE = (FORMAT, *(schema.version for schema in OLDER))

Arrays = dict[str, NDArray[Any]]

_EVIDENCE = (
    "won", "lost", "open", "paid", "revenue", "sum_log_revenue", "sum_log_revenue_squared",
    "delay_cell", "delay_state", "delay_hours", "delay_count",
)  # fmt: skip


def to_arrays(model: TrainedModel) -> tuple[Arrays, dict[str, Any]]:
    """Take a model apart: numeric arrays without objects, and data that json can write.

    The same training data and seed give the same bytes.

    Raises
    ------
    ValueError
        Its senders are known by their hashes only: a model that was loaded is not saved again.
    """
    if model.hashing is not None:
        raise ValueError("the senders of this model are known by their hashes only")
    arrays: Arrays = {
        "pool": model.pool.weights,
        "sender_counts": model.records.counts,
        "sender_last": model.records.last.astype(np.int64),
        "revenue_weights": model.revenue.weights,
    }
    for name in _EVIDENCE:
        arrays[f"evidence_{name}"] = getattr(model.evidence, name)
    same = model.full is model.time_invariant
    for name, member in (
        (("full", model.full),)
        if same
        else (("full", model.full), ("steady", model.time_invariant))
    ):
        arrays[f"{name}_weights"] = np.r_[member.intercept, member.weights]
        arrays[f"{name}_precision"] = member.precision
        arrays[f"{name}_covariance"] = member.covariance
    if model.rules is not None:
        for field in fields(RuleEnsemble):
            arrays[f"rules_{field.name}"] = getattr(model.rules, field.name)
    metadata = {
        "format": FORMAT,
        "encoder": model.encoder.to_dict(),
        "senders": list(model.records.senders),
        "types": list(model.evidence.types),
        "sources": list(model.evidence.sources),
        "base": model.base,
        "spread": model.spread,
        "decisions": model.decisions,
        "as_of": str(model.as_of),
        "named": [asdict(one) for one in model.named],
        "actions": None if model.actions is None else asdict(model.actions),
        "revenue": {
            name: getattr(model.revenue, name) for name in ("intercept", "smear", "paid", "spread")
        },
    }
    return arrays, metadata


def from_arrays(
    arrays: Arrays, metadata: dict[str, Any], *, hashing: SenderHashing | None = None
) -> TrainedModel:
    """Make the model that `to_arrays` was given.

    Raises
    ------
    ValueError
        Where the format is another one, or the columns do not fit the weights.
    """
    if metadata.get("format") not in READABLE:
        raise ValueError(
            f"A model of format {metadata.get('format')!r} cannot be read; only {READABLE} can."
        )
    encoder = Encoder.from_dict(metadata["encoder"])
    counts: dict[str, Any] = {name: arrays[f"evidence_{name}"] for name in _EVIDENCE}
    evidence = Evidence(
        types=tuple(metadata["types"]), sources=tuple(metadata["sources"]), **counts
    )
    full = _member("full", arrays, len(encoder.columns))
    time_invariant = (
        _member("steady", arrays, len(encoder.columns)) if "steady_weights" in arrays else full
    )
    senders = {name: row for row, name in enumerate(metadata["senders"])}
    return TrainedModel(
        encoder=encoder,
        records=SenderRecords(
            senders, arrays["sender_counts"], arrays["sender_last"].astype("datetime64[s]")
        ),
        evidence=evidence,
        time_invariant=time_invariant,
        full=full,
        rules=_rules(arrays, encoder),
        base=float(metadata["base"]),
        pool=Pool(arrays["pool"]),
        revenue=RevenueRegression(weights=arrays["revenue_weights"], **metadata["revenue"]),
        spread=float(metadata["spread"]),
        decisions=float(metadata["decisions"]),
        as_of=np.datetime64(metadata["as_of"], "us"),
        hashing=hashing,
        named=tuple(
            NamedPredictor(**{**one, "coefficients": tuple(one["coefficients"])})
            for one in metadata.get("named", ())
        ),
        actions=_actions(metadata.get("actions")),
    )


def _actions(found: dict[str, Any] | None) -> ActionEffects | None:
    if found is None:
        return None
    return ActionEffects(tuple(found["actions"]), tuple(found["effects"]), found["weight"])


def _rules(arrays: Arrays, encoder: Encoder) -> RuleEnsemble | None:
    if "rules_weights" not in arrays:
        return None
    rules = RuleEnsemble(**{one.name: arrays[f"rules_{one.name}"] for one in fields(RuleEnsemble)})
    sizes = encoder.encoding().fields.sizes
    places = rules.fields
    if (
        not np.array_equal(rules.sizes, sizes)
        or rules.ranks.shape[1] != sizes.sum()
        or not np.isin(rules.half, (0, 1)).all()
        or places.min(initial=0) < 0
        or places.max(initial=0) > len(sizes)
    ):
        raise ValueError(f"The rules do not fit the {len(sizes)} fields of the encoder.")
    return rules


def _member(name: str, arrays: Arrays, columns: int) -> LogisticPosterior:
    weights = arrays[f"{name}_weights"]
    if len(weights) != columns + 1 or arrays[f"{name}_covariance"].shape != (columns + 1,) * 2:
        raise ValueError(
            f"The {name} regression does not fit the {columns} columns of the encoder."
        )
    return LogisticPosterior(
        float(weights[0]), weights[1:], arrays[f"{name}_precision"], arrays[f"{name}_covariance"]
    )
