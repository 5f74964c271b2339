# SPDX-License-Identifier: Apache-2.0
# A calibration registry in a contract, on Anvil and on Ganache: CHAIN="tests/chain/20-trace.sh" runs some of it.

.PHONY: check-chain
check-chain_needs := $(BUILD)/labseal $(BUILD)/audit/chain/store_test $(BUILD)/audit/chain/seal_test
check-chain: $(check-chain_needs)
	$(Q)BUILD=$(BUILD) tests/e2e/run.sh $(or $(CHAIN),$(wildcard tests/chain/[0-9]*.sh))

SUITES += check-chain
