/* SPDX-License-Identifier: Apache-2.0 */
#include "diode/export/service_win32.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diode/export/exporter.h"
#include "diode/export/utf16.h"
#include "diode/export/win32.h"
#include "lib/base/buffer.h"
#include "lib/base/cleanup.h"
#include "lib/base/exit.h"

#define NAME	    L"labseal-export"
#define COMMAND_MAX 8192  /* bytes: what the registry's value and CreateProcess take with ease */
#define CHANGE_WAIT 20000 /* ms for it to start or stop */
#define LOOK_MS	    100
#define HINT	    5000 /* ms that we tell the manager starting or stopping takes at most */

static int failed(struct ls_error *err, const char *what)
{
	return ls_win32_fail(err, GetLastError(), "export.service", "%s", what);
}

/* --- install, remove, start, stop --------------------------------------------------------- */

/* One argument as the C library takes it apart again: \ counts only before a ". */
static void add_quoted(struct ls_buffer *line, const char *argument)
{
	size_t backslashes = 0;
	ls_buffer_add_str(line, line->size ? " \"" : "\"");
	for (; *argument; argument++) {
		if (*argument == '"')
			for (size_t i = 0; i <= backslashes; i++)
				ls_buffer_add_u8(line, '\\');
		backslashes = *argument == '\\' ? backslashes + 1 : 0;
		ls_buffer_add_u8(line, (uint8_t)*argument);
	}
	for (size_t i = 0; i < backslashes; i++)
		ls_buffer_add_u8(line, '\\');
	ls_buffer_add_u8(line, '"');
}

static int command_line(int argc, char **argv, wchar_t wide[static COMMAND_MAX],
			struct ls_error *err)
{
	wchar_t self[MAX_PATH];
	char text[3 * MAX_PATH + 1];
	_cleanup_buffer_ struct ls_buffer line;
	ls_buffer_init(&line, COMMAND_MAX - 1);
	DWORD n = GetModuleFileNameW(NULL, self, MAX_PATH);
	if (n == 0 || n >= MAX_PATH || ls_utf16_to_utf8(self, text, sizeof(text)) < 0)
		return failed(err, "cannot tell where this program is");
	add_quoted(&line, text);
	add_quoted(&line, "--service");
	for (int i = 0; i < argc; i++)
		add_quoted(&line, argv[i]);
	if (ls_buffer_error(&line) < 0 ||
	    ls_utf8_to_utf16(ls_buffer_str(&line), wide, COMMAND_MAX) < 0)
		return ls_fail(err, -EINVAL, "export.service",
			       "the options are too long; write them into the .ini");
	return 0;
}

/* What is nice to have: words for people, and started again 5 s after it failed. */
static void describe(SC_HANDLE service)
{
	SERVICE_DESCRIPTIONW words = {
		L"Sends the files that the instrument's software saves to the host, one way."
	};
	SC_ACTION restart[] = { { SC_ACTION_RESTART, 5000 },
				{ SC_ACTION_RESTART, 5000 },
				{ SC_ACTION_RESTART, 60000 } };
	SERVICE_FAILURE_ACTIONSW actions = { .dwResetPeriod = 86400,
					     .cActions = 3,
					     .lpsaActions = restart };
	ChangeServiceConfig2W(service, SERVICE_CONFIG_DESCRIPTION, &words);
	ChangeServiceConfig2W(service, SERVICE_CONFIG_FAILURE_ACTIONS, &actions);
}

static SC_HANDLE create(SC_HANDLE manager, const wchar_t *line)
{
	SC_HANDLE service = CreateServiceW(
		manager, NAME, L"labseal exporter", SERVICE_ALL_ACCESS, SERVICE_WIN32_OWN_PROCESS,
		SERVICE_AUTO_START, SERVICE_ERROR_NORMAL, line, NULL, NULL, NULL, NULL, NULL);
	if (service || GetLastError() != ERROR_SERVICE_EXISTS)
		return service;
	service = OpenServiceW(manager, NAME, SERVICE_ALL_ACCESS);
	if (service &&
	    !ChangeServiceConfigW(service, SERVICE_WIN32_OWN_PROCESS, SERVICE_AUTO_START,
				  SERVICE_ERROR_NORMAL, line, NULL, NULL, NULL, NULL, NULL, NULL)) {
		DWORD error = GetLastError();
		CloseServiceHandle(service);
		SetLastError(error);
		return NULL;
	}
	return service;
}

int ls_service_install(int argc, char **argv, struct ls_error *err)
{
	wchar_t line[COMMAND_MAX];
	int rc = command_line(argc, argv, line, err);
	if (rc < 0)
		return rc;
	SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CREATE_SERVICE);
	if (!manager)
		return failed(err, "cannot reach the service manager (an administrator can)");
	SC_HANDLE service = create(manager, line);
	if (service)
		describe(service);
	else
		rc = failed(err, "cannot install the service");
	CloseServiceHandle(service);
	CloseServiceHandle(manager);
	return rc;
}

/* Open the service and do something to it. */
static int with_service(int (*what)(SC_HANDLE service, struct ls_error *err), struct ls_error *err)
{
	SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT);
	if (!manager)
		return failed(err, "cannot reach the service manager");
	SC_HANDLE service = OpenServiceW(manager, NAME, SERVICE_ALL_ACCESS);
	int rc = service ? what(service, err) : failed(err, "cannot open the service");
	CloseServiceHandle(service);
	CloseServiceHandle(manager);
	return rc;
}

