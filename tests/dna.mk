# SPDX-License-Identifier: Apache-2.0
# The campaign against `labseal dna verify` (docs/formats/dna-campaign.md): a sample as a suite, and the whole of it by
# hand: make campaign-dna LABSEAL_DATA=FOLDER.  SEED=, SECONDS= (of processor time, at most)
# KEEP=FOLDER, PART=I and PARTS=N (every Nth molecule from the Ith on), REAL=1 (real plasmids alone) are its options.

DNA_CAMPAIGN := $(BUILD)/tests/dna/campaign
DNA_CAMPAIGN_OPTIONS = $(if $(SEED),--seed $(SEED)) $(if $(KEEP),--keep $(KEEP)) $(if $(SECONDS),--seconds $(SECONDS)) \
	$(if $(PARTS),--part $(PART) --parts $(PARTS)) $(if $(REAL),--real)

$(DNA_CAMPAIGN): $(BUILD)/tests/dna/main.o $(foreach a,$(call chain,campaign),$(call archive,$(a)))
	$(call SAY,LD,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS) $(call libs_of,campaign)

# the paper profile's program is looked for beside the one that asks
$(BUILD)/tests/dna/labseal-dna-paper: $(BUILD)/labseal-dna-paper
	$(Q)mkdir -p $(@D) && cp $< $@

.PHONY: check-dna-campaign campaign-dna
SUITES += check-dna-campaign

check-dna-campaign_needs := $(DNA_CAMPAIGN) $(BUILD)/tests/dna/labseal-dna-paper
check-dna-campaign: $(check-dna-campaign_needs)
	$(Q)$(DNA_CAMPAIGN) $(DNA_CAMPAIGN_OPTIONS)

campaign-dna: $(check-dna-campaign_needs)
	$(Q)$(DNA_CAMPAIGN) --whole $(DNA_CAMPAIGN_OPTIONS)
