/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Windows: the port, a virtio-serial port (vioser.sys) or COM1 (serial.sys).
 *
 * vioser ends a write when the host has taken it, answers STATUS_CANT_WAIT at
 * once while the host is not there or its queue is full, and refuses what is
 * larger than 512 KiB.  So one write of at most 32 KiB is under way at a time,
 * from a copy, and the exporter goes on while the driver holds it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diode/export/win32.h"
#include "lib/base/cleanup.h"

#define WRITE_MAX     32768 /* bytes */
#define BACKOFF_MIN   10    /* ms between two attempts while the host takes nothing ... */
#define BACKOFF_MAX   1000  /* ... doubling up to this */
#define CLOSE_WAIT    500   /* ms for the last write */
#define CANCEL_WAIT   2000  /* ms for a driver to let go of it */
#define BITS_A_SECOND 115200

#ifndef ERROR_CANT_WAIT
#define ERROR_CANT_WAIT 554
#endif

struct ls_port {
	HANDLE file;
	OVERLAPPED at;	     /* of the write under way */
	bool is_file;	     /* on a disk, for trying out: offsets count */
	bool pending;	     /* the driver has bytes + done */
	size_t size, done;   /* of bytes: what there is and what the host took */
	unsigned backoff;    /* ms; 0: the last write was taken */
	uint64_t not_before; /* ticks of the next attempt */
	uint8_t bytes[WRITE_MAX];
};

static bool is_com(const char *name)
{
	return _strnicmp(name, "com", 3) == 0 && name[3] >= '1' && name[3] <= '9' &&
	       name[3 + strspn(name + 3, "0123456789")] == '\0';
}

/* COM1, a path, or the name of a virtio-serial port. */
static void device_of(const char *name, char path[static LS_PATH_MAX])
{
	if (is_com(name))
		snprintf(path, LS_PATH_MAX, "\\\\.\\%s", name);
	else if (strpbrk(name, "\\/:"))
		snprintf(path, LS_PATH_MAX, "%s", name);
	else
		snprintf(path, LS_PATH_MAX, "\\\\.\\Global\\%s", name);
}

/* 115200 8N1 without flow control, no time limits.  What has no such state is no serial line. */
static void set_line(HANDLE file)
{
	DCB line = { .DCBlength = sizeof(line) };
	if (!GetCommState(file, &line))
		return;
	line.BaudRate = BITS_A_SECOND;
	line.ByteSize = 8;
	line.Parity = NOPARITY;
	line.StopBits = ONESTOPBIT;
	line.fBinary = TRUE;
	line.fParity = line.fNull = line.fErrorChar = line.fAbortOnError = FALSE;
	line.fOutX = line.fInX = FALSE;
	line.fOutxCtsFlow = line.fOutxDsrFlow = line.fDsrSensitivity = FALSE;
	line.fDtrControl = DTR_CONTROL_ENABLE;
	line.fRtsControl = RTS_CONTROL_ENABLE;
	SetCommState(file, &line);
	COMMTIMEOUTS none = { 0 };
	SetCommTimeouts(file, &none);
}

static int cannot_open(const char *path, struct ls_error *err)
{
	return ls_win32_fail(err, GetLastError(), "export.port.open", "cannot open port '%s'",
			     path);
}

int ls_platform_port_open(const char *name, struct ls_port **ret_port, struct ls_error *err)
{
	char path[LS_PATH_MAX];
	wchar_t wide[LS_WIDE_MAX];
	device_of(name, path);
	if (ls_win32_path(path, wide) < 0)
		return ls_fail(err, -EINVAL, "export.port.open", "'%s' is no port", name);
	_cleanup_free_ struct ls_port *port = calloc(1, sizeof(*port));
	if (!port)
		return ls_fail(err, -ENOMEM, "export.memory", "out of memory");
	port->file = CreateFileW(wide, GENERIC_WRITE, 0, NULL, OPEN_EXISTING, FILE_FLAG_OVERLAPPED,
				 NULL);
	if (port->file == INVALID_HANDLE_VALUE)
		return cannot_open(path, err);
	port->at.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL);
	if (!port->at.hEvent) {
		int rc = cannot_open(path, err);
		CloseHandle(port->file);
		return rc;
	}
	port->is_file = GetFileType(port->file) == FILE_TYPE_DISK;
	set_line(port->file);
	*ret_port = ls_steal_ptr(&port);
	return 0;
}

