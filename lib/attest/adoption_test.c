/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/attest/adoption.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>

#include "lib/base/files.h"
#include "lib/base/test.h"

#define CORPUS "tests/corpus/adoption"

static struct ls_adoption example(void)
{
	return (struct ls_adoption){
		.origin = "labseal/7500-01",
		.remembers = true,
		.remembered = { 1042, { { 7 } } },
		.log = { 900, { { 9 } } },
	};
}

TEST(what_is_signed_is_written_read_and_verified)
{
	_cleanup_p256_key_ struct ls_p256_key *key = NULL, *other = NULL;
	struct ls_signer authority, foreign;
	struct ls_adoption a = example(), b;
	struct ls_error err = { 0 };
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, LS_ADOPTION_SIZE_MAX);
	REQUIRE(ls_p256_key_generate(&key, NULL) == 0 && ls_p256_key_generate(&other, NULL) == 0);
	ls_p256_key_signer(key, &authority);
	ls_p256_key_signer(other, &foreign);
	REQUIRE(ls_adoption_sign(&a, &authority, &err) == 0);
	CHECK_INT_EQ(ls_adoption_format(&a, &text), 0);
	REQUIRE(ls_adoption_parse(text.data, text.size, &b, &err) == 0);
	CHECK_INT_EQ(ls_adoption_verify(&b, &authority.key, &err), 0);
	CHECK_INT_EQ(ls_adoption_verify(&b, &foreign.key, &err), -EBADMSG);
	CHECK_STR_HAS(err.message, "the adoption of the log");
	b.log.size++;
	CHECK_INT_EQ(ls_adoption_verify(&b, &authority.key, NULL), -EBADMSG);
	b = a;
	b.remembered.root.bytes[31] = 1;
	CHECK_INT_EQ(ls_adoption_verify(&b, &authority.key, NULL), -EBADMSG);
	b = a;
	b.remembers = false;
	CHECK_INT_EQ(ls_adoption_verify(&b, &authority.key, NULL), -EBADMSG);
	b = a;
	b.origin[0] = 'L';
	CHECK_INT_EQ(ls_adoption_verify(&b, &authority.key, NULL), -EBADMSG);
}

/* What goes to the machine with the key: read there, and taken by nobody before it is signed. */
TEST(an_adoption_that_is_not_signed_yet_is_read_and_not_verified)
{
	_cleanup_p256_key_ struct ls_p256_key *key = NULL;
	struct ls_signer authority;
	struct ls_adoption a = example(), b;
	struct ls_error err = { 0 };
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, LS_ADOPTION_SIZE_MAX);
	REQUIRE(ls_p256_key_generate(&key, NULL) == 0);
	ls_p256_key_signer(key, &authority);
	CHECK_INT_EQ(ls_adoption_format(&a, &text), 0);
	REQUIRE(ls_adoption_parse(text.data, text.size, &b, &err) == 0);
	CHECK_INT_EQ(b.signature_size, 0);
	CHECK_INT_EQ(ls_adoption_verify(&b, &authority.key, &err), -EBADMSG);
}

static void check_file(int folder, const char *name)
{
	struct ls_adoption a;
	struct ls_error err = { 0 };
	_cleanup_buffer_ struct ls_buffer bytes, again;
	ls_buffer_init(&bytes, 4096);
	ls_buffer_init(&again, 4096);
	CHECK_INT_EQ(ls_file_read(folder, name, &bytes, &err), 0);
	bool good = strncmp(name, "good-", 5) == 0;
	int rc = ls_adoption_parse(bytes.data, bytes.size, &a, &err);
	if (rc != (good ? 0 : -EBADMSG))
		TEST_FAIL("%s: %d %s", name, rc, err.message);
	if (rc < 0)
		return;
	CHECK_INT_EQ(ls_adoption_format(&a, &again), 0);
	CHECK(again.size == bytes.size && memcmp(again.data, bytes.data, bytes.size) == 0);
	for (size_t cut = 0; cut < bytes.size; cut++)
		CHECK_INT_EQ(ls_adoption_parse(bytes.data, cut, &a, NULL), -EBADMSG);
}

TEST(the_corpus)
{
	unsigned count = 0;
	DIR *folder = opendir(CORPUS);
	REQUIRE(folder != NULL);
	for (struct dirent *entry; (entry = readdir(folder));)
		if (entry->d_name[0] != '.') {
			check_file(dirfd(folder), entry->d_name);
			count++;
		}
	closedir(folder);
	CHECK(count >= 12);
}

TEST_MAIN()
