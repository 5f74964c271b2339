# SPDX-License-Identifier: Apache-2.0
# The exporter for Windows: what it imports, and under Wine against the real receiver.
# WIN_TESTS="tests/win/20-files.sh ..." runs some of them.

DIODE_CATCH := $(BUILD)/tests/tools/diode_catch

$(DIODE_CATCH): $(BUILD)/tests/tools/diode_catch.o $(call archive,lib)
	$(call SAY,LD,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS) $(call libs_of,lib)

# A stand-in for the instrument's software, and a program that XP cannot load.
WIN_TOOLS := $(WIN)/x64/hold_file.exe $(WIN)/x64/port_driver_test.exe $(WIN)/x64/console_test.exe \
             $(WIN)/x64/source_test.exe $(WIN)/too-new.exe

$(WIN)/x64/hold_file.exe: tests/win/hold_file.c
	$(call SAY,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(WIN64_PREFIX)gcc $(WIN_CPPFLAGS) $(WIN_CFLAGS) $(WIN_LDFLAGS) -o $@ $<

# Each has the file of the exporter that it is about as a part of itself, between which and Windows something is played.
played = $(patsubst %.c,$(WIN)/x64/%.o,$(filter-out %/main_win32.c %/service_win32.c %/$(1).c,$(WIN_SOURCES)))
$(WIN)/x64/port_driver_test.exe: $(WIN)/x64/tests/win/port_driver_test.o $(call played,port_win32)
$(WIN)/x64/console_test.exe: $(WIN)/x64/tests/win/console_test.o $(call played,system_win32)
# nothing is played for this one
$(WIN)/x64/source_test.exe: $(WIN)/x64/tests/win/source_test.o $(call played,)
$(WIN)/x64/%_test.exe:
	$(call SAY,LD,$@)
	$(Q)$(WIN64_PREFIX)gcc $(filter-out -municode,$(WIN_LDFLAGS)) -o $@ $^ $(WIN_LIBS)

$(WIN)/too-new.exe: tests/win/too_new.c
	$(call SAY,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(WIN32_PREFIX)gcc -I. -D_WIN32_WINNT=0x0600 $(WIN_CFLAGS) $(WIN32_CFLAGS) $(WIN_LDFLAGS) -o $@ $<

.PHONY: check-win
SUITES += check-win

# Without the cross compilers the tests skip what needs them.
HAVE_MINGW := $(shell command -v $(WIN32_PREFIX)gcc >/dev/null && command -v $(WIN64_PREFIX)gcc >/dev/null && echo yes)
check-win_needs := $(BUILD)/labseal-diode $(DIODE_CATCH) $(if $(HAVE_MINGW),win $(WIN_TOOLS))
check-win: $(check-win_needs)
	$(Q)BUILD=$(BUILD) tests/e2e/run.sh $(or $(WIN_TESTS),$(wildcard tests/win/[0-9]*.sh))
