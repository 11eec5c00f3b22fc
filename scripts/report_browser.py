#!/usr/bin/env python3
"""report_browser.py PAGE.html... [--screenshots FOLDER] [--browser PROGRAM]

Opens pages that haxconn wrote in a headless Chromium and checks what only a browser can: that they
load without a message on the console and without asking for anything, that all sections are there,
that nothing is wider than a phone's screen, that charts, tables and buttons have names for screen
readers, and that keys choose jobs and zoom. --screenshots keeps what is seen, in both themes, at a
phone's and a desktop's width, and as printed (PDF).

Speaks the DevTools protocol over two pipes, so that nothing but Python and Chromium is needed.
Without Chromium it says so and succeeds: that is no fault of the page.
"""
import argparse
import base64
import fcntl
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

WIDTHS = {"phone": (390, 844), "desktop": (1280, 900)}


class Browser:
    def __init__(self, program, folder):
        to_read, self.write = os.pipe()
        self.read, to_write = os.pipe()

        def place():  # out of the way first: either may be the 3 or 4 of the other
            ends = [fcntl.fcntl(end, fcntl.F_DUPFD, 10) for end in (to_read, to_write)]
            os.dup2(ends[0], 3)
            os.dup2(ends[1], 4)

        self.process = subprocess.Popen(
            [program, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
             "--no-first-run", "--remote-debugging-pipe", "--user-data-dir=" + folder],
            preexec_fn=place, close_fds=False, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        os.close(to_read)
        os.close(to_write)
        self.rest = b""
        self.number = 0
        self.events = []

    def receive(self):
        while b"\0" not in self.rest:
            more = os.read(self.read, 1 << 16)
            if not more:
                raise SystemExit("the browser has ended")
            self.rest += more
        message, self.rest = self.rest.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, session=None, **params):
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if session:
            message["sessionId"] = session
        os.write(self.write, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.receive()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise SystemExit(f"{method}: {answer['error']['message']}")
                return answer["result"]
            self.events.append(answer)

    def wait(self, method):
        while True:
            for event in self.events:
                if event.get("method") == method:
                    self.events.remove(event)
                    return event
            self.events.append(self.receive())

    def close(self):
        self.process.kill()
        self.process.wait()


class Page:
    def __init__(self, browser, path):
        self.browser = browser
        target = browser.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = browser.call("Target.attachToTarget", targetId=target,
                                    flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network", "Accessibility"):
            self.call(domain + ".enable")
        self.resize("desktop", "light")
        browser.events.clear()
        self.call("Page.navigate", url=pathlib.Path(path).resolve().as_uri())
        browser.wait("Page.loadEventFired")
        self.settle()

    def call(self, method, **params):
        return self.browser.call(method, self.session, **params)

    def settle(self):
        self.ask("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def ask(self, expression):
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True,
                           awaitPromise=True)
        if "exceptionDetails" in answer:
            raise SystemExit(f"{expression}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def resize(self, width, theme):
        columns, lines = WIDTHS[width]
        self.call("Emulation.setDeviceMetricsOverride", width=columns, height=lines,
                  deviceScaleFactor=1, mobile=width == "phone")
        self.call("Emulation.setEmulatedMedia",
                  features=[{"name": "prefers-color-scheme", "value": theme}])
        self.settle()

    def press(self, key):
        text = {"text": key} if len(key) == 1 else {}
        self.call("Input.dispatchKeyEvent", type="keyDown", key=key, **text)
        self.call("Input.dispatchKeyEvent", type="keyUp", key=key)

    def screenshot(self, path):
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        data = self.call("Page.captureScreenshot", captureBeyondViewport=True,
                         clip={"x": 0, "y": 0, "width": size["width"],
                               "height": min(size["height"], 8000), "scale": 1})["data"]
        path.write_bytes(base64.b64decode(data))


def check_quiet(page):
    """Messages of the console, and what was asked of a network."""
    for event in page.browser.events:
        method, params = event.get("method"), event.get("params", {})
        if method == "Runtime.exceptionThrown":
            yield "exception: " + json.dumps(params["exceptionDetails"])[:600]
        elif method in ("Runtime.consoleAPICalled", "Log.entryAdded"):
            yield "console: " + json.dumps(params)[:600]
        elif method == "Network.requestWillBeSent":
            url = params["request"]["url"]
            if not url.startswith(("file:", "data:")):
                yield "asks for " + url


def check_sections(page):
    titles = page.ask("[...document.querySelectorAll('h2')].map(h => h.textContent)")
    schemas = page.ask("[...document.querySelectorAll('script.haxconn-document')]"
                       ".map(s => JSON.parse(s.textContent).schema.split('/')[1])")
    wanted = {"result": ["Deployments", "Timelines", "Where the time goes", "The plan",
                         "Profile: groups on units", "Machine, versions, and how to repeat"],
              "schedule": ["Timelines", "The plan"], "problem": ["Profile: groups on units"],
              "stream": ["Frames"]}
    for schema in schemas:
        for title in wanted.get(schema, []):
            if title not in titles:
                yield f"a {schema} is in it, but no section '{title}'"
    if not page.ask("document.querySelector('.verdict strong').textContent"):
        yield "no verdict"


def check_width(page):
    for width in WIDTHS:
        page.resize(width, "light")
        wide = page.ask("document.documentElement.scrollWidth")
        if wide > WIDTHS[width][0]:
            yield f"{wide} pixels wide on a {width} of {WIDTHS[width][0]}"
    page.resize("desktop", "light")


def check_names(page):
    tree = page.call("Accessibility.getFullAXTree")["nodes"]
    named = {"button", "combobox", "application", "table", "image", "img", "region", "group"}
    for node in tree:
        role = node.get("role", {}).get("value")
        if role in named and not node.get("ignored"):
            name = node.get("name", {}).get("value")
            if not name and role not in ("group", "table"):
                yield f"a {role} has no name for screen readers"


def check_keys(page):
    if not page.ask("!!document.querySelector('.chart')"):
        return
    page.ask("document.querySelector('.chart').focus()")
    told = "document.querySelector('.detail').textContent"
    before = page.ask(told)
    page.press("ArrowRight")
    first = page.ask(told)
    if first == before or "predicted" not in first:
        yield f"the arrow key chooses no job: '{first}'"
    page.press("End")
    if page.ask("document.querySelectorAll('.chart .on').length") != 1:
        yield "not one job is chosen"
    wide = "document.querySelector('.chart svg').getBoundingClientRect().width"
    narrow = page.ask(wide)
    page.press("+")
    if not page.ask(wide) > 1.2 * narrow:
        yield "the key + does not zoom"
    page.press("0")
    if abs(page.ask(wide) - narrow) > 1:
        yield "the key 0 does not show the whole round"
    page.press("Escape")


def keep_screenshots(page, name, folder):
    for width in WIDTHS:
        for theme in ("light", "dark"):
            page.resize(width, theme)
            page.screenshot(folder / f"{name}-{width}-{theme}.png")
    page.resize("desktop", "light")
    data = page.call("Page.printToPDF", printBackground=False)["data"]
    (folder / f"{name}.pdf").write_bytes(base64.b64decode(data))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("pages", nargs="+")
    parser.add_argument("--screenshots", type=pathlib.Path)
    parser.add_argument("--browser")
    given = parser.parse_args()
    program = given.browser or shutil.which("chromium") or shutil.which("chromium-browser") or \
        shutil.which("google-chrome")
    if not program:
        print("skipped: no Chromium here (Debian: chromium), so pages were not looked at")
        return 0
    if given.screenshots:
        given.screenshots.mkdir(parents=True, exist_ok=True)
    failed = 0
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        browser = Browser(program, folder)
        try:
            for path in given.pages:
                page = Page(browser, path)
                faults = [fault for check in (check_quiet, check_sections, check_width,
                                              check_names, check_keys, check_quiet)
                          for fault in check(page)]
                for fault in dict.fromkeys(faults):
                    print(f"{path}: {fault}")
                failed += len(faults)
                if not faults:
                    print(f"{path}: loads quietly, is named and works by keys")
                if given.screenshots:
                    keep_screenshots(page, pathlib.Path(path).stem, given.screenshots)
        finally:
            browser.close()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
