/* SPDX-License-Identifier: Apache-2.0 */
/* A played bus (folders like the kernel's) and a played process of the machine. */
#include "host/supervisor/usb_watch.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "host/supervisor/state.h"
#include "host/supervisor/supervisor.h"
#include "lib/base/files.h"
#include "lib/base/log.h"
#include "lib/base/test.h"
#include "lib/proc/child.h"
#include "lib/proc/protocol.h"

#define SHA "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"
static const char yaml[] = "version: 1\ninstrument: {id: a}\nvm: {disk: {path: /i, sha256: " SHA
			   "}, usb: ['04b4:8613 port 3-1', '04b4:1004']}\n";

static char dir[] = "/tmp/labseal-usb-XXXXXX", sysfs[64];
static struct ls_supervisor s;
static struct ls_policy *policy;
static struct ls_policy_faults faults;
static struct ls_error err;
static int process = -1; /* its end of the channel */
static struct ls_message_stream orders;
static char xml[65536]; /* of the last order */

/* --- the bus ------------------------------------------------------------------------------ */

static void put(const char *port, const char *name, const char *value)
{
	char path[160];
	snprintf(path, sizeof(path), "%s/%s", sysfs, port);
	ls_make_dirs(AT_FDCWD, path, 0700, &err);
	snprintf(path, sizeof(path), "%s/%s/%s", sysfs, port, name);
	CHECK_INT_EQ(ls_file_replace(AT_FDCWD, path, value, strlen(value), 0600, &err), 0);
}

static void plug(const char *port, const char *product, const char *device, const char *class)
{
	put(port, "idVendor", "04b4\n");
	put(port, "idProduct", product);
	put(port, "busnum", "3\n");
	put(port, "devnum", device);
	put(port, "bDeviceClass", class);
}

static void unplug(const char *port)
{
	char path[160];
	snprintf(path, sizeof(path), "%s/%s", sysfs, port);
	CHECK_INT_EQ(ls_remove_tree(AT_FDCWD, path, &err), 0);
}

/* --- the machine -------------------------------------------------------------------------- */

static bool begin(void)
{
	int pair[2];
	memset(&s, 0, sizeof(s));
	ls_remove_tree(AT_FDCWD, sysfs, NULL);
	if (ls_make_dirs(AT_FDCWD, sysfs, 0700, &err) < 0 || ls_socket_pair(pair, &err) < 0 ||
	    fcntl(pair[0], F_SETFL, O_NONBLOCK) < 0 || fcntl(pair[1], F_SETFL, O_NONBLOCK) < 0 ||
	    (!policy && ls_policy_parse("p", yaml, strlen(yaml), &policy, &faults, &err) < 0))
		return false;
	ls_log_init("test", LS_LOG_ERROR - 1);
	s.policy = policy;
	s.kvm = true;
	s.children.channel = s.tpm.fd = -1;
	s.state_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	s.machine_fd = pair[0];
	s.usb.sysfs = sysfs;
	snprintf(s.overlay, sizeof(s.overlay), "/o");
	snprintf(s.fifo_path, sizeof(s.fifo_path), "/f");
	snprintf(s.status.vm.state, sizeof(s.status.vm.state), "running");
	process = pair[1];
	ls_message_stream_init(&s.machine_stream, s.machine_fd);
	ls_message_stream_init(&orders, process);
	return s.state_fd >= 0;
}

static void end(void)
{
	ls_message_stream_free(&s.machine_stream);
	ls_message_stream_free(&orders);
	close(s.machine_fd);
	close(process);
	close(s.state_fd);
}

/* Whether the supervisor, having looked, asks for a change. */
static bool asks(void)
{
	struct ls_message m;
	ls_usb_watch_look(&s);
	if (ls_message_receive(&orders, &m, &err) != 1)
		return false;
	CHECK_INT_EQ(m.type, LS_MSG_MACHINE_USB);
	if (m.size >= sizeof(xml))
		return false;
	memcpy(xml, m.body, m.size);
	xml[m.size] = '\0';
	return true;
}

static void answer(const char *why)
{
	_cleanup_buffer_ struct ls_buffer body;
	ls_buffer_init(&body, LS_MESSAGE_MAX);
	const struct ls_failed failed = { .id = { (const uint8_t *)"usb.attach", 10 },
					  .message = { (const uint8_t *)why,
						       why ? strlen(why) : 0 } };
	CHECK_INT_EQ(why ? ls_encode_failed(&failed, &body) : 0, 0);
	CHECK_INT_EQ(ls_message_send(process, LS_MSG_MACHINE_USB_DONE, body.data, body.size, &err),
		     0);
	ls_machine_serve(&s);
}

/* As if the waiting were over. */
static bool asks_later(void)
{
	s.usb.next_try = 0;
	return asks();
}

static const char *sealed(void)
{
	return s.events.count ? s.events.pending[s.events.count - 1].kind : "nothing";
}

static bool is_noted(const char *text)
{
	_cleanup_buffer_ struct ls_buffer noted;
	ls_buffer_init(&noted, 65536);
	return ls_file_read(s.state_fd, LS_STATE_XML, &noted, &err) == 0 &&
	       strstr(ls_buffer_str(&noted), text);
}

#define PLACE(n) "<address bus=\"3\" device=\"" n "\"/>"

/* --- tests -------------------------------------------------------------------------------- */

TEST(what_is_there_from_the_start_is_no_change)
{
	REQUIRE(begin());
	plug("3-1", "8613\n", "7\n", "ff\n");
	CHECK_INT_EQ(ls_usb_watch_start(&s, &err), 0);
	CHECK(s.usb.attached[0].device == 7 && s.usb.attached[1].bus == 0);
	CHECK(!asks());
	CHECK_INT_EQ(s.events.count, 0);
	end();
}

