# SPDX-License-Identifier: Apache-2.0
# The receiver killed at random moments: RECOVERY_SEED=N repeats a run.

RECOVER := $(BUILD)/tests/recovery/recover

$(RECOVER): $(BUILD)/tests/recovery/recover.o $(call archive,wire) $(call archive,lib)
	$(call SAY,LD,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS) $(call libs_of,lib)

.PHONY: check-recovery
SUITES += check-recovery

check-recovery_needs := $(BUILD)/labseal-diode $(RECOVER)
check-recovery: $(check-recovery_needs)
	$(Q)BUILD=$(BUILD) $(RECOVER)
