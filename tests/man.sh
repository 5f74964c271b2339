#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Each option that --help names stands in its manual page, and in the SYNOPSIS of a page of its own.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 4
build=${BUILD:-build}
passed=0 failed=0
command -v mandoc >/dev/null || {
	echo 'man: 0 passed, 0 failed, 1 skipped'
	exit 77
}

options() { grep -oE -- '(^|[^[:alnum:]-])--[a-z][a-z0-9-]+' | sed 's/^[^-]//' | sort -u; }

# plain PAGE: its text; what mandoc strikes twice, for bold, stands once
plain() { mandoc -T ascii "$1" | sed 's/.\x08//g'; }

# in_page PAGE COMMAND ...: what this command says on --help, or as "help NAME"
in_page() {
	local page=$1 missing
	shift
	missing=$(comm -23 <("$@" 2>&1 | options | grep -vxE -- '--(help|version)') \
		<(plain "$page" | options))
	if [ -z "$missing" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAILED $page does not name, of '$*': $missing"
	fi
}

# in_synopsis PAGE NAME OPTION ...: the page's SYNOPSIS, or what it says there of this subcommand, has them
in_synopsis() {
	local page=$1 name=$2 missing
	shift 2
	missing=$(comm -23 <(printf ' %s' "$@" | options | grep -vxE -- '--(help|version)') \
		<(plain "$page" | awk -v name="$name" '
			/^[A-Z]/ { inside = $1 == "SYNOPSIS"; next }
			!inside { next }
			/^     [^ ]/ { ours = index(substr($0, 6) " ", name " ") == 1 }
			ours || name == ""' | options))
	if [ -z "$missing" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAILED the SYNOPSIS of $page does not have, of '$name': $missing"
	fi
}

# in_table PAGE COMMAND ...: each subcommand's options, those of its help and those that the shell completes
in_table() {
	local page=$1 name words
	shift
	while read -r name words; do
		[ "$words" != ... ] || continue
		# shellcheck disable=SC2086 # they are words
		in_synopsis "$page" "labseal ${*:2} $name" $words "$("$@" help "$name" | sed -n '1,/^$/p')"
	done < <("$@" --complete)
}

# names COMMAND ...: of its subcommands, the first words of the lines of its help
names() { "$@" help 2>&1 | sed -n 's/^  \([a-z][a-z-]*\) .*/\1/p'; }

for name in $(names "$build/labseal"); do
	case $name in
	verify | bundle | report | export-share | cal | dna | witness) ;; # pages of their own
	*) in_page man/labseal.1 "$build/labseal" help "$name" ;;
	esac
done
for name in verify bundle report export-share; do
	in_page "man/labseal-$name.1" "$build/labseal" "$name" --help
done
for name in $(names "$build/labseal" cal); do in_page man/labseal-cal.1 "$build/labseal" cal help "$name"; done
for name in $(names "$build/labseal" dna); do in_page man/labseal-dna.1 "$build/labseal" dna "$name" --help; done
for name in init vkey run; do in_page man/labseal-witness.8 "$build/labseal-witness" help "$name"; done
in_page man/labseal-export.1 "$build/labseal-export" --help
for name in diode publish countersign calibration notary report; do
	in_page "man/labseal-$name.8" "$build/labseal-$name" --help
done
in_page man/labseald.8 "$build/labseald" --help
in_page man/labseal-xp-import.1 images/xp-import --help
in_page man/labseal-xp-media.1 images/xp-media --help
in_page man/labseal-guest-config.1 guest-config/make-pack --help
in_table man/labseal-cal.1 "$build/labseal" cal
in_table man/labseal-cal.1 "$build/labseal" cal chain
in_table man/labseal-dna.1 "$build/labseal" dna
in_table man/labseal-dna.1 "$build/labseal" dna authority
whole() { in_synopsis "$1" '' "$("${@:2}" --help 2>&1)"; }
for name in verify bundle report export-share; do whole "man/labseal-$name.1" "$build/labseal" "$name"; done
for name in diode publish countersign calibration notary report; do
	whole "man/labseal-$name.8" "$build/labseal-$name"
done
whole man/labseal-export.1 "$build/labseal-export"
whole man/labseal-witness.8 "$build/labseal-witness"
whole man/labseald.8 "$build/labseald"
for name in import media; do whole "man/labseal-xp-$name.1" "images/xp-$name"; done
whole man/labseal-guest-config.1 guest-config/make-pack
echo "man: $passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 80 ]