TEST(a_device_that_is_plugged_in_later_is_attached_and_on_record)
{
	REQUIRE(begin());
	CHECK_INT_EQ(ls_usb_watch_start(&s, &err), 0);
	CHECK(!asks());
	plug("3-1", "8613\n", "7\n", "ff\n");
	CHECK(asks());
	CHECK_STR_HAS(xml, "<product id=\"0x8613\"/>");
	CHECK_STR_HAS(xml, PLACE("7"));
	CHECK(!strstr(xml, "0x1004"));
	CHECK_INT_EQ(s.events.count, 0); /* not before it is so */
	CHECK(!asks());			 /* one after the other */
	answer(NULL);
	CHECK_STR_EQ(sealed(), "usb-plugged");
	CHECK_STR_HAS(s.events.pending[0].detail, "\"reason\": \"04b4:8613, bus 3, device 7\"");
	CHECK(is_noted(PLACE("7")));
	CHECK(!asks_later());
	end();
}

TEST(one_that_is_unplugged_is_let_go_of_and_comes_back)
{
	REQUIRE(begin());
	plug("3-1", "8613\n", "7\n", "ff\n");
	plug("3-4", "1004\n", "8\n", "ff\n");
	CHECK_INT_EQ(ls_usb_watch_start(&s, &err), 0);
	unplug("3-1");
	CHECK(asks());
	CHECK(!strstr(xml, PLACE("7")));
	CHECK_STR_HAS(xml, PLACE("8"));
	answer(NULL);
	CHECK_STR_EQ(sealed(), "usb-unplugged");
	CHECK(!is_noted(PLACE("7")) && is_noted(PLACE("8")));
	plug("3-1", "8613\n", "9\n", "ff\n");
	CHECK(!asks()); /* a loose contact is not followed at its pace */
	CHECK(asks_later());
	CHECK_STR_HAS(xml, PLACE("9"));
	answer(NULL);
	CHECK_STR_EQ(sealed(), "usb-plugged");
	CHECK_INT_EQ(s.events.count, 2);
	end();
}

TEST(one_that_came_back_between_two_looks_left_first)
{
	REQUIRE(begin());
	plug("3-1", "8613\n", "7\n", "ff\n");
	CHECK_INT_EQ(ls_usb_watch_start(&s, &err), 0);
	put("3-1", "devnum", "12\n");
	CHECK(asks());
	CHECK(!strstr(xml, "<address bus"));
	answer(NULL);
	CHECK(asks_later());
	CHECK_STR_HAS(xml, PLACE("12"));
	answer(NULL);
	CHECK_INT_EQ(s.events.count, 2);
	end();
}

TEST(what_libvirt_refuses_is_tried_again_and_not_said_to_be_there)
{
	REQUIRE(begin());
	CHECK_INT_EQ(ls_usb_watch_start(&s, &err), 0);
	plug("3-1", "8613\n", "7\n", "ff\n");
	CHECK(asks());
	answer("QEMU may not open it");
	CHECK(!s.machine_failed);
	CHECK_INT_EQ(s.events.count, 0);
	CHECK_INT_EQ(s.usb.attached[0].bus, 0);
	CHECK_STR_EQ(s.usb.trouble[0], "usb.attach");
	CHECK(!asks());
	CHECK(asks_later());
	answer(NULL);
	CHECK_STR_EQ(sealed(), "usb-plugged");
	CHECK_STR_EQ(s.usb.trouble[0], "");
	end();
}

TEST(what_calls_itself_the_instrument_and_is_a_disk_does_not_come_in)
{
	REQUIRE(begin());
	plug("3-1", "8613\n", "7\n", "ff\n");
	CHECK_INT_EQ(ls_usb_watch_start(&s, &err), 0);
	unplug("3-1");
	plug("3-1", "8613\n", "8\n", "08\n");
	CHECK(asks()); /* the instrument left */
	CHECK(!strstr(xml, "<address bus"));
	answer(NULL);
	CHECK_STR_EQ(sealed(), "usb-unplugged");
	CHECK(!asks_later());
	CHECK_STR_EQ(s.usb.trouble[0], "usb.class");
	end();
}

TEST(while_the_machine_does_not_run_nothing_is_asked)
{
	REQUIRE(begin());
	CHECK_INT_EQ(ls_usb_watch_start(&s, &err), 0);
	plug("3-1", "8613\n", "7\n", "ff\n");
	snprintf(s.status.vm.state, sizeof(s.status.vm.state), "paused");
	CHECK(!asks());
	snprintf(s.status.vm.state, sizeof(s.status.vm.state), "running");
	s.is_stopping = true;
	CHECK(!asks());
	end();
}

TEST(an_answer_that_was_not_asked_for_is_a_failure_of_the_machines_process)
{
	REQUIRE(begin());
	CHECK_INT_EQ(ls_usb_watch_start(&s, &err), 0);
	answer(NULL);
	CHECK(s.machine_failed);
	CHECK_STR_EQ(s.machine_error.id, "usb.answer");
	CHECK_INT_EQ(s.events.count, 0);
	end();
}

__attribute__((constructor)) static void make(void)
{
	if (mkdtemp(dir))
		snprintf(sysfs, sizeof(sysfs), "%s/usb", dir);
}

__attribute__((destructor)) static void clean(void)
{
	ls_policy_free(policy);
	ls_remove_tree(AT_FDCWD, dir, NULL);
}

TEST_MAIN()
