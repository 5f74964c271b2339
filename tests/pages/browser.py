# SPDX-License-Identifier: Apache-2.0
"""A page from a disk in Chromium without a window: its looks, what it asks of networks, what it complains of.

    python3 browser.py PAGE.html [--shots FOLDER]

looks at one page at the sizes of a phone and a laptop and as it is printed, and fails when it is wider than
the screen, complains on the console, or asks for anything over a network.  Tests of single pages use Browser.
"""
import argparse
import base64
import json
import os
import pathlib
import shutil
import sys
import tempfile

# What stays in the machine: the browser's own pages besides what is looked at.
LOCAL = ("file:///", "data:", "about:", "blob:", "chrome:", "devtools:")
SIZES = {"phone": (390, 844, True), "laptop": (1280, 800, False)}


def missing():
    """Why no browser can be had here, or None."""
    for program in ("chromium", "chromedriver"):
        if not shutil.which(program):
            return f"there is no {program}: install chromium and chromium-driver"
    try:
        import selenium  # noqa: F401
    except ImportError:
        return "there is no selenium for this Python: install python3-selenium"
    return None


class Browser:
    """`with Browser() as b: b.open(path) ...`; everything it writes goes when it ends."""

    def __enter__(self):
        from selenium import webdriver
        from selenium.webdriver.chrome.service import Service

        self.home = tempfile.mkdtemp(prefix="labseal-browser-")
        options = webdriver.ChromeOptions()
        for argument in ("--headless=new", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                         "--disable-background-networking", "--disable-component-update", "--lang=en-GB",
                         f"--user-data-dir={self.home}/profile"):
            options.add_argument(argument)
        if os.geteuid() == 0:  # Chromium's sandbox is not for root
            options.add_argument("--no-sandbox")
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        os.environ.update(HOME=self.home, XDG_CONFIG_HOME=self.home, XDG_CACHE_HOME=self.home)
        self.driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
        self.driver.set_page_load_timeout(120)
        self.driver.set_script_timeout(120)
        self.requests, self.complaints = [], []
        return self

    def __exit__(self, *_):
        self.driver.quit()
        shutil.rmtree(self.home, ignore_errors=True)

    def size(self, name):
        width, height, mobile = SIZES[name]
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": mobile})

    def open(self, path):
        self.driver.get(pathlib.Path(path).absolute().as_uri())

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def wait(self, what, script, *arguments):
        """Until the script's value is true; it is returned."""
        from selenium.webdriver.support.ui import WebDriverWait

        return WebDriverWait(self.driver, 60, 0.05).until(lambda _: self.run(script, *arguments), what)

    def one(self, selector):
        from selenium.webdriver.common.by import By

        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector):
        from selenium.webdriver.common.by import By

        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def overflow(self):
        """By how many pixels the page is wider than the screen."""
        return self.run("return document.documentElement.scrollWidth - document.documentElement.clientWidth")

    def listen(self):
        """Take in what was asked of networks and complained of since the last time."""
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                url = message["params"]["request"]["url"]
                if not url.startswith(LOCAL):
                    self.requests.append(url)
        self.complaints += [entry["message"] for entry in self.driver.get_log("browser")
                            if entry["level"] in ("SEVERE", "WARNING")]

    def forget(self):
        """What came of pages that are not ours: the browser's listing of a folder."""
        self.listen()
        self.complaints = []

    def shot(self, path):
        """The whole page as a picture, if a path is given."""
        if path:
            height = min(self.run("return document.documentElement.scrollHeight"), 8000)
            width = self.run("return document.documentElement.clientWidth")
            picture = self.driver.execute_cdp_cmd("Page.captureScreenshot", {
                "format": "png", "captureBeyondViewport": True,
                "clip": {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}})
            pathlib.Path(path).write_bytes(base64.b64decode(picture["data"]))

    def pdf(self):
        """As it is printed on A4."""
        return base64.b64decode(self.driver.execute_cdp_cmd("Page.printToPDF", {
            "preferCSSPageSize": True, "paperWidth": 8.27, "paperHeight": 11.69, "printBackground": True})["data"])

    def print_overflow(self):
        """By how many pixels it is wider than an A4 sheet between its margins."""
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": 688, "height": 1000, "deviceScaleFactor": 1, "mobile": False})  # 182 mm
        wider = self.overflow()
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
        return wider


def look(browser, page, shots=None):
    """What is wrong with a page at each size, in words."""
    name, wrong = pathlib.Path(page).stem, []
    folder = pathlib.Path(shots) if shots else None
    for size in SIZES:
        browser.size(size)
        browser.open(page)
        if browser.overflow() > 0:
            wrong.append(f"{size}: it is {browser.overflow()} pixels wider than the screen")
        browser.shot(folder and folder / f"{name}-{size}.png")
    if browser.print_overflow() > 0:
        wrong.append("print: it is wider than the sheet")
    paper = browser.pdf()
    if not paper.startswith(b"%PDF-"):
        wrong.append("print: it cannot be printed")
    if folder:
        (folder / f"{name}-print.pdf").write_bytes(paper)
    browser.listen()
    return wrong + [f"it asks for {url}" for url in browser.requests] + \
        [f"the console says: {text}" for text in browser.complaints]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("page")
    parser.add_argument("--shots")
    arguments = parser.parse_args()
    if missing():
        print(f"skipped: {missing()}")
        return 77
    with Browser() as browser:
        wrong = look(browser, arguments.page, arguments.shots)
    print("\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
