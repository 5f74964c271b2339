# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# bash completion for labseal: the commands and options are the program's own.

_labseal() {
	local current=${COMP_WORDS[COMP_CWORD]} program=("${COMP_WORDS[0]}") first=1 table line
	table=$("${program[@]}" --complete 2>/dev/null) || return
	# a command with commands of its own: the same one word later
	while [ "$COMP_CWORD" -gt "$first" ] && grep -qxF "${COMP_WORDS[first]} ..." <<<"$table"; do
		program+=("${COMP_WORDS[first]}")
		first=$((first + 1))
		table=$("${program[@]}" --complete 2>/dev/null) || return
	done
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
