# SPDX-License-Identifier: Apache-2.0
# What libvirt's schema knows, for policy/domain_mutation_test; empty where it is not installed.

LIBVIRT_SCHEMAS ?= /usr/share/libvirt/schemas

$(BUILD)/policy/domain_mutation_test: | $(BUILD)/policy/libvirt_devices.txt

$(BUILD)/policy/libvirt_devices.txt: policy/libvirt_devices.py $(wildcard $(LIBVIRT_SCHEMAS)/domain*.rng)
	$(call SAY,GEN,$@)
	@mkdir -p $(@D)
	$(Q)python3 $< $(LIBVIRT_SCHEMAS) >$@
