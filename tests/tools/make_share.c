/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Make a share and its trust file out of nothing, through lib only: a valid log
 * of any length, its seals signed by a key in a file.  For tests and benches.
 *
 *     make_share [OPTION ...] FOLDER      writes FOLDER/share, FOLDER/trust.txt
 *
 * The same options make the same payloads, records and manifests; signatures
 * differ from run to run, and keys too, unless --keys names a folder that keeps
 * them.  With --hardware the events hold the approval, as seal 1 or where --approve
 * says (0: nowhere; --foreign: by another authority), and --retire's retirement of it.
 * With --evidence the records name what was made before them, unless --unnamed, and
 * the attestation key is enrolled as --enrolled says: good, unnamed (the trust file
 * says nothing of it), none, or one of what is to be refused (enrol() has them).  --attested
 * --countersign has a person sign the first result, well or in a way that is to be refused
 * (countersign_find() has them), as what the last event says.  --attested
 * says what the TPM says wrong from the second evidence on (go_wrong() has them).
 * With --stamped events "time-stamp" hold one, and with --witnessed the log is cosigned,
 * well or in a way that is to be refused (make_third_parties.h).
 * --versions has each result claim to be the file of the one before it saved again: good, or
 * "unsealed" with an original that is nowhere on the share.
 * With --calibration each record says of the instrument's calibration what that file does: a status
 * as labseal-calibration answers it. With each --sample NAME=FILE[=ORCID] records of results name
 * that sample, whose sequence file is put on the share. With --ed25519 checkpoints have a second
 * line, by a key that is made anew each time.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/base/p256.h"
#include "lib/base/text.h"
#include "lib/log/checkpoint.h"
#include "lib/log/proof.h"
#include "lib/log/tiles.h"
#include "lib/seal/ca.h"
#include "lib/seal/cms.h"
#include "lib/seal/manifest.h"
#include "lib/seal/record.h"
#include "lib/seal/trust.h"
#include "tests/tools/make_countersignature.h"
#include "tests/tools/make_evidence.h"
#include "tests/tools/make_third_parties.h"

#define START	      start_time /* seal n is received n * 600 s later */
#define STEP	      600
#define ORIGINALS_MAX (LS_MANIFEST_FILES_MAX - 1)

static int64_t start_time = 1767225600; /* 2026-01-01T00:00:00Z, or --start */

struct options {
	uint64_t results, events, size, seed, batch, originals;
	uint64_t approve, retire;   /* the seals of these events; 0: there is none */
	const char *event, *detail; /* of all events; "a,b,c" are taken in turn */
	const char *claimed;	    /* what the guest calls each result, before its name; or NULL */
	const char *instrument, *keys, *folder;
	const char *enrolled;	 /* with evidence: how the attestation key is certified */
	const char *countersign; /* how a person countersigns; or NULL */
	const char *attested;	 /* with evidence: what is wrong with it; or NULL */
	const char *stamped, *witnessed;
	const char *calibration; /* a file with a status; or NULL */
	const char *samples[LS_SAMPLES_MAX];
	size_t sample_count;
	const char *versions; /* what each result claims as the one before it; or NULL */
	bool hardware, all_tiles, no_folders, evidence, foreign, unnamed, ed25519;
	const char *unconfined;
};

struct share_maker {
	struct options o;
	struct ls_p256_key *ca_key, *key;
	struct ls_signer signer;
	struct ls_ed25519_key *ed25519; /* NULL: checkpoints have one line */
	struct ls_ed25519_signer small;
	struct ls_note_key note_key;
	struct ls_buffer ca, certificate;
	int share; /* the share's folder */
	struct ls_sha256 hash;
	struct ls_tile_builder *tiles;
	struct ls_merkle_frontier frontier;
	struct ls_buffer bundle; /* of the block that is being filled */
	uint64_t seals;
	uint64_t random;
	struct ls_digest pcr23, policy;
	struct evidence_maker evidence;
	struct countersigner person;
	struct third_maker third;
	struct ls_buffer note; /* the newest checkpoint */
	struct ls_calibration_status calibration;
	struct ls_samples samples;
	uint64_t evidenced;	/* and the newest that evidence was made for */
	struct ls_digest saved; /* the result before; zero: there is none */
};

/* One seal between its manifest and its proof. */
struct pending {
	char path[600];
	struct ls_buffer manifest, record, signature;
};

_Noreturn static void die(const struct ls_error *err, const char *what)
{
	fprintf(stderr, "make_share: %s: %s\n", what,
		err && err->code ? err->message : strerror(errno));
	exit(4);
}

static void must(int rc, const struct ls_error *err, const char *what)
{
	if (rc < 0) {
		errno = -rc;
		die(err, what);
	}
}

/* Not durable, unlike lib's: a test share may be of ten thousand files. */
static void put(int dirfd, const char *path, const void *bytes, size_t n)
{
	unlinkat(dirfd, path, 0);
	_cleanup_close_ int fd = openat(dirfd, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);
	if (fd < 0 || ls_write_all(fd, bytes, n) < 0)
		die(NULL, path);
}

static void put_folders(int dirfd, const char *path)
{
	char part[700];
	for (size_t i = 1; path[i]; i++)
		if (path[i] == '/') {
			memcpy(part, path, i);
			part[i] = '\0';
			if (mkdirat(dirfd, part, 0755) < 0 && errno != EEXIST)
				die(NULL, part);
		}
}

