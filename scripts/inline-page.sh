#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# One page out of a template, its style and its scripts, with a policy that allows just these, by their hashes.
#
#   inline-page.sh TEMPLATE STYLE.css SCRIPT.js ... >PAGE
#
# The template has @POLICY@ within a line, and lines <style>@STYLE@... and <script>@SCRIPT@....
set -eu
template=$1 style=$2
shift 2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

hash_of() {
	printf "'sha256-%s'" "$(openssl dgst -sha256 -binary "$1" | openssl base64)"
}

cat "$style" >"$work/style"
cat "$@" >"$work/script"
if grep -qi '</s' "$work/style" "$work/script"; then
	echo "inline-page.sh: style or scripts hold what would end them: '</s'" >&2
	exit 1
fi
policy="default-src 'none'; style-src $(hash_of "$work/style"); script-src $(hash_of "$work/script")"
policy="$policy; base-uri 'none'; form-action 'none'"
while IFS= read -r line; do
	case $line in
	*@POLICY@*) printf '%s%s%s\n' "${line%%@POLICY@*}" "$policy" "${line#*@POLICY@}" ;;
	*@STYLE@*) printf '%s' "${line%%@STYLE@*}"; cat "$work/style"; printf '%s\n' "${line#*@STYLE@}" ;;
	*@SCRIPT@*) printf '%s' "${line%%@SCRIPT@*}"; cat "$work/script"; printf '%s\n' "${line#*@SCRIPT@}" ;;
	*) printf '%s\n' "$line" ;;
	esac
done <"$template"
