/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/keys/key_log.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "audit/dna/scheme/params.h"
#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/base/text.h"
#include "lib/registry/cache.h"
#include "lib/registry/folder.h"
#include "lib/registry/registry.h"
#include "lib/registry/witnessed.h"

#define FOLDER_TRIES  3
#define SNAPSHOT_LINE "labseal/dna-key-snapshot/v1\n"

void ls_key_log_free(struct ls_key_log *log)
{
	free(log->statements);
	memset(log, 0, sizeof(*log));
}

/* What is being read: entries go into the tree, and statements are kept. */
struct reading {
	const struct ls_key_trust *trust;
	const struct ls_checkpoint *checkpoint;
	struct ls_key_log *log;
	struct ls_merkle_frontier tree;
	struct ls_sha256 hash;
	struct ls_p256_verifier verifier;
	int64_t beat; /* the last heartbeat's time, or LS_CAL_TIME_UNKNOWN */
};

static int out_of_memory(struct ls_error *err)
{
	return ls_fail(err, -ENOMEM, "dna.memory", "out of memory for a log of keys");
}

static int damaged(struct ls_error *err)
{
	return ls_fail(err, -EUCLEAN, "dna.keys.damaged",
		       "the entries do not make the root that the log's checkpoint has: something "
		       "is altered, left out or missing; get the log, or its snapshot, again");
}

/* --- entries ----------------------------------------------------------------- */

static int keep(struct reading *r, const struct ls_key_statement *s, struct ls_error *err)
{
	struct ls_key_log *log = r->log;
	if ((log->count & (log->count - 1)) == 0) { /* the room is a power of two */
		void *grown = reallocarray(log->statements, log->count ? 2 * log->count : 1,
					   sizeof(*s));
		if (!grown)
			return out_of_memory(err);
		log->statements = grown;
	}
	log->statements[log->count++] = *s;
	return 0;
}

static void note_beat(struct reading *r, const void *bytes, size_t size)
{
	_cleanup_cal_record_ struct ls_cal_record record = { 0 };
	struct ls_error ignored = { 0 };
	if (ls_cal_record_parse(bytes, size, &record, &ignored) == 0 &&
	    record.kind == LS_CAL_HEARTBEAT &&
	    strcmp(record.registry, r->checkpoint->origin) == 0 &&
	    ls_cal_record_verify(&record, 0, &r->trust->log.registry.key, &r->verifier, &ignored) ==
		    0)
		r->beat = record.issued;
}

/* What is of another log or authority, or of no format, says nothing; it is in the tree. */
static int add_entry(struct reading *r, const void *bytes, size_t size, struct ls_error *err)
{
	struct ls_digest leaf;
	struct ls_key_statement s;
	struct ls_error ignored = { 0 };
	if (ls_merkle_leaf(&r->hash, bytes, size, &leaf) < 0 ||
	    ls_merkle_frontier_append(&r->tree, &r->hash, &leaf) < 0)
		return out_of_memory(err);
	if (!ls_key_statement_is(bytes, size)) {
		note_beat(r, bytes, size);
		return 0;
	}
	if (ls_key_statement_parse(bytes, size, &s, &ignored) < 0 ||
	    strcmp(s.log, r->checkpoint->origin) != 0 ||
	    !ls_digest_equal(&s.authority, &r->trust->authority))
		return 0;
	return keep(r, &s, err);
}

static int begin(struct reading *r, const struct ls_key_trust *trust, struct ls_key_log *log,
		 const struct ls_checkpoint *checkpoint, struct ls_error *err)
{
	*r = (struct reading){
		.trust = trust, .log = log, .checkpoint = checkpoint, .beat = LS_CAL_TIME_UNKNOWN
	};
	ls_merkle_frontier_init(&r->tree);
	if (checkpoint->size > LS_KEY_LOG_MAX)
		return ls_fail(err, -EFBIG, "dna.keys.size",
			       "the log has %" PRIu64 " entries; %d are read at most",
			       checkpoint->size, LS_KEY_LOG_MAX);
	snprintf(log->origin, sizeof(log->origin), "%s", checkpoint->origin);
	log->size = checkpoint->size;
	return 0;
}

static int finish(struct reading *r, int rc, struct ls_error *err)
{
	struct ls_digest root;
	if (rc == 0 && ls_merkle_frontier_root(&r->tree, &r->hash, &root) < 0)
		rc = out_of_memory(err);
	else if (rc == 0 && (r->tree.size != r->checkpoint->size ||
			     !ls_digest_equal(&root, &r->checkpoint->root)))
		rc = damaged(err);
	ls_sha256_free(&r->hash);
	ls_p256_verifier_free(&r->verifier);
	return rc;
}

