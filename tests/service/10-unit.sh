#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The service file as it is installed: systemd accepts it, its users and its manual exist, and what it locks stays locked.
# That labseald works with the rights it leaves is e2e/50's.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 4
build=$(cd "${BUILD:-build}" && pwd) || exit 4
passed=0 failed=0 skipped=0
work=$(mktemp -d "${TMPDIR:-/tmp}/labseal-service-XXXXXX") || exit 4
trap 'rm -rf "$work"' EXIT

check() {
	local name=$1
	shift
	if "$@" >"$work/said" 2>&1; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAILED $name"
		sed 's/^/    /' "$work/said"
	fi
}

skip() {
	skipped=$((skipped + 1))
	echo "skipped $1: $2"
}

unit=$work/lib/systemd/system/labseald@.service
check 'make install installs it' make --no-print-directory BUILD="$build" PREFIX="$work" install-service
check 'with the place of labseald in it' grep -qx "ExecStart=$work/libexec/labseal/labseald -- /etc/labseal/%i.yaml" "$unit"
check 'and nothing is left to be filled in' bash -c "! grep -n '@[A-Z]*@' '$unit'"
mkdir -p "$work/libexec/labseal" && cp "$build/labseald" "$work/libexec/labseal/"
check 'its program takes these arguments' bash -c "
	'$work/libexec/labseal/labseald' -- '$work/none.yaml'; [ \$? -eq 3 ]"

witness=$work/lib/systemd/system/labseal-witness.service
mkdir -p "$work/bin" && cp "$build/labseal-witness" "$work/bin/"
notary=$work/lib/systemd/system/labseal-notary@.service
cp "$build/labseal-notary" "$work/libexec/labseal/"
check 'the notary has one' grep -qx "ExecStart=$work/libexec/labseal/labseal-notary /etc/labseal/%i.yaml" "$notary"
check 'the witness has one, too' grep -q "^ExecStart=$work/bin/labseal-witness run " "$witness"
if command -v systemd-analyze >/dev/null; then
	check 'systemd accepts it for the notary' bash -c "
		said=\$(systemd-analyze verify --man=no '$notary' 2>&1) && [ -z \"\$said\" ] || { echo \"\$said\"; exit 1; }"
	check 'systemd accepts it for the witness' bash -c "
		said=\$(systemd-analyze verify --man=no '$witness' 2>&1) && [ -z \"\$said\" ] || { echo \"\$said\"; exit 1; }"
	check 'systemd rates what the witness may do at 2 of 10 or less' systemd-analyze security --offline=true \
		--threshold=20 --no-pager "$witness"
fi

if command -v systemd-analyze >/dev/null; then
	check 'systemd accepts it' bash -c "
		said=\$(systemd-analyze verify --man=no '$unit' 2>&1) && [ -z \"\$said\" ] || { echo \"\$said\"; exit 1; }"
	# The enclave's namespaces need CAP_SYS_ADMIN, which alone is half of the score.
	check 'systemd rates what it may do at 4.5 of 10 or less' systemd-analyze security --offline=true \
		--threshold=45 --no-pager "$unit"
else
	skip 'systemd accepts it' 'there is no systemd-analyze'
fi
if command -v systemd-sysusers >/dev/null; then
	check 'its users can be made' systemd-sysusers --dry-run "$work/lib/sysusers.d/labseal.conf"
else
	skip 'its users can be made' 'there is no systemd-sysusers'
fi
# shellcheck disable=SC2016 # awk's fields
check 'they are the users that the programs become' diff \
	<(awk '$1 == "u" && $2 != "_labseal-sync" { print $2 }' host/service/labseal.sysusers | sort) \
	<(grep -hoE '"_labseal-(calibration|notary|diode|enclave|publish|report)"' host/supervisor/*.[ch] enclave/*.[ch] | tr -d '"' | sort -u)
# systemd has openat2(2) end with ENOSYS then, which all that keeps within a folder is opened by.
check 'it leaves labseald openat2' bash -c "! grep '^RestrictSUIDSGID=' '$unit'"
check 'each directive that is left out says why' bash -c "
	for d in PrivateTmp UMask RestrictNamespaces RestrictSUIDSGID MemoryDenyWriteExecute ProtectHostname; do
		grep -q \"^# .*\$d=.* left out: \" '$unit' || { echo \$d; exit 1; }
	done"

# the operator's seat: cage and virt-viewer need not be on this machine
kiosk=$work/lib/systemd/system/labseal-kiosk@.service
check "the seat's unit is installed" grep -qx "ExecStart=/usr/bin/cage -- $work/bin/labseal console --kiosk /etc/labseal/%i.yaml" "$kiosk"
if command -v systemd-analyze >/dev/null; then
	check 'systemd accepts it, too' bash -c "
		mkdir '$work/kiosk' && sed 's|^ExecStart=[^ ]*|ExecStart=/bin/true|' '$kiosk' >'$work/kiosk/labseal-kiosk@.service' &&
		said=\$(systemd-analyze verify --man=no '$work/kiosk/labseal-kiosk@.service' 2>&1 | grep -v 'labseald@') ; [ -z \"\$said\" ] || { echo \"\$said\"; exit 1; }"
fi
if command -v systemd-sysusers >/dev/null; then
	check 'its user is an operator and can be made' bash -c "
		systemd-sysusers --dry-run '$work/lib/sysusers.d/labseal-kiosk.conf' && grep -qx 'm _labseal-kiosk labseal-operators' '$work/lib/sysusers.d/labseal-kiosk.conf'"
fi

echo "service: $passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