static void put_below(int dirfd, const char *path, const void *bytes, size_t n)
{
	put_folders(dirfd, path);
	put(dirfd, path, bytes, n);
}

/* xorshift64*: the same bytes for the same seed, everywhere. */
static uint64_t next_random(struct share_maker *m)
{
	m->random ^= m->random >> 12;
	m->random ^= m->random << 25;
	m->random ^= m->random >> 27;
	return m->random * 2685821657736338717u;
}

/* A key that --keys has kept, or a new one. */
static struct ls_p256_key *get_key(struct share_maker *m, const char *name)
{
	struct ls_error err = { 0 };
	struct ls_p256_key *key;
	char path[600];
	_cleanup_buffer_ struct ls_buffer pem;
	ls_buffer_init(&pem, 4096);
	snprintf(path, sizeof(path), "%s/%s", m->o.keys ? m->o.keys : ".", name);
	if (m->o.keys && ls_file_read(AT_FDCWD, path, &pem, NULL) == 0) {
		must(ls_p256_key_from_pem(ls_buffer_str(&pem), pem.size, &key, &err), &err, path);
		return key;
	}
	must(ls_p256_key_generate(&key, &err), &err, "key");
	if (m->o.keys) {
		must(ls_p256_key_to_pem(key, &pem, &err), &err, "key");
		put_below(AT_FDCWD, path, pem.data, pem.size);
	}
	return key;
}

static void make_keys(struct share_maker *m)
{
	struct ls_error err = { 0 };
	m->ca_key = get_key(m, "ca.pem");
	m->key = get_key(m, "signer.pem");
	ls_p256_key_signer(m->key, &m->signer);
	ls_buffer_init(&m->ca, LS_CERTIFICATE_SIZE_MAX);
	ls_buffer_init(&m->certificate, LS_CERTIFICATE_SIZE_MAX);
	must(ls_ca_create(m->ca_key, "Test lab CA", START - 86400, START + 100000000, &m->ca, &err),
	     &err, "CA");
	struct ls_der ca = { m->ca.data, m->ca.size };
	must(ls_ca_issue(m->ca_key, ca, &m->signer.key, "Test signer", START - 86400,
			 START + 100000000, &m->certificate, &err),
	     &err, "certificate");
	char origin[LS_NOTE_NAME_SIZE];
	snprintf(origin, sizeof(origin), "labseal/%s", m->o.instrument);
	must(ls_note_key_init(&m->note_key, origin, &m->signer.key, &err), &err, "log key");
	if (!m->o.ed25519)
		return;
	must(ls_ed25519_key_generate(&m->ed25519, &err), &err, "Ed25519 key");
	ls_ed25519_key_signer(m->ed25519, &m->small);
	ls_note_key_add_ed25519(&m->note_key, &m->small.key);
}

/* What is wrong with the attestation key's certificate, if anything. */
struct fault {
	const char *how;
	bool foreign_ca, other_key, other_tpm, signer;
	enum ls_tpm_origin origin;
	int64_t from, until; /* seconds from START */
};

static const struct fault *find_fault(const char *how)
{
	static const struct fault faults[] = {
		{ .how = "good" },
		{ .how = "unnamed" },
		{ .how = "foreign", .foreign_ca = true },
		{ .how = "other-key", .other_key = true },
		{ .how = "other-tpm", .other_tpm = true },
		{ .how = "signer", .signer = true },
		{ .how = "software", .origin = LS_ORIGIN_SOFTWARE },
		{ .how = "expired", .until = 3 * STEP },
		{ .how = "later", .from = 3 * STEP },
	};
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		if (strcmp(faults[i].how, how) == 0)
			return &faults[i];
	fprintf(stderr, "make_share: '%s' is no way to be enrolled\n", how);
	exit(2);
}

/* The attestation key's certificate, on the share; its SHA-256 for the trust file. */
static void enrol(struct share_maker *m, struct ls_digest *ret_name)
{
	struct ls_error err = { 0 };
	const struct fault *f = find_fault(m->o.enrolled);
	int64_t from = START + (f->from ? f->from : -86400);
	int64_t until = START + (f->until ? f->until : 100000000);
	struct ls_enrolment e = { .origin = f->origin ? f->origin : LS_ORIGIN_MANUFACTURER };
	struct ls_p256_key *ca_key = f->foreign_ca ? get_key(m, "foreign.pem") : m->ca_key;
	struct ls_p256_public key = f->other_key ? m->signer.key : m->evidence.tpm.signer.key;
	_cleanup_buffer_ struct ls_buffer der, ca;
	char path[200], hex[LS_DIGEST_HEX_SIZE];
	ls_buffer_init(&der, LS_CERTIFICATE_SIZE_MAX);
	ls_buffer_init(&ca, LS_CERTIFICATE_SIZE_MAX);
	must(ls_ca_create(ca_key, "Test lab CA", START - 86400, START + 100000000, &ca, &err), &err,
	     "CA");
	memcpy(e.endorsement.bytes, m->evidence.tpm.attester.endorsement.bytes + 2, LS_DIGEST_SIZE);
	e.endorsement.bytes[0] ^= f->other_tpm;
	struct ls_der issuer = { ca.data, ca.size };
	if (!f->foreign_ca)
		issuer = (struct ls_der){ m->ca.data, m->ca.size };
	must(f->signer ? ls_ca_issue(ca_key, issuer, &key, "AK", from, until, &der, &err)
		       : ls_ca_issue_attestation(ca_key, issuer, &key, "labseal AK", &e, from,
						 until, &der, &err),
	     &err, "attestation key's certificate");
	ls_sha256_buffer(der.data, der.size, ret_name);
	snprintf(path, sizeof(path), LS_EVIDENCE_FOLDER "/" LS_EVIDENCE_KEYS "/%s.%s",
		 ls_digest_hex(ret_name, hex), LS_EVIDENCE_CERTIFICATE);
	put_below(m->share, path, der.data, der.size);
	if (f->foreign_ca)
		ls_p256_key_free(ca_key);
}

