/* SPDX-License-Identifier: Apache-2.0 */
/* What labseal writes, checked by tools that know nothing of it: openssl and sha256sum. */
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/files.h"
#include "lib/base/stock_test.h"
#include "lib/base/test.h"
#include "lib/log/checkpoint.h"
#include "lib/seal/ca.h"
#include "lib/seal/cms.h"
#include "lib/seal/manifest.h"
#include "lib/seal/trust.h"

#define NAME "labseal/7500-01"
#define YEAR INT64_C(31557600)

static char folder[] = "/tmp/labseal-stock-XXXXXX";
static struct ls_p256_key *ca_key, *key;
static struct ls_signer signer;
static struct ls_buffer ca, certificate;
static int64_t now;

static void put(const char *name, const void *bytes, size_t n)
{
	int dir = open(folder, O_DIRECTORY | O_CLOEXEC);
	CHECK_INT_EQ(ls_file_replace(dir, name, bytes, n, 0644, NULL), 0);
	close(dir);
}

#define RUN(...) run_stock(folder, (const char *const[]){ __VA_ARGS__, NULL })

static struct ls_der der_of(const struct ls_buffer *b)
{
	return (struct ls_der){ b->data, b->size };
}

static void write_trust(void)
{
	struct ls_der authority = der_of(&ca);
	struct ls_trust t = { .instrument = "7500-01",
			      .key_kind = LS_KEY_FILE,
			      .certificate_count = 1,
			      .certificates = &authority };
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, LS_TRUST_SIZE_MAX);
	CHECK_INT_EQ(ls_note_key_init(&t.log, NAME, &signer.key, NULL), 0);
	CHECK_INT_EQ(ls_trust_format(&t, &b, NULL), 0);
	put("trust.txt", b.data, b.size);
}

static void write_manifest(void)
{
	struct ls_manifest_file files[2] = { { .path = "record.json" },
					     { .path = "original/a.eds" } };
	struct ls_manifest m = { .kind = LS_SEAL_RESULT,
				 .instrument = "7500-01",
				 .seal = 1,
				 .received = now,
				 .count = 2,
				 .files = files };
	_cleanup_buffer_ struct ls_buffer b, cms;
	ls_buffer_init(&b, LS_MANIFEST_SIZE_MAX);
	ls_buffer_init(&cms, LS_CMS_SIZE_MAX);
	ls_sha256_buffer("{}\n", 3, &files[0].sha256);
	ls_sha256_buffer("data", 4, &files[1].sha256);
	CHECK_INT_EQ(ls_manifest_format(&m, &b, NULL), 0);
	CHECK_INT_EQ(ls_cms_sign(b.data, b.size, der_of(&certificate), now, &signer, &cms, NULL),
		     0);
	put(LS_FILE_MANIFEST, b.data, b.size);
	put(LS_FILE_SIGNATURE, cms.data, cms.size);
	put(LS_FILE_RECORD, "{}\n", 3);
	int dir = open(folder, O_DIRECTORY | O_CLOEXEC);
	CHECK_INT_EQ(ls_make_dirs(dir, "original", 0755, NULL), 0);
	close(dir);
	put("original/a.eds", "data", 4);
}

/* A lab's key, CA and files.  Returns whether the tools are there. */
static bool prepare(void)
{
	if (key)
		return RUN("openssl", "version") == 0;
	now = (int64_t)time(NULL);
	CHECK(mkdtemp(folder) != NULL);
	CHECK_INT_EQ(ls_p256_key_generate(&ca_key, NULL), 0);
	CHECK_INT_EQ(ls_p256_key_generate(&key, NULL), 0);
	ls_p256_key_signer(key, &signer);
	ls_buffer_init(&ca, LS_CERTIFICATE_SIZE_MAX);
	ls_buffer_init(&certificate, LS_CERTIFICATE_SIZE_MAX);
	CHECK_INT_EQ(ls_ca_create(ca_key, "Lab CA", now - YEAR, now + YEAR, &ca, NULL), 0);
	CHECK_INT_EQ(ls_ca_issue(ca_key, der_of(&ca), &signer.key, "labseal 7500-01", now - YEAR,
				 now + YEAR, &certificate, NULL),
		     0);
	write_trust();
	write_manifest();
	return RUN("openssl", "version") == 0;
}

#define CMS_VERIFY                                                                          \
	"openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", LS_FILE_SIGNATURE, \
		"-content", LS_FILE_MANIFEST, "-out", "/dev/null", "-CAfile", "trust.txt"

