"""The review page in headless Chromium: two raters at once, by keyboard alone, across a reload and a killed server."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from report_runs import HOSTILE, make_run
from smallsteps.records import Record
from smallsteps.review.judgements import JudgementStore
from smallsteps.study.arms import Arm

pytest.importorskip("starlette", reason="the review page needs starlette and uvicorn")
PAIRS = 30
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
)  # fmt: skip


def say(arm: Arm, record: Record, index: int) -> str:
    told = f"{arm.label} adds them. {HOSTILE}" if index % 2 else f"{arm.label} counts: {index} + 3 = {index + 3}."
    return f" {told} So the answer is: {record.answer}\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    methods = ["answer_only", "cot", "scotd"]
    return make_run(tmp_path_factory.mktemp("review") / "run", methods=methods, seeds=[0], questions=PAIRS + 5, say=say)


@contextmanager
def window(profile: Path) -> Iterator[Any]:
    webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
    from selenium.webdriver.chrome.service import Service

    program, driver = shutil.which("chromium") or shutil.which("google-chrome"), shutil.which("chromedriver")
    if program is None or driver is None:
        pytest.skip("no Chromium with its driver on this machine: apt-get install chromium chromium-driver")
    options = webdriver.ChromeOptions()
    options.binary_location = program
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    started = webdriver.Chrome(options=options, service=Service(driver))
    try:
        yield started
    finally:
        started.quit()


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def start(folder: Path, port: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "smallsteps", "review", folder, "--a", "cot", "--b", "scotd", "-n", PAIRS,
               "--share", "0.4", "--port", port]  # fmt: skip
    server = subprocess.Popen([str(word) for word in command], stdout=subprocess.DEVNULL, start_new_session=True)
    for _ in range(300):
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return server
        time.sleep(0.1)
    raise AssertionError("the server did not start")


def kill(server: subprocess.Popen[bytes]) -> None:
    os.killpg(server.pid, signal.SIGKILL)
    server.wait()


def enter(browser: Any, url: str, name: str) -> None:
    from selenium.webdriver.common.keys import Keys

    browser.get(url)
    browser.switch_to.active_element.send_keys(name, Keys.ENTER)
    wait_for(browser, "Which rationale")


def wait_for(browser: Any, *words: str) -> str:
    for _ in range(200):
        text = str(browser.execute_script("return document.body ? document.body.innerText : ''"))
        if any(word in text for word in words):
            return text
        time.sleep(0.05)
    raise AssertionError(f"never came: {words}")


def press(browser: Any, key: str) -> None:
    """Press a key and wait until the page behind it is there."""
    browser.execute_script("document.body.dataset.old = '1'")
    from selenium.webdriver.common.action_chains import ActionChains

    ActionChains(browser).send_keys(key).perform()
    for _ in range(200):
        if browser.execute_script("return document.readyState === 'complete' && !document.body.dataset.old"):
            return
        time.sleep(0.05)
    raise AssertionError(f"nothing happened on '{key}'")


def judged(browser: Any) -> int:
    return int(
        browser.execute_script(
            "return document.querySelector('progress') ? document.querySelector('progress').value : -1"
        )
    )


def test_two_raters_by_keyboard_across_reload_and_kill(folder: Path, tmp_path: Path) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}/"
    server = start(folder, port)
    with window(tmp_path / "a") as ann, window(tmp_path / "b") as bob:
        try:
            enter(ann, url, "Ann")
            enter(bob, url, "Bob")
            assert ann.title != "owned" and "<script>" in wait_for(ann, "<script>", "counts") + HOSTILE
            keys = "12t12s1u2"
            for turn in range(8):
                press(ann, keys[turn % len(keys)])
                press(bob, keys[(turn + 3) % len(keys)])
            before = judged(ann)
            ann.refresh()
            assert judged(ann) == before, "a reload changes nothing"
            kill(server)
            server = start(folder, port)
            ann.get(url)
            bob.get(url)
            assert judged(ann) == before, "a killed server has lost nothing"
            for browser in (ann, bob):
                for _ in range(2 * PAIRS):
                    if "All done" in wait_for(browser, "Which rationale", "All done"):
                        break
                    press(browser, "1")
            assert "All done" in wait_for(ann, "All done") and "All done" in wait_for(bob, "All done")
            assert ann.title == "Compare rationales · smallsteps", "hostile text is text"
        finally:
            kill(server)
    (path,) = (folder / "reviews").glob("*.sqlite")
    with JudgementStore(path) as store:
        said, pairs = store.judgements(), store.pairs()
    keys_of = [(one.pair, one.rater) for one in said]
    assert len(keys_of) == len(set(keys_of)), "nothing is doubled"
    shared = {pair.id for pair in pairs if pair.shared}
    by_rater = {rater: {pair for pair, who in keys_of if who == rater} for rater in ("Ann", "Bob")}
    assert shared <= by_rater["Ann"] & by_rater["Bob"] and len(shared) == int(PAIRS * 0.4)
    assert by_rater["Ann"] | by_rater["Bob"] == {pair.id for pair in pairs} and len(pairs) == PAIRS


def test_the_page_is_accessible_and_fits_a_phone(folder: Path, tmp_path: Path) -> None:
    axe = pytest.importorskip("axe_core_python.selenium", reason="axe-core-python is not installed")
    port = free_port()
    server = start(folder, port)
    try:
        with window(tmp_path / "c") as browser:
            enter(browser, f"http://127.0.0.1:{port}/", "Cy")
            for scheme in ("light", "dark"):
                browser.execute_cdp_cmd(
                    "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
                )
                for width in (400, 1280):
                    browser.set_window_size(width, 900)
                    assert browser.execute_script("return document.documentElement.scrollWidth <= innerWidth")
                    if shots := os.environ.get("SMALLSTEPS_SCREENSHOTS"):
                        browser.save_screenshot(f"{shots}/review-{scheme}-{width}.png")
                found = axe.Axe().run(browser)["violations"]
                assert not [one["id"] for one in found if one["impact"] in ("serious", "critical")]
    finally:
        kill(server)
