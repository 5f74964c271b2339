/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Windows port against a driver that is played: each call of Win32 that
 * port_win32.c makes goes to a script.  Time is the script's, too.
 */
#include "diode/export/win32.h"

#include <stdlib.h>

#include "diode/export/sender.h"
#include "diode/wire/frame.h"
#include "lib/base/test.h"

#define TOOK_MAX 400000
#define DEVICE	 ((HANDLE)0x1000)
#define EVENT	 ((HANDLE)0x2000)
#define LIMIT	 65536 /* bytes: the most that one write may have */

/* What the driver answers to a write, in this order; the last again and again. */
struct answer {
	enum { NOW, PENDING, FAILS } kind;
	DWORD takes; /* bytes, at most what is offered */
	DWORD error; /* FAILS: at once.  PENDING: at its end, 0 for none */
	DWORD after; /* PENDING: ms until it ends; INFINITE: never */
};

static struct {
	const struct answer *answers;
	size_t count, next;
	DWORD open_error, event_error;
	uint64_t now;		 /* ms */
	const struct answer *on; /* the write under way */
	const uint8_t *bytes;
	DWORD size;
	uint64_t ends;
	bool cancelled, ignores_cancel;
	unsigned opens, closes, writes, most_at_once;
	wchar_t path[256];
	DWORD access, share;
	uint8_t took[TOOK_MAX];
	size_t took_size;
} d;

static void play(const struct answer *answers, size_t count)
{
	memset(&d, 0, sizeof(d));
	d.answers = answers;
	d.count = count;
}

#define PLAY(...)                                    \
	play((const struct answer[]){ __VA_ARGS__ }, \
	     sizeof((const struct answer[]){ __VA_ARGS__ }) / sizeof(struct answer))

static HANDLE WINAPI played_open(const wchar_t *path, DWORD access, DWORD share,
				 SECURITY_ATTRIBUTES *security, DWORD how, DWORD flags,
				 HANDLE pattern)
{
	(void)security, (void)pattern;
	CHECK_INT_EQ(how, OPEN_EXISTING);
	CHECK_INT_EQ(flags, FILE_FLAG_OVERLAPPED);
	d.opens++;
	d.access = access;
	d.share = share;
	wcsncpy(d.path, path, 255);
	SetLastError(d.open_error);
	return d.open_error ? INVALID_HANDLE_VALUE : DEVICE;
}

static HANDLE WINAPI played_event(SECURITY_ATTRIBUTES *security, BOOL manual, BOOL set,
				  const wchar_t *name)
{
	(void)security, (void)name;
	CHECK(manual && !set);
	SetLastError(d.event_error);
	return d.event_error ? NULL : EVENT;
}

static DWORD WINAPI played_type(HANDLE file)
{
	CHECK(file == DEVICE);
	return FILE_TYPE_CHAR;
}

static BOOL WINAPI played_no_state(HANDLE file, DCB *line)
{
	(void)file, (void)line;
	SetLastError(ERROR_INVALID_FUNCTION);
	return FALSE;
}

static void take(const uint8_t *bytes, DWORD n)
{
	if (n > TOOK_MAX - d.took_size)
		n = (DWORD)(TOOK_MAX - d.took_size);
	memcpy(d.took + d.took_size, bytes, n);
	d.took_size += n;
}

static BOOL WINAPI played_write(HANDLE file, const void *bytes, DWORD n, DWORD *done,
				OVERLAPPED *at)
{
	CHECK(file == DEVICE && !done && at->hEvent == EVENT);
	CHECK(!d.on); /* one at a time */
	CHECK(n > 0 && n <= LIMIT);
	d.writes++;
	d.most_at_once = n > d.most_at_once ? n : d.most_at_once;
	d.on = &d.answers[d.next];
	d.next += d.next + 1 < d.count;
	if (d.on->kind == FAILS) {
		SetLastError(d.on->error);
		d.on = NULL;
		return FALSE;
	}
	d.bytes = bytes;
	d.size = n < d.on->takes ? n : d.on->takes;
	d.ends = d.on->kind == NOW	   ? d.now
		 : d.on->after == INFINITE ? UINT64_MAX
					   : d.now + d.on->after;
	SetLastError(d.on->kind == NOW ? 0 : ERROR_IO_PENDING);
	return d.on->kind == NOW;
}

/* The event of a write that ended stays set: it is reset by hand, by the next. */
static DWORD WINAPI played_wait(HANDLE event, DWORD ms)
{
	CHECK(event == EVENT);
	if (!d.on || d.ends <= d.now)
		return WAIT_OBJECT_0;
	uint64_t left = d.ends - d.now;
	d.now += left < ms ? left : ms;
	return left <= ms ? WAIT_OBJECT_0 : WAIT_TIMEOUT;
}

