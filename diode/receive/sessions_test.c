/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions and events, on a real ledger and spool. */
#include "diode/receive/sessions.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "diode/receive/assemble_sink.h"
#include "diode/receive/listing.h"
#include "diode/receive/noise.h"
#include "lib/base/files.h"
#include "lib/base/test.h"

#define SECOND 1000000000LL

static char dir[64];
static int dirfd_ = -1;
static struct ls_limits limits;
static struct test_sink sink;
static struct ls_spool *spool;
static struct ls_ledger *ledger;
static struct ls_events *events;
static struct ls_assembler *assembler;
static struct ls_sessions *sessions;
static int64_t now;

static void open_all(void)
{
	size_t removed;
	CHECK_INT_EQ(ls_sessions_new(10, &sessions, NULL), 0);
	CHECK_INT_EQ(ls_ledger_open(dirfd_, ls_sessions_restore, sessions, &ledger, NULL), 0);
	CHECK_INT_EQ(ls_spool_open(dirfd_, 1 << 20, &spool, &removed, NULL), 0);
	CHECK_INT_EQ(ls_events_new(spool, ledger, &events, NULL), 0);
	CHECK_INT_EQ(ls_assembler_new(&limits, &sink.sink, &assembler, NULL), 0);
	ls_sessions_use(sessions, ledger, events, assembler);
}

static void close_all(void)
{
	ls_assembler_free(assembler);
	ls_events_free(events);
	ls_spool_free(spool);
	ls_ledger_free(ledger);
	ls_sessions_free(sessions);
}

static void begin(void)
{
	snprintf(dir, sizeof(dir), "/tmp/sessions-test-XXXXXX");
	REQUIRE(mkdtemp(dir) != NULL);
	dirfd_ = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ls_limits_defaults(&limits);
	test_sink_init(&sink);
	now = 1000 * SECOND;
	open_all();
}

static void end(void)
{
	close_all();
	close(dirfd_);
	CHECK_INT_EQ(ls_remove_tree(AT_FDCWD, dir, NULL), 0);
}

/* --- what a guest says -------------------------------------------------------------- */

static struct ls_digest content(uint64_t number)
{
	struct ls_digest d;
	memset(d.bytes, (int)number + 1, sizeof(d.bytes));
	return d;
}

static struct ls_digest chain_at(uint64_t number)
{
	struct ls_digest chain = { { 0 } };
	for (uint64_t n = 1; n <= number; n++) {
		struct ls_digest sha256 = content(n);
		ls_chain_next(&chain, n, &sha256);
	}
	return chain;
}

static struct ls_frame frame(uint8_t type, uint8_t session, uint32_t run, const struct ls_buffer *b)
{
	struct ls_frame f = { .type = type, .run = run, .payload = b->data, .size = b->size };
	memset(f.session, session, sizeof(f.session));
	return f;
}

static void hello(uint8_t session, uint32_t run, uint8_t run_id, uint64_t last)
{
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, 4096);
	struct ls_hello v = { .clock = now, .beat_interval = 3000, .last = last };
	memset(v.run_id, run_id, sizeof(v.run_id));
	v.chain = chain_at(last);
	v.version = (struct ls_wire_text){ .data = "1", .size = 1 };
	ls_encode_hello(&v, &b);
	struct ls_frame f = frame(LS_FRAME_HELLO, session, run, &b);
	CHECK_INT_EQ(ls_sessions_hello(sessions, &f, now, NULL), 0);
}

static void beat_with(uint8_t session, uint64_t last, uint64_t sent, struct ls_digest chain)
{
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, 4096);
	struct ls_beat v = { .clock = now, .last = last, .sent = sent, .chain = chain };
	ls_encode_beat(&v, &b);
	struct ls_frame f = frame(LS_FRAME_BEAT, session, 1, &b);
	CHECK_INT_EQ(ls_sessions_beat(sessions, &f, now, NULL), 0);
}

static void beat(uint8_t session, uint64_t last, uint64_t sent)
{
	beat_with(session, last, sent, chain_at(last));
}

static void receive(uint8_t session, uint64_t number)
{
	struct ls_ledger_record r = { .kind = LS_LEDGER_RECEIVED, .key.number = number };
	memset(r.key.session, session, sizeof(r.key.session));
	r.key.sha256 = content(number);
	CHECK_INT_EQ(ls_ledger_append(ledger, &r, NULL), 0);
}

static unsigned told(const char *word);