/* --- a folder ---------------------------------------------------------------- */

static int add_bundle(struct reading *r, int fd, uint64_t index, struct ls_buffer *bytes,
		      struct ls_error *err)
{
	struct ls_reader in;
	ls_buffer_clear(bytes);
	int rc = ls_registry_bundle_read(fd, index, r->checkpoint->size, bytes, err);
	if (rc == -ENOENT)
		return damaged(err);
	ls_reader_init(&in, bytes->data, bytes->size);
	unsigned width = ls_tile_width(0, index, r->checkpoint->size);
	for (unsigned i = 0; rc == 0 && i < width; i++) {
		const uint8_t *entry;
		size_t size;
		rc = ls_bundle_next(&in, &entry, &size) < 0 ? damaged(err)
							    : add_entry(r, entry, size, err);
	}
	return rc;
}

static int read_folder(int fd, const struct ls_key_trust *trust, struct ls_key_log *log,
		       struct ls_error *err)
{
	struct reading r;
	_cleanup_registry_note_ struct ls_registry_note note;
	_cleanup_buffer_ struct ls_buffer bytes;
	ls_registry_note_init(&note);
	ls_buffer_init(&bytes, LS_BUNDLE_SIZE_MAX);
	int rc = ls_registry_note_read(fd, LS_REGISTRY_CHECKPOINT, &trust->log.registry, &note,
				       err);
	if (rc == 0)
		rc = begin(&r, trust, log, &note.checkpoint, err);
	if (rc < 0)
		return rc;
	for (uint64_t i = 0; rc == 0 && i * LS_TILE_WIDTH < note.checkpoint.size; i++)
		rc = add_bundle(&r, fd, i, &bytes, err);
	return finish(&r, rc, err);
}

int ls_key_log_read(const char *folder, const struct ls_key_trust *trust, struct ls_key_log *ret,
		    struct ls_error *err)
{
	_cleanup_key_log_ struct ls_key_log log = { 0 };
	_cleanup_close_ int fd = ls_registry_folder_open(folder, err);
	int rc = fd < 0 ? fd : read_folder(fd, trust, &log, err);
	if (rc < 0) {
		ls_error_prefix(err, "the log of keys in '%s'", folder);
		return rc;
	}
	*ret = log;
	memset(&log, 0, sizeof(log)); /* handed over */
	return 0;
}

/* The registry's own rules say how old a folder is. */
static int folder_age(const char *folder, const struct ls_key_trust *trust, int64_t now,
		      struct ls_cal_fresh *ret, struct ls_error *err)
{
	struct ls_cal_store *store = NULL;
	int rc = ls_registry_store_open(folder, &trust->log, &store, err);
	if (rc == 0)
		rc = store->operations->fresh(store, now, 0, ret, err);
	ls_cal_store_free(store);
	return rc;
}

/* --- a snapshot -------------------------------------------------------------- */

/*
 * The line, the checkpoint's size (4 bytes), the checkpoint, and each entry behind its size (2
 * bytes), as in a bundle.
 */
static int open_note(struct ls_reader *in, const struct ls_key_trust *trust,
		     struct ls_checkpoint *ret, struct ls_note *ret_note, struct ls_error *err)
{
	uint32_t size;
	const uint8_t *note;
	if (ls_read_literal(in, SNAPSHOT_LINE) < 0 || ls_read_be32(in, &size) < 0 ||
	    size > LS_NOTE_SIZE_MAX || ls_read_bytes(in, size, &note) < 0)
		return ls_fail(err, -EBADMSG, "dna.keys.snapshot",
			       "it is no snapshot of a log of keys");
	int rc = ls_registry_checkpoint_open(note, size, &trust->log.registry, ret, err);
	return rc < 0 ? rc : ls_note_parse(note, size, ret_note, err);
}

static void snapshot_age(const struct reading *r, const struct ls_note *note, int64_t now,
			 struct ls_cal_fresh *fresh)
{
	struct ls_witnessed_mark mark = { .size = r->checkpoint->size };
	*fresh = (struct ls_cal_fresh){ .time = LS_CAL_TIME_UNKNOWN, .size = r->checkpoint->size };
	if (r->trust->log.witness_count > 0) {
		ls_witnessed_count(note, &r->trust->log, &mark);
		if (mark.state < 0 || mark.latest > now)
			return;
		fresh->time = mark.latest;
		fresh->clock = LS_CAL_CLOCK_WITNESSES;
		fresh->witnesses = mark.witnesses;
	} else if (r->beat != LS_CAL_TIME_UNKNOWN && r->beat <= now) {
		fresh->time = r->beat;
		fresh->clock = LS_CAL_CLOCK_HEARTBEAT;
	}
}

