#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Each header that labseal includes comes from a package that scripts/packages.txt names itself: a machine that has it by
# another package's courtesy, or from yesterday, would hide the missing line.
set -u
cd "$(dirname "$0")/../.." || exit 4

# what gcc and libc6-dev bring, as Debian names it
readonly brought='^(libc6-dev|linux-libc-dev|libgcc-[0-9]+-dev)$'
# not Debian's files: npm's blst, and what only the Windows programs include
readonly elsewhere='^(blst|blst_aux|windows|sddl|wincrypt)\.h$'

included() { git grep -hoE '^[[:space:]]*#[[:space:]]*include <[^>]+>' -- '*.c' '*.h' | sed 's/.*<//; s/>.*//' | sort -u; }
named() { awk '!/^#/ && NF { print $2 }' scripts/packages.txt; }
folders() {
	echo /usr/include
	echo "/usr/include/$(gcc -print-multiarch)"
	gcc -print-file-name=include
	pkg-config --cflags-only-I libxml-2.0 p11-kit-1 xmlsec1-openssl | tr ' ' '\n' | sed -n 's/^-I//p'
}

path_of() { # HEADER
	local folder
	for folder in "${folders[@]}"; do
		[ -f "$folder/$1" ] && realpath "$folder/$1" && return
	done
	return 1
}

mapfile -t folders < <(folders)
declare -A path package
while read -r header; do
	[[ $header =~ $elsewhere ]] || path[$header]=$(path_of "$header")
done < <(included)
while IFS=: read -r owner rest; do
	package[${rest##*[: ]}]=$owner
done < <(dpkg-query --search "${path[@]}" 2>/dev/null)

passed=0 failed=0
for header in "${!path[@]}"; do
	owner=${package[${path[$header]:-none}]:-}
	if [ -n "$owner" ] && { [[ $owner =~ $brought ]] || named | grep -qx -- "$owner"; }; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAILED headers: <$header> is ${owner:-no package}'s: scripts/packages.txt does not name it"
	fi
done
echo "headers: $passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 100 ]
