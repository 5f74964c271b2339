# SPDX-License-Identifier: Apache-2.0
# The pages for people, in a browser (Chromium, without a window) and without one (Node):
# PAGES="tests/pages/10-verify-page.sh ..." runs some of them.

MAKE_PAGES := $(BUILD)/tests/tools/make_pages

$(MAKE_PAGES): $(BUILD)/tests/tools/make_pages.o $(call archive,publish) $(call archive,lib)
	$(call SAY,LD,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS) $(call libs_of,publish)

.PHONY: check-pages
check-pages_needs := $(BUILD)/labseal-audit $(BUILD)/labseal-report $(BUILD)/verify.html $(BUILD)/tests/tools/make_share $(MAKE_PAGES)
check-pages: $(check-pages_needs)
	$(Q)BUILD=$(BUILD) tests/e2e/run.sh $(or $(PAGES),$(wildcard tests/pages/[0-9]*.sh))

SUITES += check-pages