static void wait_for(int seconds)
{
	for (int i = 0; i < seconds; i++) {
		now += SECOND;
		CHECK_INT_EQ(ls_sessions_tick(sessions, now, NULL), 0);
		CHECK_INT_EQ(ls_events_tick(events, now, NULL), 0);
		told("");
	}
}

/* --- what was told --------------------------------------------------------------------- */

static void note_event(void *context, const struct ls_spool_entry *entry)
{
	(void)context;
	struct ls_ledger_record r = { .kind = LS_LEDGER_RECEIVED };
	ls_ledger_event_key(&entry->key.sha256, &r.key);
	ls_ledger_append(ledger, &r, NULL);
}

/* Events so far whose detail contains the word; all are noted as received. */
static unsigned told(const char *word)
{
	unsigned count = 0;
	ls_spool_sync(spool, note_event, NULL, NULL);
	CHECK_INT_EQ(ls_sessions_synced(sessions, now, NULL), 0);
	for (struct ls_spool_entry *e = NULL; (e = ls_spool_after(spool, e));) {
		_cleanup_buffer_ struct ls_buffer body;
		int fd;
		struct ls_event event;
		char text[16384];
		ls_buffer_init(&body, 65536);
		CHECK_INT_EQ(ls_spool_read(spool, e, &body, &fd, NULL), 0);
		struct ls_message m = { .type = LS_MSG_EVENT,
					.body = body.data,
					.size = body.size };
		CHECK_INT_EQ(ls_decode_event(&m, &event, NULL), 0);
		snprintf(text, sizeof(text), "%.*s", (int)event.detail.size,
			 (const char *)event.detail.data);
		count += strstr(text, word) != NULL;
	}
	return count;
}

TEST(sessions_a_new_one_is_told_once)
{
	begin();
	hello(1, 1, 1, 0);
	hello(1, 1, 1, 0); /* the port was opened anew */
	CHECK_INT_EQ(told("new-session"), 1);
	hello(2, 1, 9, 0);
	CHECK_INT_EQ(told("new-session"), 2);
	hello(1, 2, 2, 0);
	CHECK_INT_EQ(told("new-run"), 1);
	end();
}

TEST(sessions_are_known_after_a_restart_of_the_receiver)
{
	begin();
	hello(1, 3, 5, 0);
	told("");
	close_all();
	open_all();
	hello(1, 3, 5, 0);
	CHECK_INT_EQ(told("what"), 1);
	hello(1, 4, 6, 0);
	CHECK_INT_EQ(told("new-run"), 1);
	end();
}

/* All that the ledger has goes into tables, and the receiver starts again. */
static void fold_and_restart(void)
{
	struct ls_ledger_record states[LS_SESSION_STATES_MAX];
	size_t count = ls_sessions_states(sessions, now, states);
	told("");
	CHECK_INT_EQ(ls_ledger_fold(ledger, states, count, NULL), 0);
	close_all();
	open_all();
}

TEST(sessions_are_told_again_when_the_event_was_lost)
{
	begin();
	hello(1, 3, 5, 0);
	close_all(); /* before anything is durable */
	open_all();
	hello(1, 3, 5, 0);
	CHECK_INT_EQ(told("new-session"), 1);
	end();
}

TEST(sessions_are_known_after_the_ledger_was_folded)
{
	begin();
	hello(1, 3, 5, 0);
	for (uint64_t n = 1; n <= 600; n++)
		receive(1, n);
	beat(1, 600, 600);
	fold_and_restart();
	hello(1, 3, 5, 600);
	CHECK_INT_EQ(told("\"what\""), 1); /* its start, long ago */
	receive(1, 601);
	beat(1, 601, 601);
	beat(1, 500, 500); /* too far back for its chain to be known */
	CHECK_INT_EQ(told("fork"), 0);
	CHECK_INT_EQ(told("number-lower"), 1);
	beat_with(1, 601, 601, chain_at(600));
	CHECK_INT_EQ(told("fork"), 1);
	fold_and_restart();
	hello(1, 4, 6, 2);
	CHECK_INT_EQ(told("new-run"), 1);
	CHECK_INT_EQ(told("\"seen\":601"), 2);
	end();
}