/* When the seal that holds the countersignature is received: it is the last one. */
static int64_t countersigned_at(const struct share_maker *m)
{
	return START + (int64_t)(m->o.results + m->o.events) * STEP;
}

static enum ls_ed25519_kind ed25519_kind(const struct share_maker *m)
{
	return !m->o.ed25519 ? LS_ED25519_NONE : m->o.hardware ? LS_ED25519_TPM : LS_ED25519_FILE;
}

static void write_trust(struct share_maker *m)
{
	struct ls_error err = { 0 };
	struct ls_trust_approved approved = { .version = 1,
					      .pcr23 = m->pcr23,
					      .policy = m->policy };
	struct ls_der ca = { m->ca.data, m->ca.size };
	struct ls_trust t = {
		.log = m->note_key,
		.key_kind = m->o.hardware ? LS_KEY_TPM : LS_KEY_FILE,
		.ed25519_kind = ed25519_kind(m),
		.has_authority = m->o.hardware,
		.authority = m->signer.key,
		.policy_ref = EVIDENCE_REF,
		.approved_count = m->o.hardware ? 1 : 0,
		.approved = &approved,
		.certificate_count = 1,
		.certificates = &ca,
		.third_parties = m->third.trust, /* lent */
	};
	countersign_trust(&m->person, &t.persons, countersigned_at(m));
	if (m->o.evidence) {
		approved.counter = EVIDENCE_COUNTER;
		evidence_trust(&m->evidence, &t);
		if (strcmp(m->o.enrolled, "none") != 0)
			enrol(m, &t.enrolled);
		if (strcmp(m->o.enrolled, "unnamed") == 0)
			t.enrolled = (struct ls_digest){ { 0 } };
	}
	snprintf(t.instrument, sizeof(t.instrument), "%s", m->o.instrument);
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, LS_TRUST_SIZE_MAX);
	must(ls_trust_format(&t, &text, &err), &err, "trust file");
	char path[600];
	snprintf(path, sizeof(path), "%s/trust.txt", m->o.folder);
	put(AT_FDCWD, path, text.data, text.size);
	put_below(m->share, "trust/trust.txt", text.data, text.size);
	ls_persons_free(&t.persons);
}

static int emit_tile(void *context, const struct ls_tile *tile, const uint8_t *bytes,
		     struct ls_error *err)
{
	(void)err;
	struct share_maker *m = context;
	char path[LS_TILE_PATH_SIZE], full[LS_TILE_PATH_SIZE + 8];
	snprintf(full, sizeof(full), "log/%s", ls_tile_path(tile, path));
	put_below(m->share, full, bytes, (size_t)tile->width * LS_DIGEST_SIZE);
	return 0;
}

static void write_bundle(struct share_maker *m)
{
	uint64_t size = ls_tile_builder_size(m->tiles);
	unsigned width = size % LS_TILE_WIDTH ? (unsigned)(size % LS_TILE_WIDTH) : LS_TILE_WIDTH;
	if (size == 0 || m->bundle.size == 0)
		return;
	struct ls_tile tile = { .entries = true,
				.index = (size - 1) / LS_TILE_WIDTH,
				.width = width };
	char path[LS_TILE_PATH_SIZE], full[LS_TILE_PATH_SIZE + 8];
	snprintf(full, sizeof(full), "log/%s", ls_tile_path(&tile, path));
	put_below(m->share, full, m->bundle.data, m->bundle.size);
	if (width == LS_TILE_WIDTH)
		ls_buffer_clear(&m->bundle);
}

static void claim_name(const struct share_maker *m, const char *name,
		       char claimed[static LS_CLAIMED_NAME_SIZE])
{
	_cleanup_buffer_ struct ls_buffer escaped;
	ls_buffer_init(&escaped, LS_CLAIMED_NAME_SIZE - 1);
	if (m->o.claimed)
		ls_text_escape(m->o.claimed, strlen(m->o.claimed), &escaped);
	ls_buffer_add_str(&escaped, name);
	must(ls_buffer_error(&escaped), NULL, "claimed name");
	snprintf(claimed, LS_CLAIMED_NAME_SIZE, "%s", ls_buffer_str(&escaped));
}

/* Which file this one says it was before it was saved again. */
static void claim_parent(struct share_maker *m, struct ls_record_file *f)
{
	const char *how = m->o.versions;
	if (!how)
		return;
	if (strcmp(how, "good") == 0)
		f->claimed.parent = m->saved;
	else if (strcmp(how, "unsealed") == 0)
		ls_sha256_buffer("never sealed", 12, &f->claimed.parent);
	else
		exit(2);
	m->saved = f->sha256;
}

