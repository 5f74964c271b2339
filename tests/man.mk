# SPDX-License-Identifier: Apache-2.0
# What --help names, the manual pages tell.

.PHONY: check-man
SUITES += check-man

check-man_needs := all
check-man: $(check-man_needs)
	$(Q)BUILD=$(BUILD) tests/man.sh