/* The host is not there, or has no room: STATUS_CANT_WAIT by both its names, and its kin. */
static bool means_later(DWORD error)
{
	return error == ERROR_CANT_WAIT || error == ERROR_MR_MID_NOT_FOUND ||
	       error == ERROR_NO_SYSTEM_RESOURCES || error == ERROR_NOT_ENOUGH_MEMORY ||
	       error == ERROR_BUSY || error == ERROR_NOT_READY;
}

/* 0: later; or a negative errno. */
static int put_off(struct ls_port *port, DWORD error, struct ls_error *err)
{
	port->pending = false;
	if (error && !means_later(error))
		return ls_win32_fail(err, error, "export.port.write", "cannot write to the port");
	port->backoff = port->backoff ? 2 * port->backoff : BACKOFF_MIN;
	if (port->backoff > BACKOFF_MAX)
		port->backoff = BACKOFF_MAX;
	port->not_before = ls_platform_ticks() + port->backoff;
	return 0;
}

static DWORD start_write(struct ls_port *port)
{
	uint64_t offset = 0;
	LARGE_INTEGER end;
	if (port->is_file && GetFileSizeEx(port->file, &end))
		offset = (uint64_t)end.QuadPart;
	port->at.Offset = (DWORD)offset;
	port->at.OffsetHigh = (DWORD)(offset >> 32);
	port->pending = true;
	if (WriteFile(port->file, port->bytes + port->done, (DWORD)(port->size - port->done), NULL,
		      &port->at))
		return 0;
	DWORD error = GetLastError();
	return error == ERROR_IO_PENDING ? 0 : error;
}

/* Wait until no attempt is to be put off any longer; false when that takes more than timeout_ms. */
static bool wait_for_turn(const struct ls_port *port, unsigned timeout_ms)
{
	uint64_t now = ls_platform_ticks();
	if (now >= port->not_before)
		return true;
	uint64_t left = port->not_before - now;
	Sleep(left < timeout_ms ? (DWORD)left : timeout_ms);
	return left <= timeout_ms;
}

/* 1: the write under way has ended and port->done grew; 0: not now; or a negative errno. */
static int end_write(struct ls_port *port, unsigned timeout_ms, struct ls_error *err)
{
	DWORD put = 0;
	if (WaitForSingleObject(port->at.hEvent, timeout_ms) != WAIT_OBJECT_0)
		return 0;
	if (!GetOverlappedResult(port->file, &port->at, &put, FALSE))
		return put_off(port, GetLastError(), err);
	if (put == 0)
		return put_off(port, 0, err);
	port->pending = false;
	port->backoff = 0;
	port->done += put;
	return 1;
}

/* 1: the host has taken all of the copy; 0: not yet; or a negative errno. */
static int drain(struct ls_port *port, unsigned timeout_ms, struct ls_error *err)
{
	while (port->done < port->size) {
		if (!port->pending) {
			if (!wait_for_turn(port, timeout_ms))
				return 0;
			DWORD error = start_write(port);
			if (error)
				return put_off(port, error, err);
		}
		int rc = end_write(port, timeout_ms, err);
		if (rc <= 0)
			return rc;
	}
	return 1;
}

int64_t ls_platform_port_write(struct ls_port *port, const void *bytes, size_t n,
			       unsigned timeout_ms, struct ls_error *err)
{
	int rc = drain(port, timeout_ms, err);
	if (rc <= 0)
		return rc;
	port->size = n < WRITE_MAX ? n : WRITE_MAX;
	port->done = 0;
	memcpy(port->bytes, bytes, port->size);
	rc = drain(port, 0, err);
	return rc < 0 ? rc : (int64_t)port->size;
}

/* A driver that does not let go of the write keeps its memory: it may still look there. */
struct ls_port *ls_platform_port_close(struct ls_port *port)
{
	if (!port)
		return NULL;
	if (port->pending && WaitForSingleObject(port->at.hEvent, CLOSE_WAIT) != WAIT_OBJECT_0) {
		CancelIo(port->file);
		port->pending = WaitForSingleObject(port->at.hEvent, CANCEL_WAIT) != WAIT_OBJECT_0;
	} else {
		port->pending = false;
	}
	CloseHandle(port->file);
	if (port->pending)
		return NULL;
	CloseHandle(port->at.hEvent);
	free(port);
	return NULL;
}