static void make_original(struct share_maker *m, const char *folder, struct ls_record_file *f,
			  uint64_t seal, size_t i)
{
	uint64_t size = m->o.size;
	_cleanup_free_ uint64_t *bytes = malloc(size + 8);
	if (!bytes)
		die(NULL, "payload");
	for (uint64_t j = 0; j < size / 8 + 1; j++)
		bytes[j] = next_random(m);
	char name[64], path[700];
	snprintf(name, sizeof(name), i ? "plate%" PRIu64 "-%zu.eds" : "plate%" PRIu64 ".eds", seal,
		 i);
	snprintf(f->path, sizeof(f->path), LS_ORIGINAL_PREFIX "%s", name);
	claim_name(m, name, f->claimed.name);
	f->number = seal + i;
	f->size = size;
	ls_sha256_buffer(bytes, size, &f->sha256);
	f->received = f->begun = (START + (int64_t)seal * STEP) * 1000;
	f->claimed.modified = f->claimed.clock = f->received - 1500;
	claim_parent(m, f);
	snprintf(path, sizeof(path), "%s/" LS_ORIGINAL_PREFIX "%s", folder, name);
	if (!m->o.no_folders)
		put_below(m->share, path, bytes, size);
}

/* The nth word of --event, round and round. */
static const char *event_word(const struct options *o, uint64_t n)
{
	static char word[LS_EVENT_KIND_SIZE];
	uint64_t words = 1;
	const char *at = o->event;
	for (const char *c = at; *c; c++)
		words += *c == ',';
	for (n %= words; n > 0; n--)
		at = strchr(at, ',') + 1;
	snprintf(word, sizeof(word), "%.*s", (int)strcspn(at, ","), at);
	return word;
}

/* Where seal n goes: approval and retirement have their places, the other events are spread evenly.
 * NULL: a result. */
static const char *event_of(const struct share_maker *m, uint64_t seal)
{
	const struct options *o = &m->o;
	uint64_t events = o->events - (o->approve > 0) - (o->retire > 0);
	uint64_t total = o->results + events;
	if (seal == o->approve)
		return "approval";
	if (seal == o->retire)
		return "approval-retired";
	seal -= (o->approve > 0 && seal > o->approve) + (o->retire > 0 && seal > o->retire);
	uint64_t n = (seal - 1) * events / total;
	return seal * events / total != n ? event_word(o, n) : NULL;
}

/* As labseald seals an approval, with a signature by the authority: the log's key, here. */
static char *approval_detail(const struct share_maker *m)
{
	struct ls_error err = { 0 };
	char hex[LS_DIGEST_HEX_SIZE], *text = NULL;
	uint8_t signature[LS_P256_SIGNATURE_MAX];
	size_t size;
	struct ls_signer authority = m->signer;
	_cleanup_buffer_ struct ls_buffer base64;
	ls_buffer_init(&base64, 4 * LS_P256_SIGNATURE_MAX);
	if (m->o.foreign)
		ls_p256_key_signer(m->ca_key, &authority);
	must(ls_policy_approve(&authority, &m->pcr23, EVIDENCE_COUNTER, EVIDENCE_REF,
			       strlen(EVIDENCE_REF), signature, &size, &err),
	     &err, "approval");
	ls_base64_encode(signature, size, &base64);
	if (asprintf(&text,
		     "{\"version\":1,\"counter\":%d,\"policy_ref\":\"%s\",\"pcr23\":\"%s\","
		     "\"signature\":\"%s\"}",
		     EVIDENCE_COUNTER, EVIDENCE_REF, ls_digest_hex(&m->pcr23, hex),
		     ls_buffer_str(&base64)) < 0)
		die(NULL, "approval");
	return text;
}

static char *detail_of(struct share_maker *m, uint64_t seal, const char *event)
{
	if (m->o.stamped && strcmp(event, "time-stamp") == 0)
		return third_detail(&m->third, &m->note, seal - 1, &m->signer, m->note_key.name,
				    START + (int64_t)seal * STEP);
	if (seal == m->o.approve)
		return approval_detail(m);
	if (m->person.fault && seal == m->o.results + m->o.events)
		return countersign_detail(&m->person, countersigned_at(m));
	return strdup(seal == m->o.retire ? "{\"version\":1,\"counter\":1}" : m->o.detail);
}

static void name_folder(const struct share_maker *m, struct pending *p, uint64_t seal,
			const char *event)
{
	char name[40], label[LS_SAFE_NAME_SIZE], folder[LS_SEAL_FOLDER_SIZE];
	time_t received = START + (time_t)seal * STEP;
	struct tm utc;
	gmtime_r(&received, &utc);
	if (event)
		snprintf(name, sizeof(name), "%s", event);
	else
		snprintf(name, sizeof(name), "plate%" PRIu64 ".eds", seal);
	snprintf(p->path, sizeof(p->path), "%s/%04d/%s", event ? "events" : "results",
		 utc.tm_year + 1900,
		 ls_seal_folder(seal, ls_results_label(event ? 1 : m->o.originals, name, label),
				folder));
}

static void read_calibration(struct share_maker *m)
{
	struct ls_error err = { 0 };
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, 65536);
	must(ls_file_read(AT_FDCWD, m->o.calibration, &text, &err), &err, m->o.calibration);
	must(ls_calibration_status_parse(text.data, text.size, &m->calibration, &err), &err,
	     m->o.calibration);
}

