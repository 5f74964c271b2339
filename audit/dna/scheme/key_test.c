/* SPDX-License-Identifier: Apache-2.0 */
/* Key files: there and back, under passphrases, cut off, altered. */
#include "audit/dna/scheme/key.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>

#include "audit/dna/scheme/made_test.h"
#include "lib/base/files.h"
#include "lib/base/pem.h"

#define CORPUS "tests/corpus/dna_file/"

/* As whoever is given such a file: by its label. */
static int read_any(const void *text, size_t n, const struct ls_dna_params *params,
		    struct ls_error *err)
{
	_cleanup_dna_master_ struct ls_dna_master master = { 0 };
	_cleanup_dna_trust_ struct ls_dna_trust *trust = NULL;
	_cleanup_dna_key_ struct ls_dna_key *key = NULL;
	struct ls_directory_entry entry;
	if (ls_dna_is_file(text, n, LS_MASTER_LABEL))
		return ls_dna_master_from_pem(text, n, &(struct ls_box_lock){ 0 }, &master, err);
	if (ls_dna_is_file(text, n, LS_REQUEST_LABEL))
		return ls_request_from_pem(text, n, params, &entry, err);
	if (ls_dna_is_file(text, n, LS_IDENTITY_LABEL) || ls_dna_is_file(text, n, LS_OWN_LABEL))
		return ls_dna_key_from_pem(text, n, NULL, &key, err);
	trust = made_trust(params);
	return ls_dna_trust_add_bytes(trust, text, n, err);
}

TEST(the_corpus_is_accepted_or_refused_as_its_names_say)
{
	_cleanup_buffer_ struct ls_buffer text;
	struct ls_dna_params params;
	ls_buffer_init(&text, 1 << 20);
	REQUIRE(ls_file_read(AT_FDCWD, CORPUS "good-parameters", &text, NULL) == 0);
	REQUIRE(ls_params_from_pem(text.data, text.size, &params, NULL) == 0);
	DIR *dir = opendir(CORPUS);
	int good = 0, bad = 0;
	REQUIRE(dir != NULL);
	for (const struct dirent *e; (e = readdir(dir));) {
		struct ls_error err = { 0 };
		if (strncmp(e->d_name, "good-", 5) != 0 && strncmp(e->d_name, "bad-", 4) != 0)
			continue;
		REQUIRE(ls_file_read(dirfd(dir), e->d_name, &text, &err) == 0);
		int rc = read_any(text.data, text.size, &params, &err);
		bool wanted = e->d_name[0] == 'g';
		if ((rc == 0) != wanted)
			TEST_FAIL("%s: %d %s", e->d_name, rc, err.message);
		if (rc < 0 && rc != -EBADMSG && rc != -EKEYREJECTED)
			TEST_FAIL("%s: %d %s", e->d_name, rc, err.message);
		CHECK(wanted || err.message[0]);
		good += wanted;
		bad += !wanted;
	}
	closedir(dir);
	CHECK(good >= 5 && bad >= 20);
}

/* The contents of a file, changed by hand, as a file again. */
static void wrap(const char *label, const struct ls_buffer *content, size_t size,
		 struct ls_buffer *pem)
{
	ls_buffer_clear(pem);
	ls_pem_encode(label, content->data, size, pem);
}

TEST(parameters_go_there_and_back)
{
	_cleanup_dna_master_ struct ls_dna_master master = made_master("Ångström-Labor, Haus 3");
	_cleanup_buffer_ struct ls_buffer pem, again, content;
	struct ls_dna_params params;
	ls_buffer_init(&pem, 4096);
	ls_buffer_init(&again, 4096);
	ls_buffer_init(&content, 4096);
	REQUIRE(ls_params_to_pem(&master.params, &pem) == 0);
	REQUIRE(ls_params_from_pem(pem.data, pem.size, &params, NULL) == 0);
	CHECK(ls_digest_equal(&params.id, &master.params.id));
	CHECK_STR_EQ(params.name, master.params.name);
	REQUIRE(ls_params_to_pem(&params, &again) == 0);
	CHECK_STR_EQ(ls_buffer_str(&again), ls_buffer_str(&pem));
	/* cut off anywhere, or longer */
	REQUIRE(ls_params_encode(&params, &content) == 0);
	for (size_t n = 1; n < content.size; n++) {
		wrap(LS_PARAMS_LABEL, &content, n, &again);
		CHECK_INT_EQ(ls_params_from_pem(again.data, again.size, &params, NULL), -EBADMSG);
	}
	ls_buffer_add_u8(&content, 0);
	wrap(LS_PARAMS_LABEL, &content, content.size, &again);
	CHECK_INT_EQ(ls_params_from_pem(again.data, again.size, &params, NULL), -EBADMSG);
}

