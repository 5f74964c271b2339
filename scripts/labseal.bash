# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# bash completion for labseal: the commands and options are the program's own.

_labseal() {
	local current=${COMP_WORDS[COMP_CWORD]} program=("${COMP_WORDS[0]}") first=1 table line
	# a command with commands of its own: the same one word later
	if [ "$COMP_CWORD" -gt 1 ] && [ "${COMP_WORDS[1]}" = cal ]; then
		program+=(cal)
		first=2
	fi
	table=$("${program[@]}" --complete 2>/dev/null) || return
	COMPREPLY=()
	if [ "$COMP_CWORD" -eq "$first" ]; then
		mapfile -t COMPREPLY < <(compgen -W "$(cut -d ' ' -f 1 <<<"$table") help --version" -- "$current")
		return
	fi
	case $current in
	-*)
		line=$(grep -m 1 "^${COMP_WORDS[first]} " <<<"$table")
		mapfile -t COMPREPLY < <(compgen -W "${line#* }" -- "$current")
		;;
	*)
		if [ "${COMP_WORDS[first]}" = help ]; then
			mapfile -t COMPREPLY < <(compgen -W "$(cut -d ' ' -f 1 <<<"$table")" -- "$current")
		else
			mapfile -t COMPREPLY < <(compgen -f -- "$current")
		fi
		;;
	esac
}

complete -o filenames -F _labseal labseal
