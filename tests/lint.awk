# SPDX-License-Identifier: Apache-2.0
# The rules of tests/lint.sh that look at lines.  One pass over all files:
# prints each breach as FILE:LINE: what is wrong.

# Who may include whom (docs/architecture.md): the folder, then what it may include.
# lib/tpm is for those who hold a TPM; audit works without one.
function may_use(file)
{
	if (file ~ /^lib\/base\//) return "lib/base/"
	if (file ~ /^lib\/(seal|log|attest)\//) return "lib/base/ lib/seal/ lib/log/ lib/attest/"
	if (file ~ /^lib\/page\//) return "lib/base/ lib/page/"
	if (file ~ /^lib\/proc\//) return "lib/base/ lib/proc/"
	if (file ~ /^lib\/report\//) return "lib/base/ lib/proc/ lib/seal/ lib/report/"
	if (file ~ /^lib\/tpm\//) return "lib/base/ lib/proc/ lib/attest/ lib/tpm/"
	if (file ~ /^lib\/cal\//) return "lib/base/ lib/log/ lib/cal/"
	if (file ~ /^lib\/registry\//) return "lib/base/ lib/log/ lib/cal/ lib/registry/"
	if (file ~ /^lib\/net\//) return "lib/base/ lib/log/ lib/net/"
	if (file ~ /^lib\/hsm\//) return "lib/base/ lib/hsm/"
	if (file ~ /^policy\//) return "lib/base/ lib/seal/ lib/log/ policy/"
	if (file ~ /^diode\/wire\//) return "lib/base/ diode/wire/"
	if (file ~ /^diode\/export\//) return "lib/base/ diode/wire/ diode/export/"
	if (file ~ /^diode\/receive\//) return "lib/base/ lib/proc/ diode/wire/ diode/receive/"
	if (file ~ /^enclave\//) return "lib/ enclave/"
	if (file ~ /^host\/publish\//) return "lib/base/ lib/page/ lib/proc/ lib/seal/ lib/log/ lib/attest/ lib/report/ host/publish/"
	if (file ~ /^host\/countersign\//) return "lib/base/ lib/proc/ lib/seal/ lib/log/ lib/attest/ host/countersign/"
	if (file ~ /^host\/calibration\//) return "lib/base/ lib/proc/ lib/seal/ lib/log/ lib/cal/ lib/registry/ host/calibration/"
	if (file ~ /^host\/notary\//) return "lib/base/ lib/proc/ lib/seal/ lib/log/ lib/net/ policy/ host/notary/"
	if (file ~ /^host\/supervisor\//) return "lib/ policy/ host/supervisor/"
	if (file ~ /^host\/command\//) return "lib/ policy/ host/ audit/commands.h"
	if (file ~ /^audit\/registry\//) return "lib/base/ lib/log/ lib/cal/ lib/registry/ lib/net/ lib/hsm/ audit/dcc/ audit/registry/"
	if (file ~ /^audit\/dcc\//) return "lib/base/ lib/log/ lib/seal/ lib/cal/ lib/registry/ audit/dcc/"
	if (file ~ /^audit\/chain\//) return "lib/base/ lib/log/ lib/cal/ lib/registry/ lib/net/ audit/chain/"
	if (file ~ /^audit\/dna\/scheme\//) return "lib/base/ lib/proc/child.h lib/hsm/terminal.h audit/dna/block/ audit/dna/scheme/"
	if (file ~ /^audit\/dna\/paper\//) return "lib/base/ lib/proc/ audit/dna/paper/ audit/dna/scheme/paper_messages.h"
	if (file ~ /^audit\//) return "lib/base/ lib/page/ lib/proc/ lib/seal/ lib/log/ lib/attest/ lib/report/ lib/cal/ lib/registry/ policy/ audit/"
	if (file ~ /^witness\//) return "lib/base/ lib/proc/ lib/log/ witness/"
	if (file ~ /^tests\//) return "lib/ policy/ diode/ enclave/ host/ audit/ tests/"
	return ""
}

function breach(line, what)
{
	print FILENAME ":" line ": " what
}

function check_include(path,    allowed, count, i)
{
	count = split(may_use(FILENAME), allowed, " ")
	for (i = 1; i <= count; i++)
		if (index(path, allowed[i]) == 1)
			return
	breach(FNR, "may not include '" path "' (docs/architecture.md says who may use whom)")
}

# Libraries that only one room may know.
function check_library()
{
	if (/#include <libvirt\// && FILENAME !~ /^host\/supervisor\/(domain|libvirt)/)
		breach(FNR, "libvirt is host/supervisor/domain's alone")
	if (/#include <tss2\// && FILENAME !~ /^(lib\/tpm|enclave|host|tests)\//)
		breach(FNR, "TPM libraries are lib/tpm's")
	if (/#include <(libp11|p11-kit\/pkcs11)\.h>/ && FILENAME !~ /^lib\/hsm\//)
		breach(FNR, "PKCS#11 is lib/hsm's")
	if (/#include <xmlsec\// && FILENAME !~ /^audit\/dcc\//)
		breach(FNR, "XML signatures are audit/dcc's")
	if (/#include <blst/ && FILENAME !~ /^audit\/dna\/scheme\//)
		breach(FNR, "the pairing is audit/dna/scheme's")
	if (/#include [<"](pari|audit\/dna\/paper)\// && FILENAME !~ /^audit\/dna\/paper\//)
		breach(FNR, "PARI is under the GPL: audit/dna/paper's alone, a program of its own")
}

function end_of_file()
{
	if (is_header && !has_guard)
		print previous ":1: the include guard is not " guard
}

FNR == 1 {
	end_of_file()
	is_c = FILENAME ~ /\.[ch]$/
	is_header = FILENAME ~ /\.h$/
	guard = FILENAME
	gsub(/[\/.-]/, "_", guard)
	guard = "LABSEAL_" toupper(guard)
	has_guard = 0
	previous = FILENAME
	start = 0
	if (is_c && !(FILENAME ~ /^audit\/dna\/paper\// ? /SPDX-License-Identifier: GPL-2\.0-or-later/ : /SPDX-License-Identifier: Apache-2\.0/))
		breach(1, "the first line is not the SPDX licence line")
}

/[ \t]+$/ { breach(FNR, "blanks at the end of the line") }

FNR == 61 && FILENAME ~ /_fuzz\.c$/ { breach(FNR, "a fuzz target of more than 60 lines") }

!is_c { next }

/^#include "/ {
	split($0, quoted, "\"")
	check_include(quoted[2])
}
/#include </ { check_library() }

# Calls that have a bounded or checked form here.
/(^|[^A-Za-z0-9_>."])(strcpy|strcat|sprintf|vsprintf|gets|system|popen|atoi|atol|atoll|strtok|strtol|strtoul|strtoll|strtoull|alloca|tmpnam|mktemp|virDomainQemuMonitorCommand)[ \t]*\(/ {
	breach(FNR, "a banned call (use the bounded or checked form)")
}

/^#ifndef / && $2 == guard { has_guard = 1 }

# What a return frees is initialised before the first of them.
freed != "" {
	if ($0 ~ "(^|[^A-Za-z0-9_])" freed "([^A-Za-z0-9_]|$)" || /^}/)
		freed = ""
	else if (/(^|[^A-Za-z0-9_])return([^A-Za-z0-9_]|$)/) {
		breach(FNR, "this return frees '" freed "', which is not initialised yet")
		freed = ""
	}
}
/^\t+_cleanup_[a-z0-9_]+_ struct [a-z0-9_]+ [a-z0-9_]+;$/ && FILENAME !~ /_test\.c$/ {
	freed = $NF
	sub(/;$/, "", freed)
}

/^[a-zA-Z_].*\)[ \t]*$/ { start = FNR }
/^}/ {
	if (start && FNR - start > 75)
		breach(start, "a function of " FNR - start " lines (75 at most)")
	start = 0
}

END { end_of_file() }