static void put_sample(struct share_maker *m, const char *said)
{
	struct ls_error err = { 0 };
	char name[LS_SAMPLE_NAME_SIZE], file[4096], path[LS_SEQUENCE_PATH_SIZE];
	char signer[LS_ORCID_SIZE] = "";
	struct ls_sample *k = &m->samples.list[m->samples.count++];
	_cleanup_buffer_ struct ls_buffer bytes;
	ls_buffer_init(&bytes, LS_SEQUENCE_SIZE_MAX);
	if (sscanf(said, "%128[^=]=%4095[^=]=%19s", name, file, signer) < 2)
		die(NULL, said);
	must(ls_file_read(AT_FDCWD, file, &bytes, &err), &err, file);
	snprintf(k->name, sizeof(k->name), "%s", name);
	snprintf(k->signer.text, sizeof(k->signer.text), "%s", signer);
	k->size = bytes.size;
	ls_sha256_buffer(bytes.data, bytes.size, &k->sha256);
	put_below(m->share, ls_sequence_path(&k->sha256, path), bytes.data, bytes.size);
}

static void make_record(struct share_maker *m, struct pending *p, uint64_t seal, const char *event,
			struct ls_record_file *files)
{
	struct ls_error err = { 0 };
	struct ls_record r = {
		.kind = event ? LS_SEAL_EVENT : LS_SEAL_RESULT,
		.seal = seal,
		.received = (START + (int64_t)seal * STEP) * 1000,
		.count = event ? 0 : m->o.originals,
		.files = files,
		.policy = m->policy,
		.key_kind = m->o.hardware ? LS_KEY_TPM : LS_KEY_FILE,
		.ed25519 = ed25519_kind(m),
	};
	_cleanup_free_ char *detail = event ? detail_of(m, seal, event) : NULL;
	r.detail = detail;
	if (m->o.hardware) {
		r.pcr23 = m->pcr23;
		r.approval_version = 1;
	}
	snprintf(r.instrument, sizeof(r.instrument), "%s", m->o.instrument);
	snprintf(r.event, sizeof(r.event), "%s", event ? event : "");
	if (!m->o.unnamed)
		r.evidence = m->evidenced;
	snprintf(r.unconfined, sizeof(r.unconfined), "%s", m->o.unconfined);
	snprintf(r.session, sizeof(r.session), "000102030405060708090a0b0c0d0e0f");
	r.calibration = m->calibration;
	if (!event)
		r.samples = m->samples;
	must(ls_record_format(&r, &p->record, &err), &err, "record");
}

static void make_manifest(struct share_maker *m, struct pending *p, uint64_t seal, bool event,
			  const struct ls_record_file *originals)
{
	struct ls_error err = { 0 };
	struct ls_manifest_file files[ORIGINALS_MAX + 1] = { { .path = LS_FILE_RECORD } };
	struct ls_manifest manifest = {
		.kind = event ? LS_SEAL_EVENT : LS_SEAL_RESULT,
		.seal = seal,
		.received = START + (int64_t)seal * STEP,
		.count = event ? 1 : m->o.originals + 1,
		.files = files,
	};
	ls_sha256_buffer(p->record.data, p->record.size, &files[0].sha256);
	for (size_t i = 1; i < manifest.count; i++) {
		memcpy(files[i].path, originals[i - 1].path, sizeof(files[i].path));
		files[i].sha256 = originals[i - 1].sha256;
	}
	snprintf(manifest.instrument, sizeof(manifest.instrument), "%s", m->o.instrument);
	must(ls_manifest_format(&manifest, &p->manifest, &err), &err, "manifest");
	if (!event && m->person.said.seal == 0) {
		m->person.said.seal = seal;
		snprintf(m->person.said.instrument, sizeof(m->person.said.instrument), "%s",
			 m->o.instrument);
		ls_sha256_buffer(p->manifest.data, p->manifest.size, &m->person.said.manifest);
	}
}

static void seal_one(struct share_maker *m, struct pending *p, struct ls_digest *ret_leaf)
{
	struct ls_error err = { 0 };
	uint64_t seal = ++m->seals;
	const char *event = event_of(m, seal);
	static struct ls_record_file files[ORIGINALS_MAX];
	memset(files, 0, sizeof(files));
	ls_buffer_init(&p->manifest, LS_MANIFEST_SIZE_MAX);
	ls_buffer_init(&p->record, LS_RECORD_SIZE_MAX);
	ls_buffer_init(&p->signature, LS_CMS_SIZE_MAX);
	name_folder(m, p, seal, event);
	for (size_t i = 0; !event && i < m->o.originals; i++)
		make_original(m, p->path, &files[i], seal, i);
	make_record(m, p, seal, event, files);
	make_manifest(m, p, seal, event, files);
	struct ls_der certificate = { m->certificate.data, m->certificate.size };
	if (!m->o.no_folders)
		must(ls_cms_sign(p->manifest.data, p->manifest.size, certificate,
				 START + (int64_t)seal * STEP, &m->signer, &p->signature, &err),
		     &err, "signature");
	must(ls_merkle_leaf(&m->hash, p->manifest.data, p->manifest.size, ret_leaf), &err, "leaf");
	must(ls_tile_builder_append(m->tiles, ret_leaf, &err), &err, "tile");
	must(ls_bundle_add(&m->bundle, p->manifest.data, p->manifest.size), &err, "bundle");
	if (ls_tile_builder_size(m->tiles) % LS_TILE_WIDTH == 0)
		write_bundle(m);
}

static void write_seal(struct share_maker *m, const struct pending *p,
		       const struct ls_buffer *proof)
{
	const struct {
		const char *name;
		const struct ls_buffer *bytes;
	} files[] = { { LS_FILE_MANIFEST, &p->manifest },
		      { LS_FILE_SIGNATURE, &p->signature },
		      { LS_FILE_PROOF, proof },
		      { LS_FILE_RECORD, &p->record } };
	char path[700];
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		snprintf(path, sizeof(path), "%s/%s", p->path, files[i].name);
		put_below(m->share, path, files[i].bytes->data, files[i].bytes->size);
	}
}

