"""The served pages answer this computer's own browser, opened with the printed address, and nobody else."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import urllib.request

import pytest

pytest.importorskip("starlette")

from starlette.testclient import TestClient
from typer.testing import CliRunner

from decision_cli.app import app as commands
from decision_web.app import build_app
from decision_web.security import Keys

HOST = "http://127.0.0.1:8760"


@pytest.fixture(scope="module")
def keys():
    return Keys(8760)


@pytest.fixture(scope="module")
def app(shared_log, keys):
    return build_app(shared_log, keys)


@pytest.fixture
def stranger(app):
    return TestClient(app, base_url=HOST, follow_redirects=False)


@pytest.fixture
def browser(app, keys):
    client = TestClient(app, base_url=HOST, follow_redirects=False)
    assert client.get("/", params={"token": keys.token}).status_code == 303
    return client


def test_the_printed_address_gives_a_cookie_that_other_sites_and_scripts_cannot_use(stranger, keys):
    assert keys.address.startswith("http://127.0.0.1:8760/?token=")
    answer = stranger.get(keys.address)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert keys.token not in cookie.lower() or keys.token not in answer.headers["set-cookie"]
    assert stranger.get("/").status_code == 200


@pytest.mark.parametrize(
    "path", ["/", "/report", "/events", "/static/work.js", "/?token=wrong", "/x"]
)
def test_without_the_cookie_nothing_is_shown(stranger, path):
    answer = stranger.get(path)
    assert answer.status_code == 403
    assert "decision-log serve" in answer.text


def test_a_cookie_of_another_run_opens_nothing(stranger, keys):
    stranger.cookies.set(keys.cookie, "guess")
    assert stranger.get("/").status_code == 403


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8760", "127.0.0.1", "127.0.0.1:1", ""]
)
def test_another_host_name_is_refused_even_with_the_cookie(browser, host):
    assert browser.get("/", headers={"host": host}).status_code == 421


@pytest.mark.parametrize("path", ["/", "/report", "/static/work.js"])
def test_every_answer_forbids_whatever_is_not_ours(browser, path):
    headers = browser.get(path).headers
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; ")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store"


def test_the_pages_hold_no_inline_script_style_or_handler(browser):
    page = browser.get("/").text
    assert not re.search(r"<script(?![^>]*\bsrc=\"/static/)", page)
    assert "<style" not in page
    assert not re.search(r"\s(style|on[a-z]+)=", page)
    assert not re.search(r"(src|href)=\"(https?:)?//", page)
    assert "eval(" not in browser.get("/static/work.js").text


def form(browser, **fields):
    token = re.search(r'name="form_token" value="([^"]+)"', browser.get("/").text)[1]
    return {"form_token": token, **fields}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:9999"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_a_form_of_another_site_records_nothing(browser, shared_log, headers):
    before = shared_log.revision()
    sent = form(browser, id="d-7", state="won")
    assert browser.post("/act", data=sent, headers=headers).status_code == 403
    assert browser.post("/undo", data=sent, headers=headers).status_code == 403
    assert shared_log.revision() == before


@pytest.mark.parametrize("token", [None, "", "guess"])
def test_a_form_without_its_token_records_nothing(browser, shared_log, token):
    before = shared_log.revision()
    sent = {"id": "d-7", "state": "won"} | ({} if token is None else {"form_token": token})
    assert browser.post("/act", data=sent, headers={"origin": HOST}).status_code == 403
    assert shared_log.revision() == before


def test_only_posted_forms_of_a_reasonable_size_are_read(browser):
    origin = {"origin": HOST}
    assert browser.get("/act").status_code == 405
    assert browser.put("/act").status_code == 405
    assert browser.post("/act", json={"id": "d-7"}, headers=origin).status_code == 415
    long = form(browser, id="d-7", state="won", revenue="9" * 20_000)
    assert browser.post("/act", data=long, headers=origin).status_code == 413
    assert browser.get("/static/../app.py").status_code == 404
    assert browser.get("/static/shell.html").status_code == 404


def test_serve_prints_the_address_and_ends_quietly_with_ctrl_c(shared_log):
    command = [sys.executable, "-m", "decision_cli", "serve", "--port", "0", "--home"]
    with subprocess.Popen(
        [*command, str(shared_log.settings.home.folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            address = process.stdout.readline().split()[1]
            with pytest.raises(urllib.error.HTTPError, match="403"):
                urllib.request.urlopen(address.partition("?")[0], timeout=300)  # noqa: S310
        finally:
            process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=300)
    assert "Traceback" not in errors
    assert process.returncode in {0, 130}


def test_a_taken_port_is_one_message(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = CliRunner().invoke(commands, ["serve", "--port", port, "--home", str(tmp_path)])
    assert done.exit_code == 1
    assert f"port {port} cannot be used" in done.stderr
    assert "--port" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_without_the_extra_one_message_names_what_to_install(tmp_path, monkeypatch):
    for name in [
        name for name in sys.modules if name.partition(".")[0] in {"decision_web", "uvicorn"}
    ]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    done = CliRunner().invoke(commands, ["serve", "--home", str(tmp_path)])
    assert done.exit_code == 1
    assert "pip install 'decision-log-roi[web]'" in done.stderr
    assert list(tmp_path.iterdir()) == []
