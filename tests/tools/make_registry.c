/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Make a registry of calibrations and its trust file out of nothing, through lib only: a valid
 * log of any length, or one with a fault of a name in the chain of its first devices.  For tests
 * and benches.
 *
 *     make_registry [OPTION ...] FOLDER   writes FOLDER/registry, FOLDER/trust.txt, and
 *                                         FOLDER/yesterday: the checkpoint of a day before
 *
 *     --devices N        field devices, the lowest level (1000)
 *     --levels L         below the national standard (the decimal logarithm of N)
 *     --deep D           besides, one chain of D levels
 *     --parents P        standards that each device is calibrated with (1)
 *     --organisations K  of each level, at most (ln(N - 1))
 *     --seed S           --threads T           --end SECONDS (2026-06-01T00:00:00Z)
 *     --fault NAME       --fault-level LEVEL   `--fault help` lists them
 *     --witness          a witness cosigns the checkpoint
 *     --max-age SECONDS  of the trust file
 *
 * Devices are called "Thermometer LEVEL-INDEX", with six digits: the first of the lowest level
 * of a thousand is "Thermometer 3-000000", the end of a deep chain "Thermometer 50-000000".
 * The same options make the same records and ids; signatures differ from run to run.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/verify/pool.h"
#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/base/number.h"
#include "lib/base/text.h"
#include "lib/cal/trust.h"
#include "lib/log/checkpoint.h"
#include "lib/log/cosignature.h"
#include "lib/log/tiles.h"
#include "tests/tools/make_registry_records.h"

#define ORIGIN		  "calibration.example/registry"
#define CHUNK		  1024 /* records that a thread makes at a time */
#define CHUNKS_MAX	  64
#define DEFAULT_END	  1780272000 /* 2026-06-01T00:00:00Z */
#define RECORD_ABOUT	  4096
#define ORGANISATIONS_MAX 100000

enum step {
	STEP_ORGANISATIONS,
	STEP_FAULTY_ORGANISATION,
	STEP_TECHNICIANS,
	STEP_FAULTY_TECHNICIAN,
	STEP_DEVICES,
	STEP_REPORTS,
	STEP_OLDER,
	STEP_CYCLE,
	STEP_FOUND_OUT,
	STEP_REVOCATION,
	STEP_HEARTBEAT,
};

/* Records that need only those of earlier stages. */
struct stage {
	enum step step;
	unsigned level;
	uint64_t count;
	int64_t time; /* of a heartbeat */
};

struct chunk {
	struct ls_buffer entries; /* as in a bundle */
	struct ls_digest leaves[CHUNK];
	uint64_t first, count;
};

struct registry_maker {
	struct plan plan;
	struct made_ids ids;
	unsigned threads;
	bool witness;
	int64_t max_age;
	struct record_maker *makers; /* one for each thread */
	const struct stage *stage;   /* that is being made */
	struct chunk *chunks;
	int folder;
	struct ls_tile_builder *tiles;
	struct ls_buffer bundle;
};

_Noreturn static void die(const char *what)
{
	fprintf(stderr, "make_registry: %s: %s\n", what, strerror(errno));
	exit(4);
}

static void must(int rc, const struct ls_error *err, const char *what)
{
	if (rc < 0)
		make_failed(err, what);
}

/* --- the log -------------------------------------------------------------------------------- */

/* Not durable, unlike lib's: a large registry has ten thousand tiles. */
static void put(struct registry_maker *m, const char *path, const void *bytes, size_t n)
{
	char part[200];
	for (size_t i = 1; path[i]; i++)
		if (path[i] == '/') {
			snprintf(part, sizeof(part), "%.*s", (int)i, path);
			if (mkdirat(m->folder, part, 0755) < 0 && errno != EEXIST)
				die(part);
		}
	_cleanup_close_ int fd = openat(m->folder, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
					0644);
	if (fd < 0 || ls_write_all(fd, bytes, n) < 0)
		die(path);
}

static int emit_tile(void *context, const struct ls_tile *tile, const uint8_t *bytes,
		     struct ls_error *err)
{
	char path[LS_TILE_PATH_SIZE], full[LS_TILE_PATH_SIZE + 16];
	(void)err;
	snprintf(full, sizeof(full), "registry/log/%s", ls_tile_path(tile, path));
	put(context, full, bytes, (size_t)tile->width * LS_DIGEST_SIZE);
	return 0;
}