static void sign_checkpoint(struct share_maker *m, struct ls_buffer *note)
{
	struct ls_error err = { 0 };
	struct ls_checkpoint c = { .size = ls_tile_builder_size(m->tiles) };
	memcpy(c.origin, m->note_key.name, sizeof(c.origin));
	must(ls_tile_builder_root(m->tiles, &c.root, &err), &err, "root");
	must(ls_checkpoint_sign(&c, &m->signer, m->ed25519 ? &m->small : NULL, note, &err), &err,
	     "checkpoint");
}

static void prove(struct share_maker *m, const struct ls_merkle_source *source, uint64_t index,
		  uint64_t size, const struct ls_buffer *note, struct ls_buffer *out)
{
	struct ls_error err = { 0 };
	struct ls_proof proof = { .index = index,
				  .checkpoint = note->data,
				  .checkpoint_size = note->size };
	(void)m;
	must(ls_merkle_prove_inclusion(source, index, size, proof.hashes, &proof.count, &err), &err,
	     "proof");
	must(ls_proof_format(&proof, out), &err, "proof");
}

/* What the software TPM of this share says of a checkpoint. */
/* A TPM whose clock, resets or counter do not go on as they were, or whose counter is past. */
static void go_wrong(struct evidence_maker *e, const char *how)
{
	if (strcmp(how, "clock-back") == 0)
		e->clock.milliseconds -= 100000;
	else if (strcmp(how, "resets-back") == 0)
		e->clock.reset_count--;
	else if (strcmp(how, "clock-back-after-an-orderly-reset") == 0)
		e->clock = (struct ls_clock){ 5000, e->clock.reset_count + 1, 0, true };
	else if (strcmp(how, "clock-back-after-a-reset-without-order") == 0)
		e->clock = (struct ls_clock){ 5000, e->clock.reset_count + 1, 0, false };
	else if (strcmp(how, "counter-back") == 0)
		e->counter--;
	else if (strcmp(how, "counter-past") == 0)
		e->counter++;
	else
		exit(2);
}

static void put_evidence(struct share_maker *m, const struct ls_checkpoint *c,
			 const struct ls_buffer *note)
{
	char path[200];
	struct ls_buffer parts[LS_EVIDENCE_PARTS];
	if (m->o.attested && m->evidenced > 0) {
		go_wrong(&m->evidence, m->o.attested);
		m->o.attested = NULL;
	}
	evidence_make(&m->evidence, c, note, parts);
	for (int i = 0; i < LS_EVIDENCE_PARTS; i++) {
		snprintf(path, sizeof(path), LS_EVIDENCE_FOLDER "/%" PRIu64 "/%s", c->size,
			 ls_evidence_file(i));
		put_below(m->share, path, parts[i].data, parts[i].size);
		ls_buffer_free(&parts[i]);
	}
}

/* What all evidence refers to: the event log and the key's creation certificate. */
static void put_evidence_of_all(struct share_maker *m)
{
	char path[200], hex[LS_DIGEST_HEX_SIZE];
	struct ls_digest key;
	ls_p256_public_digest(&m->signer.key, &key);
	snprintf(path, sizeof(path), LS_EVIDENCE_FOLDER "/" LS_EVIDENCE_EVENTS "/%s.jsonl",
		 ls_digest_hex(&m->pcr23, hex));
	put_below(m->share, path, m->evidence.event_log.data, m->evidence.event_log.size);
	snprintf(path, sizeof(path), LS_EVIDENCE_FOLDER "/" LS_EVIDENCE_KEYS "/%s.creation",
		 ls_digest_hex(&key, hex));
	put_below(m->share, path, m->evidence.creation.data, m->evidence.creation.size);
}

/* A batch of seals under one checkpoint. */
static void seal_batch(struct share_maker *m, uint64_t count)
{
	struct pending *pending = calloc(count, sizeof(*pending));
	struct ls_digest *leaves = calloc(count, sizeof(*leaves));
	struct ls_error err = { 0 };
	_cleanup_buffer_ struct ls_buffer note, proof;
	ls_buffer_init(&note, LS_NOTE_SIZE_MAX);
	ls_buffer_init(&proof, LS_PROOF_SIZE_MAX);
	if (!pending || !leaves)
		die(NULL, "batch");
	struct ls_merkle_batch batch = { &m->frontier, leaves, count, &m->hash };
	uint64_t first = m->seals;
	for (uint64_t i = 0; i < count; i++)
		seal_one(m, &pending[i], &leaves[i]);
	if (m->o.all_tiles) {
		write_bundle(m);
		must(ls_tile_builder_flush(m->tiles, &err), &err, "tiles");
	}
	if (!m->o.no_folders) {
		sign_checkpoint(m, &note);
		ls_buffer_clear(&m->note);
		ls_buffer_add(&m->note, note.data, note.size);
		if (first + count == 2)
			ls_buffer_add(&m->third.early, note.data, note.size);
	}
	struct ls_merkle_source source = ls_merkle_batch_source(&batch);
	for (uint64_t i = 0; i < count; i++) {
		if (!m->o.no_folders) {
			ls_buffer_clear(&proof);
			prove(m, &source, first + i, first + count, &note, &proof);
			write_seal(m, &pending[i], &proof);
		}
		ls_buffer_free(&pending[i].manifest);
		ls_buffer_free(&pending[i].record);
		ls_buffer_free(&pending[i].signature);
	}
	if (m->o.evidence) {
		struct ls_checkpoint c = { .size = first + count };
		must(ls_tile_builder_root(m->tiles, &c.root, &err), &err, "root");
		put_evidence(m, &c, &note);
		m->evidenced = c.size;
	}
	for (uint64_t i = 0; i < count; i++)
		must(ls_merkle_frontier_append(&m->frontier, &m->hash, &leaves[i]), &err,
		     "frontier");
	free(pending);
	free(leaves);
}

