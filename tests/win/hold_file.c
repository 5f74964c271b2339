/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hold_file HOW FILE UNTIL: what other programs do to a file, until there is a
 * file UNTIL.
 *     write   keep it open for writing, others may do as they like; grows by a line every 100 ms
 *     keep    the same, but it grows by one line only
 *     again   the same, and when it is refused it asks again, for PATIENCE at most
 *     deny    keep it open so that nobody else can
 *     show    keep it open for reading, as a program that shows it
 *     lock    keep it open and its bytes locked
 * Prints "open", waits, prints "closed".
 */
#include <windows.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#define STEP	  100	/* ms */
#define INSTANT	  1	/* ms */
#define PATIENCE  10000 /* ms */
#define SHARE_ALL (FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE)

int wmain(int argc, wchar_t **argv);

static const struct way {
	wchar_t letter;
	DWORD access, share, how;
	bool writes;
} ways[] = {
	{ L'w', FILE_APPEND_DATA, SHARE_ALL, OPEN_ALWAYS, true },
	{ L'k', FILE_APPEND_DATA, SHARE_ALL, OPEN_ALWAYS, true },
	{ L'a', FILE_APPEND_DATA, SHARE_ALL, OPEN_ALWAYS, true },
	{ L'd', GENERIC_READ, 0, OPEN_EXISTING, false },
	{ L's', GENERIC_READ, FILE_SHARE_READ, OPEN_EXISTING, false },
	{ L'l', GENERIC_READ | GENERIC_WRITE, SHARE_ALL, OPEN_EXISTING, false },
};

static const struct way *way_of(wchar_t letter)
{
	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++)
		if (ways[i].letter == letter)
			return &ways[i];
	return NULL;
}

static void say(const char *text)
{
	puts(text);
	fflush(stdout);
}

static HANDLE open_in(const struct way *way, const wchar_t *path)
{
	HANDLE file;
	for (DWORD waited = 0;; waited += INSTANT) {
		file = CreateFileW(path, way->access, way->share, NULL, way->how, 0, NULL);
		if (file != INVALID_HANDLE_VALUE || way->letter != L'a' || waited >= PATIENCE ||
		    GetLastError() != ERROR_SHARING_VIOLATION)
			return file;
		Sleep(INSTANT);
	}
}

static void write_line(HANDLE file)
{
	DWORD done;
	WriteFile(file, "one more line\r\n", 15, &done, NULL);
}

int wmain(int argc, wchar_t **argv)
{
	const struct way *way = argc == 4 ? way_of(argv[1][0]) : NULL;
	if (!way)
		return 2;
	HANDLE file = open_in(way, argv[2]);
	if (file == INVALID_HANDLE_VALUE)
		return 3;
	if (way->letter == L'l' && !LockFile(file, 0, 0, MAXDWORD, 0))
		return 3;
	if (way->writes)
		write_line(file);
	say("open");
	do {
		if (way->letter == L'w')
			write_line(file);
		Sleep(STEP);
	} while (GetFileAttributesW(argv[3]) == INVALID_FILE_ATTRIBUTES);
	CloseHandle(file);
	say("closed");
	return 0;
}
