# SPDX-License-Identifier: Apache-2.0
# No function's name stands in two archives.

.PHONY: check-names
SUITES += check-names

check-names: all
	$(Q)BUILD=$(BUILD) tests/names.sh
