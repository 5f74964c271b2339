/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/keys/key_log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

#include "audit/dna/keys/writing.h"
#include "audit/dna/scheme/made_test.h"
#include "lib/base/files.h"
#include "lib/base/test.h"
#include "lib/registry/folder.h"

#define CORPUS "tests/corpus/dna_keys/"

static void read_file(const char *name, struct ls_buffer *out)
{
	char path[512];
	snprintf(path, sizeof(path), CORPUS "%s", name);
	ls_buffer_init(out, LS_KEY_SNAPSHOT_MAX);
	CHECK_INT_EQ(ls_file_read(AT_FDCWD, path, out, NULL), 0);
}

static void read_trust(struct ls_key_trust *ret)
{
	_cleanup_buffer_ struct ls_buffer bytes;
	read_file("good-trust", &bytes);
	REQUIRE(ls_key_trust_parse(bytes.data, bytes.size, ret, NULL) == 0);
}

static int parse(const char *name, const struct ls_buffer *bytes, const struct ls_key_trust *trust,
		 struct ls_error *err)
{
	_cleanup_key_trust_ struct ls_key_trust other = { 0 };
	_cleanup_key_log_ struct ls_key_log log = { 0 };
	struct ls_key_statement s;
	if (strstr(name, "trust"))
		return ls_key_trust_parse(bytes->data, bytes->size, &other, err);
	if (strstr(name, "snapshot"))
		return ls_key_log_from_snapshot(bytes->data, bytes->size, trust, 0, &log, err);
	return ls_key_statement_parse(bytes->data, bytes->size, &s, err);
}

TEST(the_corpus_is_as_its_names_say)
{
	_cleanup_key_trust_ struct ls_key_trust trust = { 0 };
	DIR *folder = opendir(CORPUS);
	unsigned count = 0;
	read_trust(&trust);
	for (struct dirent *entry; folder && (entry = readdir(folder));) {
		_cleanup_buffer_ struct ls_buffer bytes = { 0 };
		struct ls_error err = { 0 };
		if (entry->d_name[0] == '.')
			continue;
		read_file(entry->d_name, &bytes);
		bool good = strncmp(entry->d_name, "good-", 5) == 0;
		int rc = parse(entry->d_name, &bytes, &trust, &err);
		if (good ? rc != 0 : (rc != -EBADMSG && rc != -EUCLEAN) || !err.message[0])
			TEST_FAIL("%s: %d %s", entry->d_name, rc, err.message);
		count++;
	}
	if (folder)
		closedir(folder);
	CHECK(count > 15);
}

/* The log's key orders what the authority stated: it states nothing itself. */
TEST(what_the_authority_did_not_sign_says_nothing)
{
	_cleanup_key_trust_ struct ls_key_trust trust = { 0 };
	_cleanup_key_log_ struct ls_key_log log = { 0 };
	_cleanup_buffer_ struct ls_buffer bytes;
	struct ls_dna_master master = made_master("Another");
	struct ls_dna_history history = { 0 };
	read_trust(&trust);
	read_file("good-snapshot", &bytes);
	REQUIRE(ls_key_log_from_snapshot(bytes.data, bytes.size, &trust, INT64_MAX, &log, NULL) ==
		0);
	CHECK_INT_EQ(log.count, 2);
	CHECK_INT_EQ(log.size, 4);
	REQUIRE(log.statements[1].withdrawal);
	/* by another authority's key the withdrawal is none, and neither is the key */
	REQUIRE(ls_key_log_history(&log, &master.params, &history, NULL) == 0);
	CHECK_INT_EQ(history.count, 1);
	CHECK(!history.entries[0].withdrawn);
	CHECK(!ls_dna_statement_holds(&master.params, &history.entries[0].statement));
	ls_dna_history_free(&history);
	ls_dna_master_wipe(&master);
}

