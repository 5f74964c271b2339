/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/corpus/FORMAT/: good-* must be accepted, bad-* must be refused as
 * malformed, and their names say why.  The same files are the fuzz targets'
 * seeds (seed-* are that only).  Run from the top of the tree.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "lib/attest/creation.h"
#include "lib/attest/pcr_values.h"
#include "lib/attest/tpm_constants.h"
#include "lib/base/files.h"
#include "lib/base/pem.h"
#include "lib/base/test.h"
#include "lib/log/misbehaviour.h"
#include "lib/log/proof.h"
#include "lib/log/tiles.h"
#include "lib/seal/cms.h"
#include "lib/seal/countersignature.h"
#include "lib/seal/record.h"
#include "lib/seal/trust.h"

#define CORPUS "tests/corpus/"

typedef int (*parse_fn)(const uint8_t *bytes, size_t size, struct ls_error *err);

static int parse_pem(const uint8_t *bytes, size_t size, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer out;
	ls_buffer_init(&out, LS_CERTIFICATE_SIZE_MAX);
	return ls_certificate_from_pem((const char *)bytes, size, &out, err);
}

static int parse_p256(const uint8_t *bytes, size_t size, struct ls_error *err)
{
	struct ls_p256_public key;
	return ls_p256_public_parse(bytes, size, &key, err);
}

static int parse_note(const uint8_t *bytes, size_t size, struct ls_error *err)
{
	struct ls_note note;
	return ls_note_parse(bytes, size, &note, err);
}

static int parse_checkpoint(const uint8_t *bytes, size_t size, struct ls_error *err)
{
	struct ls_checkpoint checkpoint;
	return ls_checkpoint_parse((const char *)bytes, size, &checkpoint, err);
}

static int parse_proof(const uint8_t *bytes, size_t size, struct ls_error *err)
{
	struct ls_proof proof;
	return ls_proof_parse(bytes, size, &proof, err);
}

static int parse_misbehaviour(const uint8_t *bytes, size_t size, struct ls_error *err)
{
	struct ls_misbehaviour m;
	return ls_misbehaviour_parse(bytes, size, &m, err);
}

/* The first byte is the bundle's width, less one. */
static int parse_tiles(const uint8_t *bytes, size_t size, struct ls_error *err)
{
	static struct ls_bundle bundle;
	return size == 0 ? 0 : ls_bundle_parse(bytes + 1, size - 1, bytes[0] + 1u, &bundle, err);
}

static int parse_manifest(const uint8_t *bytes, size_t size, struct ls_error *err)
{
	_cleanup_manifest_ struct ls_manifest manifest = { 0 };
	return ls_manifest_parse(bytes, size, &manifest, err);
}

static int parse_record(const uint8_t *bytes, size_t size, struct ls_error *err)
{
	_cleanup_record_ struct ls_record record = { 0 };
	return ls_record_parse(bytes, size, &record, err);
}

static int parse_countersignature(const uint8_t *bytes, size_t size, struct ls_error *err)
{
	_cleanup_countersign_request_ struct ls_countersign_request r = { .text = { .max = 0 } };
	return ls_countersign_request_parse(bytes, size, &r, err);
}

static int parse_persons(const uint8_t *bytes, size_t size, struct ls_error *err)
{
	_cleanup_persons_ struct ls_persons persons = { .ca_count = 0 };
	return ls_persons_parse(bytes, size, &persons, err);
}

static int parse_trust(const uint8_t *bytes, size_t size, struct ls_error *err)
{
	_cleanup_trust_ struct ls_trust trust = { 0 };
	return ls_trust_parse(bytes, size, &trust, err);
}

static int parse_certificate(const uint8_t *bytes, size_t size, struct ls_error *err)
{
	struct ls_certificate certificate;
	return ls_certificate_read((struct ls_der){ bytes, size }, &certificate, err);
}

static int parse_cms(const uint8_t *bytes, size_t size, struct ls_error *err)
{
	static const char content[] = "# labseal/result/v1\n";
	_cleanup_buffer_ struct ls_buffer ca;
	struct ls_cms_signature s;
	ls_buffer_init(&ca, LS_CERTIFICATE_SIZE_MAX);
	int rc = ls_file_read(AT_FDCWD, CORPUS "certificate/good-ca", &ca, err);
	if (rc < 0)
		return rc;
	struct ls_der authority = { ca.data, ca.size };
	return ls_cms_verify(bytes, size, content, strlen(content), &authority, 1, 1772634139, &s,
			     err);
}

/* Of whichever type it is. */
static int parse_attest(const uint8_t *bytes, size_t size, struct ls_error *err)
{
	static const uint16_t types[] = { LS_ST_ATTEST_NV, LS_ST_ATTEST_CREATION,
					  LS_ST_ATTEST_QUOTE };
	struct ls_attest attest;
	int rc = -1;
	for (size_t i = 0; rc < 0 && i < sizeof(types) / sizeof(types[0]); i++)
		rc = ls_attest_parse(bytes, size, types[i], &attest, err);
	return rc;
}

static int parse_public_area(const uint8_t *bytes, size_t size, struct ls_error *err)
{
	struct ls_public_area area;
	return ls_public_area_parse(bytes, size, &area, err);
}

