#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A hostile guest in the real machine attacks over the real port (tests/hostile). After each attack the receiver lives,
# its memory is small, and an honest file that is sent next arrives byte for byte; what was refused is on record, and
# the record has a limit. LABSEAL_LONG=1: a million of what is otherwise some thousands, a flood of a minute.
# HOSTILE_SEED repeats a run's random bytes.
set -uo pipefail
. "$(dirname "$0")/lib.sh"

hostile=$build/tests/hostile/labseal-hostile
home=$work/lab
seed=${HOSTILE_SEED:-$((RANDOM * 32768 + RANDOM))}
memory_limit=65536 # KiB; of a build with sanitizers it would be theirs
! grep -q __asan_init "$build/labseal-diode" || memory_limit=4194304
patience=180
arguments="--seed $seed"
if [ -n "${LABSEAL_LONG:-}" ]; then
	patience=900
	arguments="$arguments --long --seconds 60"
fi
mkdir -m 0700 "$home"

# The limits are those that tests/hostile/guest.h knows.
policy() {
	{
		policy_of test-60 "$home/state" "$home/share" "$build/images/vmlinuz" "$home/initrd"
		cat <<-END
			channel:
			  type: virtio
			  max-file-size: 4 MiB
			  max-name-length: 255
			  open-files: 4
			  files-per-day: 400
			  spool-size: 20 MiB
			results:
			  names: ["*.txt"]
			signing: {tpm: embedded}
		END
	} >"$home/policy.yaml"
}

# The stand-in guest with the hostile program in the exporter's place; no instrument saves anything.
make_guest() {
	local root=$work/root
	mkdir -p "$root/bin" "$root/instrument"
	install -m 0755 "$hostile" "$root/bin/labseal-hostile" || return 1
	install -m 0755 tests/hostile/exporter "$root/exporter"
	printf '#!/bin/busybox sh\n' >"$root/instrument/save-runs"
	chmod 0755 "$root/instrument/save-runs"
	printf '%s\n' "$arguments" >"$root/hostile-arguments"
	images/make-variant.sh "$build/images/base.cpio" "$root" "$home/initrd"
}

process() { jq -r ".processes[] | select(.name == \"$1\") | .pid" "$home/state/run.json" 2>/dev/null; }
peak() { sed -n 's/^VmHWM:[[:space:]]*\([0-9]*\) kB$/\1/p' "/proc/$1/status" 2>/dev/null; }

# arrived NAME: the path of this honest file on the share.
# Its folder has its name when it was sealed alone.
arrived() { compgen -G "$home/share/results/*/*/original/$1"; }

# count_named NAME: how many files with this claimed name were sealed.
count_named() {
	jq -n --arg name "$1" '[inputs | .files[]?.claimed | select(.name == $name)] | length' "$home"/share/results/*/*/record.json
}

# wait_for SECONDS COMMAND ...: until it succeeds.
wait_for() {
	local tries=$(($1 * 10))
	shift
	while ! "$@" >/dev/null 2>&1; do
		[ $((tries -= 1)) -gt 0 ] || return 1
		kill -0 "$daemon" 2>/dev/null || return 1
		sleep 0.1
	done
}

# channel_of PID: its descriptors of the channel, and how each may be used (fdinfo's flags).
channel_of() {
	local fd
	for fd in "/proc/$1"/fd/*; do
		case $(readlink "$fd") in
		*/results.fifo) echo "${fd##*/} $(sed -n 's/^flags:[[:space:]]*//p' "/proc/$1/fdinfo/${fd##*/}")" ;;
		esac
	done
}

# only_mode DIGIT PID: the last octal digit of the flags' access mode is this on every descriptor; there is one at least.
only_mode() { channel_of "$2" | awk -v mode="$1" '{ n++; bad += substr($2, length($2)) % 4 != mode } END { exit !n || bad }'; }

