#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Who keeps the mirror of a registry of calibrations, and who reads it: two users, as the units and labseald have them.
# The sync's command line runs with the rights that its unit leaves it; labseal-calibration becomes its user and confines itself,
# without --development.
set -uo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/../e2e/lib.sh"

# --- the units ------------------------------------------------------------------------------

unit=$work/lib/systemd/system/labseal-calibration-sync@.service
timer=$work/lib/systemd/system/labseal-calibration-sync@.timer
check 'make install installs the unit of the sync' make --no-print-directory BUILD="$build" PREFIX="$work" install-service
check 'and nothing is left to be filled in' bash -c "! grep -n '@[A-Z]*@' '$unit'"
check 'its user is one that labseal makes' grep -q "^u $(sed -n 's/^User=//p' "$unit") " host/service/labseal.sysusers
check 'what is left out says why' grep -q '^# RestrictSUIDSGID=yes left out: ' "$unit"
mkdir -p "$work/bin" && cp "$build/labseal-audit" "$work/bin/"
if command -v systemd-analyze >/dev/null; then
	check 'systemd accepts unit and timer' bash -c "
		said=\$(systemd-analyze verify --man=no '$unit' '$timer' 2>&1) && [ -z \"\$said\" ] || { echo \"\$said\"; exit 1; }"
	check 'systemd rates what it may do at 2 of 10 or less' systemd-analyze security --offline=true --threshold=20 --no-pager "$unit"
	check 'the timer has a time' systemd-analyze calendar "$(sed -n 's/^OnCalendar=//p' "$timer")"
else
	skip 'systemd accepts unit and timer' 'there is no systemd-analyze'
fi

# --- both at work ---------------------------------------------------------------------------

if [ "$(id -u)" -ne 0 ] || ! unshare --mount true 2>/dev/null; then
	skip 'the sync and the reader as their users' 'only root can become another user, and mount for itself alone'
	exit
fi
keeper=61234 reader=61235 # nobody's on a machine that tests run on
"$build/tests/tools/make_registry" --devices 30 --levels 3 --end "$(($(date +%s) - 3600))" "$work/made" || exit 4
device='Thermometer 3-000000'
chmod 0600 "$work/made/trust.txt"
mkdir -p "$work/state/lab" "$work/credentials" "$work/traced"
install -m 0400 -o $keeper "$work/made/trust.txt" "$work/credentials/trust" # as LoadCredential= does
chown $keeper "$work/state/lab" && chmod 0755 "$work/state" "$work/state/lab"
chmod 0700 "$work/credentials" && chown $keeper "$work/credentials"
chmod 0777 "$work/traced"
chmod -R a+rX "$work/made/registry"

# What ExecStart= says, for the instance `lab`.
command_line() {
	sed -n 's/^ExecStart=//p' "$unit" | sed "s|%i|lab|g; s|\${SOURCE}|$1|; s|\${CREDENTIALS_DIRECTORY}|$work/credentials|"
}

# as_unit COMMAND: all but its state read-only, its user, no capability, no new privileges; the system calls are written down.
as_unit() {
	unshare --mount --propagation private bash -c "
		mount -t tmpfs none /var/lib && mkdir /var/lib/labseal-registry && mount --bind '$work/state' /var/lib/labseal-registry &&
		mount --bind '$work/traced' '$work/traced' && mount -o remount,ro,bind / &&
		exec setpriv --reuid $keeper --regid $keeper --clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all \
			strace -f -qq -o '$work/traced/calls' $1"
}
check 'a registry is copied with the rights of the unit' as_unit "$(command_line "$work/made/registry")"
said 'a registry is copied: and verified' 'of them new, each verified'
check 'it is the copy of that one' cmp "$work/made/registry/log/checkpoint" "$work/state/lab/log/checkpoint"
check 'and again' as_unit "$(command_line "$work/made/registry")"
said 'and again: nothing is new' ' 0 of them new'
if command -v systemd-analyze >/dev/null; then
	# The sets name each other; what is left are names of calls.
	systemd-analyze --no-pager syscall-filter >"$work/sets"
	check 'it makes no system call that the unit forbids' python3 - "$work/sets" "$work/traced/calls" <<-'END'
		import re, sys
		sets, name = {}, None
		for line in open(sys.argv[1]):
		    word = line.strip()
		    if line.startswith('@'):
		        name = word
		        sets[name] = set()
		    elif word and not word.startswith('#') and name:
		        sets[name].add(word)
		def flat(name):
		    return set().union(*(flat(w) if w.startswith('@') else {w} for w in sets[name]))
		allowed = flat('@system-service')
		made = {m.group(1) for m in (re.match(r'\d+\s+([a-z0-9_]+)\(', l) for l in open(sys.argv[2])) if m}
		print('made:', sorted(made), 'forbidden:', sorted(made - allowed))
		sys.exit(not (len(made) > 10 and 'openat2' in made and made <= allowed))
	END
else
	skip 'it makes no system call that the unit forbids' 'there is no systemd-analyze'
fi
check 'what the sync wrote is its own' test "$(find "$work/state/lab" ! -user $keeper | wc -l)" = 0
as() { setpriv --reuid "$1" --regid "$1" --clear-groups --no-new-privs "${@:2}"; }
check 'the reader may read all of it' as $reader bash -c "! find '$work/state/lab' -type f ! -readable -o -type d ! -executable | grep ."
check 'and write nothing' as $reader bash -c "! find '$work/state/lab' -writable ! -type l | grep ."

# --- the reader, as labseald starts it ------------------------------------------------------------

{ cat /etc/passwd && echo "_labseal-calibration:x:$reader:$reader::/nonexistent:/usr/sbin/nologin"; } >"$work/passwd"
grep -v '^_labseal-calibration:' /etc/passwd >"$work/passwd.without"
chmod 0644 "$work/passwd" "$work/passwd.without"

# ask PASSWD TRUST [--watch]: exec=exec has it take the shell's place; its answer is in $work/answer, what it says in $work/said.
ask() {
	: >"$work/answer"
	${exec:-} unshare --mount --propagation private bash -c "
		mount --bind '$1' /etc/passwd && exec '$build/labseal-calibration' --device '$device' --registry '$work/state/lab' --max-age 86400 \
			--trust '$2' ${3:-} 3>'$work/answer' 4<&- 5<&- 6<&- 9<&-"
}
verdicts() { jq -r '.verdict + " " + (.reason.id // "-")' "$work/answer" | paste -sd, -; }

check 'the reader becomes its user and answers' ask "$work/passwd" "$work/made/trust.txt"
check 'the reader answers once' test "$(verdicts)" = 'TRACEABLE -'
expect_status 77 'without its user it refuses' ask "$work/passwd.without" "$work/made/trust.txt"
said 'without its user it refuses: and says why' 'calibration.unconfined: this machine does not offer: own user'
check 'without its user it answers nothing' test ! -s "$work/answer"

mv "$work/state/lab/cache" "$work/cache"
check 'without an index it answers nevertheless' ask "$work/passwd" "$work/made/trust.txt"
check 'without an index it says first that it makes one' test "$(verdicts)" = 'CANNOT BE SHOWN calibration.index,TRACEABLE -'
check 'and writes none' test ! -e "$work/state/lab/cache"
mv "$work/cache" "$work/state/lab/cache"

chmod 0700 "$work/state/lab"
check 'a mirror that it may not read is an answer' ask "$work/passwd" "$work/made/trust.txt"
check 'a mirror that it may not read: it shows nothing' test "$(verdicts)" = 'CANNOT BE SHOWN registry.folder'
chmod 0755 "$work/state/lab"

check 'a trust file that is not there is an answer' ask "$work/passwd" "$work/none"
check 'a trust file that is not there: it shows nothing' test "$(verdicts)" = 'CANNOT BE SHOWN calibration.trust'
mkfifo "$work/fifo"
check 'no fifo is waited for' timeout 60 bash -c "$(declare -f ask); build='$build' device='$device' work='$work'; ask '$work/passwd' '$work/fifo'"
check 'a fifo shows nothing' grep -q 'is no regular file' "$work/answer"

# labseald names the trust file, and the reader opens it, where only root may look, perhaps; it reads when it has confined itself.
mkdir -m 0700 "$work/roots"
cp "$work/made/trust.txt" "$work/roots/trust.txt"
check 'a trust file that only root may see is read' ask "$work/passwd" "$work/roots/trust.txt"
check 'by it the reader answers' test "$(verdicts)" = 'TRACEABLE -'
if strace -o /dev/null true 2>/dev/null; then
	unshare --mount --propagation private strace -s 64 -o "$work/trace" -e trace=read,seccomp bash -c "
		mount --bind '$work/passwd' /etc/passwd && exec '$build/labseal-calibration' --device '$device' --registry '$work/state/lab' \
			--max-age 86400 --trust '$work/roots/trust.txt' 3>'$work/answer'" >"$work/said" 2>&1
	order() { grep -o 'SECCOMP_SET_MODE_FILTER\|calibration-trust' "$work/trace" | uniq | paste -sd' '; }
	check 'it confines itself before it reads anything' test "$(order)" = 'SECCOMP_SET_MODE_FILTER calibration-trust'
else
	skip 'it confines itself before it reads anything' 'strace may trace nothing here'
fi
exec='exec' ask "$work/passwd" "$work/made/trust.txt" --watch >"$work/said" 2>&1 &
asked=$!
confined() { grep -q '^Seccomp:[[:space:]]*2' "/proc/$asked/status" && [ "$(verdicts)" = 'TRACEABLE -' ]; }
check 'with --watch it answers and stays' wait_for 60 confined
fields() { awk -v name="$1:" '$1 == name { $1 = ""; print substr($0, 2) }' "/proc/$asked/status"; }
check 'confined: its user' test "$(fields Uid)" = "$reader $reader $reader $reader"
check 'confined: its group, and no other' test "$(fields Gid)$(fields Groups)" = "$reader $reader $reader $reader"
check 'confined: no capability' test "$(fields CapEff) $(fields CapPrm)" = '0000000000000000 0000000000000000'
check 'confined: no new privileges' test "$(fields NoNewPrivs)" = 1
touch "$work/state/lab/log/checkpoint"
check 'and ends when the mirror is renewed' wait "$asked"
