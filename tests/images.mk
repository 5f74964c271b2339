# SPDX-License-Identifier: Apache-2.0
# Import of a disk and install media of Windows XP, with made-up ones.  IMAGES_TESTS="tests/images/10-import.sh" runs some.

.PHONY: check-images
SUITES += check-images

# Puts files into NTFS without mounting it; without the library the tests that need it are skipped.
MAKE_NTFS := $(BUILD)/tests/images/make_ntfs

$(MAKE_NTFS): tests/images/make_ntfs.c
	$(call SAY,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -D_GNU_SOURCE -std=gnu11 -O1 -Wall -Wextra $(if $(filter 1,$(WERROR)),-Werror) -o $@ $< -lntfs-3g

check-images_needs := all $(if $(wildcard /usr/include/ntfs-3g/volume.h),$(MAKE_NTFS))
check-images: $(check-images_needs)
	$(Q)BUILD=$(BUILD) tests/e2e/run.sh $(or $(IMAGES_TESTS),$(wildcard tests/images/[0-9]*.sh))
