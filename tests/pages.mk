# SPDX-License-Identifier: Apache-2.0
# The pages for people in a browser (Chromium, without a window) and without one (Node).

MAKE_PAGES := $(BUILD)/tests/tools/make_pages

$(MAKE_PAGES): $(BUILD)/tests/tools/make_pages.o $(call archive,publish) $(call archive,lib)
	$(call SAY,LD,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS) $(call libs_of,publish)
