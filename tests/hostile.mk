# SPDX-License-Identifier: Apache-2.0
# The hostile guest's program, for tests/e2e/60-hostile.sh.  Static: the guest has no libraries.

HOSTILE := $(BUILD)/tests/hostile/labseal-hostile

$(HOSTILE): $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/hostile/*.c)) $(call archive,export) $(call archive,wire) $(call archive,lib)
	$(call SAY,LD,$@)
	$(Q)$(CC) $(LDFLAGS) $(labseal-export_ldflags) -o $@ $^ $(LDLIBS)

check-e2e: $(HOSTILE)