/* The bundle of the entries up to now, full or not. */
static void put_bundle(struct registry_maker *m)
{
	char path[LS_TILE_PATH_SIZE], full[LS_TILE_PATH_SIZE + 16];
	uint64_t size = ls_tile_builder_size(m->tiles);
	if (m->bundle.size == 0)
		return;
	const struct ls_tile tile = { .entries = true,
				      .index = (size - 1) / LS_TILE_WIDTH,
				      .width = (unsigned)((size - 1) % LS_TILE_WIDTH) + 1 };
	snprintf(full, sizeof(full), "registry/log/%s", ls_tile_path(&tile, path));
	put(m, full, m->bundle.data, m->bundle.size);
	if (tile.width == LS_TILE_WIDTH)
		ls_buffer_clear(&m->bundle);
}

static void append(struct registry_maker *m, const struct chunk *c)
{
	struct ls_error err = { 0 };
	struct ls_reader r;
	const uint8_t *entry;
	size_t n;
	ls_reader_init(&r, c->entries.data, c->entries.size);
	for (uint64_t i = 0; i < c->count; i++) {
		must(ls_bundle_next(&r, &entry, &n), NULL, "bundle");
		must(ls_bundle_add(&m->bundle, entry, n), NULL, "bundle");
		must(ls_tile_builder_append(m->tiles, &c->leaves[i], &err), &err, "tile");
		if (ls_tile_builder_size(m->tiles) % LS_TILE_WIDTH == 0)
			put_bundle(m);
	}
}

/* --- records, in stages --------------------------------------------------------------------- */

static void make_one(struct record_maker *r, const struct stage *s, uint64_t i,
		     struct ls_buffer *out)
{
	switch (s->step) {
	case STEP_ORGANISATIONS: make_organisation(r, s->level, (unsigned)i, out); break;
	case STEP_FAULTY_ORGANISATION: make_faulty_organisation(r, out); break;
	case STEP_TECHNICIANS: make_technician(r, s->level, (unsigned)i, out); break;
	case STEP_FAULTY_TECHNICIAN: make_faulty_technician(r, out); break;
	case STEP_DEVICES: make_device(r, s->level, i, out); break;
	case STEP_REPORTS: make_report(r, s->level, i, out); break;
	case STEP_OLDER: make_older(r, out); break;
	case STEP_CYCLE: make_cycle(r, (unsigned)i, out); break;
	case STEP_FOUND_OUT: make_found_out(r, out); break;
	case STEP_REVOCATION: make_revocation(r, out); break;
	case STEP_HEARTBEAT: make_heartbeat(r, s->time, out); break;
	}
}

static void make_chunks(void *context, unsigned worker, uint64_t first, uint64_t end)
{
	static _Thread_local struct ls_sha256 hash;
	struct registry_maker *m = context;
	struct ls_buffer entry;
	ls_buffer_init(&entry, LS_ENTRY_SIZE_MAX);
	for (uint64_t c = first; c < end; c++) {
		struct chunk *chunk = &m->chunks[c];
		ls_buffer_clear(&chunk->entries);
		for (uint64_t i = 0; i < chunk->count; i++) {
			ls_buffer_clear(&entry);
			make_one(&m->makers[worker], m->stage, chunk->first + i, &entry);
			if (ls_merkle_leaf(&hash, entry.data, entry.size, &chunk->leaves[i]) < 0)
				keys_failed();
			must(ls_bundle_add(&chunk->entries, entry.data, entry.size), NULL, "entry");
		}
	}
	ls_buffer_free(&entry);
}

static void make_stage(struct registry_maker *m, const struct stage *stage)
{
	/* what follows on itself is made by one */
	uint64_t each = stage->step == STEP_CYCLE ? stage->count : CHUNK;
	m->stage = stage;
	for (uint64_t done = 0; done < stage->count;) {
		uint64_t n = 0;
		for (; n < CHUNKS_MAX && done < stage->count; n++) {
			uint64_t left = stage->count - done;
			m->chunks[n].first = done;
			m->chunks[n].count = left < each ? left : each;
			done += m->chunks[n].count;
		}
		ls_pool_run(m->threads, n, 1, make_chunks, m);
		for (uint64_t c = 0; c < n; c++)
			append(m, &m->chunks[c]);
	}
}

