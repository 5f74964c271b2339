#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The share as Samba gives it out: its own reader of the file; and, where there is a smbd, a real one on the loopback, from
# which a client reads, and can change nothing.  (The package would start a server on this machine: where it is not
# installed, scripts/unpack-deps.sh has unpacked it.)
#
#   samba.sh SNIPPET SECTION SHARE TRUST
set -eu
snippet=$1 section=$2 share=$3 trust=$4
work=$(mktemp -d "${TMPDIR:-/tmp}/labseal-smb-XXXXXX")
pid=
# shellcheck disable=SC2329 # it is called, by trap
finish() {
	[ -z "$pid" ] || kill "$pid" 2>/dev/null || true
	rm -rf "$work"
}
trap finish EXIT
unpacked=${BUILD:-build}/unpacked/root
if ! command -v smbd >/dev/null && [ -x "$unpacked/usr/sbin/smbd" ]; then
	for libs in "$unpacked"/usr/lib/*/samba; do export LD_LIBRARY_PATH="${libs%/samba}:$libs"; done
	PATH=$unpacked/usr/sbin:$unpacked/usr/bin:$PATH
fi
port=$((20000 + $$ % 12000)) # none of those that the kernel gives out, from 32768 on
mkdir "$work"/{private,state,lock,cache,run,log}
cat >"$work/smb.conf" <<-END
	[global]
	    workgroup = LAB
	    server role = standalone server
	    private dir = $work/private
	    state directory = $work/state
	    lock directory = $work/lock
	    cache directory = $work/cache
	    pid directory = $work/run
	    ncalrpc dir = $work/run
	    log file = $work/log/smbd
	    disable spoolss = yes
	    load printers = no
	    server min protocol = SMB2_02
	    interfaces = lo
	    bind interfaces only = yes
	    smb ports = $port
	include = $snippet
END
testparm -s "$work/smb.conf" >"$work/parsed" 2>"$work/said" || { cat "$work/said" && exit 1; }
if grep -iE 'unknown parameter|invalid|ignoring' "$work/said"; then exit 1; fi
for wanted in 'path = '"$share" 'server smb encrypt = required' 'veto files = /.*/'; do
	grep -qF "$wanted" "$work/parsed" || { echo "'$wanted' is not in what Samba reads" && cat "$work/parsed" && exit 1; }
done
# both are Samba's defaults, which testparm leaves out
if grep -E 'read only = No|guest ok = Yes' "$work/parsed"; then exit 1; fi
[ "${SMBD:-yes}" = yes ] && [ "$(id -u)" = 0 ] && command -v smbd smbclient >/dev/null || exit 0

printf 'pw\npw\n' | smbpasswd -c "$work/smb.conf" -s -a nobody >/dev/null
smbd -s "$work/smb.conf" --foreground >"$work/log/out" 2>&1 &
pid=$!
# the host's own settings would let SMB 2 in: the share alone demands encryption, which is SMB 3's
connect() { timeout 60 smbclient -s "$work/smb.conf" -p "$port" "//127.0.0.1/$section" "$@" 2>&1; }
client() { connect -U nobody%pw -c "$1"; }
for i in $(seq 300); do
	client quit >/dev/null && break
	if [ "$i" -eq 300 ] || ! kill -0 "$pid" 2>/dev/null; then echo 'smbd does not start' && cat "$work/log/"* && exit 1; fi
	sleep 0.1
done
cd "$work"
must() { client "$1" >"$work/said" && cmp -s "$2" "$3" || { echo "'$1' does not work" && cat "$work/said" && exit 1; }; }
must_not() {
	if client "$1" >"$work/said" && ! grep -q NT_STATUS "$work/said"; then
		echo "'$1' works" && cat "$work/said" && exit 1
	fi
	grep -qE "$2" "$work/said" || { echo "'$1' fails for another reason" && cat "$work/said" && exit 1; }
}
before=$(cd "$share" && find . -printf '%p %s %m %T@\n' | sort | sha256sum)
one=results/2026/000001-plate1.eds
must "get $one/original/plate1.eds got" got "$share/$one/original/plate1.eds"
# all of it, and one result of it, as an auditor takes them
mkdir "$work/all" "$work/single"
(cd "$work/all" && client 'recurse on; prompt off; mget *' >"$work/said")
"$BUILD/labseal-audit" verify --trust "$trust" "$work/all" >"$work/verified" || { echo 'what a client takes does not verify' && cat "$work/said" "$work/verified" && exit 1; }
grep -q '^VERIFIED: all 3 results and 1 event ' "$work/verified" || { echo 'a client does not get all' && cat "$work/verified" && exit 1; }
(cd "$work/single" && client "cd $one; recurse on; prompt off; mget *" >"$work/said")
"$BUILD/labseal-audit" verify --trust "$trust" "$work/single" >"$work/verified" || { echo 'a single result does not verify' && cat "$work/said" "$work/verified" && exit 1; }
echo evil >"$work/evil"
denied='NT_STATUS_(ACCESS_DENIED|MEDIA_WRITE_PROTECTED)'
for file in README.txt log/checkpoint "$one/manifest.sha256" "$one/original/plate1.eds"; do
	must_not "put evil $file" "$denied"
	must_not "del $file" "$denied"
	must_not "rename $file new.txt" "$denied"
	must_not "setmode $file +h" "$denied"
	must_not "utimes $file 2001:01:01-00:00:00 2001:01:01-00:00:00 2001:01:01-00:00:00 2001:01:01-00:00:00" "$denied"
	must_not "hardlink $file new.txt" "$denied"
done
must_not 'put evil new.txt' "$denied"
must_not "put evil $one/original/new.txt" "$denied"
must_not 'mkdir results/dir' "$denied"
must_not "rmdir $one" "$denied"
must_not "deltree $one" "$denied"
must_not "rename $one results/2026/other" "$denied"
must_not 'get .staging/half half' 'NT_STATUS_OBJECT_(NAME|PATH)_NOT_FOUND'
for link in out folder up; do must_not "get results/$link/passwd out" 'NT_STATUS'; done
must_not 'get results/out out' 'NT_STATUS'
must_not 'cd results/folder; ls' 'NT_STATUS'
[ "$(cd "$share" && find . -printf '%p %s %m %T@\n' | sort | sha256sum)" = "$before" ] || { echo 'the share was changed' && exit 1; }
if connect -N -c ls >"$work/said"; then
	echo 'a guest gets in' && exit 1
fi
for old in NT1 SMB2_02 SMB2_10; do
	if connect -U nobody%pw -m "$old" --option="client min protocol=NT1" -c ls >"$work/said"; then
		echo "a client of $old gets in" && exit 1
	fi
done
echo 'a client reads, and changes nothing'
