# SPDX-License-Identifier: Apache-2.0
# What the tests of `labseal cal` need: registries that are made up.

MAKE_REGISTRY := $(BUILD)/tests/tools/make_registry

$(MAKE_REGISTRY): $(BUILD)/tests/tools/make_registry.o $(call archive,audit) $(call archive,lib)
	$(call SAY,LD,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS) $(call libs_of,lib)

MUTATE_CALIBRATION := $(BUILD)/tests/tools/mutate_calibration

$(MUTATE_CALIBRATION): $(BUILD)/tests/tools/mutate_calibration.o $(foreach a,$(call chain,audit),$(call archive,$(a)))
	$(call SAY,LD,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS) $(call libs_of,audit)

HANG_OPEN := $(BUILD)/tests/tools/hang_open

$(HANG_OPEN): $(BUILD)/tests/tools/hang_open.o
	$(call SAY,LD,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS) $(call pkgs,libs,libseccomp)

NO_SOCKETS := $(BUILD)/tests/tools/no_sockets

$(NO_SOCKETS): $(BUILD)/tests/tools/no_sockets.o
	$(call SAY,LD,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS) $(call pkgs,libs,libseccomp)