static void put_witnessed(struct share_maker *m, uint64_t size, const struct ls_buffer *note)
{
	char path[64];
	snprintf(path, sizeof(path), "log/witnessed/%" PRIu64, size);
	put_below(m->share, path, note->data, note->size);
}

/* Lines on the newest checkpoint, or on another one beside it. */
static void cosign(struct share_maker *m)
{
	const char *how = m->o.witnessed;
	uint64_t when = START + (m->seals + 1) * STEP;
	_cleanup_buffer_ struct ls_buffer other;
	ls_buffer_init(&other, LS_NOTE_SIZE_MAX);
	if (third_is(how, "good") || third_is(how, "forged")) {
		third_cosign(&m->third, 2, when, &m->note);
		if (third_is(how, "forged"))
			m->note.data[m->note.size - 10] ^= 1;
		put_witnessed(m, m->seals, &m->note);
	} else if (third_is(how, "one-of-two") || third_is(how, "one-is-enough")) {
		third_cosign(&m->third, 1, when, &m->note);
	} else if (third_is(how, "early")) {
		ls_buffer_add(&other, m->third.early.data, m->third.early.size);
		third_cosign(&m->third, 2, when, &other);
		put_witnessed(m, 2, &other);
	} else if (third_is(how, "fork") || third_is(how, "rollback")) {
		uint64_t size = third_is(how, "fork") ? 2 : m->seals + 10;
		third_cosign(&m->third, 2, when, &m->note);
		third_fork(&m->signer, m->note_key.name, size, &other);
		third_cosign(&m->third, 2, when, &other);
		put_witnessed(m, size, &other);
	} else if (third_is(how, "unsigned")) {
		struct ls_signer ca;
		ls_p256_key_signer(m->ca_key, &ca);
		third_cosign(&m->third, 2, when, &m->note);
		third_fork(&ca, m->note_key.name, 2, &other);
		third_cosign(&m->third, 2, when, &other);
		put_witnessed(m, 2, &other);
	} else if (!third_is(how, "none")) {
		exit(2);
	}
}

static void make_share(struct share_maker *m)
{
	struct ls_error err = { 0 };
	struct ls_tile_sink sink = { emit_tile, m };
	must(ls_tile_builder_new(&sink, &m->tiles, &err), &err, "tiles");
	ls_merkle_frontier_init(&m->frontier);
	ls_buffer_init(&m->bundle, LS_BUNDLE_SIZE_MAX);
	ls_buffer_init(&m->note, LS_NOTE_SIZE_MAX);
	uint64_t total = m->o.results + m->o.events;
	while (m->seals < total)
		seal_batch(m, total - m->seals < m->o.batch ? total - m->seals : m->o.batch);
	write_bundle(m);
	must(ls_tile_builder_flush(m->tiles, &err), &err, "tiles");
	if (m->note.size == 0)
		sign_checkpoint(m, &m->note);
	if (m->o.witnessed)
		cosign(m);
	put_below(m->share, "log/checkpoint", m->note.data, m->note.size);
	static const char readme[] = "A made-up share, for tests.\n";
	put(m->share, "README.txt", readme, strlen(readme));
	put(m->share, "index.html", readme, strlen(readme));
}

static uint64_t number(const char *text, uint64_t max)
{
	uint64_t value;
	if (ls_parse_u64(text, strlen(text), &value) < 0 || value > max) {
		fprintf(stderr, "make_share: '%s' is no number up to %" PRIu64 "\n", text, max);
		exit(2);
	}
	return value;
}

_Noreturn static void usage(void)
{
	fprintf(stderr, "Usage: make_share [--results N] [--events N] [--size BYTES] [--seed N] "
			"[--batch N] [--originals N] [--instrument ID] [--keys FOLDER] "
			"[--hardware] [--evidence] [--all-tiles] [--no-folders] [--event KIND] "
			"[--detail JSON] [--approve SEAL] [--retire SEAL] "
			"[--foreign] [--unnamed] [--unconfined WHAT] [--enrolled HOW] [--attested "
			"HOW] [--stamped HOW] [--witnessed HOW] [--countersign HOW] [--ed25519] "
			"[--claimed NAME] [--versions HOW] [--calibration FILE] [--start SECONDS] "
			"[--sample NAME=FILE[=ORCID] ...] FOLDER\n");
	exit(2);
}