static BOOL WINAPI played_result(HANDLE file, OVERLAPPED *at, DWORD *done, BOOL wait)
{
	CHECK(file == DEVICE && at->hEvent == EVENT && !wait && d.on);
	DWORD error = d.cancelled ? ERROR_OPERATION_ABORTED : d.on->error;
	if (error == 0)
		take(d.bytes, d.size);
	*done = error ? 0 : d.size;
	d.on = NULL;
	SetLastError(error);
	return error == 0;
}

static BOOL WINAPI played_cancel(HANDLE file)
{
	CHECK(file == DEVICE);
	d.cancelled = true;
	if (!d.ignores_cancel)
		d.ends = d.now;
	return TRUE;
}

static BOOL WINAPI played_close(HANDLE handle)
{
	CHECK(handle == DEVICE || handle == EVENT);
	d.closes++;
	return TRUE;
}

static void WINAPI played_sleep(DWORD ms)
{
	d.now += ms;
}

static uint64_t played_ticks(void)
{
	return d.now;
}

#define CreateFileW	    played_open
#define CreateEventW	    played_event
#define GetFileType	    played_type
#define GetCommState	    played_no_state
#define WriteFile	    played_write
#define WaitForSingleObject played_wait
#define GetOverlappedResult played_result
#define CancelIo	    played_cancel
#define CloseHandle	    played_close
#define Sleep		    played_sleep
#define ls_platform_ticks   played_ticks
#include "diode/export/port_win32.c"

static uint8_t plain[300000];

static struct ls_port *opened(const char *name)
{
	struct ls_port *port = NULL;
	struct ls_error err = { 0 };
	for (size_t i = 0; i < sizeof(plain); i++)
		plain[i] = (uint8_t)(i * 2654435761u >> 13);
	if (ls_platform_port_open(name, &port, &err) < 0)
		TEST_FAIL("open: %s", err.message);
	return port;
}

/* Offer all of plain's first n bytes for up to a minute, as the sender does; how many were taken,
 * or an error. */
static int64_t offer(struct ls_port *port, size_t n, struct ls_error *err)
{
	size_t done = 0;
	while (done < n && d.now < 60000) {
		int64_t rc = ls_platform_port_write(port, plain + done, n - done, 100, err);
		if (rc < 0)
			return rc;
		done += (size_t)rc;
		d.now++;
	}
	return (int64_t)done;
}

/* What is under way at the end is waited for by the close. */
static void check_took(size_t n)
{
	CHECK_INT_EQ(d.took_size, n);
	CHECK_MEM_EQ(d.took, plain, n);
}

TEST(port_names)
{
	static const struct {
		const char *name;
		const wchar_t *path;
	} names[] = {
		{ "org.labseal.0", L"\\\\.\\Global\\org.labseal.0" },
		{ "COM1", L"\\\\.\\COM1" },
		{ "com12", L"\\\\.\\com12" },
		{ "com1.results", L"\\\\.\\Global\\com1.results" },
		{ "computer", L"\\\\.\\Global\\computer" },
		{ "\\\\.\\COM3", L"\\\\.\\COM3" },
		{ "C:/stream", L"C:\\stream" },
	};
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		PLAY({ NOW, 99999, 0, 0 });
		struct ls_port *port = opened(names[i].name);
		if (wcscmp(d.path, names[i].path) != 0)
			TEST_FAIL("'%s' became '%ls'", names[i].name, d.path);
		CHECK_INT_EQ(d.access, GENERIC_WRITE); /* nothing is ever read */
		ls_platform_port_close(port);
		CHECK_INT_EQ(d.closes, 2);
	}
}

TEST(port_writes_are_at_most_64_KiB_and_one_at_a_time)
{
	PLAY({ PENDING, 99999, 0, 3 });
	struct ls_port *port = opened("org.labseal.0");
	CHECK_INT_EQ(offer(port, sizeof(plain), NULL), sizeof(plain));
	ls_platform_port_close(port);
	CHECK_INT_EQ(d.took_size + d.size, sizeof(plain));
	CHECK_MEM_EQ(d.took, plain, d.took_size);
	CHECK(d.most_at_once <= LIMIT && d.most_at_once >= 32768);
}

TEST(port_short_writes_are_gone_on_with)
{
	PLAY({ NOW, 1, 0, 0 }, { PENDING, 100, 0, 1 }, { NOW, 32766, 0, 0 }, { PENDING, 7, 0, 0 },
	     { NOW, 4097, 0, 0 });
	struct ls_port *port = opened("org.labseal.0");
	CHECK_INT_EQ(offer(port, 100000, NULL), 100000);
	CHECK_INT_EQ(offer(port, 0, NULL), 0);
	ls_platform_port_write(port, plain, 0, 100, NULL); /* the rest of the copy */
	check_took(100000);
	ls_platform_port_close(port);
}

