/* SPDX-License-Identifier: Apache-2.0 */
#include "host/publish/readme.h"

#include "host/publish/test_maker.h"
#include "lib/base/test.h"
#include "lib/seal/trust.h"

static void read_text(int share, const char *path, struct ls_buffer *ret)
{
	ls_buffer_init(ret, LS_TRUST_SIZE_MAX);
	MUST(ls_file_read(share, path, ret, MUST_ERR));
}

TEST(the_readme_names_the_instrument_and_three_ways)
{
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, 65536);
	CHECK_INT_EQ(ls_readme_format("7500-01", &text), 0);
	const char *s = ls_buffer_str(&text);
	CHECK_STR_HAS(s, "the instrument 7500-01,");
	CHECK_STR_HAS(s, "labseal verify --trust TRUST SHARE");
	CHECK_STR_HAS(s, "sha256sum --check --strict manifest.sha256");
	CHECK_STR_HAS(s, "openssl cms -verify -binary -inform DER");
	CHECK_STR_HAS(s, "openssl dgst -sha256 -verify");
	CHECK_STR_HAS(s, "by another way than this share");
}

TEST(the_readme_is_left_alone_when_it_is_right)
{
	char path[64];
	int share = scratch_make(path);
	struct stat before, after;
	CHECK_INT_EQ(ls_readme_write(share, "7500-01", NULL), 0);
	CHECK_INT_EQ(fstatat(share, "README.txt", &before, 0), 0);
	CHECK_INT_EQ(before.st_mode & 07777, 0444);
	CHECK_INT_EQ(ls_readme_write(share, "7500-01", NULL), 0);
	CHECK_INT_EQ(fstatat(share, "README.txt", &after, 0), 0);
	CHECK_INT_EQ(before.st_ino, after.st_ino);
	CHECK_INT_EQ(ls_readme_write(share, "7500-02", NULL), 0);
	_cleanup_buffer_ struct ls_buffer text;
	read_text(share, "README.txt", &text);
	CHECK_STR_HAS(ls_buffer_str(&text), "7500-02");
	scratch_remove(path, share);
}

/* A trust file as provisioning writes it. */
static void make_trust(const struct maker *m, struct ls_buffer *out)
{
	struct ls_der ca = { m->ca.data, m->ca.size };
	struct ls_trust trust = {
		.instrument = MAKER_INSTRUMENT,
		.log = m->note_key,
		.key_kind = LS_KEY_FILE,
		.development = true,
		.certificate_count = 1,
		.certificates = &ca,
	};
	ls_buffer_init(out, LS_TRUST_SIZE_MAX);
	MUST(ls_trust_format(&trust, out, MUST_ERR));
}

TEST(the_copies_are_what_the_trust_file_holds)
{
	char path[64];
	int share = scratch_make(path);
	struct maker *m = maker_new();
	_cleanup_buffer_ struct ls_buffer trust, copy, vkey, ca, key;
	make_trust(m, &trust);
	struct ls_error err = { 0 };
	CHECK_INT_EQ(ls_trust_copies_write(share, &trust, &err), 0);
	CHECK_STR_EQ(err.message, "");
	read_text(share, "trust/trust.txt", &copy);
	CHECK_STR_EQ(ls_buffer_str(&copy), ls_buffer_str(&trust));
	read_text(share, "trust/log.vkey", &vkey);
	char wanted[LS_VKEY_SIZE + 1];
	ls_vkey_format(&m->note_key, wanted);
	CHECK_INT_EQ(vkey.size, strlen(wanted) + 1);
	CHECK_MEM_EQ(vkey.data, wanted, strlen(wanted));
	read_text(share, "trust/ca.pem", &ca);
	CHECK_STR_HAS(ls_buffer_str(&ca), "-----BEGIN CERTIFICATE-----");
	CHECK(strstr(ls_buffer_str(&trust), ls_buffer_str(&ca)) != NULL);
	read_text(share, "trust/log.pem", &key);
	CHECK_STR_HAS(ls_buffer_str(&key), "-----BEGIN PUBLIC KEY-----");
	maker_free(m);
	scratch_remove(path, share);
}

TEST(what_is_no_trust_file_is_not_copied)
{
	char path[64];
	int share = scratch_make(path);
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, 64);
	ls_buffer_add_str(&text, "not a trust file\n");
	CHECK_INT_EQ(ls_trust_copies_write(share, &text, NULL), -EBADMSG);
	CHECK(faccessat(share, "trust", F_OK, 0) < 0);
	scratch_remove(path, share);
}

TEST_MAIN()
