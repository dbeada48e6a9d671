"""Fields that tell the answer by words, dates, presence or values are refused; honest ones are not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from decision_features import Labels, OpportunityFrame, describe

DAY = np.timedelta64(86_400_000_000, "us")
N = 400
IDENTIFIER = "names the opportunity: nearly every value occurs once"
WORDS = (
    "please quote for our team golf lesson need soon budget small large club swing coach monthly next week urgent "
    "office remote question about price delivery"
)


class World:
    """A log of which a third is open, whatever its age, and what each decision's columns could hold."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.decided = np.datetime64("2025-01-01T09:30", "us") + np.arange(N) * DAY // 4
        state = np.where(self.rng.random(N) < 0.33, 0, self.rng.choice([1, 2], N)).astype(np.int8)
        closed = np.where(state == 0, np.datetime64("NaT", "us"), self.decided + self.days(3, 60))
        self.labels = Labels.from_columns(
            state=state, decided_at=self.decided, closed_at=closed.astype("datetime64[us]")
        )
        self.frame = OpportunityFrame.from_columns(
            type=["a"] * N, source=["b"] * N, timestamp=self.decided
        )
        self.won, self.lost = self.labels.won.tolist(), self.labels.lost.tolist()

    def days(self, low: float, high: float) -> Any:
        return (self.rng.uniform(low, high, N) * DAY.astype(int)).astype("timedelta64[us]")

    def chance(self, share: float) -> bool:
        return bool(self.rng.random() < share)

    def text(self, n: int = 6) -> str:
        return " ".join(self.rng.choice(WORDS.split(), n))

    def after(self) -> Any:
        """Moments of changes: after the decision, not in the future."""
        return np.minimum(self.decided + self.days(2, 20), self.labels.as_of)

    def by_end(
        self, won: Callable[[], Any], lost: Callable[[], Any], other: Any = None
    ) -> list[Any]:
        ends = zip(self.won, self.lost, strict=True)
        return [won() if w else lost() if x else other for w, x in ends]

    def refusal(self, column: list[Any], **options: Any) -> str:
        context = tuple({} if value is None else {"it": value} for value in column)
        frame = replace(self.frame, context=context)
        return describe(frame, self.labels, **options)["context.it"].refused


def written(moments: Any, form: str) -> list[str]:
    return [moment.item().strftime(form) for moment in moments.astype("datetime64[s]")]


def seconds(moments: Any) -> list[int]:
    return [int(second) for second in moments.astype("datetime64[s]").astype(np.int64)]


LEAKS: dict[str, Callable[[World], list[Any]]] = {
    "closing remark": lambda w: w.by_end(
        lambda: f"Signed! {w.text(4)}", lambda: f"Loss reason: price {w.text(3)}", w.text()
    ),
    "word within text": lambda w: w.by_end(
        lambda: f"{w.text()} we won", lambda: f"{w.text()} lost", w.text()
    ),
    "remark on half of the lost": lambda w: [
        f"{w.text()} lost to a competitor" if x and w.chance(0.5) else w.text() for x in w.lost
    ],
    "another language": lambda w: w.by_end(
        lambda: f"{w.text()} gewonnen", lambda: f"{w.text()} verloren", w.text()
    ),
    "words of no vocabulary": lambda w: w.by_end(
        lambda: f"{w.text()} invoice sent", lambda: f"{w.text()} archived", w.text()
    ),
    "list": lambda w: w.by_end(
        lambda: [*w.text(2).split(), "onboarding"], lambda: [*w.text(2).split(), "nurture"], w.text(2).split()
    ),
    "reason on some of the lost": lambda w: [
        w.text(1) if x and w.chance(0.6) else None for x in w.lost
    ],
    "iso": lambda w: written(w.after(), "%Y-%m-%dT%H:%M:%SZ"),
    "m/d/Y": lambda w: written(w.after(), "%m/%d/%Y"),
    "d.m.Y H:M": lambda w: written(w.after(), "%d.%m.%Y %H:%M"),
    "name of month": lambda w: written(w.after(), "%d %b %Y"),
    "seconds": lambda w: seconds(w.after()),
    "milliseconds in text": lambda w: [f"{second}000" for second in seconds(w.after())],
    "days of a spreadsheet": lambda w: [second / 86_400 + 25_569 for second in seconds(w.after())],
    "answered some hours later": lambda w: written(w.decided + w.days(0.1, 0.4), "%Y-%m-%d %H:%M:%S"),
    "on some rows only": lambda w: [
        value if w.chance(0.3) else None for value in written(w.after(), "%Y-%m-%d")
    ],
    "commission": lambda w: [float(w.rng.uniform(5, 80)) if won else 0.0 for won in w.won],
    "touches": lambda w: [
        int(w.rng.integers(1, 6) + 20 * (won or lost)) for won, lost in zip(w.won, w.lost, strict=True)
    ],
}  # fmt: skip

