# SPDX-License-Identifier: Apache-2.0
# The table-driven command tests: TABLES="tests/command/check.tst ..." runs some of them.

.PHONY: check-command
SUITES      += check-command
ASAN_SUITES += check-command

# Samba for tests/command/samba.sh, where it is not installed.
UNPACKED := $(BUILD)/unpacked/done
$(UNPACKED): scripts/packages.txt scripts/unpack-deps.sh
	$(Q)mkdir -p $(@D)
	$(Q)[ -n "$(NO_DEPS)" ] || scripts/unpack-deps.sh $(@D)
	$(Q)touch $@

check-command_needs := all $(BUILD)/tests/tools/make_share $(MAKE_REGISTRY) $(MUTATE_CALIBRATION) $(NO_SOCKETS) $(UNPACKED)
check-command: $(check-command_needs)
	$(Q)BUILD=$(BUILD) tests/command/run.sh $(TABLES)

.PHONY: check-provision-kill
SUITES += check-provision-kill

check-provision-kill_needs := all
check-provision-kill: $(check-provision-kill_needs)
	$(Q)BUILD=$(BUILD) tests/command/provision-kill.sh

.PHONY: check-host-kill
SUITES += check-host-kill

check-host-kill_needs := all
check-host-kill: $(check-host-kill_needs)
	$(Q)BUILD=$(BUILD) tests/command/host-kill.sh

.PHONY: check-dna-authority-kill
SUITES += check-dna-authority-kill

check-dna-authority-kill_needs := all
check-dna-authority-kill: $(check-dna-authority-kill_needs)
	$(Q)BUILD=$(BUILD) tests/command/dna-authority-kill.sh

.PHONY: check-dna-output-kill
SUITES += check-dna-output-kill

check-dna-output-kill_needs := $(BUILD)/labseal-audit
check-dna-output-kill: $(check-dna-output-kill_needs)
	$(Q)BUILD=$(BUILD) tests/command/dna-output-kill.sh

.PHONY: check-lock-kill
SUITES += check-lock-kill

check-lock-kill_needs := all
check-lock-kill: $(check-lock-kill_needs)
	$(Q)BUILD=$(BUILD) tests/command/lock-kill.sh
