# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# What the tests of the Windows XP side share, besides what all end-to-end tests do.

. "$(dirname "${BASH_SOURCE[0]}")/../e2e/lib.sh"

export guest_config=$top/guest-config/make-pack

skip_all() {
	skip "$(basename "$0" .sh)" "$1"
	exit 0
}

# need COMMAND PACKAGE: skip the file without it.
need() { command -v "$1" >/dev/null || skip_all "no $1 (package $2)"; }

# refused NAME TEXT COMMAND ...: ends with 1, and says so.
refused() {
	local name=$1 text=$2
	shift 2
	expect_status 1 "$name" "$@"
	said "$name: it says why" "$text"
}
