"""Make the small model of the current format that tests/api/test_model_formats.py loads."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from decision_features import Labels, OpportunityFrame
from decision_log.models.versions import save_model
from decision_model.trained.model import TrainedModel
from decision_model.trained.schema import SCHEMA

MODELS = Path(__file__).resolve().parents[1] / "data" / "models"
AS_OF = datetime(2026, 3, 1, tzinfo=UTC)
ITEMS = (
    {"type": "coaching", "source": "email", "score": 80, "content": "a budget for lessons", "plan": "paid"},
    {"type": "partnership", "source": "twitter", "score": 15, "content": "a question", "sender": "s3"},
    {"type": "unseen", "source": "elsewhere"},
)  # fmt: skip


def small_model() -> TrainedModel:
    """Train on 1,700 invented decisions; some are open."""
    rng = np.random.default_rng(20260301)
    n = 1_700
    kind, source = rng.choice(["coaching", "partnership"], n), rng.choice(["email", "twitter"], n)
    score, keen = rng.uniform(0, 100, n), rng.random(n) < 0.5
    odds = (score - 60) / 15 + np.where(keen, 1.5, -1.5)
    won = rng.random(n) < 1 / (1 + np.exp(-odds))
    made = np.datetime64("2025-11-01T00:00", "us") + np.arange(n) * np.timedelta64(72, "m")
    frame = OpportunityFrame.from_columns(
        type=kind.tolist(),
        source=source.tolist(),
        timestamp=made,
        content=[f"I have a {'budget' if k else 'question'} for lessons" for k in keen],
        score=score.tolist(),
        sender=[f"s{i}" for i in rng.integers(0, 20, n)],
        context=[{"plan": str(p)} for p in rng.choice(["free", "paid"], n)],
    )
    state = np.where(np.arange(n) % 10 == 9, 0, np.where(won, 1, 2))
    closed = np.where(state == 0, np.datetime64("NaT", "us"), made + np.timedelta64(6, "h"))
    labels = Labels.from_columns(
        state=state,
        decided_at=made,
        closed_at=closed,
        revenue=np.where(state == 1, 200 + score, 0.0),
        as_of=np.datetime64(AS_OF.replace(tzinfo=None), "us"),
    )
    return TrainedModel.fit(frame, labels, seed=0)


def scored(model: TrainedModel) -> dict[str, list[float]]:
    """Score the items."""
    frame = OpportunityFrame.from_opportunities(ITEMS, timestamp=AS_OF)
    names, parts = model.contributions(frame)
    fixed = [place for place, name in enumerate(names) if name != "rate"]
    return {
        "probability": model.predict(frame).probability.tolist(),
        "regression": parts[:, fixed].sum(axis=1).tolist(),
        "revenue_if_won": model.predict(frame).revenue_if_won.tolist(),
    }


def models_of(folder: Path) -> Path:
    """Return where the models lie; those of formats 2 to 4 were kept without a home."""
    return folder / "artifacts" / "models" if (folder / "data").exists() else folder


def main() -> None:
    """Replace the folder of the current format, which is a home."""
    folder = MODELS / f"format-{SCHEMA.version}"
    shutil.rmtree(folder, ignore_errors=True)
    models = folder / "artifacts" / "models"
    model = small_model()
    version = save_model(
        models, model, AS_OF, {"training": {"as_of": AS_OF.isoformat(), "seed": 0}}
    )
    expected = {"version": version, **scored(model)}
    (folder / "expected.json").write_text(json.dumps(expected, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
