# SPDX-License-Identifier: Apache-2.0
# labseal's build.  `make help` lists the targets.
#
#   BUILD=dir    where everything that is made goes        (default: build)
#   CC=clang     the compiler                              (default: gcc)
#   SANITIZE=1   AddressSanitizer and UBSan in everything
#   WERROR=1     warnings are errors (CI sets it)
#   V=1          show the commands
#
# A folder in ROOMS becomes one archive of its *.c, less main.c, X_win32.c, X_test.c and
# X_fuzz.c.  X_test.c beside a module is a test program, X_fuzz.c a libFuzzer
# target, main.c a program; each links its own room and the rooms named in
# NEEDS.  So a new file needs no change here, a new room one line in each list.

VERSION := 0.1.0

BUILD   ?= build
PREFIX  ?= /usr/local
BINDIR  ?= $(PREFIX)/bin
LIBEXECDIR ?= $(PREFIX)/libexec/labseal
DATADIR ?= $(PREFIX)/share/labseal
DOCDIR  ?= $(PREFIX)/share/doc/labseal
MANDIR  ?= $(PREFIX)/share/man
COMPLETIONDIR ?= $(PREFIX)/share/bash-completion/completions
UNITDIR ?= $(PREFIX)/lib/systemd/system
SYSUSERSDIR ?= $(PREFIX)/lib/sysusers.d

ifeq ($(origin CC),default)
CC := gcc
endif
AR ?= ar
PKG_CONFIG ?= pkg-config
CLANG ?= clang
CLANG_FORMAT ?= clang-format
CLANG_TIDY ?= clang-tidy

WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
            -Wold-style-definition -Wvla -Wformat=2 -Wundef -Wpointer-arith
# With the sanitizers -O2 takes twice -O1's time, and what they find is the same.
OPTIMIZE ?= $(if $(filter 1,$(SANITIZE)),-O1 -g1,-O2 -g)
HARDEN   := -fstack-protector-strong -fPIE
ifneq ($(SANITIZE),1)
HARDEN   += -D_FORTIFY_SOURCE=2
endif
CPPFLAGS += -I. -D_GNU_SOURCE -DLABSEAL_VERSION='"$(VERSION)"' -DLABSEAL_LIBEXECDIR='"$(LIBEXECDIR)"'
CFLAGS   += -std=gnu11 $(OPTIMIZE) $(HARDEN) $(WARNINGS) -pthread
LDFLAGS  += -pie -Wl,-z,relro,-z,now -Wl,--as-needed -pthread
LDLIBS   += -lm
ifeq ($(WERROR),1)
CFLAGS   += -Werror
endif
ifeq ($(SANITIZE),1)
# clang's, with what libFuzzer follows: one build is tested and fuzzed.
SANFLAGS ?= -fsanitize=address,undefined$(if $(findstring clang,$(CC)),$(comma)fuzzer-no-link) -fno-sanitize-recover=all -fno-omit-frame-pointer
CFLAGS   += $(SANFLAGS) -DLABSEAL_SANITIZE
LDFLAGS  += $(SANFLAGS)
# A test's own code, of which there is as much as of what it tests: a third of the time.
$(BUILD)/%_test.o $(BUILD)/tests/%.o: CFLAGS += -O0
endif

comma := ,
define newline


endef

Q := @
SAY = @printf '  %-5s %s\n' $(1) $(2)
ifeq ($(V),1)
Q :=
SAY = @:
endif

# --- rooms -----------------------------------------------------------------

