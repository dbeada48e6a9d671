"""The work screen of a sample log in a real browser; run by ``make look``, which needs Chromium."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

playwright = pytest.importorskip("playwright.sync_api")

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")

SIZES = {"phone": (390, 844), "desktop": (1280, 900)}


@pytest.fixture(scope="session")
def chromium():
    if CHROMIUM is None:
        pytest.skip("no Chromium; name one in $CHROMIUM")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A home with sample data, scored."""
    folder = tmp_path_factory.mktemp("look") / "demo"
    command = [sys.executable, "-m", "decision_cli", "--home", str(folder), "demo"]
    subprocess.run(command, check=True, capture_output=True, timeout=600)
    return folder


@contextmanager
def served(folder: Path):
    """Start ``decision-log serve``, give its address, and end it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "decision_cli", "--home", str(folder), "serve", "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    with process:
        try:
            yield process.stdout.readline().split()[1]
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def address(home):
    with served(home) as found:
        yield found


class Problems(list):
    """What a page complains about: console messages, errors, and requests that leave this computer."""

    def watch(self, page):
        page.on(
            "console",
            lambda message: (
                self.append(message.text) if message.type in {"error", "warning"} else None
            ),
        )
        page.on("pageerror", lambda error: self.append(str(error)))
        page.on(
            "request",
            lambda request: None if "//127.0.0.1" in request.url else self.append(request.url),
        )
        return page


@pytest.fixture
def problems():
    found = Problems()
    yield found
    assert found == []