static int wait_until(SC_HANDLE service, DWORD state, struct ls_error *err)
{
	SERVICE_STATUS status = { 0 };
	for (unsigned waited = 0; waited < CHANGE_WAIT; waited += LOOK_MS) {
		if (!QueryServiceStatus(service, &status))
			return failed(err, "cannot ask for the service's state");
		if (status.dwCurrentState == state)
			return 0;
		if (status.dwCurrentState == SERVICE_STOPPED)
			break;
		Sleep(LOOK_MS);
	}
	return ls_fail(err, -EIO, "export.service",
		       "the service is in state %lu instead of %lu; labseal-export.log beside the "
		       "program says why",
		       status.dwCurrentState, state);
}

static int start(SC_HANDLE service, struct ls_error *err)
{
	if (!StartServiceW(service, 0, NULL) && GetLastError() != ERROR_SERVICE_ALREADY_RUNNING)
		return failed(err, "cannot start the service");
	return wait_until(service, SERVICE_RUNNING, err);
}

static HANDLE process_of(SC_HANDLE service)
{
	SERVICE_STATUS_PROCESS status;
	DWORD n;
	if (!QueryServiceStatusEx(service, SC_STATUS_PROCESS_INFO, (BYTE *)&status, sizeof(status),
				  &n) ||
	    status.dwProcessId == 0)
		return NULL;
	return OpenProcess(SYNCHRONIZE, FALSE, status.dwProcessId);
}

/* Until its process has gone, too: only then can the program be replaced. */
static int stop(SC_HANDLE service, struct ls_error *err)
{
	SERVICE_STATUS status;
	HANDLE process = process_of(service);
	BOOL told = ControlService(service, SERVICE_CONTROL_STOP, &status);
	int rc = told || GetLastError() == ERROR_SERVICE_NOT_ACTIVE
			 ? wait_until(service, SERVICE_STOPPED, err)
			 : failed(err, "cannot stop the service");
	if (!process)
		return rc;
	if (rc == 0)
		WaitForSingleObject(process, CHANGE_WAIT);
	CloseHandle(process);
	return rc;
}

static int delete (SC_HANDLE service, struct ls_error *err)
{
	int rc = stop(service, err);
	if (rc == 0 && !DeleteService(service))
		rc = failed(err, "cannot remove the service");
	return rc;
}

int ls_service_remove(struct ls_error *err)
{
	return with_service(delete, err);
}

int ls_service_start(struct ls_error *err)
{
	return with_service(start, err);
}

int ls_service_stop(struct ls_error *err)
{
	return with_service(stop, err);
}

/* --- being it -------------------------------------------------------------------------------- */

static SERVICE_STATUS_HANDLE handle;
static int arg_count;
static char **args;
static int exit_status;

static void report(DWORD state, DWORD error, DWORD status)
{
	SERVICE_STATUS s = {
		.dwServiceType = SERVICE_WIN32_OWN_PROCESS,
		.dwCurrentState = state,
		.dwControlsAccepted = state == SERVICE_RUNNING
					      ? SERVICE_ACCEPT_STOP | SERVICE_ACCEPT_SHUTDOWN
					      : 0,
		.dwWin32ExitCode = error,
		.dwServiceSpecificExitCode = status,
		.dwWaitHint = state == SERVICE_RUNNING || state == SERVICE_STOPPED ? 0 : HINT,
	};
	SetServiceStatus(handle, &s);
}

static void tell_ready(void)
{
	report(SERVICE_RUNNING, NO_ERROR, 0);
}

static DWORD WINAPI on_control(DWORD control, DWORD event, void *data, void *context)
{
	(void)event;
	(void)data;
	(void)context;
	switch (control) {
	case SERVICE_CONTROL_STOP:
	case SERVICE_CONTROL_SHUTDOWN:
		report(SERVICE_STOP_PENDING, NO_ERROR, 0);
		ls_win32_stop();
		return NO_ERROR;
	case SERVICE_CONTROL_INTERROGATE: return NO_ERROR; /* the manager has the last report */
	default: return ERROR_CALL_NOT_IMPLEMENTED;
	}
}

/*
 * To end without a report is what the manager takes for a failure and starts
 * again: right for a system that failed, wrong for a wrong option.
 */
static void WINAPI service_main(DWORD argc, wchar_t **argv)
{
	(void)argc;
	(void)argv;
	handle = RegisterServiceCtrlHandlerExW(NAME, on_control, NULL);
	if (!handle)
		return;
	report(SERVICE_START_PENDING, NO_ERROR, 0);
	ls_win32_when_ready(tell_ready);
	ls_platform_say("started");
	exit_status = ls_exporter_main(arg_count, args);
	ls_platform_say(exit_status == LS_EXIT_HOLDS ? "stopped" : "ended");
	if (exit_status == LS_EXIT_FAILED)
		ExitProcess((UINT)exit_status);
	report(SERVICE_STOPPED,
	       exit_status == LS_EXIT_HOLDS ? NO_ERROR : ERROR_SERVICE_SPECIFIC_ERROR,
	       (DWORD)exit_status);
}

int ls_service_run(int argc, char **argv)
{
	static wchar_t name[] = NAME;
	const SERVICE_TABLE_ENTRYW table[] = { { name, service_main }, { NULL, NULL } };
	arg_count = argc;
	args = argv;
	if (StartServiceCtrlDispatcherW(table))
		return exit_status;
	struct ls_error err = { 0 };
	failed(&err, "only the service manager runs it with --service");
	ls_platform_say(err.message);
	return LS_EXIT_USAGE;
}