TEST(port_that_waits_holds_one_write_and_answers_0)
{
	PLAY({ PENDING, 99999, 0, 5000 }, { NOW, 99999, 0, 0 });
	struct ls_port *port = opened("org.labseal.0");
	CHECK_INT_EQ(ls_platform_port_write(port, plain, 20000, 100, NULL), 20000);
	for (int i = 0; i < 49; i++)
		CHECK_INT_EQ(ls_platform_port_write(port, plain + 20000, 20000, 100, NULL), 0);
	CHECK_INT_EQ(d.writes, 1);
	CHECK_INT_EQ(d.now, 4900);
	CHECK_INT_EQ(ls_platform_port_write(port, plain + 20000, 20000, 200, NULL), 20000);
	CHECK_INT_EQ(d.now, 5000);
	check_took(40000);
	ls_platform_port_close(port);
}

/* A serial driver whose time limit ends a write says so with fewer bytes, or none. */
TEST(port_write_that_ends_without_a_byte_is_tried_again)
{
	PLAY({ PENDING, 0, 0, 10 }, { NOW, 0, 0, 0 }, { PENDING, 5, 0, 10 }, { NOW, 99999, 0, 0 });
	struct ls_port *port = opened("COM1");
	CHECK_INT_EQ(offer(port, 1000, NULL), 1000);
	CHECK_INT_EQ(ls_platform_port_write(port, plain, 0, 1000, NULL), 0);
	for (int i = 0; i < 10 && d.took_size < 1000; i++)
		ls_platform_port_write(port, plain, 0, 1000, NULL);
	check_took(1000);
	ls_platform_port_close(port);
}

static void check_later(DWORD error, bool at_once)
{
	struct answer answers[] = { { at_once ? FAILS : PENDING, 99999, error, 0 },
				    { at_once ? FAILS : PENDING, 99999, error, 0 },
				    { NOW, 99999, 0, 0 } };
	struct ls_error err = { 0 };
	play(answers, 3);
	struct ls_port *port = opened("org.labseal.0");
	CHECK_INT_EQ(offer(port, 100000, &err), 100000);
	ls_platform_port_write(port, plain, 0, 100, NULL);
	check_took(100000);
	CHECK_INT_EQ(d.writes, 6); /* two in vain, four pieces */
	CHECK(d.now >= 10 + 20);   /* and some patience between */
	ls_platform_port_close(port);
}

/* vioser answers STATUS_CANT_WAIT while the host is not there or its queue is full. */
TEST(port_whose_host_is_not_there_is_tried_again_with_patience)
{
	static const DWORD errors[] = { ERROR_CANT_WAIT,
					ERROR_MR_MID_NOT_FOUND,
					ERROR_NO_SYSTEM_RESOURCES,
					ERROR_NOT_ENOUGH_MEMORY,
					ERROR_BUSY,
					ERROR_NOT_READY };
	for (size_t i = 0; i < sizeof(errors) / sizeof(*errors); i++) {
		check_later(errors[i], true);
		check_later(errors[i], false);
	}
}

TEST(port_patience_has_an_end)
{
	PLAY({ FAILS, 0, ERROR_CANT_WAIT, 0 });
	struct ls_port *port = opened("org.labseal.0");
	CHECK_INT_EQ(offer(port, 100, NULL), 100); /* copied; not taken */
	for (int i = 0; i < 300; i++)
		CHECK_INT_EQ(ls_platform_port_write(port, plain, 1, 100, NULL), 0);
	CHECK(d.now >= 29000);
	CHECK(d.writes >= 29 && d.writes <= 40); /* at last once a second */
	ls_platform_port_close(port);
}

static void check_gone(DWORD error, bool at_once)
{
	struct answer answers[] = { { NOW, 99999, 0, 0 },
				    { at_once ? FAILS : PENDING, 99999, error, 30 } };
	struct ls_error err = { 0 };
	char number[32];
	play(answers, 2);
	struct ls_port *port = opened("org.labseal.0");
	int64_t rc = offer(port, 200000, &err);
	CHECK(rc < 0);
	CHECK_INT_EQ(rc, err.code);
	CHECK_STR_EQ(err.id, "export.port.write");
	snprintf(number, sizeof(number), "(error %lu)", error);
	CHECK_STR_HAS(err.message, number);
	ls_platform_port_close(port);
	CHECK_INT_EQ(d.closes, 2);
	CHECK(!d.cancelled); /* nothing was under way */
	d.open_error = ERROR_FILE_NOT_FOUND;
	CHECK_INT_EQ(ls_platform_port_open("org.labseal.0", &port, &err), -ENOENT);
	CHECK_STR_EQ(err.id, "export.port.open");
	CHECK_STR_HAS(err.message, "org.labseal.0");
	d.open_error = 0;
	d.next = 0;
	port = opened("org.labseal.0");
	CHECK_INT_EQ(ls_platform_port_write(port, plain, 100, 100, &err), 100);
	ls_platform_port_close(port);
}

