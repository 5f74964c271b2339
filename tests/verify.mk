# SPDX-License-Identifier: Apache-2.0
# `labseal verify` against shares that were tampered with: VERIFY="tests/verify/20-tamper.sh ..."
# runs some of them.

MAKE_SHARE := $(BUILD)/tests/tools/make_share

$(MAKE_SHARE): $(BUILD)/tests/tools/make_share.o $(call archive,lib)
	$(call SAY,LD,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS) $(call libs_of,lib)

.PHONY: check-verify
check-verify: $(BUILD)/labseal-audit $(MAKE_SHARE)
	$(Q)BUILD=$(BUILD) tests/verify/run.sh $(VERIFY)

#SUITES      += check-verify
#ASAN_SUITES += check-verify
