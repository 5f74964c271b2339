# SPDX-License-Identifier: Apache-2.0
# What is not Debian's: brought once, pinned, and said plainly where it cannot be had.

.PHONY: check-deps
SUITES += check-deps
check-deps:
	$(Q)tests/deps/deps.sh
