# SPDX-License-Identifier: Apache-2.0
# What others made: what is not Debian's is brought once, pinned, and said plainly where it cannot be had; what is
# Debian's is named.

.PHONY: check-deps check-headers
SUITES += check-deps check-headers
check-deps:
	$(Q)tests/deps/deps.sh

check-headers:
	$(Q)tests/deps/headers.sh
