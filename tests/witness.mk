# SPDX-License-Identifier: Apache-2.0
# The witness as a program: HTTP, races, and killed at the moment when it keeps what it is about to sign.

.PHONY: check-witness
SUITES += check-witness

check-witness_needs := $(BUILD)/labseal-witness
check-witness: $(check-witness_needs)
	$(Q)BUILD=$(BUILD) python3 tests/witness/witness.py
