"""Make the pictures of ``docs/images`` from a sample log: work screen and report, phone and desktop, light and dark.

python -m tests.look.images docs/images
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from tests.look.conftest import CHROMIUM, SIZES, playwright, served

HEIGHTS = {"phone": 1300, "desktop": 1100}
LARGEST_BYTES = 300_000
PAGES = {"today": "/", "report": "/report"}


def main(folder: Path, home: Path) -> None:
    """Write the pictures; fail where one is too large to keep."""
    folder.mkdir(parents=True, exist_ok=True)
    with served(home) as address, playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        for size, (width, _) in SIZES.items():
            for scheme in ("light", "dark"):
                context = browser.new_context(
                    viewport={"width": width, "height": HEIGHTS[size]},
                    color_scheme=scheme,  # type: ignore[arg-type]
                )
                context.set_default_timeout(120_000)
                page = context.new_page()
                page.goto(address)
                for name, path in PAGES.items():
                    page.goto(address.partition("/?")[0] + path)
                    target = folder / f"{name}-{size}-{scheme}.png"
                    page.screenshot(path=target)
                    if target.stat().st_size > LARGEST_BYTES:
                        raise SystemExit(f"{target} is larger than {LARGEST_BYTES:,} bytes")
                context.close()
        browser.close()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        sample = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(made) / "demo"
        if not sample.exists():
            command = [sys.executable, "-m", "decision_cli", "--home", str(sample), "demo"]
            subprocess.run(command, check=True, capture_output=True)
        main(Path(sys.argv[1]), sample)
