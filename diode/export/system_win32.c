/* SPDX-License-Identifier: Apache-2.0 */
/* Windows: time, chance, the end, what is said to people, errors and paths. */
#include <windows.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wincrypt.h>

#include "diode/export/utf16.h"
#include "diode/export/win32.h"
#include "lib/base/cleanup.h"

#define EPOCH	   116444736000000000ll /* 1970 in units of 100 ns since 1601 */
#define LOG_MAX	   (1 << 20)		/* bytes */
#define LINE_MAX   2048			/* bytes of a line for people */
#define LONG_PATH  248	/* units: CreateDirectory takes no more without the prefix */
#define CLOSE_WAIT 3000 /* ms that Windows gives a program whose window closes */

const char ls_platform_separator = '\\';

static HANDLE stop_event;
static const wchar_t *log_path; /* NULL: the console */

void ls_win32_init(void)
{
	stop_event = CreateEventW(NULL, TRUE, FALSE, NULL);
}

/* --- time, chance, the end ---------------------------------------------------------- */

int64_t ls_platform_clock(void)
{
	FILETIME t;
	GetSystemTimeAsFileTime(&t);
	return ((int64_t)((uint64_t)t.dwHighDateTime << 32 | t.dwLowDateTime) - EPOCH) * 100;
}

/* GetTickCount goes round every 49 days, and its wider brother came after XP.  One thread asks. */
uint64_t ls_platform_ticks(void)
{
	static uint64_t rounds;
	static DWORD last;
	DWORD now = GetTickCount();
	if (now < last)
		rounds += 1ull << 32;
	last = now;
	return rounds + now;
}

void ls_platform_sleep(unsigned ms)
{
	WaitForSingleObject(stop_event, ms);
}

int ls_platform_random(void *bytes, size_t n, struct ls_error *err)
{
	HCRYPTPROV provider;
	if (!CryptAcquireContextW(&provider, NULL, NULL, PROV_RSA_FULL,
				  CRYPT_VERIFYCONTEXT | CRYPT_SILENT))
		return ls_win32_fail(err, GetLastError(), "export.random",
				     "cannot get random bytes");
	BOOL made = CryptGenRandom(provider, (DWORD)n, bytes);
	DWORD error = GetLastError();
	CryptReleaseContext(provider, 0);
	return made ? 0 : ls_win32_fail(err, error, "export.random", "cannot get random bytes");
}

/* Windows runs this in a thread of its own and ends the program when it returns, but for Ctrl-C. */
static BOOL WINAPI on_console(DWORD event)
{
	if (event == CTRL_LOGOFF_EVENT && ls_win32_is_service())
		return TRUE;
	ls_win32_stop();
	if (event != CTRL_C_EVENT && event != CTRL_BREAK_EVENT)
		Sleep(CLOSE_WAIT);
	return TRUE;
}

void ls_platform_catch_stop(void)
{
	SetConsoleCtrlHandler(on_console, TRUE);
}

void ls_win32_stop(void)
{
	SetEvent(stop_event);
}

bool ls_platform_stopping(void)
{
	return WaitForSingleObject(stop_event, 0) == WAIT_OBJECT_0;
}

static void (*ready)(void);

void ls_win32_when_ready(void (*tell)(void))
{
	ready = tell;
}

void ls_platform_ready(void)
{
	if (ready)
		ready();
}

/* --- what is said -------------------------------------------------------------------- */

void ls_win32_log_to(const wchar_t *path)
{
	log_path = path;
}

bool ls_win32_is_service(void)
{
	return log_path != NULL;
}

static void put(HANDLE to, const char *text)
{
	DWORD done;
	WriteFile(to, text, (DWORD)strlen(text), &done, NULL);
}

