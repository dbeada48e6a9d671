"""How often insights claim a difference that is not there, and how often they find one that is.

    python benchmarks/statistics/insights.py --logs 100 --seed 1

Everything that the log compares takes part: cells, sources, types, makers, actions, reply latency, newer with older
decisions, time to close, revenue per decision and per hour.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC

from worlds import World, arguments

from decision_log.reports.comparisons.comparing import adjusted
from decision_log.reports.comparisons.factors import columns_candidates

WORLDS = {
    "no effect, 150": World(150),
    "no effect, 600": World(600),
    "no effect, 3000": World(3000),
    "no effect, 600, revenue sd 1.5": World(600, revenue_sd=1.5),
    "no effect, 600, delays of a week": World(600, delay=7.0),
    "no effect, 600, 60 senders with effects of sd 1": World(600, senders=60, sender_sd=1.0),
    "no effect, 600, days differ by sd .7": World(600, day_sd=0.7),
    "no effect, 600, the level rises by 1.5": World(600, level_drift=1.5),
    "no effect, 600, it rises and one source with it": World(600, level_drift=1.5, mix_drift=0.5),
    "a source better by 15 points, 300": World(300, gain=0.15),
    "a maker better by 12 points, 600": World(600, maker_gain=0.12),
    "makers by case mix alone, 600": World(600, sorting=0.85),
}


def main() -> None:
    args = arguments(__doc__, 100)
    for name, world in WORLDS.items():
        if args.only not in name:
            continue
        any_, families, unadjusted = 0, Counter[str](), 0
        for i in range(args.logs):
            candidates = columns_candidates(world.columns([args.seed, i]), UTC)
            found = {one.family for one in adjusted(candidates) if one.supported}
            any_ += bool(found)
            families.update(found)
            unadjusted += any(
                abs(one.tested.mean()) > 1.96 * one.tested.std() for one in candidates
            )
        shares = ", ".join(
            f"{family} {100 * k / args.logs:.0f} %" for family, k in families.most_common()
        )
        print(
            f"{name:50s} any {100 * any_ / args.logs:5.1f} % ({shares}); each for itself "
            f"{100 * unadjusted / args.logs:.0f} %",
            flush=True,
        )  # fmt: skip


if __name__ == "__main__":
    main()