TEST(names_that_cannot_be_shown_are_refused)
{
	static const char *const bad[] = {
		"", " a", "a ", "a  b", "a\nb", "\xff", "a\xe2\x80\xae"
	};
	char longest[LS_PARAMS_NAME_MAX + 2];
	struct ls_dna_params params = { 0 };
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK_INT_EQ(ls_params_set_name(&params, bad[i], NULL), -EINVAL);
	memset(longest, 'a', sizeof(longest));
	longest[LS_PARAMS_NAME_MAX + 1] = 0;
	CHECK_INT_EQ(ls_params_set_name(&params, longest, NULL), -EINVAL);
	longest[LS_PARAMS_NAME_MAX] = 0;
	CHECK_INT_EQ(ls_params_set_name(&params, longest, NULL), 0);
}

TEST(keys_go_there_and_back_under_a_passphrase)
{
	_cleanup_dna_master_ struct ls_dna_master master = made_master("One");
	struct ls_dna_key *keys[] = { made_key(&master, BOB), made_own_key(&master.params, BOB) };
	for (size_t i = 0; i < 2; i++) {
		_cleanup_dna_key_ struct ls_dna_key *key = keys[i], *back = NULL, *open = NULL;
		_cleanup_secret_ struct ls_buffer pem;
		struct ls_error err = { 0 };
		ls_buffer_init(&pem, 4096);
		REQUIRE(ls_dna_key_to_pem(key, "correct horse", &pem, NULL) == 0);
		CHECK_INT_EQ(ls_dna_key_from_pem(pem.data, pem.size, NULL, &back, &err),
			     -EKEYREJECTED);
		CHECK_STR_HAS(err.message, "give its passphrase");
		CHECK_INT_EQ(ls_dna_key_from_pem(pem.data, pem.size, "correct horses", &back, &err),
			     -EKEYREJECTED);
		REQUIRE(ls_dna_key_from_pem(pem.data, pem.size, "correct horse", &back, &err) == 0);
		CHECK_STR_EQ(ls_dna_key_orcid(back)->text, BOB);
		CHECK_STR_EQ(ls_dna_key_authority(back), "One");
		CHECK_INT_EQ(ls_dna_key_hint(back), ls_params_hint(&master.params));
		ls_buffer_clear(&pem);
		REQUIRE(ls_dna_key_to_pem(key, NULL, &pem, NULL) == 0);
		REQUIRE(ls_dna_key_from_pem(pem.data, pem.size, NULL, &open, NULL) == 0);
		CHECK_MEM_EQ(&open->own_key, &key->own_key, sizeof(key->own_key));
		CHECK_MEM_EQ(&open->sign, &key->sign, sizeof(key->sign));
	}
}

/* Every byte of a master key's file, changed: the passphrase does not open it, or it is no such
 * file. */
