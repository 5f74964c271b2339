/* SPDX-License-Identifier: Apache-2.0 */
#include "host/supervisor/events.h"

#include <errno.h>
#include <unistd.h>

#include "lib/base/test.h"
#include "lib/proc/child.h"
#include "lib/proc/protocol.h"

TEST(keys_are_of_one_run_and_one_event)
{
	struct ls_error err = { 0 };
	struct ls_events a, b;
	CHECK_INT_EQ(ls_events_init(&a, &err), 0);
	CHECK_INT_EQ(ls_events_init(&b, &err), 0);
	CHECK_INT_EQ(ls_events_tell(&a, "vm-start", "{}", &err), 0);
	CHECK_INT_EQ(ls_events_tell(&a, "vm-start", "{}", &err), 0);
	CHECK_INT_EQ(ls_events_tell(&b, "vm-start", "{}", &err), 0);
	CHECK(!ls_digest_equal(&a.pending[0].key, &a.pending[1].key));
	CHECK(!ls_digest_equal(&a.pending[0].key, &b.pending[0].key));
}

TEST(what_is_sealed_is_forgotten_and_the_rest_sent_again)
{
	struct ls_error err = { 0 };
	struct ls_events e;
	struct ls_message_stream stream;
	struct ls_message m;
	struct ls_event event;
	int pair[2];
	REQUIRE(ls_events_init(&e, &err) == 0 && ls_socket_pair(pair, &err) == 0);
	ls_events_tell(&e, "vm-start", "{\"a\": 1}", &err);
	ls_events_tell(&e, "vm-stop", "{}", &err);
	struct ls_digest first = e.pending[0].key, unknown = { { 1 } };
	ls_events_done(&e, &unknown);
	CHECK_INT_EQ(e.count, 2);
	CHECK_INT_EQ(ls_events_send(&e, 0, pair[0], &err), 0);
	ls_message_stream_init(&stream, pair[1]);
	REQUIRE(ls_message_receive(&stream, &m, &err) == 1);
	CHECK_INT_EQ(ls_decode_event(&m, &event, &err), 0);
	CHECK(ls_digest_equal(&event.key, &first));
	CHECK_INT_EQ(event.detail.size, 8);
	CHECK(event.host_time > 0);
	ls_events_done(&e, &first);
	CHECK_INT_EQ(e.count, 1);
	CHECK_STR_EQ(e.pending[0].kind, "vm-stop");
	ls_message_stream_free(&stream);
	close(pair[0]);
	close(pair[1]);
}

TEST(too_many_lose_the_oldest_and_say_so)
{
	struct ls_error err = { 0 };
	struct ls_events e;
	REQUIRE(ls_events_init(&e, &err) == 0);
	for (int i = 0; i < LS_EVENTS_MAX; i++)
		CHECK_INT_EQ(ls_events_tell(&e, i ? "vm-stop" : "vm-start", "{}", &err), 0);
	CHECK_INT_EQ(ls_events_tell(&e, "vm-start", "{}", &err), -ENOBUFS);
	CHECK_STR_HAS(err.message, "'vm-start' is lost");
	CHECK_INT_EQ(e.count, LS_EVENTS_MAX);
	CHECK_STR_EQ(e.pending[0].kind, "vm-stop");
}

TEST_MAIN()