static void put_checkpoint(struct registry_maker *m, int64_t time, const char *name);

static void make_people(struct registry_maker *m)
{
	const struct plan *p = &m->plan;
	for (unsigned l = 0; l < p->levels; l++)
		make_stage(m, &(struct stage){ STEP_ORGANISATIONS, l, p->organisations[l], 0 });
	if (fault_is_of_organisation(p->o.fault))
		make_stage(m, &(struct stage){ STEP_FAULTY_ORGANISATION, 0, 1, 0 });
	for (unsigned l = 0; l < p->levels; l++)
		make_stage(m, &(struct stage){ STEP_TECHNICIANS, l, p->organisations[l], 0 });
	if (fault_is_of_technician(p->o.fault))
		make_stage(m, &(struct stage){ STEP_FAULTY_TECHNICIAN, 0, 1, 0 });
}

static void make_level(struct registry_maker *m, unsigned level)
{
	const struct plan *p = &m->plan;
	bool above = level + 1 == p->o.fault_level;
	make_stage(m, &(struct stage){ STEP_DEVICES, level, p->count[level], 0 });
	if (above && p->o.fault == FAULT_PARENT_OLDER)
		make_stage(m, &(struct stage){ STEP_OLDER, level, 1, 0 });
	make_stage(m, &(struct stage){ STEP_REPORTS, level, p->count[level], 0 });
	if (level == p->o.fault_level && p->o.fault == FAULT_CYCLE)
		make_stage(m, &(struct stage){ STEP_CYCLE, level, 2, 0 });
	make_stage(m, &(struct stage){ STEP_HEARTBEAT, level, 1, plan_performed(p, level) + DAY });
}

static void make_end(struct registry_maker *m)
{
	const struct plan *p = &m->plan;
	make_stage(m, &(struct stage){ STEP_HEARTBEAT, 0, 1, p->o.end - DAY });
	put_checkpoint(m, p->o.end - DAY, "yesterday");
	if (p->o.fault == FAULT_FOUND_OUT)
		make_stage(m, &(struct stage){ STEP_FOUND_OUT, 0, 1, 0 });
	switch (p->o.fault) {
	case FAULT_ORGANISATION_REVOKED:
	case FAULT_TECHNICIAN_REVOKED:
	case FAULT_DEVICE_REVOKED:
	case FAULT_REPORT_REVOKED:
	case FAULT_REVOKED_LATER:
	case FAULT_REVOKED_BY_STRANGER:
	case FAULT_KEY_COMPROMISED:
		make_stage(m, &(struct stage){ STEP_REVOCATION, 0, 1, 0 });
		break;
	default: break;
	}
	make_stage(m, &(struct stage){ STEP_HEARTBEAT, 0, 1, p->o.end });
}

/* --- checkpoint and trust file -------------------------------------------------------------- */

static int sign_with(void *context, const struct ls_digest *digest, uint8_t *der, size_t *ret_size,
		     struct ls_error *err)
{
	(void)err;
	*ret_size = key_sign(context, digest, der);
	return 0;
}

static void witness_seed(const struct registry_maker *m, uint8_t private_key[static 32])
{
	char name[64];
	struct ls_digest digest;
	int n = snprintf(name, sizeof(name), "make_registry witness %" PRIu64, m->plan.o.seed);
	ls_sha256_buffer(name, (size_t)n, &digest);
	memcpy(private_key, digest.bytes, 32);
}