TEST(a_statement_is_read_as_it_was_signed_and_no_other_way)
{
	_cleanup_buffer_ struct ls_buffer bytes;
	struct ls_dna_master master = made_master("One");
	_cleanup_dna_key_ struct ls_dna_key *key = made_own_key(&master.params, ALICE);
	struct ls_directory_entry entry = made_entry(key);
	struct ls_key_statement s = { .orcid = entry.orcid, .from = 5, .until = LS_DNA_NO_END },
				seen;
	struct ls_error err = { 0 };
	ls_buffer_init(&bytes, LS_KEY_STATEMENT_MAX);
	snprintf(s.log, sizeof(s.log), "example.org/keys");
	memcpy(s.key, entry.key, sizeof(s.key));
	memcpy(s.proof, entry.proof, sizeof(s.proof));
	REQUIRE(ls_key_statement_sign(&s, &master, &bytes, &err) == 0);
	REQUIRE(ls_key_statement_parse(bytes.data, bytes.size, &seen, &err) == 0);
	CHECK(ls_dna_statement_holds(&master.params, &seen.sign));
	CHECK_STR_EQ(seen.orcid.text, ALICE);
	unsigned held = 0;
	for (size_t i = 0; i < bytes.size; i++) {
		bytes.data[i] ^= 1;
		held += ls_key_statement_parse(bytes.data, bytes.size, &seen, &err) == 0 &&
			ls_dna_statement_holds(&master.params, &seen.sign);
		bytes.data[i] ^= 1;
	}
	CHECK_INT_EQ(held, 0);
	s.until = 5;
	CHECK_INT_EQ(ls_key_statement_sign(&s, &master, &bytes, &err), -EINVAL);
	CHECK_STR_EQ(err.id, "dna.keys.interval");
	ls_dna_master_wipe(&master);
}

/* The snapshot with one more line on its checkpoint. */
static void cosign(const struct ls_buffer *from, const uint8_t key[static LS_ED25519_SIZE],
		   uint64_t time, struct ls_buffer *out)
{
	struct ls_note note;
	_cleanup_buffer_ struct ls_buffer line;
	size_t at = strlen("labseal/dna-key-snapshot/v1\n"), size;
	const uint8_t *b = from->data + at;
	size = (size_t)b[0] << 24 | (size_t)b[1] << 16 | (size_t)b[2] << 8 | b[3];
	ls_buffer_init(&line, 4096);
	ls_buffer_init(out, LS_KEY_SNAPSHOT_MAX);
	REQUIRE(ls_note_parse(b + 4, size, &note, NULL) == 0);
	REQUIRE(ls_cosignature_sign(note.text, note.text_size, "witness.example", key, time, &line,
				    NULL) == 0);
	ls_buffer_add(out, from->data, at);
	ls_buffer_add_be32(out, (uint32_t)(size + line.size));
	ls_buffer_add(out, b + 4, size);
	ls_buffer_add(out, line.data, line.size);
	ls_buffer_add(out, b + 4 + size, from->size - at - 4 - size);
}

TEST(witnesses_say_how_old_a_snapshot_is)
{
	_cleanup_key_trust_ struct ls_key_trust trust = { 0 };
	_cleanup_key_log_ struct ls_key_log by_beat = { 0 }, by_nobody = { 0 }, by_witness = { 0 };
	_cleanup_buffer_ struct ls_buffer bytes, cosigned;
	const uint8_t key[LS_ED25519_SIZE] = { 7 };
	uint8_t public[LS_ED25519_SIZE];
	read_trust(&trust);
	read_file("good-snapshot", &bytes);
	REQUIRE(ls_key_log_from_snapshot(bytes.data, bytes.size, &trust, INT64_MAX, &by_beat,
					 NULL) == 0);
	CHECK_INT_EQ(by_beat.fresh.clock, LS_CAL_CLOCK_HEARTBEAT);
	REQUIRE((trust.log.witnesses = calloc(1, sizeof(*trust.log.witnesses))) != NULL);
	trust.log.witness_count = trust.log.quorum = 1;
	REQUIRE(ls_ed25519_public(key, public) == 0);
	REQUIRE(ls_witness_key_init(trust.log.witnesses, "witness.example", public, NULL) == 0);
	REQUIRE(ls_key_log_from_snapshot(bytes.data, bytes.size, &trust, INT64_MAX, &by_nobody,
					 NULL) == 0);
	CHECK_INT_EQ(by_nobody.fresh.clock, LS_CAL_CLOCK_NONE);
	cosign(&bytes, key, 1800000000, &cosigned);
	REQUIRE(ls_key_log_from_snapshot(cosigned.data, cosigned.size, &trust, INT64_MAX,
					 &by_witness, NULL) == 0);
	CHECK_INT_EQ(by_witness.fresh.clock, LS_CAL_CLOCK_WITNESSES);
	CHECK_INT_EQ(by_witness.fresh.time, 1800000000);
}

/* --- a folder that somebody exchanges while it is read ------------------------------------- */

struct exchange {
	char folder[64], old[128], new[128], place[128], temporary[128];
	atomic_bool done;
};

/* Yesterday's checkpoint and today's, in turn. */
static void *exchange(void *context)
{
	struct exchange *x = context;
	for (unsigned i = 0; !atomic_load(&x->done); i++) {
		unlink(x->temporary);
		if (link(i % 2 ? x->old : x->new, x->temporary) == 0)
			rename(x->temporary, x->place);
	}
	return NULL;
}

