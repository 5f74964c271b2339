/* SPDX-License-Identifier: Apache-2.0 */
/* What is sent and when, by a clock and over a port that are played. */
#include "diode/export/sender.h"

#include <fcntl.h>
#include <unistd.h>

#include "diode/export/platform.h"
#include "diode/wire/payload.h"
#include "lib/base/files.h"
#include "lib/base/test.h"

static struct {
	uint64_t now; /* ms */
	unsigned opens;
	size_t takes; /* bytes that the port takes before it is gone */
	struct ls_frame_stream stream;
	unsigned bad;
	uint64_t begun[64]; /* "record x 1000 + attempt" of each BEGIN */
	uint64_t at[64];    /* when */
	size_t begins, ends, hellos;
	uint32_t run;
} host;

static uint64_t played_ticks(void)
{
	return host.now;
}

static int played_open(const char *name, struct ls_port **ret_port, struct ls_error *err)
{
	(void)name, (void)err;
	host.opens++;
	*ret_port = (struct ls_port *)&host;
	return 0;
}

static void note(const struct ls_frame *f)
{
	struct ls_begin begin;
	host.run = f->run;
	host.hellos += f->type == LS_FRAME_HELLO;
	host.ends += f->type == LS_FRAME_END;
	if (f->type != LS_FRAME_BEGIN || host.begins == 64)
		return;
	CHECK_INT_EQ(ls_decode_begin(f->payload, f->size, &begin, NULL), 0);
	host.begun[host.begins] = f->record * 1000 + begin.attempt;
	host.at[host.begins++] = host.now;
}

static int64_t played_write(struct ls_port *port, const void *bytes, size_t n, unsigned timeout_ms,
			    struct ls_error *err)
{
	(void)port, (void)timeout_ms;
	const uint8_t *b = bytes;
	size_t taken = n < host.takes ? n : host.takes;
	for (size_t at = 0, used; at < taken; at += used) {
		struct ls_frame f;
		int rc = ls_frame_stream_take(&host.stream, b + at, taken - at, &used, &f, NULL);
		host.bad += rc < 0;
		if (rc == 1)
			note(&f);
	}
	host.takes -= taken;
	return taken > 0 ? (int64_t)taken : ls_fail(err, -EIO, "export.port.write", "gone");
}

static struct ls_port *played_close(struct ls_port *port)
{
	(void)port;
	return NULL;
}

#define ls_platform_ticks      played_ticks
#define ls_platform_port_open  played_open
#define ls_platform_port_write played_write
#define ls_platform_port_close played_close
#include "diode/export/sender.c"
#undef ls_platform_ticks

static char dir[64], folder[80];
static struct ls_outbox *outbox;
static struct ls_sender *sender;
static const struct ls_settings settings = {
	.port = "played", .beat = 3000, .resend = 5000, .resend_max = 100000
};

static void start(void)
{
	memset(&host, 0, sizeof(host));
	host.now = 1000000;
	host.takes = SIZE_MAX;
	ls_frame_stream_init(&host.stream);
	CHECK_INT_EQ(ls_outbox_open(folder, &outbox, NULL), 0);
	CHECK_INT_EQ(ls_sender_new(&settings, outbox, &sender, NULL), 0);
}

static void stop(void)
{
	sender = ls_sender_free(sender);
	outbox = ls_outbox_close(outbox);
}

static void begin(void)
{
	snprintf(dir, sizeof(dir), "/tmp/sender-test-XXXXXX");
	REQUIRE(mkdtemp(dir) != NULL);
	snprintf(folder, sizeof(folder), "%s/outbox", dir);
	start();
}

static void end(void)
{
	stop();
	CHECK_INT_EQ(ls_remove_tree(AT_FDCWD, dir, NULL), 0);
}

static void take(const char *name, size_t n)
{
	static char bytes[200000];
	char path[200];
	struct ls_source *source = NULL;
	struct ls_file_info info;
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	CHECK_INT_EQ(ls_file_write_new(AT_FDCWD, path, bytes, n, 0600, NULL), 0);
	REQUIRE(ls_platform_open_source(path, &source, &info, NULL) == 0);
	CHECK_INT_EQ(ls_outbox_take(outbox, path, strlen(dir) + 1, &info, source, NULL), 0);
	ls_platform_source_close(source);
}

/* So many seconds, a quarter at a time. */
static void pass(unsigned seconds)
{
	for (unsigned i = 0; i < 4 * seconds; i++, host.now += 250)
		for (bool idle = false; !idle && host.now < UINT64_MAX;)
			if (ls_sender_pump(sender, 0, 1, &idle, NULL) < 0 || host.takes == 0)
				break;
}

static void check_begun(size_t i, uint64_t record, uint64_t attempt, uint64_t seconds)
{
	REQUIRE(i < host.begins);
	CHECK_INT_EQ(host.begun[i], record * 1000 + attempt);
	CHECK_INT_EQ((host.at[i] - 1000000) / 1000, seconds);
}

/* 5 s, 20 s, 80 s, and then the longest: 100 s each */
TEST(sender_repeats_on_a_widening_schedule)
{
	begin();
	take("one.bin", 100);
	pass(320);
	CHECK_INT_EQ(host.begins, 6);
	check_begun(0, 1, 1, 0);
	check_begun(1, 1, 2, 5);
	check_begun(2, 1, 3, 25);
	check_begun(3, 1, 4, 105);
	check_begun(4, 1, 5, 205);
	check_begun(5, 1, 6, 305);
	CHECK_INT_EQ(host.ends, 6);
	CHECK_INT_EQ(host.bad, 0);
	end();
}

/* What the host got of it is not known: the schedule begins anew, with a run of its own. */
TEST(sender_sends_all_again_after_a_power_cut)
{
	begin();
	take("one.bin", 100);
	take("two.bin", 100000);
	pass(3);
	CHECK_INT_EQ(host.begins, 2);
	stop();
	start();
	take("three.bin", 10);
	pass(6);
	CHECK_INT_EQ(host.run, 2);
	CHECK_INT_EQ(host.hellos, 1);
	CHECK_INT_EQ(host.begins, 6);
	check_begun(0, 3, 1, 0); /* what is new comes first */
	check_begun(1, 1, 1, 0);
	check_begun(2, 2, 1, 0);
	check_begun(3, 1, 2, 5); /* all are due: by number */
	check_begun(5, 3, 2, 5);
	end();
}

TEST(sender_begins_a_file_anew_when_the_port_was_gone)
{
	begin();
	take("one.bin", 150000);
	host.takes = 80000;
	pass(1);
	CHECK_INT_EQ(host.begins, 1);
	CHECK_INT_EQ(host.ends, 0);
	host.takes = SIZE_MAX;
	pass(3);
	CHECK_INT_EQ(host.opens, 2);
	CHECK_INT_EQ(host.hellos, 2);
	CHECK_INT_EQ(host.bad, 1); /* the frame that was cut */
	CHECK_INT_EQ(host.begins, 2);
	CHECK_INT_EQ(host.ends, 1);
	end();
}

TEST_MAIN()