# What goes into each archive: ARCHIVE_folders
ARCHIVES := lib net tpm hsm registry policy wire receive export enclave publish countersign calibration supervisor command audit blst paper notary witness testtools campaign
lib_folders        := lib/base lib/page lib/proc lib/seal lib/log lib/attest lib/report lib/cal
net_folders        := lib/net
tpm_folders        := lib/tpm
hsm_folders        := lib/hsm
registry_folders   := lib/registry
policy_folders     := policy policy/schema policy/parse policy/domain_xml
wire_folders       := diode/wire
receive_folders    := diode/receive
export_folders     := diode/export
enclave_folders    := enclave enclave/keys
publish_folders    := host/publish
supervisor_folders := host/supervisor
command_folders    := host/command
countersign_folders := host/countersign
calibration_folders := host/calibration
audit_folders      := audit audit/verify audit/bundle audit/export audit/zip audit/run audit/report \
                      audit/cal audit/registry audit/dcc audit/chain \
                      audit/dna audit/dna/molecule audit/dna/block audit/dna/scheme audit/dna/keys audit/dna/together audit/dna/repair audit/dna/document
paper_folders      := audit/dna/paper
notary_folders     := host/notary
witness_folders    := witness
testtools_folders  := tests/tools
campaign_folders   := tests/dna

# What each archive needs after itself when something of it is linked.
lib_needs        :=
net_needs        := lib
tpm_needs        := lib
hsm_needs        := lib
registry_needs   := lib
policy_needs     := lib
wire_needs       := lib
receive_needs    := wire lib
export_needs     := wire lib
enclave_needs    := tpm hsm lib
publish_needs    := lib
supervisor_needs := policy tpm hsm lib
countersign_needs := lib
calibration_needs := registry lib
command_needs    := supervisor publish audit policy registry net tpm hsm blst lib
audit_needs      := policy registry net hsm blst lib
paper_needs      := lib
notary_needs     := policy net lib
witness_needs    := lib
testtools_needs  := policy registry tpm lib
campaign_needs   := audit $(audit_needs)

# Programs: NAME_main is the folder of its main.c.
PROGRAMS := labseal labseald labseal-publish labseal-countersign labseal-calibration labseal-diode labseal-export labseal-enclave labseal-report labseal-audit labseal-dna-paper labseal-notary labseal-witness
labseal_main         := host/command
labseald_main        := host/supervisor
labseal-publish_main := host/publish
labseal-countersign_main := host/countersign
labseal-calibration_main := host/calibration
labseal-diode_main   := diode/receive
labseal-export_main  := diode/export
labseal-enclave_main := enclave
labseal-report_main  := audit/report
labseal-audit_main   := audit
labseal-dna-paper_main := audit/dna/paper
labseal-notary_main  := host/notary
labseal-witness_main := witness

# The exporter runs in a guest that has no libraries.
# The sanitizers need a dynamic program.
ifneq ($(SANITIZE),1)
labseal-export_ldflags := -static-pie
endif

# Files that are embedded as they are: FOLDER/NAME.css is the NUL-terminated ls_text_NAME_css.
publish_texts := host/publish/index_page.css host/publish/index_page.js verify.html
audit_texts   := audit/chain/CalibrationRegistry.hex audit/dna/document/vocabulary_1.txt

# The page that checks a result in a browser: the same on each share, so that its hash can be published.
VERIFY_PAGE := $(addprefix host/publish/verify/,page.html page.css der.js signature.js formats.js result.js page.js)

# Libraries, by archive.  (pkg-config answers nothing for a missing package; the compiler then names the header.)
# Each is asked once: it stands in hundreds of rules.
ask_pkg = $(eval pkg.$(1).$(2) := $(shell $(PKG_CONFIG) --$(1) $(2) 2>/dev/null))
pkg  = $(if $(filter undefined,$(origin pkg.$(1).$(2))),$(call ask_pkg,$(1),$(2)))$(pkg.$(1).$(2))
pkgs = $(foreach p,$(2),$(call pkg,$(1),$(p)))
lib_pkgs        := libcrypto jansson libseccomp
tpm_pkgs        := tss2-esys tss2-sys tss2-mu
hsm_pkgs        := libp11 p11-kit-1
registry_pkgs   := sqlite3
policy_pkgs     := yaml-0.1 libxml-2.0
audit_pkgs      := libzip libxml-2.0 htslib xmlsec1-openssl libzstd
supervisor_pkgs := libvirt libsystemd
paper_libs      := -lpari
# libcurl's OpenSSL build, which alone takes authorities from memory; the headers are the GnuTLS one's, which htslib's need.
net_libs        := -l:libcurl.so.4
audit_libs      := -lfec -ledlib
witness_pkgs    := libmicrohttpd