TEST(openssl_verifies_the_signature)
{
	if (!prepare())
		TEST_SKIP("no openssl command here");
	CHECK_INT_EQ(RUN(CMS_VERIFY), 0);
	CHECK_INT_EQ(RUN(CMS_VERIFY, "-purpose", "any"), 0);
	/* it checks our signingCertificateV2, too */
	CHECK_INT_EQ(RUN(CMS_VERIFY, "-cades"), 0);
	CHECK_INT_EQ(RUN(CMS_VERIFY, "-x509_strict"), 0);
	CHECK_INT_EQ(RUN(CMS_VERIFY, "-no-CApath", "-no-CAstore"), 0);
}

TEST(openssl_refuses_what_was_changed)
{
	if (!prepare())
		TEST_SKIP("no openssl command here");
	_cleanup_buffer_ struct ls_buffer b;
	int dir = open(folder, O_DIRECTORY | O_CLOEXEC);
	ls_buffer_init(&b, LS_MANIFEST_SIZE_MAX);
	CHECK_INT_EQ(ls_file_read(dir, LS_FILE_MANIFEST, &b, NULL), 0);
	close(dir);
	b.data[b.size - 2] ^= 1;
	put(LS_FILE_MANIFEST, b.data, b.size);
	CHECK(RUN(CMS_VERIFY) != 0);
	b.data[b.size - 2] ^= 1;
	put(LS_FILE_MANIFEST, b.data, b.size);
	CHECK_INT_EQ(RUN(CMS_VERIFY), 0);
}

TEST(sha256sum_checks_the_manifest)
{
	prepare();
	if (RUN("sha256sum", "--version") != 0)
		TEST_SKIP("no sha256sum command here");
	CHECK_INT_EQ(RUN("sha256sum", "--check", "--strict", LS_FILE_MANIFEST), 0);
	put("original/a.eds", "date", 4);
	CHECK_INT_EQ(RUN("sha256sum", "--check", "--strict", LS_FILE_MANIFEST), 1);
	put("original/a.eds", "data", 4);
}

TEST(openssl_verifies_the_checkpoints_line)
{
	if (!prepare())
		TEST_SKIP("no openssl command here");
	struct ls_checkpoint c = { .origin = NAME, .size = 7 };
	struct ls_note note;
	_cleanup_buffer_ struct ls_buffer b, pem;
	uint8_t signature[128];
	size_t n;
	ls_buffer_init(&b, LS_NOTE_SIZE_MAX);
	ls_buffer_init(&pem, 1024);
	REQUIRE(ls_checkpoint_sign(&c, &signer, NULL, &b, NULL) == 0);
	REQUIRE(ls_note_parse(b.data, b.size, &note, NULL) == 0);
	REQUIRE(ls_base64_decode(note.lines[0].base64, note.lines[0].base64_size, signature,
				 sizeof(signature), &n) == 0);
	REQUIRE(ls_p256_public_to_pem(&signer.key, &pem) == 0);
	put("text", note.text, note.text_size);
	put("signature", signature + 4, n - 4);
	put("log.pub", pem.data, pem.size);
	CHECK_INT_EQ(RUN("openssl", "dgst", "-sha256", "-verify", "log.pub", "-signature",
			 "signature", "text"),
		     0);
	put("text", "other\n", 6);
	CHECK_INT_EQ(RUN("openssl", "dgst", "-sha256", "-verify", "log.pub", "-signature",
			 "signature", "text"),
		     1);
}

TEST(openssl_reads_the_certificates)
{
	if (!prepare())
		TEST_SKIP("no openssl command here");
	_cleanup_buffer_ struct ls_buffer pem;
	ls_buffer_init(&pem, 16384);
	REQUIRE(ls_certificate_to_pem(der_of(&certificate), &pem) == 0);
	put("signer.pem", pem.data, pem.size);
	CHECK_INT_EQ(RUN("openssl", "verify", "-x509_strict", "-CAfile", "trust.txt", "-purpose",
			 "smimesign", "signer.pem"),
		     0);
	CHECK(RUN("openssl", "verify", "-CAfile", "trust.txt", "-purpose", "sslserver",
		  "signer.pem") != 0);
}

/* Last: tests run in the order they stand. */
TEST(nothing_is_left_behind)
{
	CHECK_INT_EQ(ls_remove_tree(AT_FDCWD, folder, NULL), 0);
}

TEST_MAIN()
