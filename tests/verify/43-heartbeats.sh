#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Heartbeats bracket results in time; what has no later one is said.
set -uo pipefail
# shellcheck source=tests/verify/lib.sh
. "$(dirname "$0")/lib.sh"

# of eight seals the 4th and the 8th are heartbeats
new base --results 6 --events 2
fresh base
expect_status 0 'a share with heartbeats' verify --trust "$trust" "$share"
first=$(cd "$share/events/2026" && echo *-heartbeat | cut -c 1-6 | sed 's/^0*//')
said 'what came before the first' "seals 1 to $((first - 1)): before heartbeat $first (2026-01-01T"
said 'what lies between two' "seals $((first + 1)) to 7: after heartbeat $first (2026-01-01T00:$((first * 10)):00Z) and before heartbeat 8 (2026-01-01T01:20:00Z)"
check 'as JSON' bash -c "'$audit' verify --trust '$trust' --json '$share' | python3 -c '
import json, sys
seen = json.load(sys.stdin)[\"heartbeats\"]
assert seen[\"count\"] == 2 and seen[\"last\"][\"seal\"] == 8 and seen[\"without_later\"] == 0, seen'"
# one that was altered brackets nothing
flip "$share/events/2026/000008-heartbeat/record.json" 9
expect_status 1 'a heartbeat altered' verify --trust "$trust" "$share"
said 'a heartbeat altered: it is none' "after heartbeat $first (2026-01-01T00:$((first * 10)):00Z), no later heartbeat"

new late --results 3 --events 1 --event vm-start
fresh late
start=$(cd "$share/events/2026" && echo *-vm-start | cut -c 1-6 | sed 's/^0*//')
expect_status 0 'the machine starts' verify --trust "$trust" "$share"
[ "$start" -eq 4 ] && said 'its start does as well' 'seals 1 to 3: before vm-start 4'
new none --results 3 --events 0
fresh none
expect_status 0 'no heartbeat' verify --trust "$trust" "$share"
said 'no heartbeat: that is said' 'seals 1 to 3: no later heartbeat'
