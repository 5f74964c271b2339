/* SPDX-License-Identifier: Apache-2.0 */
#include "host/countersign/judge.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/base/test.h"
#include "lib/log/checkpoint.h"
#include "lib/log/tiles.h"
#include "lib/seal/ca.h"
#include "lib/seal/cms.h"
#include "lib/seal/countersignature.h"

#define NOW  INT64_C(1772625600) /* 2026-03-04T12:00:00Z */
#define NAME "Ada Lovelace"

/* A log of one result, its share's log/, and a person. */
struct rig {
	char path[64];
	int share;
	struct ls_p256_key *ca_key, *key, *log_key;
	struct ls_signer signer;
	struct ls_buffer ca, certificate, manifest;
	struct ls_persons persons;
};

static void put(const struct rig *r, const char *path, const struct ls_buffer *bytes)
{
	char full[128];
	snprintf(full, sizeof(full), "log/%s", path);
	CHECK_INT_EQ(ls_file_replace(r->share, full, bytes->data, bytes->size, 0444, NULL), 0);
}

static void make_log(struct rig *r, enum ls_seal_kind kind)
{
	_cleanup_buffer_ struct ls_buffer bundle, note;
	struct ls_manifest_file files[2] = { { .path = "record.json" },
					     { .path = "original/plate1.eds" } };
	struct ls_manifest m = { .kind = kind,
				 .instrument = "7500-01",
				 .seal = 1,
				 .received = NOW - 600,
				 .count = kind == LS_SEAL_RESULT ? 2 : 1,
				 .files = files };
	struct ls_checkpoint c = { .origin = "labseal/7500-01", .size = 1 };
	struct ls_signer log_signer;
	char path[LS_TILE_PATH_SIZE];
	struct ls_tile tile = { .entries = true, .index = 0, .width = 1 };
	ls_buffer_init(&bundle, LS_BUNDLE_SIZE_MAX);
	ls_buffer_init(&note, LS_NOTE_SIZE_MAX);
	ls_buffer_init(&r->manifest, LS_MANIFEST_SIZE_MAX);
	CHECK_INT_EQ(ls_p256_key_generate(&r->log_key, NULL), 0);
	ls_p256_key_signer(r->log_key, &log_signer);
	CHECK_INT_EQ(ls_manifest_format(&m, &r->manifest, NULL), 0);
	CHECK_INT_EQ(ls_bundle_add(&bundle, r->manifest.data, r->manifest.size), 0);
	CHECK_INT_EQ(ls_checkpoint_sign(&c, &log_signer, NULL, &note, NULL), 0);
	CHECK_INT_EQ(ls_make_dirs(r->share, "log/tile/entries/000.p", 0755, NULL), 0);
	put(r, ls_tile_path(&tile, path), &bundle);
	put(r, "checkpoint", &note);
}

static void make_person(struct rig *r)
{
	ls_buffer_init(&r->ca, LS_CERTIFICATE_SIZE_MAX);
	ls_buffer_init(&r->certificate, LS_CERTIFICATE_SIZE_MAX);
	CHECK_INT_EQ(ls_p256_key_generate(&r->ca_key, NULL), 0);
	CHECK_INT_EQ(ls_p256_key_generate(&r->key, NULL), 0);
	ls_p256_key_signer(r->key, &r->signer);
	CHECK_INT_EQ(ls_ca_create(r->ca_key, "Staff CA", NOW - 1000, NOW + 1000, &r->ca, NULL), 0);
	struct ls_der ca = { r->ca.data, r->ca.size };
	CHECK_INT_EQ(ls_ca_issue(r->ca_key, ca, &r->signer.key, NAME, NOW - 1000, NOW + 1000,
				 &r->certificate, NULL),
		     0);
	CHECK_INT_EQ(ls_persons_add_authority(&r->persons, ca, NULL), 0);
}

