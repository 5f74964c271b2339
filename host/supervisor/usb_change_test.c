/* SPDX-License-Identifier: Apache-2.0 */
/* With hands that write down what they are asked for, and fail when they are told to. */
#include "host/supervisor/usb_change.h"

#include <errno.h>
#include <string.h>

#include "lib/base/test.h"

#define DEVICE(n)                                                                                 \
	"<hostdev mode='subsystem' type='usb'><source><address bus='1' device='" n "'/></source>" \
	"</hostdev>"
#define MACHINE(devices) "<domain><name>a</name><devices>" devices "</devices></domain>"

static char done[1024];
static const char *fails;
static struct ls_error err;

static int note(const char *what, const char *text)
{
	const char *device = strstr(text, "device=\"");
	size_t used = strlen(done);
	snprintf(done + used, sizeof(done) - used, "%s%s%.1s", used ? " " : "", what,
		 device ? device + 8 : "");
	return fails && strcmp(fails, what) == 0 ? ls_fail(&err, -EIO, "hand", "it fails") : 0;
}

static int detach(void *context, const char *hostdev, struct ls_error *e)
{
	(void)e;
	CHECK(context == done);
	return note("detach", hostdev);
}

static int attach(void *context, const char *hostdev, struct ls_error *e)
{
	(void)context;
	(void)e;
	return note("attach", hostdev);
}

static int define(void *context, const char *xml, struct ls_error *e)
{
	(void)context;
	(void)e;
	CHECK_STR_HAS(xml, "<domain>");
	return note("define", "");
}

static int change(const char *before, const char *after, const char *failing)
{
	const struct ls_usb_hands hands = { done, detach, attach, define };
	done[0] = '\0';
	fails = failing;
	return ls_usb_change(before, after, &hands, &err);
}

TEST(what_came_is_attached_and_the_definition_follows)
{
	CHECK_INT_EQ(change(MACHINE(""), MACHINE(DEVICE("7")), NULL), 0);
	CHECK_STR_EQ(done, "attach7 define");
}

TEST(what_left_is_detached)
{
	CHECK_INT_EQ(change(MACHINE(DEVICE("7") DEVICE("8")), MACHINE(DEVICE("8")), NULL), 0);
	CHECK_STR_EQ(done, "detach7 define");
}

TEST(one_that_came_back_elsewhere_is_let_go_of_first)
{
	CHECK_INT_EQ(change(MACHINE(DEVICE("7")), MACHINE(DEVICE("9")), NULL), 0);
	CHECK_STR_EQ(done, "detach7 attach9 define");
}

TEST(after_a_failure_nothing_more_is_done)
{
	const char *before = MACHINE(DEVICE("7")), *after = MACHINE(DEVICE("9"));
	CHECK_INT_EQ(change(before, after, "detach"), -EIO);
	CHECK_STR_EQ(done, "detach7");
	CHECK_INT_EQ(change(before, after, "attach"), -EIO);
	CHECK_STR_EQ(done, "detach7 attach9");
	CHECK_INT_EQ(change(before, after, "define"), -EIO);
}

TEST(nothing_is_done_for_anything_but_usb_devices)
{
	CHECK_INT_EQ(change(MACHINE(""), MACHINE("<rng model='virtio'/>"), NULL), -EINVAL);
	CHECK_INT_EQ(change(MACHINE(""), MACHINE(DEVICE("7") "<rng/>"), NULL), -EINVAL);
	CHECK_STR_EQ(done, "");
}

TEST_MAIN()
