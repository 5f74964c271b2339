# SPDX-License-Identifier: Apache-2.0
# What locks Windows XP down: the pack's files, and its batch files under Wine.
# GUEST_CONFIG_TESTS="tests/guest-config/10-pack.sh" runs some of them.

.PHONY: check-guest-config
SUITES += check-guest-config

$(WIN)/x64/standin.exe: tests/guest-config/standin.c
	$(call SAY,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(WIN64_PREFIX)gcc -std=gnu11 -O1 $(WARNINGS) $(if $(filter 1,$(WERROR)),-Werror) -s -o $@ $<

# Without the cross compiler the batch files are skipped. They start a thousand programs, which takes minutes beside others.
check-guest-config_needs := $(if $(shell command -v $(WIN64_PREFIX)gcc),$(WIN)/x64/standin.exe $(WIN)/x64/labseal-export.exe)
check-guest-config: $(check-guest-config_needs)
	$(Q)mkdir -p $(BUILD)
	$(Q)BUILD=$(BUILD) TEST_TIMEOUT=$${TEST_TIMEOUT:-2700} tests/e2e/run.sh $(or $(GUEST_CONFIG_TESTS),$(wildcard tests/guest-config/[0-9]*.sh))
