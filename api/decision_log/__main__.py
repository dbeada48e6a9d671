"""``python -m decision_log summary|insights|conversions|roi``: the documented habit."""

from __future__ import annotations

from decision_cli.main import main

if __name__ == "__main__":
    main()