static void log_line(const char *text)
{
	char line[LINE_MAX];
	SYSTEMTIME t;
	GetLocalTime(&t);
	snprintf(line, sizeof(line), "%04d-%02d-%02d %02d:%02d:%02d %s\r\n", t.wYear, t.wMonth,
		 t.wDay, t.wHour, t.wMinute, t.wSecond, text);
	HANDLE file = CreateFileW(log_path, FILE_APPEND_DATA, FILE_SHARE_READ | FILE_SHARE_DELETE,
				  NULL, OPEN_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
	if (file == INVALID_HANDLE_VALUE)
		return;
	put(file, line);
	bool full = GetFileSize(file, NULL) > LOG_MAX;
	CloseHandle(file);
	wchar_t old[LS_WIDE_MAX];
	size_t n = wcslen(log_path);
	if (!full || n + 5 > LS_WIDE_MAX)
		return;
	memcpy(old, log_path, n * sizeof(*old));
	memcpy(old + n, L".old", 5 * sizeof(*old));
	MoveFileExW(log_path, old, MOVEFILE_REPLACE_EXISTING);
}

/* A console shows UTF-16 whatever its code page; a file or pipe gets UTF-8. */
static void show_line(const char *text)
{
	char line[LINE_MAX];
	wchar_t wide[LINE_MAX];
	DWORD mode, done;
	HANDLE to = GetStdHandle(STD_ERROR_HANDLE);
	snprintf(line, sizeof(line), "labseal-export: %s\r\n", text);
	if (GetConsoleMode(to, &mode) && ls_utf8_to_utf16(line, wide, LINE_MAX) == 0)
		WriteConsoleW(to, wide, (DWORD)wcslen(wide), &done, NULL);
	else
		put(to, line);
}

void ls_platform_say(const char *text)
{
	if (log_path)
		log_line(text);
	else
		show_line(text);
}

/* --- errors ----------------------------------------------------------------------------- */

int ls_win32_errno(DWORD error)
{
	switch (error) {
	case ERROR_FILE_NOT_FOUND:
	case ERROR_PATH_NOT_FOUND:
	case ERROR_INVALID_NAME:
	case ERROR_BAD_NETPATH: return -ENOENT;
	case ERROR_ACCESS_DENIED: return -EACCES;
	case ERROR_SHARING_VIOLATION:
	case ERROR_LOCK_VIOLATION: return -EBUSY;
	case ERROR_DISK_FULL:
	case ERROR_HANDLE_DISK_FULL:
	case ERROR_NOT_ENOUGH_QUOTA: return -ENOSPC;
	case ERROR_NOT_ENOUGH_MEMORY:
	case ERROR_OUTOFMEMORY: return -ENOMEM;
	case ERROR_ALREADY_EXISTS:
	case ERROR_FILE_EXISTS: return -EEXIST;
	default: return -EIO;
	}
}

/* What Windows calls the error, in the system's language; "" when it has no words. */
static void describe(DWORD error, char *text, size_t size)
{
	wchar_t wide[256];
	DWORD n = FormatMessageW(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS |
					 FORMAT_MESSAGE_MAX_WIDTH_MASK,
				 NULL, error, 0, wide, 256, NULL);
	while (n > 0 && (wide[n - 1] <= ' ' || wide[n - 1] == '.'))
		n--;
	wide[n] = L'\0';
	if (ls_utf16_to_utf8(wide, text, size) < 0)
		text[0] = '\0';
}

int ls_win32_fail(struct ls_error *err, DWORD error, const char *id, const char *format, ...)
{
	char what[LS_ERROR_MESSAGE_SIZE], why[768];
	va_list args;
	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	describe(error, why, sizeof(why));
	return ls_fail(err, ls_win32_errno(error), id, "%s: %s (error %lu)", what, why, error);
}

/* --- paths and texts ------------------------------------------------------------------------- */

/* In place; two at the start stay, as in \\server and \\.\COM1. */
static void squeeze(wchar_t *path)
{
	size_t used = 0;
	for (size_t i = 0; path[i]; i++) {
		wchar_t c = path[i] == L'/' ? L'\\' : path[i];
		if (c == L'\\' && used > 1 && path[used - 1] == L'\\')
			continue;
		path[used++] = c;
	}
	path[used] = L'\0';
}

static bool has_drive(const wchar_t *path)
{
	wchar_t letter = path[0] | 0x20;
	return letter >= L'a' && letter <= L'z' && path[1] == L':' && path[2] == L'\\';
}

int ls_win32_path(const char *path, wchar_t wide[static LS_WIDE_MAX])
{
	static const wchar_t prefix[] = { L'\\', L'\\', L'?', L'\\' };
	const size_t more = sizeof(prefix) / sizeof(*prefix);
	int rc = ls_utf8_to_utf16(path, wide, LS_WIDE_MAX - more);
	if (rc < 0)
		return rc;
	squeeze(wide);
	size_t n = wcslen(wide);
	if (n < LONG_PATH || !has_drive(wide))
		return 0;
	memmove(wide + more, wide, (n + 1) * sizeof(*wide));
	memcpy(wide, prefix, sizeof(prefix));
	return 0;
}

/* What Notepad saves as "Unicode". */
static char *from_utf16(const char *bytes, size_t n)
{
	wchar_t *wide = calloc(n / 2 + 1, sizeof(*wide));
	char *text = calloc(1, 3 * (n / 2) + 1);
	if (wide && text) {
		memcpy(wide, bytes, n / 2 * sizeof(*wide));
		ls_utf16_to_utf8(wide, text, 3 * (n / 2) + 1);
	}
	free(wide);
	return text;
}

/* What Notepad saves as "ANSI": the code page of the system. */
static char *from_code_page(const char *bytes, size_t n)
{
	_cleanup_free_ wchar_t *wide = calloc(n + 1, sizeof(*wide));
	if (!wide || MultiByteToWideChar(CP_ACP, 0, bytes, (int)n, wide, (int)n) <= 0)
		return NULL;
	return from_utf16((const char *)wide, wcslen(wide) * sizeof(*wide));
}

/* Takes bytes over, which end in a NUL. */
static char *to_utf8(char *bytes, size_t n)
{
	_cleanup_free_ char *own = bytes;
	_cleanup_free_ uint16_t *units = calloc(n + 1, sizeof(*units));
	if (!units)
		return NULL;
	if (n >= 2 && memcmp(bytes, "\xff\xfe", 2) == 0)
		return from_utf16(bytes + 2, n - 2);
	if (n >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0)
		memmove(bytes, bytes + 3, n - 3 + 1);
	else if (ls_utf8_to_utf16(bytes, units, n + 1) < 0)
		return from_code_page(bytes, n);
	return ls_steal_ptr(&own);
}

int ls_platform_read_config(const char *path, size_t max, char **ret_text, struct ls_error *err)
{
	struct ls_store *file = NULL;
	int rc = ls_platform_store_open(path, LS_STORE_READ, &file, err);
	if (rc < 0)
		return rc;
	size_t n = (size_t)ls_platform_store_size(file);
	char *bytes = n < max ? calloc(1, n + 2) : NULL;
	rc = bytes ? ls_platform_store_read(file, 0, bytes, n, err) : -EINVAL;
	ls_platform_store_close(file);
	char *text = rc == 0 ? to_utf8(ls_steal_ptr(&bytes), n) : NULL;
	free(bytes);
	if (!text)
		return rc == -EIO ? rc
				  : ls_fail(err, -EINVAL, "export.config",
					    "'%s' cannot be read, is too long or is no text", path);
	*ret_text = text;
	return 0;
}
