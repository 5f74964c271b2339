/* SPDX-License-Identifier: Apache-2.0 */
/* labseal-export on Windows: see labseal-export(1), "WINDOWS". */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diode/export/exporter.h"
#include "diode/export/service_win32.h"
#include "diode/export/settings.h"
#include "diode/export/utf16.h"
#include "diode/export/win32.h"
#include "lib/base/exit.h"

#define ARGS_MAX 256
#define OWN_SIZE (3 * MAX_PATH + 32) /* bytes of a path beside this program */

/* The start-up code expands no patterns: --match '*.eds' is for us. */
int _dowildcard = 0;

static char own_ini[OWN_SIZE]; /* labseal-export.ini beside the program */
static wchar_t own_log[MAX_PATH + 32];

/* The program's own path with another ending. */
static int beside(const wchar_t *ending, wchar_t path[static MAX_PATH + 32])
{
	DWORD n = GetModuleFileNameW(NULL, path, MAX_PATH);
	if (n == 0 || n >= MAX_PATH)
		return -1;
	while (n > 0 && path[n - 1] != L'\\')
		n--;
	static const wchar_t name[] = L"labseal-export";
	memcpy(path + n, name, sizeof(name));
	memcpy(path + n + wcslen(name), ending, (wcslen(ending) + 1) * sizeof(*ending));
	return 0;
}

/* The arguments as UTF-8, for as long as the program runs; -1 when they cannot be. */
static int take_arguments(int argc, wchar_t **wide, char *argv[static ARGS_MAX])
{
	if (argc >= ARGS_MAX)
		return -1;
	for (int i = 0; i < argc; i++) {
		size_t size = 3 * wcslen(wide[i]) + 1;
		argv[i] = malloc(size);
		if (!argv[i] || ls_utf16_to_utf8(wide[i], argv[i], size) < 0)
			return -1;
	}
	argv[argc] = NULL;
	return argc;
}

/* Without options, those of the .ini beside the program. */
static int with_ini(int argc, char **argv)
{
	static char option[] = "--config";
	wchar_t wide[MAX_PATH + 32];
	if (argc > 1 || beside(L".ini", wide) < 0 ||
	    ls_utf16_to_utf8(wide, own_ini, sizeof(own_ini)) < 0)
		return argc;
	argv[1] = option;
	argv[2] = own_ini;
	argv[3] = NULL;
	return 3;
}

static int end(int rc, const struct ls_error *err)
{
	if (rc == 0)
		return LS_EXIT_HOLDS;
	ls_platform_say(err->message);
	return LS_EXIT_FAILED;
}

/* Wrong options are found now and not by a service that does not start. */
static int install(int argc, char **argv)
{
	char *all[ARGS_MAX + 2] = { argv[0] };
	struct ls_settings settings = { 0 };
	enum ls_settings_result result;
	struct ls_error err = { 0 };
	for (int i = 2; i <= argc; i++)
		all[i - 1] = argv[i];
	int count = with_ini(argc - 1, all);
	int rc = ls_settings_read(count, all, &settings, &result, &err);
	ls_settings_free(&settings);
	if (rc < 0) {
		ls_platform_say(err.message);
		return LS_EXIT_USAGE;
	}
	rc = ls_service_install(argc - 2, argv + 2, &err);
	return end(rc, &err);
}

static int run_service(int argc, char **argv)
{
	if (beside(L".log", own_log) == 0)
		ls_win32_log_to(own_log);
	argv[1] = argv[0];
	return ls_service_run(with_ini(argc - 1, argv + 1), argv + 1);
}

/* -1 when the arguments are none of the service's. */
static int service_command(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(struct ls_error *err);
	} commands[] = {
		{ "--remove", ls_service_remove },
		{ "--start", ls_service_start },
		{ "--stop", ls_service_stop },
	};
	struct ls_error err = { 0 };
	if (argc < 2)
		return -1;
	if (strcmp(argv[1], "--install") == 0)
		return install(argc, argv);
	if (strcmp(argv[1], "--service") == 0)
		return run_service(argc, argv);
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		if (strcmp(argv[1], commands[i].name) != 0)
			continue;
		if (argc > 2) {
			ls_platform_say("this option stands alone");
			return LS_EXIT_USAGE;
		}
		int rc = commands[i].run(&err);
		return end(rc, &err);
	}
	return -1;
}

int wmain(int argc, wchar_t **wide); /* the C library calls it */

int wmain(int argc, wchar_t **wide)
{
	static char *argv[ARGS_MAX + 4];
	ls_win32_init();
	int count = take_arguments(argc, wide, argv);
	if (count < 0) {
		ls_platform_say("there are too many arguments, or no memory");
		return LS_EXIT_USAGE;
	}
	int status = service_command(count, argv);
	return status >= 0 ? status : ls_exporter_main(with_ini(count, argv), argv);
}