/* When the log says that it was published: the clock is later, by as much as the machine likes. */
static int64_t published(const char *keys, struct ls_key_trust *trust)
{
	_cleanup_key_log_ struct ls_key_log log = { 0 };
	struct ls_error err = { 0 };
	trust->log.max_age = 3600;
	CHECK_INT_EQ(ls_key_log_open(keys, trust, (int64_t)time(NULL), &log, &err), 0);
	CHECK_STR_EQ(err.message, "");
	return log.fresh.time;
}

static void make_log(struct exchange *x, struct ls_dna_master *master, struct ls_key_trust *trust,
		     int64_t *ret_now)
{
	struct ls_error err = { 0 };
	char keys[96], log_key[96], pass[96];
	struct ls_dna_key *own = NULL;
	struct ls_directory_entry entry;
	snprintf(keys, sizeof(keys), "%s/keys", x->folder);
	snprintf(log_key, sizeof(log_key), "%s/log.key", x->folder);
	snprintf(pass, sizeof(pass), "%s/pass", x->folder);
	snprintf(x->place, sizeof(x->place), "%s/" LS_REGISTRY_CHECKPOINT, keys);
	snprintf(x->old, sizeof(x->old), "%s/old", x->folder);
	snprintf(x->new, sizeof(x->new), "%s/new", x->folder);
	snprintf(x->temporary, sizeof(x->temporary), "%s/temporary", x->folder);
	CHECK_INT_EQ(ls_file_write_new(AT_FDCWD, pass, "pw\n", 3, 0600, &err), 0);
	struct ls_keys with = { .passphrase_file = pass };
	REQUIRE(ls_desk_create(keys, "example.org/keys", &(struct ls_log_keys){ log_key, NULL },
			       true, &with, &err) == 0);
	ls_keys_free(&with);
	struct ls_orcid alice = made_orcid(ALICE);
	REQUIRE(ls_dna_own_generate(&master->params, &alice, &own, &err) == 0);
	ls_request_entry(own, &entry);
	ls_dna_key_free(own);
	for (unsigned round = 0; round < 2; round++) {
		_cleanup_key_desk_ struct ls_key_desk desk = { .desk.keys.passphrase_file = pass };
		REQUIRE(ls_key_desk_open(x->folder, &master->params, &desk, &err) == 0);
		int rc = round == 0 ? ls_key_desk_add(&desk, master, &entry, 0, LS_DNA_NO_END, &err)
				    : ls_key_desk_withdraw(&desk, master, &alice, 0,
							   LS_CAL_KEY_COMPROMISE, &err);
		CHECK_INT_EQ(rc, 0);
		CHECK_INT_EQ(ls_key_desk_publish(&desk, &err), 0);
		CHECK_INT_EQ(ls_file_copy(AT_FDCWD, x->place, AT_FDCWD, round ? x->new : x->old,
					  0644, &err),
			     0);
		trust->log.registry = desk.trust.log.registry;
		if (round == 0)
			sleep(3);
	}
	trust->authority = master->params.id;
	trust->log.has_registry = true;
	*ret_now = published(keys, trust);
	trust->log.max_age = 1;
}

TEST(what_was_fresh_is_what_was_read)
{
	struct exchange x = { .folder = "/tmp/labseal-keys-XXXXXX" };
	struct ls_key_trust trust = { 0 };
	_cleanup_dna_master_ struct ls_dna_master master = made_master("One");
	char keys[96];
	int64_t now = 0;
	pthread_t thread;
	REQUIRE(mkdtemp(x.folder));
	make_log(&x, &master, &trust, &now);
	snprintf(keys, sizeof(keys), "%s/keys", x.folder);
	REQUIRE(pthread_create(&thread, NULL, exchange, &x) == 0);
	unsigned with = 0, without = 0;
	for (unsigned i = 0; i < 600; i++) {
		_cleanup_key_log_ struct ls_key_log log = { 0 };
		struct ls_error err = { 0 };
		if (ls_key_log_open(keys, &trust, now, &log, &err) == 0)
			log.count == 2 ? with++ : without++;
	}
	atomic_store(&x.done, true);
	pthread_join(thread, NULL);
	CHECK_INT_EQ(without, 0); /* a withdrawal that yesterday's log did not have */
	CHECK(with > 0);
	ls_remove_tree(AT_FDCWD, x.folder, NULL);
}

TEST_MAIN()