static const struct option options[] = { { "results", 1, NULL, 'r' },
					 { "events", 1, NULL, 'e' },
					 { "size", 1, NULL, 's' },
					 { "seed", 1, NULL, 'x' },
					 { "batch", 1, NULL, 'b' },
					 { "originals", 1, NULL, 'o' },
					 { "instrument", 1, NULL, 'i' },
					 { "keys", 1, NULL, 'k' },
					 { "hardware", 0, NULL, 'h' },
					 { "all-tiles", 0, NULL, 'a' },
					 { "no-folders", 0, NULL, 'n' },
					 { "event", 1, NULL, 'E' },
					 { "detail", 1, NULL, 'D' },
					 { "evidence", 0, NULL, 'v' },
					 { "approve", 1, NULL, 'A' },
					 { "retire", 1, NULL, 'R' },
					 { "foreign", 0, NULL, 'F' },
					 { "unnamed", 0, NULL, 'U' },
					 { "unconfined", 1, NULL, 'C' },
					 { "enrolled", 1, NULL, 'K' },
					 { "attested", 1, NULL, 'T' },
					 { "countersign", 1, NULL, 'P' },
					 { "ed25519", 0, NULL, 'S' },
					 { "stamped", 1, NULL, 'Z' },
					 { "witnessed", 1, NULL, 'W' },
					 { "claimed", 1, NULL, 'N' },
					 { "versions", 1, NULL, 'V' },
					 { "calibration", 1, NULL, 'Q' },
					 { "start", 1, NULL, 'B' },
					 { "sample", 1, NULL, 'M' },
					 { 0 } };

static struct options parse(int argc, char **argv)
{
	struct options o = { .results = 3,
			     .events = 2,
			     .size = 1000,
			     .seed = 1,
			     .batch = 1,
			     .originals = 1,
			     .instrument = "7500-01",
			     .event = "heartbeat",
			     .unconfined = "",
			     .enrolled = "good",
			     .detail = "{\"files\":3}" };
	uint64_t approve = 1; /* where there is an authority */
	int option;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		switch (option) {
		case 'r': o.results = number(optarg, 100000000); break;
		case 'e': o.events = number(optarg, 100000000); break;
		case 's': o.size = number(optarg, 1000000000); break;
		case 'x': o.seed = number(optarg, UINT64_MAX); break;
		case 'b': o.batch = number(optarg, 10000); break;
		case 'o': o.originals = number(optarg, ORIGINALS_MAX); break;
		case 'i': o.instrument = optarg; break;
		case 'k': o.keys = optarg; break;
		case 'h': o.hardware = true; break;
		case 'a': o.all_tiles = true; break;
		case 'n': o.no_folders = true; break;
		case 'E': o.event = optarg; break;
		case 'D': o.detail = optarg; break;
		case 'v': o.hardware = o.evidence = true; break;
		case 'F': o.foreign = true; break;
		case 'U': o.unnamed = true; break;
		case 'C': o.unconfined = optarg; break;
		case 'K': o.enrolled = optarg; break;
		case 'T': o.attested = optarg; break;
		case 'P': o.countersign = optarg; break;
		case 'S': o.ed25519 = true; break;
		case 'Z': o.stamped = optarg; break;
		case 'W': o.witnessed = optarg; break;
		case 'N': o.claimed = optarg; break;
		case 'V': o.versions = optarg; break;
		case 'Q': o.calibration = optarg; break;
		case 'M':
			if (o.sample_count == LS_SAMPLES_MAX)
				usage();
			o.samples[o.sample_count++] = optarg;
			break;
		case 'B': start_time = (int64_t)number(optarg, 4000000000); break;
		case 'A': approve = number(optarg, 100000000); break;
		case 'R': o.retire = number(optarg, 100000000); break;
		default: exit(2);
		}
	if (optind + 1 != argc || o.batch == 0 || o.originals == 0 ||
	    o.events < (uint64_t)(o.hardware && approve > 0) + (o.retire > 0)) {
		usage();
	}
	o.folder = argv[optind];
	o.approve = o.hardware ? approve : 0;
	return o;
}

int main(int argc, char **argv)
{
	static struct share_maker m;
	m.o = parse(argc, argv);
	m.random = m.o.seed * 2654435769u + 88172645463325252u;
	ls_sha256_buffer("a measured state", 16, &m.pcr23);
	ls_sha256_buffer("a policy", 8, &m.policy);
	char share[600];
	snprintf(share, sizeof(share), "%s/share/", m.o.folder);
	put_folders(AT_FDCWD, share);
	m.share = open(share, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (m.share < 0)
		die(NULL, share);
	make_keys(&m);
	if (m.o.evidence) {
		evidence_init(&m.evidence, get_key(&m, "ak.pem"), &m.signer.key, &m.pcr23);
		put_evidence_of_all(&m);
	}
	if (m.o.countersign)
		countersign_init(&m.person, countersign_find(m.o.countersign), m.signer,
				 countersigned_at(&m));
	third_init(&m.third, m.o.stamped, m.o.witnessed, START);
	write_trust(&m);
	if (m.o.calibration)
		read_calibration(&m);
	for (size_t i = 0; i < m.o.sample_count; i++)
		put_sample(&m, m.o.samples[i]);
	make_share(&m);
	third_free(&m.third);
	ls_tile_builder_free(m.tiles);
	ls_p256_key_free(m.ca_key);
	ls_p256_key_free(m.key);
	ls_ed25519_key_free(m.ed25519);
	ls_sha256_free(&m.hash);
	ls_buffer_free(&m.bundle);
	ls_buffer_free(&m.note);
	ls_buffer_free(&m.ca);
	ls_buffer_free(&m.certificate);
	ls_p256_key_free(m.person.ca_key);
	ls_p256_key_free(m.person.key);
	ls_buffer_free(&m.person.ca);
	ls_buffer_free(&m.person.certificate);
	close(m.share);
	return 0;
}