HONEST: dict[str, Callable[[World], list[Any]]] = {
    "coupon": lambda w: ["VIP" if w.chance(0.93 if won else 0.07) else "none" for won in w.won],
    "earlier contact": lambda w: written(w.decided - w.days(1, 300), "%Y-%m-%d"),
    "earlier, m/d/Y": lambda w: written(w.decided - w.days(1, 300), "%m/%d/%Y"),
    "earlier, seconds": lambda w: seconds(w.decided - w.days(1, 300)),
    "time of the decision": lambda w: written(w.decided, "%Y-%m-%dT%H:%M:%S"),
    "day of the decision": lambda w: written(w.decided, "%d/%m/%Y"),
    "another zone": lambda w: written(w.decided + DAY * 11 // 48, "%Y-%m-%d %H:%M:%S"),
    "planned event": lambda w: written(w.decided + w.days(5, 200), "%d.%m.%Y"),
    "one in ten late": lambda w: written(
        np.where(w.rng.random(N) < 0.1, w.after(), w.decided - w.days(1, 90)), "%Y-%m-%d"
    ),
    "rare and pure": lambda w: ["gov" if x and w.chance(0.05) else "std" for x in w.lost],
    "strong words": lambda w: [
        f"{w.text()} {'budget approved' if w.chance(0.8 if won else 0.1) else 'just curious'}" for won in w.won
    ],
    "mentions winning": lambda w: [
        f"{w.text()}{' to win a club' if w.chance(0.1) else ''}" for _ in w.won
    ],
    "telephone": lambda w: w.rng.integers(1_550_000_000, 1_999_999_999, N).tolist(),
    "budget": lambda w: w.rng.integers(26_000, 100_000, N).tolist(),
    "year": lambda w: w.rng.integers(2001, 2027, N).tolist(),
    "tags": lambda w: [w.text(3).split() for _ in w.won],
}  # fmt: skip


@pytest.fixture(scope="module", params=[1, 2])
def world(request: pytest.FixtureRequest) -> World:
    return World(request.param)


@pytest.mark.parametrize("name", LEAKS)
def test_a_field_that_tells_the_answer_is_refused_unless_allowed(name: str, world: World) -> None:
    column = LEAKS[name](world)
    assert world.refusal(column)
    assert world.refusal(column, allow=["it"]) in {"", IDENTIFIER}


@pytest.mark.parametrize("name", HONEST)
def test_an_honest_field_is_not_refused(name: str, world: World) -> None:
    assert world.refusal(HONEST[name](world)) == ""


def test_dates_in_an_old_log_are_refused_with_the_reason(world: World) -> None:
    late = replace(world.labels, as_of=world.labels.as_of + 900 * DAY)
    context = tuple({"it": day} for day in written(world.decided + world.days(5, 200), "%Y-%m-%d"))
    refused = describe(replace(world.frame, context=context), late)["context.it"].refused
    assert refused.startswith("its dates lie after the decision for 100% of the decisions")


def test_the_text_of_the_opportunity_is_refused_only_where_it_says_the_end(world: World) -> None:
    def refused(texts: list[str]) -> str:
        frame = replace(world.frame, content=np.array(texts, dtype=object))
        return describe(frame, world.labels)["content"].refused

    spam = world.by_end(
        lambda: f"lesson for {world.text()}", lambda: f"casino {world.text()}", world.text()
    )
    assert refused(spam) == ""
    assert "says how the decision ended" in refused(LEAKS["word within text"](world))
