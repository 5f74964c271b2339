# SPDX-License-Identifier: Apache-2.0
# What the tests of `labseal cal` need: registries that are made up.

MAKE_REGISTRY := $(BUILD)/tests/tools/make_registry

$(MAKE_REGISTRY): $(BUILD)/tests/tools/make_registry.o $(call archive,audit) $(call archive,lib)
	$(call SAY,LD,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS) $(call libs_of,lib)
