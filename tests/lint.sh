#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Rules of the house that a machine can check.  Prints each breach as
# FILE:LINE: what is wrong, and ends with the count.
#
#   tests/lint.sh [FOLDER]     a tree to look at (default: this one)
set -u
cd "${1:-$(dirname "$0")/..}" || exit 4
breaches=0
log=$(mktemp) || exit 4
trap 'rm -f "$log"' EXIT

breach() {
	echo "$1"
	breaches=$((breaches + 1))
}

sources() {
	if git rev-parse --git-dir >/dev/null 2>&1; then
		git ls-files --cached --others --exclude-standard -- "$@"
	else
		for pattern; do find . -name "$pattern" -not -path './build*' | sed 's|^\./||'; done
	fi
}

# Who may include whom (docs/architecture.md): "FOLDER: what it may include".
# lib/tpm is for those who hold a TPM; audit works without one.
may_use() {
	case $1 in
	lib/base/*) echo 'lib/base/' ;;
	lib/seal/* | lib/log/* | lib/attest/*) echo 'lib/base/ lib/seal/ lib/log/ lib/attest/' ;;
	lib/proc/*) echo 'lib/base/ lib/proc/' ;;
	lib/tpm/*) echo 'lib/base/ lib/proc/ lib/attest/ lib/tpm/' ;;
	policy/*) echo 'lib/base/ lib/seal/ policy/' ;;
	diode/wire/*) echo 'lib/base/ diode/wire/' ;;
	diode/export/*) echo 'lib/base/ diode/wire/ diode/export/' ;;
	diode/receive/*) echo 'lib/base/ lib/proc/ diode/wire/ diode/receive/' ;;
	enclave/*) echo 'lib/ enclave/' ;;
	host/publish/*) echo 'lib/base/ lib/proc/ lib/seal/ lib/log/ lib/attest/ host/publish/' ;;
	host/supervisor/*) echo 'lib/ policy/ host/supervisor/' ;;
	host/command/*) echo 'lib/ policy/ host/ audit/commands.h' ;;
	audit/*) echo 'lib/base/ lib/proc/ lib/seal/ lib/log/ lib/attest/ policy/ audit/' ;;
	tests/*) echo 'lib/ policy/ diode/ enclave/ host/ audit/ tests/' ;;
	*) echo '' ;;
	esac
}

include_lines() {
	grep -nE '^#include "' "$1" | sed -E 's/^([0-9]+):#include "([^"]+)".*/\1:\2/'
}

check_includes() {
	local file=$1 allowed line path ok prefix
	allowed=$(may_use "$file")
	while IFS=: read -r line path; do
		ok=no
		for prefix in $allowed; do
			case $path in "$prefix"*) ok=yes ;; esac
		done
		[ $ok = yes ] || breach "$file:$line: may not include '$path' (docs/architecture.md says who may use whom)"
	done < <(include_lines "$file")
}

# Libraries that only one room may know.
check_libraries() {
	local file=$1
	case $file in
	host/supervisor/domain* | host/supervisor/libvirt*) ;;
	*) grep -nE '#include <libvirt/' "$file" | while IFS=: read -r line _; do
		echo "$file:$line: libvirt is host/supervisor/domain's alone"
	done ;;
	esac
	case $file in
	lib/tpm/* | enclave/* | host/* | tests/*) ;;
	*) grep -nE '#include <tss2/' "$file" | while IFS=: read -r line _; do
		echo "$file:$line: TPM libraries are lib/tpm's"
	done ;;
	esac
}

# Calls that have a bounded or checked form here.
BANNED='strcpy|strcat|sprintf|vsprintf|gets|system|popen|atoi|atol|atoll|strtok|strtol|strtoul|strtoll|strtoull|alloca|tmpnam|mktemp|virDomainQemuMonitorCommand'
check_bans() {
	grep -nE "(^|[^A-Za-z0-9_>.\"])($BANNED)[[:space:]]*\(" "$1" | while IFS=: read -r line _; do
		echo "$1:$line: a banned call (use the bounded or checked form)"
	done
}

check_head() {
	head -n 1 "$1" | grep -q 'SPDX-License-Identifier: Apache-2.0' ||
		echo "$1:1: the first line is not the SPDX licence line"
}

check_guard() {
	local guard
	guard=LABSEAL_$(echo "$1" | tr 'a-z/.-' 'A-Z___')
	grep -q "^#ifndef $guard\$" "$1" || echo "$1:1: the include guard is not $guard"
}

check_length() {
	awk -v file="$1" '
		/^[a-zA-Z_].*\)[ \t]*$/ { start = FNR; name = $0 }
		/^}/ { if (start && FNR - start > 75)
			print file ":" start ": a function of " FNR - start " lines (75 at most)"
			start = 0 }' "$1"
}

check_text() {
	grep -nE '[[:blank:]]+$' "$1" | while IFS=: read -r line _; do
		echo "$1:$line: blanks at the end of the line"
	done
	[ -z "$(tail -c 1 "$1")" ] || echo "$1: no line end at the end of the file"
}

report() {
	while IFS= read -r line; do breach "$line"; done
}

while IFS= read -r file; do
	check_includes "$file"
	report < <(check_libraries "$file"; check_bans "$file"; check_head "$file"; check_length "$file"; check_text "$file")
	case $file in *.h) report < <(check_guard "$file") ;; esac
done < <(sources '*.c' '*.h')

while IFS= read -r file; do
	report < <(check_text "$file")
done < <(sources '*.sh' '*.md' '*.mk' Makefile)

# A fuzz target is short: the work is in the parser.
while IFS= read -r file; do
	[ "$(wc -l <"$file")" -le 60 ] || breach "$file: a fuzz target of more than 60 lines"
done < <(sources '*_fuzz.c')

if command -v shellcheck >/dev/null; then
	while IFS= read -r file; do
		shellcheck -x -P SCRIPTDIR -S warning "$file" >"$log" 2>&1 || { head -n 20 "$log"; breach "$file: shellcheck"; }
	done < <(sources '*.sh' images/guest/init images/guest/exporter images/guest/save-runs .ci/run)
fi

echo "lint: $((breaches == 0)) passed, $breaches failed, 0 skipped"
[ $breaches -eq 0 ]
