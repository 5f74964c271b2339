# SPDX-License-Identifier: Apache-2.0
# labseal report: a run for other programs (the page has tests of its own)
requires: python3 xmllint
$ for kind in 7500 quantstudio text; do python3 tests/report/make_run.py $kind "$W/$kind"; done
$ python3 tests/report/make_run.py rdml "$W/rdml" melt=1 && python3 tests/report/make_run.py text "$W/comma" decimal=, encoding=utf-16 eol=crlf melt=1

# each kind has the figures that were put into it, in JSON and in CSV
$ for f in 7500 quantstudio text comma; do "$labseal" report --json "$W/$f" >"$W/$f.json" && "$labseal" report --csv "$W/$f.csv" "$W/$f" && python3 tests/report/figures.py "$W/$f.json" "$W/$f.csv" || exit 1; done
$ "$labseal" report --json "$W/rdml" >"$W/rdml.json"
$ for f in hostile utf16 melt; do "$labseal" report --json tests/corpus/run/good-text-$f >"$W/$f.json"; done
$ for f in "${LABSEAL_DATA:-../shared/data}"/instrument/*; do [ ! -e "$f" ] || "$labseal" report --json "$f" >"$W/$(basename "$f").json" || exit 1; done
$ python3 tests/report/shape.py docs/formats/report-json.md "$W"/*.json

# RDML is valid by the recommendation's schema, whatever it came from, and is read again
$ for f in tests/corpus/run/good-*; do n=$W/$(basename "$f"); "$labseal" report --rdml "$n.rdml" "$f" && unzip -p "$n.rdml" rdml_data.xml >"$n.xml" && xmllint --noout --nonet --schema tests/report/rdml_1_3.xsd "$n.xml" && "$labseal" report --csv - "$n.rdml" >"$n.csv" || exit 1; done
P report --csv - "$W/text"
out: well,sample,task,target,dye,origin,curve,cycle,temperature,value
out: A3,STD,standard,"made up ""gene"" <1>",FAM,stored,cq,,,20
no-err: labseal
P report --json "$W/7500"
out: "format": "labseal/report/v1"
err: apldbio/sds/post-roi.dat is a serialised Java object, which is never read

# a plate of 384: libraries ask other things of the kernel where arrays are long
$ awk 'BEGIN { print "* Block Type = 384-Well Block\n\n[Amplification Data]\nWell\tCycle\tTarget Name\tRn"; for (w = 1; w <= 384; w++) for (c = 1; c <= 30; c++) printf "%d\t%d\tT\t%.4f\n", w, c, 1 + 3 / (1 + 2 ^ (25 - c)) }' >"$W/384"
P report --csv - "$W/384"
out: P24,,,T,,computed,cq,,,
P report --html "$W/384.html" "$W/384"

# what is refused: nothing is written, and the reason is said
N 3 report --csv "$W/none.csv" tests/corpus/run/bad-words__report.run.unknown
err: this is no format that is known; run files (.eds), their text exports and RDML are read
$ [ ! -e "$W/none.csv" ]
N 3 report --json tests/corpus/run/bad-cut__zip.malformed
err: no whole ZIP archive
no-out: format
N 3 report --json tests/corpus/run/bad-encrypted__zip.encrypted
err: wants a password
N 3 report --rdml - tests/corpus/run/bad-wells__report.run.limit
err: more than 3072 wells
N 3 report --csv - tests/corpus/run/bad-bomb__report.eds.nothing
err: has 41943040 bytes, and 33554432 at most are read
N 3 report --json tests/corpus/run/bad-rdml-doctype__report.xml.doctype
err: a document type declaration
N 3 report --json tests/corpus/run/bad-newer-eds__report.run.unknown
err: QuantStudio Design & Analysis Software 2, which holds JSON; export it as text
N 3 report --json "$W/missing"
err: missing'
N 3 report --json "$W"
N 4 report --csv "$W/no/folder.csv" "$W/text"
err: cannot create

# the command line
N 2 report --csv a --json "$W/text"
err: one form at a time: --html, --csv, --rdml or --json
N 2 report --json
err: which file or result?
N 2 report --csv
err: --csv needs a file
N 2 report --xml "$W/text"
err: there is no option '--xml'
