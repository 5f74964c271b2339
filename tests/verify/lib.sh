# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What the tests of `labseal verify` share, on top of the end-to-end tests' helpers: made-up shares, and tampering.

# shellcheck source=tests/e2e/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../e2e/lib.sh"
audit=$build/labseal-audit
make_share=$build/tests/tools/make_share

# verify ARGUMENT ...: never longer than a minute.
verify() {
	timeout 60 "$audit" verify "$@"
}

# held MARK FILE ARGUMENT ...: verify that stands still at its first read of this file (the end of its path) until MARK, which it
# makes then, is removed.
held() {
	timeout 60 env LD_PRELOAD="$build/tests/verify/stall.so" ASAN_OPTIONS=verify_asan_link_order=0 \
		STALL_HOW=held STALL_MARK="$1" STALL_FILE="$2" "$audit" verify "${@:3}"
}

# new NAME OPTION ...: a share at $work/NAME/share, its trust file beside it.
new() {
	local name=$1
	shift
	"$make_share" "$@" "$work/$name" || exit 4
	chmod -R u+w "$work/$name"
}

# fresh NAME: a copy of that share to tamper with, at $share.
fresh() {
	rm -rf "$work/copy"
	cp -a "$work/$1" "$work/copy"
	share=$work/copy/share
	trust=$work/$1/trust.txt
}

# flip FILE OFFSET: change one byte; an offset below 0 counts from the end.
flip() {
	python3 - "$1" "$2" <<-'END'
		import sys
		path, at = sys.argv[1], int(sys.argv[2])
		data = bytearray(open(path, "rb").read())
		data[at] ^= 1
		open(path, "wb").write(data)
	END
}

# flip_signature FILE: another value in the last line's base64, still well-formed DER in size.
flip_signature() {
	python3 - "$1" <<-'END'
		import base64, sys
		path = sys.argv[1]
		lines = open(path, encoding="utf-8").read().split("\n")
		words = lines[-2].split(" ")
		value = bytearray(base64.b64decode(words[2]))
		value[20] ^= 1
		words[2] = base64.b64encode(value).decode()
		lines[-2] = " ".join(words)
		open(path, "w", encoding="utf-8").write("\n".join(lines))
	END
}

# finds NAME STATUS ID FILE [OPTION ...]: verify ends with this status and has this finding about this file.
finds() {
	local name=$1 wanted=$2 id=$3 file=$4 status=0 word
	shift 4
	verify --trust "$trust" "$@" "$share" >"$work/said" 2>&1 || status=$?
	case $wanted in
	0) word='VERIFIED: ' ;;
	1) word='NOT VERIFIED: ' ;;
	*) word='COULD NOT CHECK: ' ;;
	esac
	if [ "$status" -ne "$wanted" ]; then
		not_ok "$name: exit status $status instead of $wanted" "$work/said"
	elif [[ $(head -n 1 "$work/said") != "$word"* ]]; then
		not_ok "$name: the first line is not '$word'" "$work/said"
	elif ! grep -qF -- "  $file [$id]" "$work/said"; then
		not_ok "$name: no finding '$file [$id]'" "$work/said"
	else
		ok "$name"
	fi
}

# tamper NAME ID FILE COMMAND ...: run the command in a fresh copy of "base"; verify must find it.
tamper() {
	local name=$1 id=$2 file=$3
	shift 3
	fresh base
	(cd "$share" && "$@") || { not_ok "$name: the tampering failed"; return; }
	finds "$name" 1 "$id" "$file"
}
