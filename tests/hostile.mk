# SPDX-License-Identifier: Apache-2.0
# The hostile guest's program, for tests/e2e/60-hostile.sh.  Static: the guest has no libraries.

HOSTILE := $(BUILD)/tests/hostile/labseal-hostile

# As the exporter: with sanitizers it would not be static.
ifeq ($(SANITIZE),1)
$(HOSTILE): $(wildcard tests/hostile/*.c) $(BUILD)/plain/labseal-export
	$(Q)$(MAKE) --no-print-directory SANITIZE= BUILD=$(BUILD)/plain $(BUILD)/plain/tests/hostile/labseal-hostile
	$(Q)mkdir -p $(@D) && cp $(BUILD)/plain/tests/hostile/labseal-hostile $@
else
$(HOSTILE): $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/hostile/*.c)) $(call archive,export) $(call archive,wire) $(call archive,lib)
	$(call SAY,LD,$@)
	$(Q)$(CC) $(LDFLAGS) $(labseal-export_ldflags) -o $@ $^ $(LDLIBS)
endif

# That test alone, for the slower builds: make CC=clang SANITIZE=1 BUILD=build/sanitized check-hostile
.PHONY: check-hostile
check-hostile: all image demo-input $(HOSTILE)
	$(Q)BUILD=$(BUILD) tests/e2e/run.sh tests/e2e/60-hostile.sh

check-e2e_needs += $(HOSTILE)
check-e2e: $(HOSTILE)
