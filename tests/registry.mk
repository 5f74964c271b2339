# SPDX-License-Identifier: Apache-2.0
# A calibration registry's mirror against servers that lie, and its writer killed at each step.

.PHONY: check-registry
SUITES += check-registry

check-registry_needs := $(BUILD)/labseal-audit $(BUILD)/labseal-witness $(BUILD)/tests/tools/no_sockets
check-registry: $(check-registry_needs)
	$(Q)BUILD=$(BUILD) python3 tests/registry/registry.py
