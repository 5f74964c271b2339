# SPDX-License-Identifier: Apache-2.0
# labseal report: a page of a file or of a result, drawn by the real labseal-report
requires: python3
$ python3 tests/tools/make_export.py --wells 48 --melt >"$W/plate.txt"
P report "$W/plate.txt"
out: <title>plate.txt</title>
out: No seal was looked at.
out: Amplification, logarithmic
out: slope -3.320, efficiency 100.1 %
out: Melt curves
out: </html>
no-err: labseal
P report --html "$W/page.html" "$W/plate.txt"
$ [ "$(stat -c %a "$W/page.html")" = 644 ] && "$labseal" report "$W/plate.txt" | cmp - "$W/page.html"
$ ! command -v xmllint || xmllint --noout "$W/page.html"
# again, onto the same file
P report --html "$W/page.html" "$W/plate.txt"

# what the page says of names is text
$ python3 tests/tools/make_export.py --wells 12 --sample '<script>alert(1)</script>' >"$W/<img src=x onerror=alert(2)>.txt"
P report "$W/<img src=x onerror=alert(2)>.txt"
out: &lt;script&gt;alert(1)&lt;/script&gt;
out: &lt;img src=x onerror=alert(2)&gt;.txt
no-out: <script
no-out: <img

# no run in it, cut short, empty: a page all the same, with the reason
$ echo hello >"$W/letter.txt"; : >"$W/empty.eds"; head -c 4000 "$W/plate.txt" >"$W/cut.txt"; printf 'PK\003\004cut' >"$W/cut.eds"
N 3 report "$W/letter.txt"
out: No curves are shown
out: </html>
err: a page without curves: 
N 3 report "$W/empty.eds"
out: No curves are shown
N 3 report "$W/cut.eds"
out: No curves are shown
err: cut.eds: a page without curves: 

# what is no file
N 3 report "$W/none.eds"
err: labseal report: cannot open '
err: none.eds'
$ ln -s plate.txt "$W/link.txt"; mkfifo "$W/fifo"; mkdir "$W/folder"
N 3 report "$W/link.txt"
err: cannot open
N 3 report "$W/fifo"
err: is neither a file nor a result's folder
N 3 report "$W/folder"
err: folder' is no result's folder: 
err: record.json
N 4 report --html "$W/no/such/folder.html" "$W/plate.txt"
err: labseal report: 
N 2 report
err: labseal report: which file or result?
err: Usage: labseal report [--html FILE
N 2 report a b
err: one file or result at a time
N 2 report --htm
err: needs a file
N 2 report --csvx a
err: there is no option '--csvx'

# a result of a share
$ "$BUILD/tests/tools/make_share" --results 2 --events 1 "$W/made" >/dev/null && cp -r "$W/made/share/results" "$W/results"
N 3 report "$W/results/2026/000001-plate1.eds"
out: Sealed as number 1 of 
out: This page is not the seal
out: labseal verify --trust trust.txt 000001-plate1.eds
out: computed anew for this page
err: a page without curves
$ chmod -R u+w "$W/results"; echo x >>"$W/results/2026/000001-plate1.eds/original/plate1.eds"
N 3 report "$W/results/2026/000001-plate1.eds"
out: This is not the file that was sealed.
err: it has another SHA-256
$ echo '{}' >"$W/results/2026/000001-plate1.eds/record.json"
N 3 report "$W/results/2026/000001-plate1.eds"
no-out: <html
err: is no result's folder

# a whole page, but for its style; when it is meant to change: the pipe's first two parts, into body.html
$ "$labseal" report tests/corpus/report_golden/run.txt | sed -n '/^<body>/,$p' | cmp - tests/corpus/report_golden/body.html
