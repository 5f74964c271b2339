# SPDX-License-Identifier: Apache-2.0
# The notary against a time-stamping authority (openssl ts), our witness, and others that lie, hang or drip.

.PHONY: check-notary
SUITES += check-notary

check-notary_needs := $(BUILD)/labseal-notary $(BUILD)/labseal-witness $(BUILD)/labseal-audit $(BUILD)/tests/tools/make_share
check-notary: $(check-notary_needs)
	$(Q)BUILD=$(BUILD) python3 tests/notary/notary.py
	$(Q)BUILD=$(BUILD) python3 tests/notary/hostile.py