CPPFLAGS += $(call pkgs,cflags,libxml-2.0 p11-kit-1)
$(BUILD)/audit/dcc/%: CPPFLAGS += $(call pkgs,cflags,xmlsec1-openssl)

# What scripts/install-deps.sh brought from npm.  blst is built from its sources, with its own flags.
DEPS ?= .deps
BLST := $(DEPS)/npm/build/node_modules/@chainsafe/blst/blst
BLST_SOURCES := $(BLST)/src/server.c $(BLST)/build/assembly.S
# Both of x86's multiplications, chosen at run time; on machines it has no assembly for, C.
BLST_FLAGS_x86_64  := -D__BLST_PORTABLE__ -mno-avx
BLST_FLAGS_aarch64 := -D__BLST_PORTABLE__
BLST_MACHINE := $(shell uname -m)
BLST_CFLAGS := -O2 -g -fno-builtin -fPIE -fstack-protector-strong \
               $(or $(BLST_FLAGS_$(BLST_MACHINE)),-D__BLST_NO_ASM__) $(if $(filter 1,$(SANITIZE)),-fsanitize=address)
CPPFLAGS += -isystem $(BLST)/bindings

# --- what there is to build ------------------------------------------------

sources = $(filter-out %/main.c %_test.c %_fuzz.c %_win32.c,$(wildcard $(addsuffix /*.c,$($(1)_folders))))
objects = $(patsubst %.c,$(BUILD)/%.o,$(call sources,$(1))) $(patsubst %,$(BUILD)/%.text.o,$($(1)_texts))
archive = $(BUILD)/lib$(1).a
chain   = $(1) $($(1)_needs)
libs_of = $(foreach a,$(call chain,$(1)),$(call pkgs,libs,$($(a)_pkgs)) $($(a)_libs))
FOLDERS  := $(foreach a,$(ARCHIVES),$($(a)_folders))
TEST_SOURCES := $(wildcard $(addsuffix /*_test.c,$(FOLDERS)))
TESTS    := $(patsubst %.c,$(BUILD)/%,$(TEST_SOURCES))
FUZZ_SOURCES := $(wildcard $(addsuffix /*_fuzz.c,$(FOLDERS)))
TOOL_SOURCES := $(wildcard tests/tools/*.c)
# programs whose room is not there yet are left out
BUILT_PROGRAMS := $(foreach p,$(PROGRAMS),$(if $(wildcard $($(p)_main)/main.c),$(p)))

.DEFAULT_GOAL := all
.PHONY: all tests suites-built sanitized objects-unsanitized check check-unit check-asan check-lint check-format deps fuzz fuzzers lint format \
        format-check bench install install-service dist clean help
.SECONDARY:
.DELETE_ON_ERROR:

all: $(addprefix $(BUILD)/,$(BUILT_PROGRAMS)) $(BUILD)/verify.html

tests: $(TESTS)

$(BUILD)/%.o: %.c
	$(call SAY,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(BLST)/bindings/blst.h $(BLST_SOURCES):
	@echo 'there is no $@: run scripts/install-deps.sh build, which brings what Debian does not have' >&2; exit 1

$(BUILD)/blst/server.o $(BUILD)/blst/assembly.o: $(BLST_SOURCES)
	$(call SAY,CC,$(filter %/$(basename $(@F)).c %/$(basename $(@F)).S,$^))
	@mkdir -p $(@D)
	$(Q)$(CC) $(BLST_CFLAGS) -c -o $@ $(filter %/$(basename $(@F)).c %/$(basename $(@F)).S,$^)

$(BUILD)/libblst.a: $(BUILD)/blst/server.o $(BUILD)/blst/assembly.o

# what includes its header
$(addprefix $(BUILD)/,$(patsubst %.c,%.o,$(wildcard audit/dna/scheme/*.c tests/dna/*.c))): | $(BLST)/bindings/blst.h

define text_source
.section .rodata
.globl ls_text_$(subst .,_,$(notdir $(1)))
ls_text_$(subst .,_,$(notdir $(1))): .incbin "$(1)"
.byte 0
.section .note.GNU-stack,"",%%progbits
endef

define text_recipe
	$(call SAY,TEXT,$<)
	@mkdir -p $(@D)
	$(Q)printf '$(subst $(newline),\n,$(call text_source,$<))\n' | $(CC) -x assembler -c -o $@ -
endef

$(BUILD)/%.text.o: %
	$(text_recipe)

$(BUILD)/%.text.o: $(BUILD)/%
	$(text_recipe)

$(BUILD)/verify.html: $(VERIFY_PAGE) scripts/inline-page.sh
	$(call SAY,PAGE,$@)
	@mkdir -p $(@D)
	$(Q)scripts/inline-page.sh $(VERIFY_PAGE) >$@

# There are more than two hundred tests, which the other linker of binutils makes in half the time.  It complains of
# clang's sanitizers, for each of their symbols.
QUICK_LD := $(if $(and $(filter 1,$(SANITIZE)),$(findstring clang,$(CC))),,$(if $(shell command -v ld.gold),-fuse-ld=gold))

define archive_rules
$(call archive,$(1)): $(call objects,$(1))
	$$(call SAY,AR,$$@)
	@mkdir -p $$(@D)
	$$(Q)rm -f $$@ && $$(AR) rcs $$@ $$^

$(foreach f,$($(1)_folders),$(patsubst %.c,$(BUILD)/%,$(wildcard $(f)/*_test.c))): $(BUILD)/%_test: $(BUILD)/%_test.o $(foreach a,$(call chain,$(1)),$(call archive,$(a)))
	$$(call SAY,LD,$$@)
	$$(Q)$$(CC) $$(LDFLAGS) $$(QUICK_LD) -o $$@ $$^ $$(LDLIBS) $(call libs_of,$(1))

$(foreach f,$($(1)_folders),$(patsubst %.c,$(BUILD)/%,$(wildcard $(f)/*_fuzz.c))): $(BUILD)/%_fuzz: $(BUILD)/%_fuzz.o $(foreach a,$(call chain,$(1)),$(call archive,$(a)))
	$$(call SAY,LD,$$@)
	$$(Q)$$(CC) $$(LDFLAGS) -fsanitize=fuzzer -o $$@ $$^ $$(LDLIBS) $(call libs_of,$(1))
endef
$(foreach a,$(ARCHIVES),$(eval $(call archive_rules,$(a))))

archive_of_folder = $(strip $(foreach a,$(ARCHIVES),$(if $(filter $(1),$($(a)_folders)),$(a))))

define program_rules
$(BUILD)/$(1): $(BUILD)/$($(1)_main)/main.o $(foreach a,$(call chain,$(call archive_of_folder,$($(1)_main))),$(call archive,$(a)))
	$$(call SAY,LD,$$@)
	$$(Q)$$(CC) $$(LDFLAGS) $$($(1)_ldflags) -o $$@ $$^ $$(LDLIBS) $$(if $$($(1)_libs),$$($(1)_libs),$(call libs_of,$(call archive_of_folder,$($(1)_main))))
endef
$(foreach p,$(BUILT_PROGRAMS),$(eval $(call program_rules,$(p))))

# --- tests -----------------------------------------------------------------

# A suite is a target that ends with a line `NAME: N passed, N failed, N skipped`.
# A room's .mk adds its own: SUITES += check-x (and ASAN_SUITES where it gains by it).  Suites run side by side, so what
# one builds is named in check-x_needs, and built before the first begins.
SUITES      := check-unit check-lint check-format
ASAN_SUITES := check-unit
-include $(wildcard diode/export/*.mk tests/*.mk images/*.mk scripts/*.mk)

# The longest begin first, so that none is left to run alone at the end.
LONG_SUITES := check-e2e check-verify check-unit check-provision-kill check-clients check-command check-host-kill check-chain
longest_first = $(filter $(1),$(LONG_SUITES)) $(filter-out $(LONG_SUITES),$(1))

check-unit_needs := all tests
check-unit: $(check-unit_needs)
	$(Q)BUILD=$(BUILD) tests/run-unit.sh $(TESTS)

suites-built: $(sort $(foreach s,$(SUITES),$($(s)_needs)))

check: deps
	$(Q)MAKE=$(MAKE) tests/check.sh $(call longest_first,$(SUITES))

# One build by clang for the sanitizers and the fuzzers, which read what the sanitizers watch.
SANITIZED := CC=$(CLANG) SANITIZE=1 BUILD=$(BUILD)/sanitized

sanitized: deps
	$(Q)$(MAKE) --no-print-directory $(SANITIZED) all tests fuzzers

check-asan: deps
	$(Q)TEST_TIMEOUT=$${TEST_TIMEOUT:-900} MAKE=$(MAKE) tests/check.sh $(SANITIZED) $(call longest_first,$(ASAN_SUITES))

# What is left out under the sanitizers, compiled and not run: for the warnings of another compiler.
objects-unsanitized: $(patsubst %.c,$(BUILD)/%.o,$(shell grep -rlw --include=*.c LABSEAL_SANITIZE $(wildcard $(FOLDERS))))

check-lint:
	$(Q)tests/lint.sh

check-format:
	$(Q)CLANG_FORMAT=$(CLANG_FORMAT) tests/format.sh

lint: check-lint
	$(Q)tests/tidy.sh $(CLANG_TIDY) $(CPPFLAGS) $(call pkgs,cflags,xmlsec1-openssl)

# Asks nothing, skips what is there; NO_DEPS=1 leaves it out.
deps:
	$(Q)[ -n "$(NO_DEPS)" ] || scripts/install-deps.sh build run xp test

FUZZ_SECONDS ?= 60
FUZZERS := $(patsubst %.c,$(BUILD)/sanitized/%,$(FUZZ_SOURCES))
fuzz: deps
	$(Q)$(MAKE) --no-print-directory $(SANITIZED) fuzzers
	$(Q)FUZZ_SECONDS=$(FUZZ_SECONDS) FUZZ_MINUTE='$(FUZZ_MINUTE)' tests/fuzz.sh $(FUZZERS)

fuzzers: $(patsubst %.c,$(BUILD)/%,$(FUZZ_SOURCES))

# --- installing ------------------------------------------------------------

LIBEXEC_PROGRAMS := labseald labseal-publish labseal-countersign labseal-calibration labseal-notary labseal-diode labseal-enclave labseal-report labseal-dna-paper
install: all install-service
	install -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(LIBEXECDIR) $(DESTDIR)$(DOCDIR) $(DESTDIR)$(DATADIR) $(DESTDIR)$(COMPLETIONDIR)
	install -m 0755 $(BUILD)/labseal $(BUILD)/labseal-audit $(BUILD)/labseal-witness $(DESTDIR)$(BINDIR)
	install -m 0755 $(addprefix $(BUILD)/,$(LIBEXEC_PROGRAMS)) $(DESTDIR)$(LIBEXECDIR)
	install -m 0755 $(BUILD)/labseal-export $(DESTDIR)$(DATADIR)
	install -m 0644 README.md NEWS.md SECURITY.md LICENSE NOTICE $(DESTDIR)$(DOCDIR)
	cp -r docs/. $(DESTDIR)$(DOCDIR)
	for page in man/*.[0-9]; do \
	  install -D -m 0644 $$page $(DESTDIR)$(MANDIR)/man$${page##*.}/$${page##*/}; done
	cp -r policy/examples $(DESTDIR)$(DOCDIR)
	install -m 0644 $(BUILD)/verify.html $(DESTDIR)$(DATADIR)
	if [ -f $(BUILD)/win/labseal-export.exe ]; then install -m 0644 $(BUILD)/win/labseal-export.exe $(DESTDIR)$(DATADIR); fi
	if [ -f scripts/labseal.bash ]; then install -m 0644 scripts/labseal.bash $(DESTDIR)$(COMPLETIONDIR)/labseal; fi

install-service:
	install -d $(DESTDIR)$(UNITDIR) $(DESTDIR)$(SYSUSERSDIR)
	sed 's|@LIBEXECDIR@|$(LIBEXECDIR)|' host/service/labseald@.service.in >$(DESTDIR)$(UNITDIR)/labseald@.service
	chmod 0644 $(DESTDIR)$(UNITDIR)/labseald@.service
	sed 's|@LIBEXECDIR@|$(LIBEXECDIR)|' host/service/labseal-notary@.service.in >$(DESTDIR)$(UNITDIR)/labseal-notary@.service
	chmod 0644 $(DESTDIR)$(UNITDIR)/labseal-notary@.service
	sed 's|@BINDIR@|$(BINDIR)|' host/service/labseal-calibration-sync@.service.in >$(DESTDIR)$(UNITDIR)/labseal-calibration-sync@.service
	chmod 0644 $(DESTDIR)$(UNITDIR)/labseal-calibration-sync@.service
	install -m 0644 host/service/labseal-calibration-sync@.timer $(DESTDIR)$(UNITDIR)/
	sed 's|@BINDIR@|$(BINDIR)|' witness/labseal-witness.service.in >$(DESTDIR)$(UNITDIR)/labseal-witness.service
	chmod 0644 $(DESTDIR)$(UNITDIR)/labseal-witness.service
	install -m 0644 witness/labseal-witness.sysusers $(DESTDIR)$(SYSUSERSDIR)/labseal-witness.conf
	install -m 0644 host/service/labseal.sysusers $(DESTDIR)$(SYSUSERSDIR)/labseal.conf
	sed 's|@BINDIR@|$(BINDIR)|' host/service/labseal-kiosk@.service.in >$(DESTDIR)$(UNITDIR)/labseal-kiosk@.service
	chmod 0644 $(DESTDIR)$(UNITDIR)/labseal-kiosk@.service
	install -m 0644 host/service/labseal-kiosk.sysusers $(DESTDIR)$(SYSUSERSDIR)/labseal-kiosk.conf

dist:
	git archive --format=tar.gz --prefix=labseal-$(VERSION)/ -o labseal-$(VERSION).tar.gz HEAD

help:
	@printf '%s\n' \
	  'make demo        the main job end to end, on embedded defaults (INPUT=dir OUTPUT=dir)' \
	  'make check       install what it needs, then every test' \
	  'make             build the programs into $(BUILD)/' \
	  'make check-unit  the unit tests alone' \
	  'make check-asan  the tests under AddressSanitizer and UBSan' \
	  'make fuzz        each fuzz target for FUZZ_SECONDS (default 60)' \
	  'make lint        who may include whom, banned calls, clang-tidy' \
	  'make format      clang-format in place; format-check only looks' \
	  'make win         the exporter for Windows XP, into $(BUILD)/win/ (needs the mingw cross compilers)' \
  'make bench       speed, as ratios to a baseline in the same run' \
	  'make install     DESTDIR= PREFIX=' \
	  'make dist        a source archive' \
	  'make clean'

format:
	$(Q)$(CLANG_FORMAT) -i $$(git ls-files '*.c' '*.h')

format-check: check-format

bench: all
	$(Q)[ -n "$(wildcard tests/bench/*.sh)" ] || echo 'there is nothing to measure yet'
	$(Q)for b in $(wildcard tests/bench/*.sh); do BUILD=$(BUILD) $$b || exit 1; done

clean:
	$(Q)rm -rf $(BUILD)

# (Packages that tests unpack there have folders by such names.)
-include $(shell find $(BUILD) -path $(BUILD)/unpacked -prune -o -type f -name '*.d' -print 2>/dev/null)
