# SPDX-License-Identifier: Apache-2.0
# What docs says is refused has its test.

.PHONY: check-refusals
SUITES += check-refusals

check-refusals:
	$(Q)tests/refusals.sh
