# SPDX-License-Identifier: Apache-2.0
"""Looks at the pages that 30-report.sh made, from file://: one line a test, and the sum at the end."""
import os
import pathlib
import sys

import browser as b

work = pathlib.Path(sys.argv[1])
shots = os.environ.get("SHOTS")
counts = {"ok": 0, "not ok": 0}


def check(name, holds, why=""):
    word = "ok" if holds else "not ok"
    counts[word] += 1
    print(f"{word} {name}" + ("" if holds else f": {str(why)[:600]}"), flush=True)


def looks(page):
    for name in ("hostile", "sealed"):
        wrong = b.look(page, work / f"{name}.html", shots)
        check(f"{name}.html on a phone, a laptop and paper", not wrong, "; ".join(wrong))


def hostile(page):
    page.size("laptop")
    page.open(work / "hostile.html")
    check("nothing of a name is markup", not page.all("script, img, iframe, object"))
    name = page.run("return document.querySelector('dl.claim bdi').textContent")
    check("it is shown as text", name.startswith("</title></svg><script>alert(1)</script>"), name)
    check("and in its order", not page.run("return /[\u202a-\u202e\u2066-\u2069]/.test(document.documentElement.textContent)"))
    check("the title is the file's", page.driver.title == "hostile.txt", page.driver.title)


def plots(page):
    page.open(work / "hostile.html")
    plots = page.run("return [...document.querySelectorAll('svg.plot')].map(s => s.getAttribute('aria-labelledby')"
                     ".split(' ').map(i => document.getElementById(i).textContent))")
    named = [p[0] for p in plots]
    check("each plot has a name and says what it shows", all(t and d for t, d in plots), plots)
    check("all plots are there", {"Amplification, linear", "Amplification, logarithmic", "Multicomponent",
                                  "Standard curve"} <= set(named), named)
    # what is drawn: over the whole width, or a path that the browser could not read would be shorter
    widths = page.run("return ['amp-lin-t','dyes-t'].map(i => [...document.getElementById(i).closest('svg')"
                      ".querySelectorAll('.in path:not(.level)')].map(p => p.getBBox().width))")
    check("each curve is drawn whole", all(min(w) > 4200 for w in widths), [min(w) for w in widths])
    heights = page.run("return [...document.getElementById('amp-log-t').closest('svg')"
                       ".querySelectorAll('.in path:not(.dash):not(.level)')].map(p => p.getBBox().height)")
    check("logarithmic ones rise over the decades", min(heights) > 1500, min(heights))
    page.open(work / "large.html")
    melting = page.run("return [...document.getElementById('melt-t').closest('svg').querySelectorAll('.in path')]"
                       ".map(p => p.getBBox().width)")
    check("384 melt curves", len(melting) == 384 and min(melting) > 4200, f"{len(melting)}, {min(melting)}")
    check("384 wells and their letters", len(page.all(".plate g text")) == 384)


def colours(page):
    page.open(work / "hostile.html")
    ink = "return getComputedStyle(document.body)['color'] + getComputedStyle(document.body)['background-color']"
    bright = page.run(ink)
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {
        "features": [{"name": "prefers-color-scheme", "value": "dark"}]})
    dark = page.run(ink)
    curve = page.run("return getComputedStyle(document.querySelector('.in path')).stroke")
    if shots:
        page.shot(pathlib.Path(shots) / "hostile-dark.png")
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print", "features": [
        {"name": "prefers-color-scheme", "value": "dark"}]})
    paper = page.run(ink)
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": []})
    check("a dark screen has dark colours", dark != bright and "20, 24, 29" in dark, dark)
    check("curves are of the palette's colour there, too", curve == "rgb(90, 174, 240)", curve)
    check("paper is white however dark the screen is", "0, 0, 0" in paper and "255, 255, 255" in paper, paper)


def sealed(page):
    page.open(work / "sealed.html")
    text = page.one("main, body").text
    check("a sealed one says that it is not the seal", "This page is not the seal" in text)
    check("and how to check", "labseal verify --trust trust.txt 000001-" in text)


if b.missing():
    print(f"skipped: {b.missing()}\nreport: 0 passed, 0 failed, 1 skipped")
    sys.exit(0)
with b.Browser() as browser:
    for test in (looks, hostile, plots, colours, sealed):
        try:
            test(browser)
        except Exception as error:  # the others are still worth running
            check(test.__name__, False, repr(error))
print(f"report: {counts['ok']} passed, {counts['not ok']} failed, 0 skipped")