static int read_snapshot(const void *bytes, size_t n, const struct ls_key_trust *trust, int64_t now,
			 struct ls_key_log *log, struct ls_error *err)
{
	struct reading r;
	struct ls_reader in;
	struct ls_checkpoint checkpoint;
	struct ls_note note;
	ls_reader_init(&in, bytes, n);
	int rc = open_note(&in, trust, &checkpoint, &note, err);
	if (rc == 0)
		rc = begin(&r, trust, log, &checkpoint, err);
	if (rc < 0)
		return rc;
	for (uint64_t i = 0; rc == 0 && i < checkpoint.size; i++) {
		const uint8_t *entry;
		size_t size;
		rc = ls_bundle_next(&in, &entry, &size) < 0 ? damaged(err)
							    : add_entry(&r, entry, size, err);
	}
	if (rc == 0 && ls_reader_end(&in) < 0)
		rc = damaged(err);
	rc = finish(&r, rc, err);
	if (rc == 0)
		snapshot_age(&r, &note, now, &log->fresh);
	return rc;
}

int ls_key_log_from_snapshot(const void *bytes, size_t n, const struct ls_key_trust *trust,
			     int64_t now, struct ls_key_log *ret, struct ls_error *err)
{
	_cleanup_key_log_ struct ls_key_log log = { 0 };
	int rc = read_snapshot(bytes, n, trust, now, &log, err);
	if (rc < 0)
		return rc;
	*ret = log;
	memset(&log, 0, sizeof(log)); /* handed over */
	return 0;
}

/* Entry by entry as they lie in the bundles. */
static int copy_entries(int fd, uint64_t size, struct ls_buffer *out, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer bytes;
	ls_buffer_init(&bytes, LS_BUNDLE_SIZE_MAX);
	int rc = 0;
	for (uint64_t i = 0; rc == 0 && i * LS_TILE_WIDTH < size; i++) {
		struct ls_reader in;
		ls_buffer_clear(&bytes);
		rc = ls_registry_bundle_read(fd, i, size, &bytes, err);
		ls_reader_init(&in, bytes.data, bytes.size);
		unsigned width = ls_tile_width(0, i, size);
		for (unsigned k = 0; rc == 0 && k < width; k++) {
			const uint8_t *entry;
			size_t n;
			rc = ls_bundle_next(&in, &entry, &n) < 0 ? damaged(err)
			     : ls_bundle_add(out, entry, n) < 0	 ? out_of_memory(err)
								 : 0;
		}
	}
	return rc;
}

int ls_key_log_snapshot(const char *folder, const struct ls_key_trust *trust, struct ls_buffer *out,
			struct ls_error *err)
{
	_cleanup_key_log_ struct ls_key_log log = { 0 };
	_cleanup_registry_note_ struct ls_registry_note note;
	ls_registry_note_init(&note);
	_cleanup_close_ int fd = ls_registry_folder_open(folder, err);
	int rc = fd < 0 ? fd
			: ls_registry_note_read(fd, LS_REGISTRY_CHECKPOINT, &trust->log.registry,
						&note, err);
	if (rc < 0)
		return rc;
	ls_buffer_add_str(out, SNAPSHOT_LINE);
	ls_buffer_add_be32(out, (uint32_t)note.bytes.size);
	ls_buffer_add(out, note.bytes.data, note.bytes.size);
	rc = copy_entries(fd, note.checkpoint.size, out, err);
	if (rc == 0 && ls_buffer_error(out) < 0)
		rc = out_of_memory(err);
	/* nothing is given out that a reader would not take */
	return rc < 0 ? rc : read_snapshot(out->data, out->size, trust, INT64_MAX, &log, err);
}

/* --- either ------------------------------------------------------------------ */

static int check_age(const struct ls_key_log *log, const struct ls_key_trust *trust, int64_t now,
		     struct ls_error *err)
{
	char text[LS_UTC_SIZE];
	int64_t time = log->fresh.time;
	if (log->fresh.clock == LS_CAL_CLOCK_NONE || time == LS_CAL_TIME_UNKNOWN)
		return ls_fail(err, -ESTALE, "dna.keys.stale",
			       "nobody says how old the log of keys '%s' is: %s", log->origin,
			       trust->log.witness_count > 0
				       ? "the witnesses of the trust file did not cosign it"
				       : "it has no heartbeat ('labseal dna authority publish')");
	if (now - time > trust->log.max_age)
		return ls_fail(
			err, -ESTALE, "dna.keys.stale",
			"the log of keys '%s' is as of %s, and the trust file allows %" PRId64
			" seconds: what was withdrawn since is not known; get it anew with "
			"'labseal dna authority sync'",
			log->origin, ls_utc_format(time, text), trust->log.max_age);
	return 0;
}

