# SPDX-License-Identifier: Apache-2.0
"""Clicks through index.html and verify.html as a reader would, from file://.

    python3 click.py FOLDER

FOLDER has the shares that 20-browser.sh made.  One line a test, and the sum at the end.
"""
import base64
import hashlib
import os
import pathlib
import shutil
import sys

import browser as b

work = pathlib.Path(sys.argv[1])
shots = os.environ.get("SHOTS")
counts = {"ok": 0, "not ok": 0}


def check(name, holds, why=""):
    word = "ok" if holds else "not ok"
    counts[word] += 1
    print(f"{word} {name}" + ("" if holds else f": {str(why)[:600]}"), flush=True)


# --- index.html

SHOWN = "return [...document.querySelectorAll('#list tbody tr')].filter(r => r.offsetHeight > 0)"


def filter_by(page, **fields):
    """As if typed and chosen: from an empty form on.  What is shown then: class, first words."""
    page.run("for (const id of ['q','kind','from','to']) document.getElementById(id).value = arguments[0][id] || '';"
             "document.getElementById('filter').dispatchEvent(new Event('input'))", fields)
    return page.run(SHOWN + ".map(r => [r.className, r.querySelector('.c').textContent])")


def index_looks(page):
    wrong = b.look(page, work / "small/share/index.html", shots)
    check("index.html on a phone, a laptop and paper", not wrong, "; ".join(wrong))
    page.size("laptop")
    page.open(work / "small/share/index.html")
    name = page.run("return document.querySelector('tr.r td.c').textContent")
    check("a name that is markup is shown as text", name.startswith('<b>Müller</b> & "Co" plate'), name)
    check("and is none", not page.all("td.c b b, td.c i, main script"))
    state = page.one("dl").text
    check("it tells the machine's state and the gaps", "CHANGED without approval" in state and "Gaps\n2" in state, state)


def index_without_scripts(page):
    page.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    page.open(work / "small/share/index.html")
    rows, form = page.all("#list tbody tr"), page.one("#filter")
    check("without scripts it is a plain table", len(rows) == 54 and rows[0].is_displayed() and not form.is_displayed(),
          f"{len(rows)} rows")
    page.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def index_search(page):
    page.open(work / "small/share/index.html")
    everything = filter_by(page)
    check("all is shown before a question", len(everything) == 54, len(everything))
    page.one("#q").send_keys("müller PLATE53")
    found = page.run(SHOWN + ".map(r => r.querySelector('.c').textContent)")
    check("a search finds the one result", len(found) == 1 and found[0].endswith("plate53.eds"), found)
    check("and says how many it found", page.one("#found").text.startswith("1 of the newest 54 rows"), page.one("#found").text)
    hashed = page.run("return document.querySelectorAll('tr.r code')[3].title")
    check("a whole SHA-256 is found", len(filter_by(page, q=hashed)) == 1)
    check("what is nowhere is not found", filter_by(page, q="nowhere") == [])
    kinds = {row[0] for row in filter_by(page, kind="r")}
    check("results alone", kinds == {"r"}, kinds)
    attention = filter_by(page, kind="p")
    check("what needs attention", len(attention) == 6 and {row[0] for row in attention} == {"p"}, attention)
    check("a day", len(filter_by(page, **{"from": "2026-01-01", "to": "2026-01-01"})) == 54)
    check("a day without results", filter_by(page, **{"from": "2026-01-02"}) == [])


def index_links(page):
    page.open(work / "small/share/index.html")
    row = page.run("return document.querySelector('svg .p').closest('a').getAttribute('href')")
    page.run("document.querySelector('svg .p').dispatchEvent(new MouseEvent('click', {bubbles: true}))")
    page.wait("the row", "return location.hash === arguments[0]", row)
    seen = page.run("const r = document.querySelector(':target').getBoundingClientRect(); return r.top >= 0 && r.bottom <= innerHeight")
    check("a mark on the time line leads to its row", seen)
    page.open(work / "small/share/index.html")
    page.one("tr.r .f a").click()
    page.wait("the record", "return location.pathname.endsWith('record.json')")
    check("a result's record opens", "labseal/record/v1" in page.driver.page_source)
    page.driver.back()
    page.one("tr.r .s a").click()
    page.wait("the folder", "return location.pathname.includes('/results/2026/')")
    check("a result's folder opens", "manifest.tlog-proof" in page.driver.page_source)
    page.forget()
    page.open(work / "small/share/index.html")
    page.one("a[href='verify.html']").click()
    page.wait("verify.html", "return document.getElementById('trust-input')")
    check("verify.html opens", page.driver.title == "Check a result", page.driver.title)


