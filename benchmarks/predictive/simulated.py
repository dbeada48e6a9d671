"""Simulated logs whose truth is known: with text, with no signal at all, with slow and missing outcomes."""

from __future__ import annotations

import numpy as np

from decision_features import Labels, OpportunityFrame

TYPES = ("lead", "bug report", "partnership", "support", "hiring", "press", "renewal", "demo")
SOURCES = ("email", "web form", "referral", "forum", "phone")
WORDS = [
    "quote",
    "budget",
    "urgent",
    "maybe",
    "invoice",
    "contract",
    "tomorrow",
    "integration",
    "pricing",
    "student",
    "free",
    "trial",
    "enterprise",
    "deadline",
    "question",
    "broken",
    "refund",
    "partner",
    "launch",
    "team",
    "security",
    "audit",
    "migrate",
    "legacy",
    "newsletter",
    "unsubscribe",
]
LETTERS = "abcdefghijklmnopqrstuvwxyz"
ENDINGS = [
    "s",
    "es",
    "en",
    "er",
    "ern",
    "em",
    "ing",
    "ed",
    "ly",
    "ness",
    "a",
    "om",
    "ami",
    "u",
    "ov",
]
START = np.datetime64("2023-01-01T00:00:00", "us")


def with_text(
    n: int, *, seed: int = 0, days: float = 720.0, signal: float = 1.0, filler: int = 3_000,
    misspelt: float = 0.0, inflected: float = 0.0, letters: bool = False,
):  # fmt: skip
    """Make a log with types, sources, texts, scores, senders and context.

    Parameters
    ----------
    misspelt, inflected : float
        Share of the words with one wrong letter, or with an ending.
    letters : bool
        Fill the texts with invented words rather than numbered ones.

    Returns
    -------
    frame : OpportunityFrame
    chance : ndarray, shape (N,)
        The true P(won).
    """
    rng = np.random.default_rng(seed)
    kind, source = rng.integers(0, len(TYPES), n), rng.integers(0, len(SOURCES), n)
    common = np.array(invented(filler) if letters else [f"word{k}" for k in range(filler)])
    weight = 1 / np.arange(1, filler + 1)
    marks = rng.integers(0, len(WORDS), (n, 4))
    noise = rng.choice(filler, size=(n, 20), p=weight / weight.sum())
    texts = [
        " ".join(
            written(word, misspelt, inflected, rng)
            for word in [*(WORDS[k] for k in own), *common[rest].tolist()]
        )
        for own, rest in zip(marks, noise, strict=True)
    ]
    score = np.clip(rng.normal(60, 15, n), 0, 100)
    budget = rng.lognormal(7, 1, n)
    sector = rng.integers(0, 12, n)
    of_type, of_source = rng.normal(0, 0.6, len(TYPES)), rng.normal(0, 0.5, len(SOURCES))
    of_word, of_sector = rng.normal(0, 0.6, len(WORDS)), rng.normal(0, 0.4, 12)
    z = of_type[kind] + of_source[source] + of_word[marks].sum(axis=1) + 0.02 * (score - 60)
    z += 0.4 * (np.log(budget) - 7) + of_sector[sector]
    chance = 1 / (1 + np.exp(-(signal * z - 1.0)))
    moments = START + np.sort((rng.random(n) * days * 86_400e6).astype(np.int64)).astype(
        "timedelta64[us]"
    )
    frame = OpportunityFrame.from_columns(
        type=[TYPES[k] for k in kind],
        source=[SOURCES[k] for k in source],
        timestamp=moments,
        content=texts,
        score=score.tolist(),
        sender=[f"sender {k}" for k in rng.integers(0, max(n // 5, 1), n)],
        context=[
            {"budget": float(b), "sector": f"sector {s}"}
            for b, s in zip(budget, sector, strict=True)
        ],
    )
    return frame, chance


def invented(n: int) -> list[str]:
    """Make different words of two to four syllables."""
    rng = np.random.default_rng(1)
    starts, vowels = (
        ["b", "br", "d", "f", "g", "gr", "k", "l", "m", "n", "p", "r", "s", "st", "t", "v"],
        "aeiou",
    )
    found: dict[str, None] = {}
    while len(found) < n:
        size = 2 + rng.integers(3)
        one = "".join(starts[rng.integers(16)] + vowels[rng.integers(5)] for _ in range(size))
        found[one + ("n" if rng.random() < 0.3 else "")] = None
    return list(found)


def written(word: str, misspelt: float, inflected: float, rng: np.random.Generator) -> str:
    """Write a word as people do."""
    if inflected and rng.random() < inflected:
        word += ENDINGS[rng.integers(len(ENDINGS))]
    if misspelt and rng.random() < misspelt:
        place = int(rng.integers(1, len(word)))
        letter = LETTERS[rng.integers(len(LETTERS))]
        kind = rng.integers(3)
        word = word[:place] + ("" if kind == 0 else letter) + word[place + (kind < 2) :]
    return word


def closed(frame: OpportunityFrame, chance: np.ndarray, *, seed: int = 1) -> Labels:
    """Every decision closed an hour later."""
    won = np.random.default_rng(seed).random(len(frame)) < chance
    return Labels.from_columns(
        state=np.where(won, 1, 2),
        decided_at=frame.timestamp,
        closed_at=frame.timestamp + np.timedelta64(1, "h"),
        revenue=np.where(won, 100.0, 0.0),
    )


def without_signal(n: int = 4_000, *, seed: int = 3) -> tuple[OpportunityFrame, Labels]:
    """Every chance is the same."""
    frame, chance = with_text(n, seed=seed, signal=0.0)
    return frame, closed(frame, chance, seed=seed + 1)


def delayed(
    frame: OpportunityFrame,
    chance: np.ndarray,
    *,
    win_days: float,
    loss_days: float,
    recorded: float,
    seed: int = 2,
) -> Labels:
    """Lognormal times to win and to loss (sigma .8), a share of the losses recorded; as known in the end."""
    rng = np.random.default_rng(seed)
    won = rng.random(len(frame)) < chance
    days = np.where(won, win_days, loss_days) * np.exp(rng.normal(0, 0.8, len(frame)))
    closes = won | (rng.random(len(frame)) < recorded)
    late = frame.timestamp + (days * 86_400e6).astype(np.int64).astype("timedelta64[us]")
    nothing = np.datetime64("NaT", "us")
    return Labels.from_columns(
        state=np.where(~closes, 0, np.where(won, 1, 2)),
        decided_at=frame.timestamp,
        closed_at=np.where(closes, late, nothing),
        revenue=np.where(won, 100.0, 0.0),
    )
