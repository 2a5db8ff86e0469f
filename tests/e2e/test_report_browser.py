"""The report in headless Chromium: sizes and modes, filters, sorting, keyboard, accessibility, and no way out."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from report_runs import HOSTILE, default_say, make_run
from smallsteps.records import Record
from smallsteps.report.build import write_report
from smallsteps.study.arms import Arm

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
)  # fmt: skip
SIZES = [(400, 800), (1024, 768), (1600, 1000)]
QUESTIONS = 50


def say(arm: Arm, record: Record, index: int) -> str:
    if index == 3 and arm.method == "cot":
        return f" {HOSTILE} Zoë 🙂 sees 1 + 1 = 3. So the answer is: {record.answer}\n"
    return default_say(arm, record, index)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("browser")
    run = make_run(folder / "run", seeds=[0, 1], questions=QUESTIONS, say=say, question=f"Which is best? {HOSTILE}")
    return write_report(run, folder / "report.html")[0]


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed: pip install selenium")
    from selenium.webdriver.chrome.service import Service

    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    program = next(filter(None, map(shutil.which, names)), None)
    driver = shutil.which("chromedriver")
    if program is None or driver is None:
        pytest.skip("no Chromium with its driver on this machine: apt-get install chromium chromium-driver")
    options = webdriver.ChromeOptions()
    options.binary_location = program
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    started = webdriver.Chrome(options=options, service=Service(driver))
    started.set_script_timeout(180)  # a busy machine
    yield started
    started.quit()


@pytest.fixture
def opened(chromium: Any, page: Path) -> Callable[..., Any]:
    """Opens the report afresh at a size and in a mode, with the questions unpacked; returns the driver."""

    def open_at(width: int = 1280, height: int = 900, mode: str = "light") -> Any:
        media = [
            {"name": "prefers-color-scheme", "value": mode},
            {"name": "prefers-reduced-motion", "value": "reduce"},  # or a click meets a page that still scrolls
        ]
        chromium.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": media})
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        chromium.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        for kind in ("browser", "performance"):
            chromium.get_log(kind)
        chromium.get(page.as_uri())
        chromium.execute_script("try { localStorage.clear() } catch (error) {}")
        wait(lambda: chromium.execute_script("return !document.getElementById('browser').hidden"))
        return chromium

    return open_at


def wait(condition: Callable[[], Any], seconds: float = 90.0) -> Any:
    import time

    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.02)
    raise AssertionError(f"nothing after {seconds} s")


def css(driver: Any, selector: str) -> list[Any]:
    return list(driver.find_elements("css selector", selector))


def click(driver: Any, element: Any) -> None:
    driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
    element.click()


def found_count(driver: Any) -> int:
    return int(re.match(r"(\d+) of", css(driver, "#found")[0].text)[1])  # type: ignore[index]


def select(driver: Any, name: str, value: str) -> None:
    from selenium.webdriver.support.ui import Select

    Select(driver.find_element("id", name)).select_by_value(value)


def data_of(driver: Any) -> dict[str, Any]:
    script = """const done = arguments[0];
    const bytes = Uint8Array.from(atob(document.getElementById("data").textContent.trim()), (one) => one.charCodeAt(0));
    new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).text().then(done);"""
    return dict(json.loads(driver.execute_async_script(script)))


def loses(row: list[Any]) -> bool:
    return len(row) > 4 and any(step[2] < 0 for step in row[4].get("gains", [0])[1:])


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_every_size_and_mode(opened: Any, width: int, height: int, mode: str) -> None:
    axe = pytest.importorskip("axe_core_python", reason="axe-core is not installed: pip install axe-core-python")
    driver = opened(width, height, mode)
    assert driver.execute_script("return document.documentElement.scrollWidth") <= width, "nothing sticks out"
    paper = driver.execute_script("return getComputedStyle(document.body).backgroundColor")
    brightness = sum(map(int, re.findall(r"\d+", paper)[:3])) / 3
    assert brightness < 60 if mode == "dark" else brightness > 200
    if width < 500:  # the open question as well
        click(driver, css(driver, ".item")[0])
    driver.execute_script((files(axe) / "axe.min.js").read_text(encoding="utf-8"))
    found = driver.execute_async_script("axe.run(document, {resultTypes: ['violations']}).then(arguments[0])")
    serious = [
        (one["id"], one["help"], [node["html"][:160] for node in one["nodes"][:3]])
        for one in found["violations"] if one["impact"] in ("serious", "critical")
    ]  # fmt: skip
    assert not serious, serious
    assert not [entry for entry in driver.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]


def test_nothing_leaves_the_page(opened: Any, page: Path) -> None:
    driver = opened()
    click(driver, css(driver, "#theme")[0])
    click(driver, css(driver, ".copy")[0])
    messages = [json.loads(entry["message"])["message"] for entry in driver.get_log("performance")]
    asked = {one["params"]["request"]["url"] for one in messages if one["method"] == "Network.requestWillBeSent"}
    assert asked == {page.as_uri()}


def test_hostile_text_is_only_text(opened: Any) -> None:
    driver = opened()
    css(driver, "#filter-text")[0].send_keys("owned")
    wait(lambda: found_count(driver) == 1)
    assert HOSTILE in css(driver, "#detail")[0].text
    assert "owned'" in driver.title and driver.title.startswith("made up: Which is best?")
    assert not css(driver, "main script, main img")
    marked = css(driver, "#detail .bad-step")
    assert [one.text for one in marked] == ["1 + 1 = 3"] * 2, "offsets count characters, not halves of them"


def test_filters(opened: Any) -> None:
    driver = opened()
    data = data_of(driver)
    rows = list(zip(*(arm["answers"] for arm in data["arms"]), strict=True))
    assert found_count(driver) == QUESTIONS
    expected = {
        "split": sum(len({row[0] == "c" for row in some}) > 1 for some in rows),
        "right": sum(all(row[0] == "c" for row in some) for some in rows),
        "failed": sum(all(row[0] != "c" for row in some) for some in rows),
        "steps": sum(any("wrong" in row[4] for row in some if len(row) > 4) for some in rows),
        "losing": sum(any(map(loses, some)) for some in rows),
    }
    assert all(0 < count < QUESTIONS for name, count in expected.items() if name not in ("losing", "right"))
    for kind, count in expected.items():
        select(driver, "filter-kind", kind)
        assert found_count(driver) == count, kind
    select(driver, "filter-kind", "")
    select(driver, "filter-outcome", "n")
    select(driver, "filter-method", "answer_only")
    of_method = [index for index, arm in enumerate(data["arms"]) if arm["method"] == "answer_only"]
    assert found_count(driver) == sum(any(some[index][0] == "n" for index in of_method) for some in rows) > 0
    click(driver, css(driver, "#filters button[type=reset]")[0])
    wait(lambda: found_count(driver) == QUESTIONS)
    assert css(driver, "#filter-method")[0].get_property("value") == ""
    assert len(css(driver, "#detail .one")) == 6
    click(driver, css(driver, "#shown input")[0])
    assert len(css(driver, "#detail .one")) == 4


def test_pages_of_the_list(opened: Any) -> None:
    driver = opened()
    earlier, later = css(driver, "#earlier")[0], css(driver, "#later")[0]
    assert len(css(driver, ".item")) == 20 and not earlier.is_enabled()
    click(driver, later)
    click(driver, later)
    assert css(driver, "#place")[0].text == "page 3 of 3" and len(css(driver, ".item")) == 10
    assert not later.is_enabled() and earlier.is_enabled()


def test_segments_and_gains_are_drawn(opened: Any) -> None:
    driver = opened()
    css(driver, "#filter-text")[0].send_keys("question number 7:")
    wait(lambda: found_count(driver) == 1)
    gains = [one.text for one in css(driver, "#detail .gain")]
    assert gains[:2] == ["+0.75", "−0.50"] and css(driver, "#detail .gain.down.worst")
    assert css(driver, "#detail .seg-e")[0].text and css(driver, "#detail .seg-a")


def test_sorting_by_mouse_and_keyboard(opened: Any) -> None:
    from selenium.webdriver.common.keys import Keys

    driver = opened()
    board = css(driver, "#leaderboard table")[0]

    def column(index: int) -> list[str]:
        script = "return [...arguments[0].tBodies[0].rows].map((row) => row.cells[arguments[1]].textContent)"
        return list(driver.execute_script(script, board, index))

    heads = board.find_elements("css selector", "thead th")
    click(driver, heads[0].find_element("css selector", "button"))
    assert heads[0].get_attribute("aria-sort") == "ascending" and column(0) == sorted(column(0))
    heads[2].find_element("css selector", "button").send_keys(Keys.ENTER)
    assert heads[2].get_attribute("aria-sort") == "descending" and heads[0].get_attribute("aria-sort") is None
    assert column(2) == sorted(column(2), key=float, reverse=True)
    heads[2].find_element("css selector", "button").send_keys(Keys.SPACE)
    assert heads[2].get_attribute("aria-sort") == "ascending" and column(2) == sorted(column(2), key=float)


def test_the_keyboard_gets_everywhere(opened: Any) -> None:
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.keys import Keys

    driver = opened()

    def focus() -> Any:
        return driver.switch_to.active_element

    def press(key: str) -> None:
        ActionChains(driver).send_keys(key).perform()

    press(Keys.TAB)
    assert focus().text == "Skip to the report" and focus().location["x"] >= 0
    press(Keys.ENTER)
    assert driver.execute_script("return location.hash") == "#main"
    css(driver, ".item")[0].send_keys(Keys.ARROW_DOWN)
    assert focus() == css(driver, ".item")[1] and focus().get_attribute("aria-expanded") == "true"
    assert focus().text.splitlines()[0] in css(driver, "#detail .question")[0].text
    press(Keys.END)
    assert focus() == css(driver, ".item")[-1]
    press(Keys.ARROW_DOWN)
    assert focus() == css(driver, ".item")[-1]
    press(Keys.HOME)
    assert focus() == css(driver, ".item")[0]


def test_a_phone_opens_a_question_in_its_place(opened: Any) -> None:
    driver = opened(400, 800)
    assert not css(driver, "#detail")[0].is_displayed()
    item = css(driver, ".item")[2]
    click(driver, item)
    assert css(driver, "li > #detail")[0].is_displayed() and item.get_attribute("aria-expanded") == "true"
    click(driver, item)
    assert not css(driver, "#detail")[0].is_displayed()
    click(driver, item)
    select(driver, "filter-kind", "split")
    assert len(css(driver, "#detail")) == 1, "a new list keeps the panel"


def test_the_mode_can_be_chosen_and_stays(opened: Any) -> None:
    driver = opened(mode="light")
    theme = css(driver, "#theme")[0]
    assert theme.text == "Mode: auto"
    click(driver, theme)
    click(driver, theme)
    assert (
        theme.text == "Mode: dark" and driver.execute_script("return document.documentElement.dataset.theme") == "dark"
    )
    driver.refresh()
    assert css(driver, "#theme")[0].text == "Mode: dark"
    click(driver, css(driver, "#theme")[0])
    assert driver.execute_script("return document.documentElement.dataset.theme === undefined")


def test_tables_are_copied_whole(opened: Any) -> None:
    driver = opened()
    take_clipboard(driver)
    click(driver, css(driver, "#leaderboard .copy")[0])
    text = wait(lambda: driver.execute_script("return window.taken"))
    lines = [line.split("\t") for line in text.splitlines()]
    assert lines[0][:3] == ["method", "N", "accuracy %"] and len(lines) == 4
    assert {len(line) for line in lines} == {len(lines[0])} and float(lines[1][2]) > 0


def take_clipboard(driver: Any) -> None:
    driver.execute_script("""window.taken = "";
    Object.defineProperty(navigator, "clipboard", {value: {writeText: async (text) => { window.taken = text; }}});""")


def test_tables_are_copied_as_latex(opened: Any) -> None:
    driver = opened()
    take_clipboard(driver)
    (button,) = [one for one in css(driver, "#leaderboard .copy") if one.text == "Copy as LaTeX"][:1]
    click(driver, button)
    lines = wait(lambda: driver.execute_script("return window.taken")).splitlines()
    assert lines[0].startswith("% Leaderboard") and lines[-1] == "\\end{tabular}"
    assert re.fullmatch(r"\\begin\{tabular\}\{lrr[lr]+\}", lines[1])
    assert lines[2] == "\\toprule" and lines[4] == "\\midrule" and lines[-2] == "\\bottomrule"
    assert all(line.endswith(" \\\\") for line in [lines[3], *lines[5:-2]])
    assert "accuracy \\% & 95 \\% interval" in lines[3] and any("answer\\_only" in line for line in lines[5:-2])
    assert any(re.search(r"\d--\d", line) for line in lines[5:-2]), "an interval has a dash of LaTeX"


def test_links_lead_to_files_beside_the_page(opened: Any, page: Path) -> None:
    links = [one.get_dom_attribute("href") for one in css(opened(), "a.file")]
    assert len(links) > 10 and {Path(link).suffix for link in links} == {".csv", ".svg"}
    assert all((page.parent / link).is_file() for link in links)


@pytest.mark.parametrize("width", [400, 1024, 1600])
def test_nothing_covers_a_title(opened: Any, width: int) -> None:
    driver = opened(width, 800)
    covered = """
      const hidden = [];
      const titles = "main h1, main h2, main h3, caption .title, figcaption, thead th.named";
      const heads = [...document.querySelectorAll(titles)];
      for (const head of heads.filter((one) => one.offsetParent !== null && one.getClientRects().length)) {
        head.scrollIntoView({block: "start"});
        const box = head.getBoundingClientRect();
        const y = Math.min(box.top + Math.min(8, box.height / 2), innerHeight - 2);
        for (const x of [box.left + 2, Math.min(box.right, innerWidth) - 3]) {
          const top = document.elementFromPoint(x, y);
          const seen = top && (head.contains(top) || top.contains(head));
          if (!seen) hidden.push([head.textContent.trim(), top && top.className]);
        }
      }
      return hidden;"""
    assert driver.execute_script(covered) == []
    cut = """return [...document.querySelectorAll("caption .title")].filter((one) => {
      const box = one.getBoundingClientRect(), scroll = one.closest(".scroll").getBoundingClientRect();
      return box.width && (box.left < scroll.left || box.right > scroll.right + 1);
    }).map((one) => one.textContent)"""
    assert driver.execute_script(cut) == []


def test_a_printed_page_cuts_no_table(opened: Any) -> None:
    driver = opened(1032, 700, "dark")  # A4 landscape between margins of 12 mm
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print", "features": []})
    try:
        wide = driver.execute_script("""return [...document.querySelectorAll("main table, main figure, main pre")]
          .filter((one) => one.getBoundingClientRect().right > innerWidth || one.scrollWidth > one.clientWidth + 1)
          .map((one) => one.textContent.slice(0, 40))""")
        assert wide == []
        assert not any(one.is_displayed() for one in css(driver, ".bar, #questions, .copy"))
        colour = driver.execute_script("return getComputedStyle(document.querySelector('h1')).color")
        assert sum(map(int, re.findall(r"\d+", colour)[:3])) < 200, "dark ink, whatever the screen shows"
    finally:
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