TEST(sessions_that_made_place_are_known_from_the_ledger)
{
	begin();
	for (int i = 1; i <= 40; i++)
		hello((uint8_t)i, 2, (uint8_t)i, 0);
	fold_and_restart();
	for (int i = 0; i < 20; i++) { /* more than are kept in memory, none on record for long */
		now += 20 * SECOND;
		for (int j = 0; j < 5; j++)
			hello((uint8_t)(100 + 5 * i + j), 1, 1, 0);
	}
	unsigned before = told("\"what\"");
	for (int i = 1; i <= 40; i++)
		hello((uint8_t)i, 2, (uint8_t)i, 0);
	CHECK_INT_EQ(told("\"what\""), before);
	hello(1, 3, 100, 0);
	CHECK_INT_EQ(told("new-run"), 1);
	end();
}

TEST(sessions_a_restored_disk_is_noticed)
{
	begin();
	hello(1, 5, 5, 0);
	receive(1, 1);
	receive(1, 2);
	beat(1, 2, 2);
	hello(1, 4, 7, 1); /* the run went back, and so did the number */
	CHECK_INT_EQ(told("run-lower"), 1);
	CHECK_INT_EQ(told("number-lower"), 1);
	beat(1, 1, 1);
	CHECK_INT_EQ(told("number-lower"), 1);
	end();
}

TEST(sessions_the_same_run_number_with_another_name_is_noticed)
{
	begin();
	hello(1, 5, 5, 0);
	hello(1, 5, 6, 0);
	CHECK_INT_EQ(told("run-lower"), 1);
	end();
}

TEST(sessions_a_fork_is_noticed_at_once_and_later)
{
	begin();
	hello(1, 1, 1, 0);
	receive(1, 1);
	receive(1, 2);
	beat(1, 2, 2);
	CHECK_INT_EQ(told("fork"), 0);
	beat_with(1, 2, 2, chain_at(1));
	CHECK_INT_EQ(told("fork"), 1);
	beat_with(1, 2, 2, chain_at(1));
	CHECK_INT_EQ(told("fork"), 1);
	/* another session: the claim comes before the file */
	hello(2, 1, 1, 0);
	beat_with(2, 1, 0, chain_at(3));
	CHECK_INT_EQ(told("fork"), 1);
	receive(2, 1);
	wait_for(1);
	beat_with(2, 1, 1, chain_at(3));
	CHECK_INT_EQ(told("fork"), 2);
	end();
}

TEST(sessions_a_gap_is_told_when_it_lasts)
{
	begin();
	hello(1, 1, 1, 0);
	receive(1, 1);
	receive(1, 3);
	beat(1, 5, 4);
	wait_for(9);
	CHECK_INT_EQ(told("missing"), 0);
	wait_for(3);
	CHECK_INT_EQ(told("\"missing\":[[2,2],[4,4]]"), 1);
	wait_for(60);
	CHECK_INT_EQ(told("\"what\":\"missing\""), 1); /* the same is told once */
	receive(1, 2);
	wait_for(20);
	CHECK_INT_EQ(told("\"missing\":[[4,4]]"), 1);
	receive(1, 4);
	wait_for(2);
	CHECK_INT_EQ(told("\"what\":\"closed\""), 1);
	CHECK_INT_EQ(told("\"complete-to\":4"), 1);
	end();
}

/* --- what the outbox lists ------------------------------------------------------------ */

static struct ls_buffer list; /* entries of the list that is being made */

static void add_entry(uint64_t number, const struct ls_digest *sha256)
{
	struct ls_manifest_entry entry = { number, 100 * number, *sha256 };
	ls_encode_manifest_entry(&entry, &list);
}

static void list_file(uint64_t number)
{
	struct ls_digest sha256 = content(number);
	add_entry(number, &sha256);
}

/* Send entries first .. first + count - 1 of the list as one part. */
static void send_part(uint8_t session, uint64_t first, uint32_t count)
{
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, LS_FRAME_PAYLOAD_MAX);
	struct ls_manifest part = { .total = list.size / LS_WIRE_ENTRY_SIZE,
				    .first = first,
				    .count = count,
				    .entries = count ? list.data + first * LS_WIRE_ENTRY_SIZE
						     : NULL };
	ls_sha256_buffer(list.data, list.size, &part.outbox);
	CHECK_INT_EQ(ls_encode_manifest(&part, &b), 0);
	struct ls_frame f = frame(LS_FRAME_MANIFEST, session, 1, &b);
	CHECK_INT_EQ(ls_sessions_manifest(sessions, &f, now, NULL), 0);
}

static void begin_list(void)
{
	ls_buffer_free(&list);
	ls_buffer_init(&list, 1 << 20);
}