# One attack's sentence.
judge() {
	local number=$1 attack=$2 name file memory began=$SECONDS
	name=honest-$number-$attack.txt
	if ! wait_for "$patience" arrived "$name"; then
		not_ok "$attack: the honest file after it did not arrive in $patience s" "$work/log"
		return 1
	fi
	file=$(arrived "$name")
	"$hostile" --honest "$((10#$number))" >"$work/honest"
	memory=$(peak "$diode")
	if ! cmp "$file" "$work/honest" >"$work/said" 2>&1; then
		not_ok "$attack: the honest file after it was changed" "$work/said"
	elif [ "$(process labseal-diode)" != "$diode" ] || [ -z "$memory" ]; then
		not_ok "$attack: the receiver did not live" "$work/log"
	elif [ "$memory" -ge "$memory_limit" ]; then
		not_ok "$attack: the receiver took $memory KiB"
	else
		ok "$attack: an honest file arrives, the receiver lives ($memory KiB at most so far, $((SECONDS - began)) s)"
	fi
}

# What no honest writer could do: bytes into the FIFO from the host's side, while the guest reads.
write_into_channel() {
	local fifo
	fifo=$(jq -r .folder "$home/state/run.json")/results.fifo
	[ -p "$fifo" ] || return 1
	for _ in $(seq 30); do
		printf 'to the guest\n\0' >>"$fifo" || return 1
		sleep 0.1
	done
}

# recorded REASON: refused for this, on the share as an event or among the counts of one.
recorded() { jq -e --arg reason "$1" -n '[inputs | .detail | select(.reason == $reason or .sorts[$reason])] | length > 0' \
	"$home"/share/events/*/*/record.json; }

not_recorded() { ! recorded "$1"; }

# record_of CONDITION: an event whose detail is so.
record_of() { jq -e -n "[inputs | .detail | select($1)] | length > 0" "$home"/share/events/*/*/record.json; }

# once_each: no file was sealed twice.
once_each() {
	local doubled
	doubled=$(jq -c '.session as $s | .files[]? | [$s, .number, .sha256]' "$home"/share/results/*/*/record.json |
		sort | uniq -d)
	[ -z "$doubled" ] || { echo "$doubled" && return 1; }
}

# few_events SECONDS: a burst of 64, one each ten seconds, and labseald's own.
few_events() {
	local count
	count=$(compgen -G "$home/share/events/*/*" | wc -l)
	echo "$count events in $1 s"
	[ "$count" -le $((64 + $1 / 10 + 6)) ]
}

# no_markup: what the pages have of elements and addresses is labseal's.
no_markup() {
	python3 - "$home/share" <<-'END'
		import html.parser, pathlib, sys
		class Page(html.parser.HTMLParser):
		    def handle_starttag(self, tag, attributes):
		        for name, value in attributes:
		            if name.startswith("on") or (value or "").lower().lstrip().startswith("javascript:"):
		                sys.exit(f"{page}: <{tag} {name}='{value}'>")
		        if tag in ("img", "iframe", "object", "embed"):
		            sys.exit(f"{page}: <{tag}>")
		        self.scripts += tag == "script"
		for page in pathlib.Path(sys.argv[1]).rglob("*.html"):
		    parser = Page()
		    parser.scripts = 0
		    parser.feed(page.read_text(encoding="utf-8"))
		    if parser.scripts > 1:
		        sys.exit(f"{page}: {parser.scripts} scripts")
	END
}

# no_suspicion: the honest exporter is not said to have done what the others did.
no_suspicion() {
	local session
	session=$(jq -r .session "$(dirname "$(arrived honest-01-reads.txt)")/../record.json")
	jq -e -n --arg session "$session" '[inputs | .detail | select(.session == $session)] | map(.what) == ["new-session"]' \
		"$home"/share/events/*/*/record.json || { grep -rl "$session" "$home/share/events"; return 1; }
}

