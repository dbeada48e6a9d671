"""``from opportunity_scorer import OpportunityScorer``, and ``python -m opportunity_scorer [IN] [OUT]``."""

from __future__ import annotations

import sys

from decision_log import OpportunityScorer

__all__ = ["OpportunityScorer"]

if __name__ == "__main__":
    from decision_cli.main import main

    main(["score", *sys.argv[1:]])
