# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# bash completion for labseal: the commands and options are the program's own.

_labseal() {
	local current=${COMP_WORDS[COMP_CWORD]} table line
	table=$("${COMP_WORDS[0]}" --complete 2>/dev/null) || return
	COMPREPLY=()
	if [ "$COMP_CWORD" -eq 1 ]; then
		mapfile -t COMPREPLY < <(compgen -W "$(cut -d ' ' -f 1 <<<"$table") help --version" -- "$current")
		return
	fi
	case $current in
	-*)
		line=$(grep -m 1 "^${COMP_WORDS[1]} " <<<"$table")
		mapfile -t COMPREPLY < <(compgen -W "${line#* }" -- "$current")
		;;
	*)
		if [ "${COMP_WORDS[1]}" = help ]; then
			mapfile -t COMPREPLY < <(compgen -W "$(cut -d ' ' -f 1 <<<"$table")" -- "$current")
		else
			mapfile -t COMPREPLY < <(compgen -f -- "$current")
		fi
		;;
	esac
}

complete -o filenames -F _labseal labseal