/* All of the log as it is now, under this name, too. */
static void put_checkpoint(struct registry_maker *m, int64_t time, const char *name)
{
	struct ls_error err = { 0 };
	_cleanup_buffer_ struct ls_buffer note;
	struct made_key key;
	char path[64];
	struct ls_checkpoint c = { .size = ls_tile_builder_size(m->tiles) };
	ls_buffer_init(&note, LS_NOTE_SIZE_MAX);
	put_bundle(m);
	must(ls_tile_builder_flush(m->tiles, &err), &err, "tiles");
	key_make(&m->makers[0].keys, "registry", 0, &key);
	const struct ls_signer signer = { sign_with, &key, key.public };
	snprintf(c.origin, sizeof(c.origin), "%s", ORIGIN);
	must(ls_tile_builder_root(m->tiles, &c.root, &err), &err, "root");
	must(ls_checkpoint_sign(&c, &signer, NULL, &note, &err), &err, "checkpoint");
	if (m->witness) {
		uint8_t private_key[32];
		struct ls_note parsed;
		witness_seed(m, private_key);
		must(ls_note_parse(note.data, note.size, &parsed, &err), &err, "note");
		_cleanup_free_ char *text = strndup(parsed.text, parsed.text_size);
		must(ls_cosignature_sign(text, parsed.text_size, "witness.example/1", private_key,
					 (uint64_t)time, &note, &err),
		     &err, "cosignature");
	}
	put(m, name, note.data, note.size);
	snprintf(path, sizeof(path), "registry/log/checkpoints/%" PRIu64, c.size);
	put(m, path, note.data, note.size);
	key_done(&key);
}

static void put_trust(struct registry_maker *m)
{
	struct ls_error err = { 0 };
	_cleanup_buffer_ struct ls_buffer text;
	struct made_key key;
	struct ls_witness_key witness;
	struct ls_cal_nmi nmi = { .name = "National Metrology Institute" };
	struct ls_cal_trust trust = { .has_registry = true,
				      .nmi_count = 1,
				      .nmis = &nmi,
				      .max_age = m->max_age ? m->max_age : LS_CAL_MAX_AGE_DEFAULT,
				      .max_depth = m->plan.levels + 5 };
	ls_buffer_init(&text, LS_CAL_TRUST_SIZE_MAX);
	key_make(&m->makers[0].keys, "registry", 0, &key);
	must(ls_note_key_init(&trust.registry, ORIGIN, &key.public, &err), &err, "registry's key");
	char vkey[LS_VKEY_SIZE + 1];
	ls_vkey_format(&trust.registry, vkey);
	size_t n = strlen(vkey);
	vkey[n] = '\n';
	put(m, "registry/log.vkey", vkey, n + 1);
	key_public(&m->makers[0].keys, "organisation", level_index(0, 0), &nmi.key);
	if (m->witness) {
		uint8_t private_key[32], public[32];
		witness_seed(m, private_key);
		must(ls_ed25519_public(private_key, public), NULL, "witness");
		must(ls_witness_key_init(&witness, "witness.example/1", public, &err), &err,
		     "witness");
		trust.witnesses = &witness;
		trust.witness_count = trust.quorum = 1;
	}
	must(ls_cal_trust_format(&trust, &text, &err), &err, "trust file");
	put(m, "trust.txt", text.data, text.size);
	key_done(&key);
}

/* --- the whole ------------------------------------------------------------------------------ */

static void *zeroed(size_t count, size_t size)
{
	void *p = calloc(count ? count : 1, size);
	if (!p)
		make_failed(NULL, "memory");
	return p;
}

static void begin(struct registry_maker *m)
{
	struct ls_error err = { 0 };
	const struct plan *p = &m->plan;
	const struct ls_tile_sink sink = { emit_tile, m };
	size_t organisations = (size_t)(p->levels + 1) * p->o.organisations;
	m->ids.organisations = zeroed(organisations, sizeof(struct ls_digest));
	m->ids.technicians = zeroed(organisations, sizeof(struct ls_digest));
	for (unsigned l = 0; l <= p->levels; l++) {
		m->ids.devices[l] = zeroed(p->count[l], sizeof(struct ls_digest));
		m->ids.reports[l] = zeroed(p->count[l], sizeof(struct ls_digest));
	}
	m->makers = zeroed(m->threads, sizeof(*m->makers));
	for (unsigned t = 0; t < m->threads; t++)
		record_maker_init(&m->makers[t], p, &m->ids, ORIGIN);
	m->chunks = zeroed(CHUNKS_MAX, sizeof(*m->chunks));
	for (size_t c = 0; c < CHUNKS_MAX; c++)
		ls_buffer_init(&m->chunks[c].entries, (size_t)CHUNK * RECORD_ABOUT);
	ls_buffer_init(&m->bundle, LS_BUNDLE_SIZE_MAX);
	must(ls_tile_builder_new(&sink, &m->tiles, &err), &err, "tiles");
}