static int parse_tpm_signature(const uint8_t *bytes, size_t size, struct ls_error *err)
{
	uint8_t der[LS_P256_SIGNATURE_MAX];
	size_t n;
	return ls_tpm_signature_parse(bytes, size, der, &n, err);
}

static int parse_creation(const uint8_t *bytes, size_t size, struct ls_error *err)
{
	struct ls_creation_data data;
	return ls_creation_data_parse(bytes, size, &data, err);
}

static int parse_pcr_values(const uint8_t *bytes, size_t size, struct ls_error *err)
{
	struct ls_pcr_values values;
	return ls_pcr_values_parse(bytes, size, &values, err);
}

static void check_file(const char *folder, const char *name, parse_fn parse)
{
	_cleanup_buffer_ struct ls_buffer b;
	struct ls_error err = { 0 };
	char path[512];
	snprintf(path, sizeof(path), CORPUS "%s/%s", folder, name);
	ls_buffer_init(&b, 1 << 20);
	if (ls_file_read(AT_FDCWD, path, &b, &err) < 0) {
		TEST_FAIL("%s", err.message);
		return;
	}
	int rc = parse((const uint8_t *)ls_buffer_str(&b), b.size, &err);
	if (strncmp(name, "good-", 5) == 0 && rc < 0)
		TEST_FAIL("%s was refused: %s", path, err.message);
	if (strncmp(name, "bad-", 4) == 0 && rc != -EBADMSG)
		TEST_FAIL("%s gave %d, not -EBADMSG", path, rc);
	if (strncmp(name, "bad-", 4) == 0 && rc < 0 && !err.message[0])
		TEST_FAIL("%s was refused without a word", path);
}

/* Returns how many files there were. */
static unsigned check_folder(const char *folder, parse_fn parse)
{
	char path[256];
	unsigned n = 0;
	snprintf(path, sizeof(path), CORPUS "%s", folder);
	DIR *dir = opendir(path);
	for (struct dirent *e = dir ? readdir(dir) : NULL; e; e = readdir(dir)) {
		if (e->d_name[0] == '.')
			continue;
		check_file(folder, e->d_name, parse);
		n++;
	}
	if (dir)
		closedir(dir);
	return n;
}

#define CORPUS_TEST(format)                                       \
	TEST(corpus_of_##format)                                  \
	{                                                         \
		if (access(CORPUS, R_OK) != 0)                    \
			TEST_SKIP("no " CORPUS " here");          \
		CHECK(check_folder(#format, parse_##format) > 1); \
	}

/* Every line of the example is in the page, indented by four, one after the other. */
static void check_page_shows(const char *page, const char *example)
{
	_cleanup_buffer_ struct ls_buffer text, shown, wanted;
	struct ls_reader r;
	const char *line;
	size_t length;
	ls_buffer_init(&text, 1 << 20);
	ls_buffer_init(&shown, 1 << 20);
	ls_buffer_init(&wanted, 1 << 20);
	CHECK_INT_EQ(ls_file_read(AT_FDCWD, page, &text, NULL), 0);
	CHECK_INT_EQ(ls_file_read(AT_FDCWD, example, &shown, NULL), 0);
	ls_reader_init(&r, ls_buffer_str(&shown), shown.size);
	while (ls_read_line(&r, &line, &length) == 0)
		ls_buffer_printf(&wanted, "%s%.*s\n", length ? "    " : "", (int)length, line);
	if (!strstr(ls_buffer_str(&text), ls_buffer_str(&wanted)))
		TEST_FAIL("%s does not show %s", page, example);
}

TEST(pages_show_examples_that_hold)
{
	if (access(CORPUS, R_OK) != 0 || access("docs/formats", R_OK) != 0)
		TEST_SKIP("no " CORPUS " or docs/formats/ here");
	check_page_shows("docs/formats/manifest.md", CORPUS "manifest/good-result");
	check_page_shows("docs/formats/manifest.md", CORPUS "record/good-result");
	check_page_shows("docs/formats/manifest.md", CORPUS "record/good-event");
	check_page_shows("docs/formats/share.md", CORPUS "note/good-checkpoint");
	check_page_shows("docs/formats/share.md", CORPUS "proof/good-proof");
	check_page_shows("docs/formats/countersignature.md",
			 CORPUS "countersignature/good-request");
	check_page_shows("docs/formats/misbehaviour.md", CORPUS "misbehaviour/good-fork");
	check_page_shows("docs/formats/trust.md", CORPUS "trust/good-trust");
}

CORPUS_TEST(pem)
CORPUS_TEST(p256)
CORPUS_TEST(note)
CORPUS_TEST(checkpoint)
CORPUS_TEST(proof)
CORPUS_TEST(misbehaviour)
CORPUS_TEST(tiles)
CORPUS_TEST(manifest)
CORPUS_TEST(record)
CORPUS_TEST(countersignature)
CORPUS_TEST(persons)
CORPUS_TEST(trust)
CORPUS_TEST(certificate)
CORPUS_TEST(cms)
CORPUS_TEST(attest)
CORPUS_TEST(public_area)
CORPUS_TEST(tpm_signature)
CORPUS_TEST(creation)
CORPUS_TEST(pcr_values)

TEST_MAIN()