TEST(an_altered_master_key_does_not_open)
{
	_cleanup_dna_master_ struct ls_dna_master master = made_master("One"), back = { 0 };
	_cleanup_secret_ struct ls_buffer pem, content;
	ls_buffer_init(&pem, 4096);
	ls_buffer_init(&content, 4096);
	REQUIRE(ls_dna_master_to_pem(&master, &(struct ls_box_lock){ .passphrase = "x" }, &pem,
				     NULL) == 0);
	REQUIRE(ls_dna_master_from_pem(pem.data, pem.size,
				       &(struct ls_box_lock){ .passphrase = "x" }, &back,
				       NULL) == 0);
	CHECK_MEM_EQ(back.seed, master.seed, sizeof(back.seed));
	REQUIRE(ls_dna_file_content(pem.data, pem.size, LS_MASTER_LABEL, &content, NULL) == 0);
	/* scrypt is slow on purpose: the name, a key, the kind of box, its salt, its last byte */
	size_t box = content.size - 1 - 3 - 16 - 16 - 32;
	const size_t places[] = { 2, 20, box, box + 4, content.size - 1 };
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		content.data[places[i]] ^= 4;
		wrap(LS_MASTER_LABEL, &content, content.size, &pem);
		CHECK(ls_dna_master_from_pem(pem.data, pem.size,
					     &(struct ls_box_lock){ .passphrase = "x" }, &back,
					     NULL) < 0);
		content.data[places[i]] ^= 4;
	}
	/* what costs more memory than it may is not tried */
	struct ls_error err = { 0 };
	content.data[box + 1] = 20;
	wrap(LS_MASTER_LABEL, &content, content.size, &pem);
	CHECK_INT_EQ(ls_dna_master_from_pem(pem.data, pem.size,
					    &(struct ls_box_lock){ .passphrase = "x" }, &back,
					    &err),
		     -EBADMSG);
	CHECK_STR_HAS(err.message, "malformed");
}

/* Without a passphrase nothing authenticates the file but its own arithmetic. */
TEST(parts_that_do_not_belong_together_are_found)
{
	_cleanup_dna_master_ struct ls_dna_master one = made_master("One"),
						  two = made_master("One"), back = { 0 };
	_cleanup_dna_key_ struct ls_dna_key *alice = made_key(&one, ALICE),
					    *bob = made_key(&one, BOB),
					    *other = made_key(&two, ALICE),
					    *own = made_own_key(&one.params, ALICE), *read = NULL;
	_cleanup_secret_ struct ls_buffer pem;
	struct ls_error err = { 0 };
	ls_buffer_init(&pem, 4096);
	blst_p1_affine sign = alice->sign;
	alice->sign = bob->sign;
	REQUIRE(ls_dna_key_to_pem(alice, NULL, &pem, NULL) == 0);
	CHECK_INT_EQ(ls_dna_key_from_pem(pem.data, pem.size, NULL, &read, &err), -EBADMSG);
	CHECK_STR_EQ(err.id, "dna.key.mismatch");
	alice->sign = sign;
	alice->encrypt = other->encrypt;
	ls_buffer_clear(&pem);
	REQUIRE(ls_dna_key_to_pem(alice, NULL, &pem, NULL) == 0);
	CHECK_INT_EQ(ls_dna_key_from_pem(pem.data, pem.size, NULL, &read, &err), -EBADMSG);
	own->own_key = one.sign;
	ls_buffer_clear(&pem);
	REQUIRE(ls_dna_key_to_pem(own, NULL, &pem, NULL) == 0);
	CHECK_INT_EQ(ls_dna_key_from_pem(pem.data, pem.size, NULL, &read, &err), -EBADMSG);
	one.params = two.params;
	ls_buffer_clear(&pem);
	REQUIRE(ls_dna_master_to_pem(&one, &(struct ls_box_lock){ 0 }, &pem, NULL) == 0);
	CHECK_INT_EQ(
		ls_dna_master_from_pem(pem.data, pem.size, &(struct ls_box_lock){ 0 }, &back, &err),
		-EBADMSG);
	CHECK_STR_EQ(err.id, "dna.key.mismatch");
}

TEST(a_key_signs_its_own_profiles_alone)
{
	_cleanup_dna_master_ struct ls_dna_master master = made_master("One");
	_cleanup_dna_key_ struct ls_dna_key *identity = made_key(&master, ALICE),
					    *own = made_own_key(&master.params, ALICE);
	struct ls_digest digest = made_digest("a");
	uint8_t signature[LS_SIGNATURE_BYTES_MAX];
	for (enum ls_profile p = 0; p < LS_PROFILE_COUNT; p++) {
		struct ls_error err = { 0 };
		bool aggregate = p == LS_PROFILE_AGGREGATE, paper = p == LS_PROFILE_PAPER;
		CHECK_INT_EQ(ls_dna_sign(identity, p, &digest, signature, &err),
			     aggregate || paper ? -EINVAL : 0);
		CHECK_INT_EQ(ls_dna_sign(own, p, &digest, signature, &err),
			     aggregate ? 0 : -EINVAL);
		CHECK_INT_EQ(ls_dna_key_signs(own, p), aggregate);
	}
}

TEST_MAIN()
