#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# --html: one page that needs nothing else, says what the text and the JSON say, and is whole or not there.
set -uo pipefail
# shellcheck source=tests/verify/lib.sh
. "$(dirname "$0")/lib.sh"

new base --results 4 --events 2 --keys "$work/keys" --evidence
new fork --results 4 --events 2 --keys "$work/keys" --evidence --seed 2
page=$work/report.html

# page STATUS NAME ARGUMENT ...: the same audit as text, JSON and page
page() {
	rm -f "$page"
	expect_status "$1" "$2" verify --html "$page" "${@:3}"
	cp "$work/said" "$work/text"
	verify --json "${@:3}" >"$work/json"
	check "$2: well-formed" xmllint --noout "$page"
	check "$2: HTML" html_is_good
	check "$2: it needs nothing else, and runs nothing" nothing_else
	check "$2: each finding, check and reason is on it" same_model
}

html_is_good() { # libxml2 knows the elements of HTML 4
	! xmllint --html --noout "$page" 2>&1 | grep 'error :' | grep -vE 'Tag (bdi|section|header|footer|main) invalid'
}

nothing_else() {
	python3 - "$page" <<-'END'
		import sys, xml.etree.ElementTree as tree
		elements = {"html", "head", "meta", "title", "style", "body", "main", "header", "footer", "section", "h1", "h2",
		            "h3", "p", "strong", "span", "bdi", "dl", "dt", "dd", "ul", "li", "pre", "table", "thead", "tbody", "tr",
		            "th", "td"}
		attributes = {"class", "lang", "charset", "name", "content", "http-equiv"}
		for e in tree.parse(sys.argv[1]).iter():
		    name = e.tag.rsplit("}")[-1]
		    if name not in elements or set(e.attrib) - attributes:
		        sys.exit(f"{name} {e.attrib}")
		    if name == "style" and "url(" in e.text:
		        sys.exit("the style asks for more")
	END
}

# What the JSON has, the page has: the words as text, with markup characters as references.
same_model() {
	python3 - "$work/json" "$page" <<-'END'
		import html, json, re, sys
		report = json.load(open(sys.argv[1]))
		page = open(sys.argv[2], encoding="utf-8").read()
		text = html.unescape(re.sub(r"<[^>]*>", "", page))
		wanted = [report["verdict"], report["sentence"], report["target"]["path"]]
		wanted += [c["holds"] for c in report["checks"]] + [c["check"] for c in report["checks"]]
		for kind in ("failed", "unable", "warnings", "events", "not_checked"):
		    for f in report[kind]["items"]:
		        wanted += [f["id"], f["message"], f["file"]]
		if report["trust"]:
		    wanted.append(report["trust"]["fingerprint"])
		if report["log"]:
		    wanted.append(report["log"]["root"])
		for state in (report["evidence"] or {}).get("states", []):
		    wanted += [state["pcr23"]] + [m["sha256"] for m in state["measured"]]
		missing = [w for w in wanted if w not in text]
		print("\n".join(missing))
		sys.exit(bool(missing))
	END
}
rows() { xmllint --xpath "count(//*[local-name()='table'][@class='rows']/*[local-name()='tbody']/*[local-name()='tr'][contains(., '$1')])" "$page"; }

fresh base
page 0 'a share that holds' --trust "$trust" "$share"
check 'its seals are listed' test "$(rows '')" -eq 6
beats=("$share"/events/*/*-heartbeat)
last=$(basename "${beats[-1]}" | cut -c 1-6 | sed 's/^0*//')
check 'each with the heartbeats that it lies between' test "$(rows 'before heartbeat ')" -eq $((last - 1))
check 'or that there is no later one' test "$(rows 'no later heartbeat')" -eq $((7 - last))
check 'they all hold' test "$(rows ok2026 || true)$(rows FAILED)" = 00
check 'the title says the verdict' grep -q '<title>VERIFIED: audit of 7500-01</title>' "$page"
check 'it prints on A4' grep -q 'size:A4' "$page"
page 3 'without a trust file' "$share"
page 0 'a result' --trust "$trust" "$share/results/2026/000003-plate3.eds"
page 3 'nothing that is there' "$work/nowhere"
cp "$work/fork/share/log/checkpoint" "$work/memory"
page 1 'another history' --trust "$trust" --memory "$work/memory" "$share"

# altered, removed, and names made to be markup, to steer a terminal, to turn text around
flip "$share/results/2026/000003-plate3.eds/original/plate3.eds" 3
rm -r "$share"/results/2026/000005-*
touch "$share/<script>alert(1)<" "$share/\"><img src=x onerror=alert(1)>" "$share/&amp;" "$share/"$'a\e[2J\n\u202eb\xff' \
	"$share/'onload='x"
page 1 'a hostile share' --trust "$trust" "$share"
check 'the altered one is marked' test "$(rows FAILED)" -eq 1
check 'nothing in it steers a terminal' bash -c "! LC_ALL=C grep -qP '[\x00-\x08\x0b-\x1f\x7f]' '$page'"

# whole, or not there
echo before >"$page"
fresh base
check 'a page that is there is replaced' verify --trust "$trust" --html "$page" "$share"
check 'by the new one' grep -q 'VERIFIED' "$page"
check 'nothing else is left beside it' test "$(cd "$work" && echo report*)" = report.html
expect_status 4 'a page that cannot be written' verify --trust "$trust" --html "$work/nowhere/page.html" "$share"
said 'it is said' 'the page was not written: '
ln -s /etc/passwd "$work/link.html"
expect_status 4 'a symbolic link is not written through' verify --trust "$trust" --html "$work/link.html" "$share"
check 'and is as it was' test -L "$work/link.html"
expect_status 4 'a device' verify --trust "$trust" --html /dev/null "$share"
if command -v chromium >/dev/null && command -v pdfinfo >/dev/null; then
	chromium --headless --no-sandbox --disable-gpu --user-data-dir="$work/chromium" --no-pdf-header-footer \
		--print-to-pdf="$work/report.pdf" "file://$page" >/dev/null 2>&1
	check 'a browser prints it on A4' bash -c "pdfinfo '$work/report.pdf' | grep -q '(A4)'"
fi