static uint64_t malformed(void)
{
	return ls_sessions_counts(sessions)->malformed;
}

TEST(sessions_a_gap_says_what_the_outbox_still_holds)
{
	begin();
	hello(1, 1, 1, 0);
	receive(1, 1);
	receive(1, 6);
	beat(1, 8, 7);
	begin_list();
	for (uint64_t n = 3; n <= 8; n++)
		if (n != 5)
			list_file(n);
	send_part(1, 0, 2);
	send_part(1, 2, 3);
	wait_for(12);
	CHECK_INT_EQ(malformed(), 0);
	CHECK_INT_EQ(told("\"missing\":[[2,5],[7,7]]"), 1);
	CHECK_INT_EQ(told("\"gone\":[[2,2],[5,5]]"), 1);
	CHECK_INT_EQ(told("\"held\":[{\"number\":3,\"sha256\":\"0404"), 1);
	CHECK_INT_EQ(told("\"number\":4,\"sha256\":\"0505"), 1);
	CHECK_INT_EQ(told("\"number\":7,\"sha256\":\"0808"), 1);
	CHECK_INT_EQ(told("\"size\":700}]"), 1); /* and not 8, which was not sent yet */
	wait_for(60);
	CHECK_INT_EQ(told("\"what\":\"missing\""), 1);
	/* the outbox lets go of one: never to come now */
	begin_list();
	list_file(3);
	list_file(7);
	list_file(8);
	send_part(1, 0, 3);
	wait_for(12);
	CHECK_INT_EQ(told("\"gone\":[[2,2],[4,5]]"), 1);
	CHECK_INT_EQ(told("\"what\":\"missing\""), 2);
	end();
}

TEST(sessions_a_list_does_not_speak_of_what_came_after_it)
{
	begin();
	hello(1, 1, 1, 0);
	beat(1, 2, 2);
	begin_list();
	send_part(1, 0, 0); /* an empty outbox */
	beat(1, 5, 5);
	wait_for(12);
	CHECK_INT_EQ(told("\"gone\":[[1,2]],\"held\":[],\"missing\":[[1,5]]"), 1);
	end();
}

TEST(sessions_more_is_missing_than_is_remembered)
{
	begin();
	hello(1, 1, 1, 0);
	beat(1, 200, 200);
	begin_list();
	for (uint64_t n = 2; n <= 200; n += 2)
		list_file(n);
	send_part(1, 0, 100);
	wait_for(12);
	CHECK_INT_EQ(told("\"number\":128,"), 1);
	CHECK_INT_EQ(told("\"number\":130,"), 0);
	CHECK_INT_EQ(told("[125,125],[127,127]],\"held\""), 1); /* of 129 and up nothing is said */
	end();
}

TEST(sessions_another_content_in_the_outbox_is_noticed_once)
{
	begin();
	hello(1, 1, 1, 0);
	receive(1, 1);
	receive(1, 2);
	struct ls_digest other = content(99);
	begin_list();
	list_file(1);
	add_entry(2, &other);
	send_part(1, 0, 2);
	send_part(1, 0, 2);
	CHECK_INT_EQ(told("\"what\":\"other-content\""), 1);
	CHECK_INT_EQ(told("\"number\":2,"), 1);
	CHECK_INT_EQ(told("\"held\":\"0303"), 1);
	CHECK_INT_EQ(told("\"listed\":\"6464"), 1);
	end();
}

TEST(sessions_files_that_the_outbox_does_not_know_are_named)
{
	begin();
	hello(1, 1, 1, 0);
	for (uint64_t n = 1; n <= 30; n++)
		receive(1, n);
	beat(1, 30, 30);
	beat(1, 10, 10);
	CHECK_INT_EQ(told("\"last\":10,"), 1);
	CHECK_INT_EQ(told("\"unlisted\":[{\"number\":11,\"sha256\":\"0c0c"), 1);
	CHECK_INT_EQ(told("{\"number\":26,"), 1);
	CHECK_INT_EQ(told("{\"number\":27,"), 0);
	end();
}