static void finish(struct registry_maker *m)
{
	put_checkpoint(m, m->plan.o.end, "registry/log/checkpoint");
	put_trust(m);
	ls_tile_builder_free(m->tiles);
	ls_buffer_free(&m->bundle);
	for (size_t c = 0; c < CHUNKS_MAX; c++)
		ls_buffer_free(&m->chunks[c].entries);
	free(m->chunks);
	for (unsigned t = 0; t < m->threads; t++)
		record_maker_free(&m->makers[t]);
	free(m->makers);
	for (unsigned l = 0; l <= m->plan.levels; l++) {
		free(m->ids.devices[l]);
		free(m->ids.reports[l]);
	}
	free(m->ids.organisations);
	free(m->ids.technicians);
	close(m->folder);
}

static uint64_t number(const char *text, uint64_t most)
{
	uint64_t value;
	if (ls_parse_u64(text, strlen(text), &value) < 0 || value > most) {
		fprintf(stderr, "make_registry: '%s' is no number up to %" PRIu64 "\n", text, most);
		exit(2);
	}
	return value;
}

static enum registry_fault fault_of(const char *name)
{
	for (int f = 0; f < FAULT_COUNT; f++)
		if (strcmp(name, registry_fault_names[f]) == 0)
			return (enum registry_fault)f;
	for (int f = 1; f < FAULT_COUNT; f++)
		printf("%s\n", registry_fault_names[f]);
	exit(strcmp(name, "help") == 0 ? 0 : 2);
}

static const char *parse(int argc, char **argv, struct registry_maker *m, struct plan_options *o)
{
	static const struct option options[] = { { "devices", 1, NULL, 'n' },
						 { "levels", 1, NULL, 'l' },
						 { "deep", 1, NULL, 'd' },
						 { "parents", 1, NULL, 'p' },
						 { "seed", 1, NULL, 's' },
						 { "end", 1, NULL, 'e' },
						 { "fault", 1, NULL, 'f' },
						 { "threads", 1, NULL, 't' },
						 { "witness", 0, NULL, 'w' },
						 { "max-age", 1, NULL, 'a' },
						 { "fault-level", 1, NULL, 'F' },
						 { "organisations", 1, NULL, 'o' },
						 { 0 } };
	int option;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		switch (option) {
		case 'n': o->devices = number(optarg, 100000000); break;
		case 'l': o->levels = (unsigned)number(optarg, LEVELS_MAX - 1); break;
		case 'd': o->deep = (unsigned)number(optarg, LEVELS_MAX - 1); break;
		case 'p': o->parents = (unsigned)number(optarg, LS_CAL_PARENTS_MAX); break;
		case 'o': o->organisations = (unsigned)number(optarg, ORGANISATIONS_MAX); break;
		case 's': o->seed = number(optarg, UINT64_MAX); break;
		case 'e': o->end = (int64_t)number(optarg, INT32_MAX * 2ull); break;
		case 'f': o->fault = fault_of(optarg); break;
		case 'F': o->fault_level = (unsigned)number(optarg, LEVELS_MAX - 1); break;
		case 't': m->threads = (unsigned)number(optarg, LS_POOL_THREADS_MAX); break;
		case 'w': m->witness = true; break;
		case 'a': m->max_age = (int64_t)number(optarg, INT32_MAX); break;
		default: exit(2);
		}
	if (optind + 1 != argc || o->devices == 0 || o->parents == 0) {
		fprintf(stderr,
			"Usage: make_registry [OPTION ...] FOLDER (the source says more)\n");
		exit(2);
	}
	return argv[optind];
}

int main(int argc, char **argv)
{
	static struct registry_maker m;
	struct plan_options o = { .devices = 1000, .parents = 1, .seed = 1, .end = DEFAULT_END };
	m.threads = ls_pool_threads();
	const char *folder = parse(argc, argv, &m, &o);
	if (o.organisations == 0)
		o.organisations = o.devices > 4 ? (unsigned)log((double)o.devices - 1) : 1;
	m.threads = m.threads ? m.threads : 1;
	plan_init(&m.plan, &o);
	if (mkdir(folder, 0755) < 0 && errno != EEXIST)
		die(folder);
	m.folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (m.folder < 0)
		die(folder);
	begin(&m);
	make_people(&m);
	for (unsigned l = 0; l <= m.plan.levels; l++)
		make_level(&m, l);
	make_end(&m);
	finish(&m);
	return 0;
}
