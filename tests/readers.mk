# SPDX-License-Identifier: Apache-2.0
# Auditors who verify while results are sealed: a few here, fifty in `make bench`.

READERS := $(BUILD)/tests/readers/readers

$(READERS): $(BUILD)/tests/readers/readers.o $(call archive,publish) $(call archive,lib)
	$(call SAY,LD,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS) $(call libs_of,lib)

.PHONY: check-readers
SUITES += check-readers

check-readers_needs := $(BUILD)/labseal-audit $(READERS)
check-readers: $(check-readers_needs)
	$(Q)BUILD=$(BUILD) tests/readers/run.sh

bench: $(READERS)