TEST(sessions_lists_that_are_none_count_as_malformed)
{
	begin();
	begin_list();
	list_file(5);
	send_part(1, 0, 1); /* of nobody */
	hello(1, 1, 1, 0);
	beat(1, 5, 5);
	begin_list();
	for (uint64_t n = 1; n <= 4; n++)
		list_file(n);
	send_part(1, 1, 2); /* not the first */
	CHECK_INT_EQ(malformed(), 1);
	send_part(1, 0, 2);
	send_part(1, 3, 1); /* left one out */
	CHECK_INT_EQ(malformed(), 2);
	send_part(1, 2, 2); /* the list was given up */
	CHECK_INT_EQ(malformed(), 3);
	send_part(1, 0, 0); /* an empty part of a list that is not */
	CHECK_INT_EQ(malformed(), 4);
	send_part(1, 0, 2);
	list_file(9); /* another list goes on with this one */
	send_part(1, 2, 3);
	CHECK_INT_EQ(malformed(), 5);
	begin_list();
	list_file(2);
	list_file(2);
	send_part(1, 0, 2);
	CHECK_INT_EQ(malformed(), 6);
	begin_list();
	list_file(0);
	send_part(1, 0, 1);
	CHECK_INT_EQ(malformed(), 7);
	wait_for(12);
	CHECK_INT_EQ(told("held"), 0); /* nothing is known of the outbox */
	CHECK_INT_EQ(told("\"what\":\"missing\""), 1);
	end();
}

TEST(sessions_lists_cost_only_so_many_look_ups)
{
	begin();
	hello(1, 1, 1, 0);
	beat(1, 700, 700);
	begin_list();
	for (uint64_t n = 1; n <= LS_WIRE_ENTRIES_MAX; n++)
		list_file(n);
	uint64_t lists = LS_LISTING_LOOKUPS_ONCE / LS_WIRE_ENTRIES_MAX;
	for (uint64_t i = 0; i < lists; i++)
		send_part(1, 0, LS_WIRE_ENTRIES_MAX);
	for (uint64_t n = 1; n <= LS_WIRE_ENTRIES_MAX; n++)
		receive(1, n);
	begin_list();
	list_file(700);
	for (unsigned n = 701; n <= 1300; n++)
		list_file(n);
	send_part(1, 0, 601); /* not looked at */
	wait_for(11);
	CHECK_INT_EQ(told("\"held\":[]"), 1);
	send_part(1, 0, 601);
	wait_for(11);
	CHECK_INT_EQ(told("\"held\":[{\"number\":700,"), 1);
	CHECK_INT_EQ(malformed(), 0);
	end();
}

TEST(sessions_what_comes_in_time_is_no_gap)
{
	begin();
	hello(1, 1, 1, 0);
	beat(1, 3, 3);
	wait_for(5);
	for (uint64_t n = 1; n <= 3; n++)
		receive(1, n);
	wait_for(60);
	CHECK_INT_EQ(told("gap"), 0);
	CHECK_INT_EQ(told("missing"), 0);
	CHECK_INT_EQ(told("closed"), 0);
	end();
}

TEST(sessions_absurd_numbers_cost_nothing)
{
	begin();
	hello(1, 1, 1, 0);
	beat_with(1, UINT64_MAX, UINT64_MAX, chain_at(1));
	wait_for(30);
	CHECK_INT_EQ(told("[[1,\"18446744073709551615\"]]"), 1);
	beat_with(1, UINT64_MAX - 1, UINT64_MAX, chain_at(1)); /* sent more than there is */
	CHECK_INT_EQ(ls_sessions_counts(sessions)->malformed, 1);
	end();
}

TEST(sessions_many_are_told_up_to_a_burst_and_then_counted)
{
	begin();
	for (int i = 0; i < 200; i++)
		hello((uint8_t)i, 1, 1, 0);
	CHECK_INT_EQ(told("new-session"), LS_EVENT_BURST);
	wait_for(LS_EVENT_INTERVAL + 2);
	CHECK_INT_EQ(told("too-many-events"), 1);
	CHECK_INT_EQ(told("\"events\":136,"), 1);
	CHECK_INT_EQ(told("\"sorts\":{\"session\":136}"), 1);
	end();
}

TEST(sessions_the_counts_are_told_while_it_goes_on)
{
	begin();
	for (int i = 0; i < 1000; i++) {
		if (i % 10 == 0)
			now += SECOND;
		hello((uint8_t)(i % 250), (uint32_t)i + 1, 1, 0);
		CHECK_INT_EQ(ls_events_tick(events, now, NULL), 0);
	}
	CHECK(told("too-many-events") >= 9);
	CHECK(told("\"what\"") <= LS_EVENT_BURST + 1);
	end();
}