def index_older(page):
    page.open(work / "big/share/index.html")
    here = filter_by(page, q="plate77")
    check("a search tells that older pages are not searched", here == [] and
          "2 older pages not searched" in page.one("#found").text, page.one("#found").text)
    page.one("#older").click()
    words = page.wait("the older pages", "const t = document.getElementById('found').textContent; return t.includes('searching') ? '' : t")
    there = len(list((work / "big/share/results").glob("*/*-plate77*")))
    check("it finds what is in them", words == f"0 of the newest 1000 rows, {there} in 2 older pages" and there > 5, words)
    heights = page.run("return [...document.querySelectorAll('iframe')].map(f => f.offsetHeight)")
    check("and shows just that", heights[0] == 0 and 300 < heights[1] < 800, heights)
    check("without becoming wider than the screen", page.overflow() <= 0)
    page.driver.switch_to.frame(page.all("iframe")[1])
    page.run("document.querySelector('#list tr:not([hidden]) .f a').click()")
    page.driver.switch_to.default_content()
    page.wait("the record", "return location.pathname.endsWith('record.json')")
    check("its links lead out of the frame", "plate77" in page.driver.current_url, page.driver.current_url)
    wrong = b.look(page, work / "big/share/index/000001-001000.html", shots)
    check("a page of a full thousand", not wrong, "; ".join(wrong))


# --- verify.html

def verdict(page, trust, folder):
    """By the two choosers."""
    page.open(work / "small/share/verify.html")
    if trust:
        page.one("#trust-input").send_keys(str(trust))
    page.one("#folder-input").send_keys(str(folder))
    return settled(page)


def settled(page):
    return page.wait("a verdict", "return document.getElementById('outcome').dataset.verdict")


def drop(page, zone, files):
    page.run("const t = new DataTransfer();"
             "for (const [name, text] of arguments[1])"
             "  t.items.add(new File([Uint8Array.from(atob(text), c => c.charCodeAt(0))], name));"
             "document.getElementById(arguments[0]).dispatchEvent(new DragEvent('drop', {dataTransfer: t, bubbles: true, cancelable: true}))",
             zone, [[file.name, base64.b64encode(file.read_bytes()).decode()] for file in files])


def verify_page(page):
    trust = work / "small/trust.txt"
    folder = next((work / "small/share/results/2026").glob("000053-*"))
    digest = hashlib.sha256(trust.read_bytes()).hexdigest()
    page.size("laptop")
    wrong = b.look(page, work / "small/share/verify.html", shots)
    check("verify.html on a phone, a laptop and paper", not wrong, "; ".join(wrong))
    page.size("laptop")
    check("a whole result: VERIFIED", verdict(page, trust, folder) == "VERIFIED", page.one("#checks").text)
    check("the word is the first thing one reads", page.one("#word").text == "VERIFIED")
    check("it names seal, instrument and result", "Seal 53 of 7500-01" in page.one("#which").text and
          "plate53.eds" in page.one("#which").text, page.one("#which").text)
    check("the fingerprint is the one to compare", page.one("#fingerprint").text.replace(" ", "") == digest)
    check("it says that it lies on the share", "lies on the same share" in page.one(".warn").text)
    for size in b.SIZES:
        page.size(size)
        check(f"the verdict fits a {size}", page.overflow() <= 0, page.overflow())
        page.shot(shots and f"{shots}/verdict-{size}.png")
    page.size("laptop")

    copy = work / "copy"
    shutil.copytree(folder, copy)
    original = next((copy / "original").iterdir())
    data = bytearray(original.read_bytes())
    data[5] ^= 1
    original.chmod(0o644)
    original.write_bytes(data)
    check("an altered one: NOT VERIFIED", verdict(page, trust, copy) == "NOT VERIFIED", page.one("#checks").text)
    check("and which file", original.name in page.one("#checks .bad").text, page.one("#checks").text)
    page.shot(shots and f"{shots}/verdict-bad.png")
    original.unlink()
    check("one with a file missing: COULD NOT CHECK", verdict(page, trust, copy) == "COULD NOT CHECK")
    check("another lab's trust file: NOT VERIFIED", verdict(page, work / "other/trust.txt", folder) == "NOT VERIFIED")
    check("no trust file: COULD NOT CHECK", verdict(page, None, folder) == "COULD NOT CHECK")
    check("a picture as trust file is refused", verdict(page, folder / "record.json", folder) == "COULD NOT CHECK" and
          "no trust file" in page.one("#trust-wrong").text, page.one("#trust-wrong").text)

    page.open(work / "small/share/verify.html")
    drop(page, "trust", [trust])
    drop(page, "result", [f for f in folder.rglob("*") if f.is_file()])
    check("dropped files: VERIFIED", settled(page) == "VERIFIED", page.one("#checks").text)
    page.listen()
    check("nothing was asked of a network", page.requests == [], page.requests)
    check("nothing was complained of", page.complaints == [], page.complaints)


def verify_without_crypto(page):
    script = page.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {
        "source": "Object.defineProperty(window, 'crypto', {value: undefined})"})
    word = verdict(page, work / "small/trust.txt", next((work / "small/share/results/2026").glob("000053-*")))
    check("without WebCrypto: COULD NOT CHECK", word == "COULD NOT CHECK", word)
    check("and why, before anything is given", page.one("#no-crypto").is_displayed())
    page.driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", script)


def main():
    if b.missing():
        print(f"skipped the browser: {b.missing()}")
        print("click: 0 passed, 0 failed, 1 skipped")
        return 0
    with b.Browser() as page:
        for part in (index_looks, index_without_scripts, index_search, index_links, index_older, verify_page,
                     verify_without_crypto):
            part(page)
    print(f"click: {counts['ok']} passed, {counts['not ok']} failed, 0 skipped")
    return 1 if counts["not ok"] else 0


if __name__ == "__main__":
    sys.exit(main())
