"""``python -m decision_cli``."""

from __future__ import annotations

from decision_cli.main import main

if __name__ == "__main__":
    main()