spool_is_small() { [ "$(du -sk "$home/state/spool" | cut -f1)" -le 1024 ] || { ls -la "$home/state/spool" && return 1; }; }

policy
check 'the hostile guest is built' make_guest
check 'it is provisioned' "$labseal" provision "$home/policy.yaml"
echo "# seed $seed"
began=$SECONDS
"$build/labseald" "$home/policy.yaml" >"$work/log" 2>&1 </dev/null &
daemon=$!
at_end='kill -TERM $daemon 2>/dev/null; wait $daemon 2>/dev/null'

# One-way: the guest reads, the host even writes, nothing comes through.
if wait_for 240 arrived reading.txt; then ok 'the guest begins to read'; else not_ok 'the guest begins to read' "$work/log"; fi
diode=$(process labseal-diode)
check "QEMU's descriptors of the channel are write-only" only_mode 1 "$(process qemu)"
if [ -r "/proc/$diode/fd" ]; then
	check "the receiver's are read-only" only_mode 0 "$diode"
else
	skip "the receiver's are read-only" 'only root may look: it cannot be dumped'
fi
check 'bytes are written into the channel from outside' write_into_channel
wait_for "$patience" arrived reads.txt
cp "$(arrived reads.txt)" "$work/reads" 2>/dev/null || : >"$work/reads"
check 'it tried four ways of reading' test "$(grep -c '^read mode=' "$work/reads")" -eq 4
check 'and got no byte' bash -c '! grep "^read" "$1" | grep -v " bytes=0 "' - "$work/reads"
check 'nor a sign that there were any' bash -c '! grep "^read" "$1" | grep -v " fionread=0 mmap=no .* readable=0 "' - "$work/reads"
check 'its machine has one port' grep -qE '^virtio ports: vport[0-9]+p[0-9]+$' "$work/reads"
check 'and no network' grep -qE '^network:( lo)?$' "$work/reads"

while read -r number attack; do
	[ "$attack" != allowance ] || break
	judge "$number" "$attack" || break
done < <("$hostile" --list)

# The last attack uses the day's allowance up, the honest file with it.
if wait_for "$patience" recorded rate; then ok 'more files than a day may have are refused'; else
	not_ok 'more files than a day may have are refused' "$work/log"
fi
check 'the receiver still lives' test "$(process labseal-diode)" = "$diode"
cp "$(arrived figures.txt)" "$work/figures" 2>/dev/null && sed 's/^/# /' "$work/figures"
check 'the honest file is then refused, too' test -z "$(arrived 'honest-*-allowance.txt')"
echo "# the receiver took $(peak "$diode") KiB at most"
kill -TERM "$daemon"
wait "$daemon"
expect_status 0 'it stops in order' test $? -eq 0
lasted=$((SECONDS - began))

for reason in size name-length name-pattern number content open-files rate noise too-many-events; do
	check "on record: $reason" recorded "$reason"
done
check 'a refused number is on record with the claims' record_of '.reason == "number" and .size > 0 and (.sha256 | length) == 64'
check 'the enclave refused nothing' not_recorded enclave
check 'the record has a limit' few_events "$lasted"
check 'the spool and its ledger are small' spool_is_small
check 'no file was sealed twice' once_each
check 'a right stream cut at every byte gave one file' test "$(count_named cut.txt)" -eq 1
check 'the honest exporter is not suspected' no_suspicion
check 'files that were mixed arrived' test "$(count_named mixed.txt)" -ge 7
check 'no page of the share has markup of the guest' no_markup
check 'nothing is outside the share' test -z "$(find "$home" -mindepth 1 -maxdepth 1 ! -name policy.yaml ! -name initrd ! -name share ! -name state)"
"$labseal" trust "$home/policy.yaml" >"$work/trust.txt" 2>/dev/null
expect_status 0 'the share verifies' "$labseal" verify --trust "$work/trust.txt" "$home/share"
said 'and says so' VERIFIED
stock_checks 'after all that' "$home/share" "$work/trust.txt"