/*
 * Entries and age are read one after the other, and whoever may write there could put the log of
 * yesterday before the one, and of today before the other: what is fresh must not be more than was
 * read.
 */
static int open_folder(const char *path, const struct ls_key_trust *trust, int64_t now,
		       struct ls_key_log *ret, struct ls_error *err)
{
	for (int i = 0; i < FOLDER_TRIES; i++) {
		_cleanup_key_log_ struct ls_key_log log = { 0 };
		int rc = ls_key_log_read(path, trust, &log, err);
		if (rc == 0)
			rc = folder_age(path, trust, now, &log.fresh, err);
		if (rc < 0)
			return rc;
		if (log.fresh.size <= log.size) {
			*ret = log;
			memset(&log, 0, sizeof(log)); /* handed over */
			return 0;
		}
	}
	return ls_fail(err, -EUCLEAN, "dna.keys.damaged",
		       "the log of keys in '%s' grows while it is read, time after time; try again",
		       path);
}

int ls_key_log_open(const char *path, const struct ls_key_trust *trust, int64_t now,
		    struct ls_key_log *ret, struct ls_error *err)
{
	_cleanup_key_log_ struct ls_key_log log = { 0 };
	_cleanup_buffer_ struct ls_buffer bytes;
	struct stat st;
	ls_buffer_init(&bytes, LS_KEY_SNAPSHOT_MAX);
	int rc;
	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
		rc = open_folder(path, trust, now, &log, err);
	} else {
		rc = ls_file_read(AT_FDCWD, path, &bytes, err);
		if (rc == 0 &&
		    (rc = read_snapshot(bytes.data, bytes.size, trust, now, &log, err)) < 0)
			ls_error_prefix(err, "'%s'", path);
	}
	if (rc == 0)
		rc = check_age(&log, trust, now, err);
	if (rc < 0)
		return rc;
	*ret = log;
	memset(&log, 0, sizeof(log)); /* handed over */
	return 0;
}

/* --- what it says ------------------------------------------------------------ */

static void take_key(const struct ls_key_statement *s, struct ls_dna_key_entry *e)
{
	*e = (struct ls_dna_key_entry){
		.orcid = s->orcid, .from = s->from, .until = s->until, .statement = s->sign
	};
	memcpy(e->key, s->key, sizeof(e->key));
	memcpy(e->proof, s->proof, sizeof(e->proof));
}

/* The earliest withdrawal counts, and the graver reason. */
static void withdraw(const struct ls_key_statement *s, struct ls_dna_key_entry *e)
{
	bool harmless = s->reason == LS_CAL_SUPERSEDED;
	if (!e->withdrawn || s->since < e->since)
		e->since = s->since;
	if (!e->withdrawn || (e->harmless && !harmless)) {
		e->reason = ls_cal_reason_name(s->reason);
		e->harmless = harmless;
	}
	e->withdrawn = true;
}

/* Who has two names could sign for both: of a key's entries the first that is the authority's
 * counts. */
static bool is_known(const struct ls_dna_history *h, const struct ls_key_statement *s,
		     const struct ls_dna_params *params)
{
	for (size_t i = 0; i < h->count; i++)
		if (memcmp(h->entries[i].key, s->key, sizeof(s->key)) == 0 &&
		    ls_dna_statement_holds(params, &h->entries[i].statement))
			return true;
	return false;
}

int ls_key_log_history(const struct ls_key_log *log, const struct ls_dna_params *params,
		       struct ls_dna_history *ret, struct ls_error *err)
{
	struct ls_dna_history h = { .entries = calloc(log->count + 1, sizeof(*h.entries)) };
	if (!h.entries)
		return out_of_memory(err);
	for (size_t i = 0; i < log->count; i++)
		if (!log->statements[i].withdrawal && !is_known(&h, &log->statements[i], params))
			take_key(&log->statements[i], &h.entries[h.count++]);
	for (size_t i = 0; i < log->count; i++) {
		const struct ls_key_statement *s = &log->statements[i];
		if (!s->withdrawal || !ls_dna_statement_holds(params, &s->sign))
			continue;
		for (size_t k = 0; k < h.count; k++)
			if (memcmp(h.entries[k].key, s->key, sizeof(s->key)) == 0)
				withdraw(s, &h.entries[k]);
	}
	*ret = h;
	return 0;
}
