# SPDX-License-Identifier: Apache-2.0
# `make bench`: the programs that the scripts in tests/bench run.  docs/bench.md says what each measures.

BENCH_PROGRAMS := $(addprefix $(BUILD)/tests/bench/,codec receiver)
BENCH_SHARED   := $(addprefix $(BUILD)/tests/bench/,measure.o stream.o)

$(BENCH_PROGRAMS): %: %.o $(BENCH_SHARED) $(call archive,wire) $(call archive,lib)
	$(call SAY,LD,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS) $(call libs_of,lib)

BENCH_SEALING := $(BUILD)/tests/bench/sealing

$(BENCH_SEALING): %: %.o $(BUILD)/tests/bench/measure.o $(call archive,tpm) $(call archive,lib)
	$(call SAY,LD,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS) $(call libs_of,tpm) $(call libs_of,lib)

bench: $(BENCH_PROGRAMS) $(BENCH_SEALING) $(DIODE_CATCH) image

# What 60-calibration.sh, 70-dna.sh, 75-dna-tags.sh and 76-dna-verify.sh run.
BENCH_AUDIT := $(addprefix $(BUILD)/tests/bench/,tracing curves tags dna_scheme dna_verify)

$(BUILD)/tests/bench/tracing: $(BUILD)/tests/bench/pulse.o

$(BENCH_AUDIT): %: %.o $(BUILD)/tests/bench/measure.o $(foreach a,$(call chain,audit),$(call archive,$(a)))
	$(call SAY,LD,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS) $(call libs_of,audit)

bench: $(BENCH_AUDIT)