TEST(port_whose_device_is_gone_is_told_and_opened_anew)
{
	static const DWORD errors[] = { ERROR_DEVICE_NOT_CONNECTED, ERROR_FILE_NOT_FOUND,
					ERROR_BAD_COMMAND,	    ERROR_GEN_FAILURE,
					ERROR_OPERATION_ABORTED,    ERROR_INVALID_HANDLE };
	for (size_t i = 0; i < sizeof(errors) / sizeof(*errors); i++) {
		check_gone(errors[i], true);
		check_gone(errors[i], false);
	}
}

TEST(port_that_another_program_has_is_told)
{
	struct ls_port *port = NULL;
	struct ls_error err = { 0 };
	PLAY({ NOW, 99999, 0, 0 });
	d.open_error = ERROR_ACCESS_DENIED;
	CHECK_INT_EQ(ls_platform_port_open("COM1", &port, &err), -EACCES);
	CHECK_STR_HAS(err.message, "COM1");
	CHECK(!port);
}

/* Without it no write would ever be seen to end. */
TEST(port_without_an_event_is_told)
{
	struct ls_port *port = NULL;
	struct ls_error err = { 0 };
	PLAY({ NOW, 99999, 0, 0 });
	d.event_error = ERROR_NOT_ENOUGH_MEMORY;
	CHECK_INT_EQ(ls_platform_port_open("COM1", &port, &err), -ENOMEM);
	CHECK_INT_EQ(d.closes, 1);
	CHECK(!port);
}

TEST(port_closes_with_a_write_under_way)
{
	PLAY({ PENDING, 99999, 0, 400 });
	struct ls_port *port = opened("org.labseal.0");
	ls_platform_port_write(port, plain, 100, 0, NULL);
	ls_platform_port_close(port);
	CHECK(!d.cancelled); /* it was waited for */
	CHECK_INT_EQ(d.closes, 2);

	PLAY({ PENDING, 99999, 0, INFINITE });
	port = opened("org.labseal.0");
	ls_platform_port_write(port, plain, 100, 0, NULL);
	ls_platform_port_close(port);
	CHECK(d.cancelled);
	CHECK_INT_EQ(d.closes, 2);
}

/* The driver may still look at the event and at the copy: they are left to it. */
TEST(port_leaves_its_memory_to_a_driver_that_does_not_let_go)
{
	PLAY({ PENDING, 99999, 0, INFINITE });
	d.ignores_cancel = true;
	struct ls_port *port = opened("org.labseal.0");
	ls_platform_port_write(port, plain, 100, 0, NULL);
	CHECK(!ls_platform_port_close(port));
	CHECK_INT_EQ(d.closes, 1);
	CHECK(d.now <= 3000);
	CHECK_MEM_EQ(d.bytes, plain, 100);
}

/* What the sender makes of it: the half frame is ended, and the new opening starts with who we are.
 */
TEST(port_that_came_back_gets_a_hello_first)
{
	static struct ls_frame_stream stream;
	static char name[] = "org.labseal.0";
	struct ls_settings settings = { .port = name, .beat = 60000 };
	struct ls_outbox *outbox = NULL;
	struct ls_sender *sender = NULL;
	struct ls_frame f;
	size_t used, at = 0;
	bool idle = false;
	PLAY({ NOW, 30, 0, 0 }, { FAILS, 0, ERROR_DEVICE_NOT_CONNECTED, 0 }, { NOW, 99999, 0, 0 });
	REQUIRE(ls_outbox_open("port-test-outbox", &outbox, NULL) == 0);
	REQUIRE(ls_sender_new(&settings, outbox, &sender, NULL) == 0);
	for (int i = 0; i < 1000 && (d.opens < 2 || !idle); i++) {
		CHECK_INT_EQ(ls_sender_pump(sender, 0, 10, &idle, NULL), 0);
		SleepEx(10, FALSE);
	}
	CHECK_INT_EQ(d.opens, 2);
	ls_frame_stream_init(&stream);
	CHECK_INT_EQ(ls_frame_stream_take(&stream, d.took, d.took_size, &used, &f, NULL), -EBADMSG);
	at += used;
	CHECK_INT_EQ(at, 31); /* the bytes that went before, and the 0x00 that ends them */
	REQUIRE(ls_frame_stream_take(&stream, d.took + at, d.took_size - at, &used, &f, NULL) == 1);
	CHECK_INT_EQ(f.type, LS_FRAME_HELLO);
	ls_sender_free(sender);
	ls_outbox_close(outbox);
}

TEST_MAIN()
