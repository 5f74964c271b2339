# SPDX-License-Identifier: Apache-2.0
# No function's name stands in two archives.

.PHONY: check-names
SUITES += check-names

check-names_needs := all
check-names: $(check-names_needs)
	$(Q)BUILD=$(BUILD) tests/names.sh
