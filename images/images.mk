# SPDX-License-Identifier: Apache-2.0
# The stand-in guest, into $(BUILD)/images: vmlinuz and base.cpio; and input/, the made-up instrument files.

IMAGES := $(BUILD)/images

.PHONY: image demo-input

image: $(IMAGES)/vmlinuz $(IMAGES)/base.cpio

$(IMAGES)/vmlinuz: images/fetch-kernel.sh images/guest/modules
	$(call SAY,KERN,$@)
	$(Q)images/fetch-kernel.sh $(IMAGES)

# A program with sanitizers is not static, which the guest's has to be: it gets one without.
GUEST_EXPORTER := $(BUILD)/labseal-export
ifeq ($(SANITIZE),1)
GUEST_EXPORTER := $(BUILD)/plain/labseal-export
$(GUEST_EXPORTER): $(BUILD)/labseal-export
	$(Q)$(MAKE) --no-print-directory SANITIZE= BUILD=$(BUILD)/plain $@
endif

$(IMAGES)/base.cpio: images/build-base.sh $(wildcard images/guest/*) $(IMAGES)/vmlinuz $(GUEST_EXPORTER)
	$(call SAY,CPIO,$@)
	$(Q)images/build-base.sh $(IMAGES) $(GUEST_EXPORTER)

demo-input: $(IMAGES)/input

$(IMAGES)/input: images/instrument/generate.sh images/instrument/plate.awk
	$(call SAY,GEN,$@)
	$(Q)images/instrument/generate.sh $@