static void rig_open(struct rig *r, enum ls_seal_kind kind)
{
	snprintf(r->path, sizeof(r->path), "/tmp/labseal-judge-XXXXXX");
	r->share = mkdtemp(r->path) ? open(r->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	if (r->share < 0)
		TEST_FAIL("no folder %s", r->path);
	make_log(r, kind);
	make_person(r);
}

static void rig_close(struct rig *r)
{
	ls_remove_tree(AT_FDCWD, r->path, NULL);
	close(r->share);
	ls_p256_key_free(r->ca_key);
	ls_p256_key_free(r->key);
	ls_p256_key_free(r->log_key);
	ls_buffer_free(&r->ca);
	ls_buffer_free(&r->certificate);
	ls_buffer_free(&r->manifest);
	ls_persons_free(&r->persons);
}
#define RIG(r, kind)                                                             \
	__attribute__((cleanup(rig_close))) struct rig r = { .persons = { 0 } }; \
	rig_open(&r, kind)

static struct ls_countersignature of_result(const struct rig *r)
{
	struct ls_countersignature c = { .instrument = "7500-01",
					 .seal = 1,
					 .meaning = LS_MEANING_REVIEW,
					 .name = NAME,
					 .signed_at = NOW - 5 };
	ls_sha256_buffer(r->manifest.data, r->manifest.size, &c.manifest);
	return c;
}

static void request(const struct rig *r, const struct ls_countersignature *c, struct ls_buffer *out)
{
	_cleanup_buffer_ struct ls_buffer text, signature;
	ls_buffer_init(&text, LS_COUNTERSIGNATURE_SIZE_MAX);
	ls_buffer_init(&signature, LS_CMS_SIZE_MAX);
	ls_buffer_init(out, LS_COUNTERSIGN_REQUEST_MAX);
	CHECK_INT_EQ(ls_countersignature_format(c, &text, NULL), 0);
	CHECK_INT_EQ(ls_cms_sign(text.data, text.size,
				 (struct ls_der){ r->certificate.data, r->certificate.size },
				 c->signed_at, &r->signer, &signature, NULL),
		     0);
	CHECK_INT_EQ(ls_countersign_request_format(&text, &signature, out, NULL), 0);
}

static int judge(const struct rig *r, const struct ls_countersignature *c, const char *instrument,
		 struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer json, detail;
	ls_buffer_init(&detail, LS_COUNTERSIGN_REQUEST_MAX);
	request(r, c, &json);
	int rc = ls_countersign_judge(r->share, &r->persons, instrument, json.data, json.size, NOW,
				      &detail, err);
	CHECK(rc == 0 ? detail.size > 0 : detail.size == 0);
	return rc;
}

TEST(what_a_known_person_signed_of_a_sealed_result_is_to_be_sealed)
{
	RIG(r, LS_SEAL_RESULT);
	struct ls_error err = { 0 };
	struct ls_countersignature c = of_result(&r);
	if (judge(&r, &c, "7500-01", &err) < 0)
		TEST_FAIL("%s", err.message);
}

TEST(what_goes_on_is_written_anew)
{
	RIG(r, LS_SEAL_RESULT);
	_cleanup_buffer_ struct ls_buffer json, padded, detail;
	struct ls_countersignature c = of_result(&r);
	request(&r, &c, &json);
	ls_buffer_init(&padded, LS_COUNTERSIGN_REQUEST_MAX);
	ls_buffer_init(&detail, LS_COUNTERSIGN_REQUEST_MAX);
	ls_buffer_add_str(&padded, " \n\t");
	ls_buffer_add(&padded, json.data, json.size);
	CHECK_INT_EQ(ls_countersign_judge(r.share, &r.persons, "7500-01", padded.data, padded.size,
					  NOW, &detail, NULL),
		     0);
	CHECK_STR_EQ(ls_buffer_str(&detail), ls_buffer_str(&json));
}

TEST(another_instrument_or_result_is_refused)
{
	RIG(r, LS_SEAL_RESULT);
	struct ls_error err = { 0 };
	struct ls_countersignature c = of_result(&r);
	CHECK_INT_EQ(judge(&r, &c, "7500-02", &err), -EBADMSG);
	CHECK_STR_EQ(err.id, "countersignature.other");
	c.manifest.bytes[3] ^= 1;
	CHECK_INT_EQ(judge(&r, &c, "7500-01", &err), -EBADMSG);
	CHECK_STR_EQ(err.id, "countersignature.other");
	c = of_result(&r);
	c.seal = 2;
	CHECK_INT_EQ(judge(&r, &c, "7500-01", &err), -ENOENT);
	CHECK_STR_EQ(err.id, "countersignature.missing");
}

TEST(an_event_is_not_countersigned)
{
	RIG(r, LS_SEAL_EVENT);
	struct ls_error err = { 0 };
	struct ls_countersignature c = of_result(&r);
	CHECK_INT_EQ(judge(&r, &c, "7500-01", &err), -EBADMSG);
	CHECK_STR_EQ(err.id, "countersignature.other");
}

TEST(nobody_counts_where_no_ca_is_named)
{
	RIG(r, LS_SEAL_RESULT);
	struct ls_error err = { 0 };
	struct ls_countersignature c = of_result(&r);
	ls_persons_free(&r.persons);
	CHECK_INT_EQ(judge(&r, &c, "7500-01", &err), -ENOKEY);
}

TEST(a_share_that_cannot_be_read_is_not_the_persons_fault)
{
	RIG(r, LS_SEAL_RESULT);
	struct ls_error err = { 0 };
	struct ls_countersignature c = of_result(&r);
	CHECK_INT_EQ(ls_remove_tree(r.share, "log/tile", NULL), 0);
	CHECK_INT_EQ(judge(&r, &c, "7500-01", &err), -EIO);
	CHECK_INT_EQ(unlinkat(r.share, "log/checkpoint", 0), 0);
	CHECK_INT_EQ(judge(&r, &c, "7500-01", &err), -EIO);
}

TEST(what_is_no_request_is_refused)
{
	RIG(r, LS_SEAL_RESULT);
	_cleanup_buffer_ struct ls_buffer detail;
	ls_buffer_init(&detail, LS_COUNTERSIGN_REQUEST_MAX);
	CHECK_INT_EQ(
		ls_countersign_judge(r.share, &r.persons, "7500-01", "{}", 2, NOW, &detail, NULL),
		-EBADMSG);
}

TEST_MAIN()