TEST(sessions_lost_frames_are_counted)
{
	begin();
	hello(1, 1, 1, 0);
	struct ls_frame f = { .type = LS_FRAME_DATA, .run = 1 };
	memset(f.session, 1, sizeof(f.session));
	const uint64_t numbers[] = { 5, 6, 7, 10, 11 };
	for (size_t i = 0; i < 5; i++) {
		f.number = numbers[i];
		ls_sessions_frame(sessions, &f);
	}
	CHECK_INT_EQ(ls_sessions_counts(sessions)->lost_frames, 2);
	f.run = 2;
	f.number = 0;
	ls_sessions_frame(sessions, &f);
	CHECK_INT_EQ(ls_sessions_counts(sessions)->lost_frames, 2);
	end();
}

TEST(sessions_malformed_payloads_are_counted)
{
	begin();
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, 16);
	ls_buffer_add_str(&b, "x");
	struct ls_frame f = frame(LS_FRAME_HELLO, 1, 1, &b);
	CHECK_INT_EQ(ls_sessions_hello(sessions, &f, now, NULL), 0);
	CHECK_INT_EQ(ls_sessions_beat(sessions, &f, now, NULL), 0);
	CHECK_INT_EQ(ls_sessions_counts(sessions)->malformed, 2);
	CHECK_INT_EQ(told("what"), 0);
	end();
}

/* Once a second a bad frame comes; what is told of them within so many seconds. */
static unsigned noise_for(struct ls_noise *noise, struct ls_noise_counts *counts, int seconds)
{
	unsigned before = told("noise");
	for (int i = 0; i < seconds; i++) {
		now += SECOND;
		counts->bad_frames++;
		CHECK_INT_EQ(ls_noise_tick(noise, counts, now, false, NULL), 0);
		CHECK_INT_EQ(ls_events_tick(events, now, NULL), 0);
	}
	return told("noise") - before;
}

TEST(noise_is_told_at_once_and_then_less_and_less_often)
{
	begin();
	struct ls_noise *noise;
	struct ls_noise_counts counts = { 0 };
	REQUIRE(ls_noise_new(events, &noise, NULL) == 0);
	CHECK_INT_EQ(ls_noise_tick(noise, &counts, now, false, NULL), 0);
	CHECK_INT_EQ(told("noise"), 0);
	CHECK_INT_EQ(noise_for(noise, &counts, 1), 1);
	CHECK_INT_EQ(told("\"bad-frames\":1,"), 1);
	CHECK_INT_EQ(noise_for(noise, &counts, 59), 0);
	CHECK_INT_EQ(noise_for(noise, &counts, 1), 1);
	CHECK_INT_EQ(told("\"bad-frames\":60,"), 1);
	CHECK_INT_EQ(noise_for(noise, &counts, 119), 0);
	CHECK_INT_EQ(noise_for(noise, &counts, 1), 1);
	CHECK_INT_EQ(noise_for(noise, &counts, 24 * 3600), 27);
	/* what was not due is told at the end */
	noise_for(noise, &counts, 10);
	CHECK_INT_EQ(ls_noise_tick(noise, &counts, now, true, NULL), 0);
	CHECK_INT_EQ(told("noise"), 31);
	/* after hours of quiet it is news again, and so are other counts */
	now += 3 * 3600 * SECOND;
	counts.no_session = 7;
	CHECK_INT_EQ(noise_for(noise, &counts, 1), 1);
	CHECK_INT_EQ(told("\"no-session\":7,"), 1);
	ls_noise_free(noise);
	end();
}

TEST(events_refused_says_what_with_claims_escaped)
{
	begin();
	struct ls_delivery d = { .key.number = UINT64_MAX, .size = 5 };
	d.name = (struct ls_bytes){ .data = (const uint8_t *)"..\\a\n\xff", .size = 6 };
	enum ls_event_outcome outcome;
	CHECK_INT_EQ(ls_events_refused(events, &d, "size", now, &outcome, NULL), 0);
	CHECK_INT_EQ(outcome, LS_EVENT_ADDED);
	CHECK_INT_EQ(told("\"name\":\"..\\\\a%0A%FF\""), 1);
	CHECK_INT_EQ(told("\"number\":\"18446744073709551615\""), 1);
	CHECK_INT_EQ(ls_events_refused(events, &d, "size", now + 5, &outcome, NULL), 0);
	CHECK_INT_EQ(outcome, LS_EVENT_KNOWN);
	end();
}

TEST_MAIN()
