# SPDX-License-Identifier: Apache-2.0
# `labseal verify` against shares that were tampered with: VERIFY="tests/verify/20-tamper.sh ..."
# runs some of them.

MAKE_SHARE := $(BUILD)/tests/tools/make_share

$(MAKE_SHARE): $(BUILD)/tests/tools/make_share.o $(call archive,lib)
	$(call SAY,LD,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS) $(call libs_of,lib)

MUTATE_SHARE := $(BUILD)/tests/tools/mutate_share

$(MUTATE_SHARE): $(BUILD)/tests/tools/mutate_share.o $(foreach a,$(call chain,audit),$(call archive,$(a)))
	$(call SAY,LD,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS) $(call libs_of,audit)

STALL := $(BUILD)/tests/verify/stall.so

$(STALL): tests/verify/stall.c
	$(call SAY,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(filter-out $(SANFLAGS),$(CFLAGS)) -fPIC -shared -o $@ $<

.PHONY: check-verify
check-verify_needs := $(addprefix $(BUILD)/,labseal labseal-audit labseal-calibration tests/tools/make_registry) \
                      $(MAKE_SHARE) $(MUTATE_SHARE) $(STALL)
check-verify: $(check-verify_needs)
	$(Q)BUILD=$(BUILD) tests/e2e/run.sh $(or $(VERIFY),$(wildcard tests/verify/[0-9]*.sh))

SUITES      += check-verify
ASAN_SUITES += check-verify
