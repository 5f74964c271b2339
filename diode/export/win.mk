# SPDX-License-Identifier: Apache-2.0
# labseal-export for Windows, from the same source: `make win` makes
#     $(BUILD)/win/labseal-export.exe       i686, for Windows XP SP3 and later
#     $(BUILD)/win/x64/labseal-export.exe   x86_64, which Wine runs in the tests
# and checks that the first imports only what Windows XP SP3 exports.

WIN32_PREFIX ?= i686-w64-mingw32-
WIN64_PREFIX ?= x86_64-w64-mingw32-
WIN          := $(BUILD)/win

# The pieces of lib/base that need nothing but C.
WIN_BASE    := error buffer reader number
WIN_SOURCES := $(filter-out %/main.c %_posix.c %_test.c %_fuzz.c,$(wildcard diode/export/*.c diode/wire/*.c)) \
               $(WIN_BASE:%=lib/base/%.c)

# mingw's own printf, since XP's msvcrt knows neither %zu nor %llu; the compiler would check formats against msvcrt's,
# so that check is left to the POSIX build.  No time stamp and no path goes into the file.
WIN_CPPFLAGS := -I. -D_GNU_SOURCE -DUNICODE -D_UNICODE -D_WIN32_WINNT=0x0501 -DWINVER=0x0501 \
                -D__USE_MINGW_ANSI_STDIO=1 -DLABSEAL_VERSION='"$(VERSION)"'
WIN_CFLAGS   := -std=gnu11 -O2 $(filter-out -Wformat=2,$(WARNINGS)) -Wno-format -ffunction-sections -fdata-sections \
                -ffile-prefix-map=$(CURDIR)=. -frandom-seed=labseal $(if $(filter 1,$(WERROR)),-Werror) \
                -Werror=implicit-function-declaration
WIN_LDFLAGS  := -static -municode -s -Wl,--gc-sections,--no-insert-timestamp,--nxcompat,--dynamicbase \
                -Wl,--major-os-version,5,--minor-os-version,1,--major-subsystem-version,5,--minor-subsystem-version,1
WIN_LIBS     := -ladvapi32
WIN32_CFLAGS := -march=i686
WIN64_CFLAGS :=

.PHONY: win
win: $(WIN)/labseal-export.exe $(WIN)/x64/labseal-export.exe
	$(Q)tests/win-imports.sh $(WIN)/labseal-export.exe

# win_rules FOLDER,NUMBER OF BITS
define win_rules
$(1)/%.o: %.c
	$$(call SAY,CC,$$@)
	@mkdir -p $$(@D)
	$$(Q)$$(WIN$(2)_PREFIX)gcc $$(WIN_CPPFLAGS) $$(WIN_CFLAGS) $$(WIN$(2)_CFLAGS) -MMD -MP -c -o $$@ $$<

$(1)/labseal-export.exe: $$(WIN_SOURCES:%.c=$(1)/%.o)
	$$(call SAY,LD,$$@)
	$$(Q)$$(WIN$(2)_PREFIX)gcc $$(WIN_LDFLAGS) -o $$@ $$^ $$(WIN_LIBS)
endef
$(eval $(call win_rules,$(WIN)/i686,32))
$(eval $(call win_rules,$(WIN)/x64,64))

$(WIN)/labseal-export.exe: $(WIN)/i686/labseal-export.exe
	$(Q)cp $< $@
