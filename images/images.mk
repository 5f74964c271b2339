# SPDX-License-Identifier: Apache-2.0
# The stand-in guest, into $(BUILD)/images: vmlinuz and base.cpio; and input/, the made-up instrument files.

IMAGES := $(BUILD)/images

.PHONY: image demo-input

image: $(IMAGES)/vmlinuz $(IMAGES)/base.cpio

$(IMAGES)/vmlinuz: images/fetch-kernel.sh images/guest/modules
	$(call SAY,KERN,$@)
	$(Q)images/fetch-kernel.sh $(IMAGES)

$(IMAGES)/base.cpio: images/build-base.sh $(wildcard images/guest/*) $(IMAGES)/vmlinuz $(BUILD)/labseal-export
	$(call SAY,CPIO,$@)
	$(Q)images/build-base.sh $(IMAGES) $(BUILD)/labseal-export

demo-input: $(IMAGES)/input

$(IMAGES)/input: images/instrument/generate.sh images/instrument/plate.awk
	$(call SAY,GEN,$@)
	$(Q)images/instrument/generate.sh $@
