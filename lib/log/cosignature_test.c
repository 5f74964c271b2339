/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/log/cosignature.h"

#include <errno.h>

#include "lib/base/test.h"
#include "lib/base/text.h"

#define NAME "witness.example/w1"
#define TEXT "labseal/7500-01\n42\nzL9q3wqzvWgPRsXgiLT6zk5iUfQe6CpOWw8HQns12uA=\n"

/* RFC 8032, section 7.1, TEST 1 */
static const uint8_t private_key[LS_ED25519_SIZE] = { 0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a,
						      0x60, 0xba, 0x84, 0x4a, 0xf4, 0x92, 0xec,
						      0x2c, 0xc4, 0x44, 0x49, 0xc5, 0x69, 0x7b,
						      0x32, 0x69, 0x19, 0x70, 0x3b, 0xac, 0x03,
						      0x1c, 0xae, 0x7f, 0x60 };

static struct ls_witness_key known(void)
{
	struct ls_witness_key k = { 0 };
	uint8_t public[LS_ED25519_SIZE];
	CHECK_INT_EQ(ls_ed25519_public(private_key, public), 0);
	CHECK_INT_EQ(ls_witness_key_init(&k, NAME, public, NULL), 0);
	return k;
}

static void make_note(struct ls_buffer *b, uint64_t time)
{
	ls_buffer_init(b, LS_NOTE_SIZE_MAX);
	ls_buffer_add_str(b, TEXT "\n");
	CHECK_INT_EQ(ls_cosignature_sign(TEXT, strlen(TEXT), NAME, private_key, time, b, NULL), 0);
}

static int verify(const struct ls_buffer *b, const struct ls_witness_key *key, uint64_t *time,
		  struct ls_error *err)
{
	struct ls_note note;
	int rc = ls_note_parse(b->data, b->size, &note, err);
	return rc < 0 ? rc : ls_cosignature_verify(&note, key, time, err);
}

TEST(a_cosignature_says_when)
{
	_cleanup_buffer_ struct ls_buffer b;
	struct ls_witness_key key = known();
	uint64_t time = 0;
	make_note(&b, 1772634139);
	CHECK_INT_EQ(verify(&b, &key, &time, NULL), 0);
	CHECK_INT_EQ(time, 1772634139);
	/* the latest of several counts */
	ls_cosignature_sign(TEXT, strlen(TEXT), NAME, private_key, 1772634140, &b, NULL);
	CHECK_INT_EQ(verify(&b, &key, &time, NULL), 0);
	CHECK_INT_EQ(time, 1772634140);
}

/* The key is RFC 8032's; the id was computed by another implementation (Python's hashlib). */
TEST(the_key_id_is_the_standards)
{
	struct ls_witness_key key = known(), again;
	char vkey[LS_WITNESS_VKEY_SIZE];
	ls_witness_vkey_format(&key, vkey);
	CHECK_STR_EQ(vkey,
		     "witness.example/w1+eb762cc2+BNdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea");
	CHECK_INT_EQ(ls_witness_vkey_parse(vkey, strlen(vkey), &again, NULL), 0);
	CHECK_MEM_EQ(&key, &again, sizeof(key));
}

TEST(every_flipped_bit_is_seen)
{
	_cleanup_buffer_ struct ls_buffer b;
	struct ls_witness_key key = known();
	make_note(&b, 1772634139);
	for (size_t bit = 0; bit < 8 * b.size; bit++) {
		b.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		if (verify(&b, &key, NULL, NULL) == 0)
			TEST_FAIL("bit %zu changed, and nobody noticed", bit);
		b.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
}

TEST(another_witness_does_not_count)
{
	_cleanup_buffer_ struct ls_buffer b;
	struct ls_witness_key other;
	struct ls_error err = { 0 };
	uint8_t public[LS_ED25519_SIZE];
	make_note(&b, 5);
	ls_ed25519_public(private_key, public);
	ls_witness_key_init(&other, "witness.example/w2", public, NULL);
	CHECK_INT_EQ(verify(&b, &other, NULL, &err), -ENOKEY);
	CHECK_STR_EQ(err.id, "witness.unsigned");
	public[0] ^= 1;
	ls_witness_key_init(&other, NAME, public, NULL);
	CHECK_INT_EQ(verify(&b, &other, NULL, &err), -ENOKEY); /* the same name, another key */
}

TEST(a_line_of_another_length_is_refused)
{
	_cleanup_buffer_ struct ls_buffer b, line;
	struct ls_witness_key key = known();
	struct ls_error err = { 0 };
	for (size_t n = 1; n <= 100; n++) {
		if (n == 72)
			continue;
		ls_buffer_init(&b, 4096);
		ls_buffer_init(&line, 256);
		ls_buffer_add(&line, key.id, 4);
		for (size_t i = 0; i < n; i++)
			ls_buffer_add_u8(&line, 0);
		ls_buffer_add_str(&b, TEXT "\n\xe2\x80\x94 " NAME " ");
		ls_base64_encode(line.data, line.size, &b);
		ls_buffer_add_str(&b, "\n");
		CHECK_INT_EQ(verify(&b, &key, NULL, &err), -EBADMSG);
		ls_buffer_free(&b);
		ls_buffer_free(&line);
	}
	ls_buffer_init(&b, 0);
	ls_buffer_init(&line, 0);
}

TEST(malformed_keys_are_refused)
{
	static const char *const bad[] = {
		"",
		"witness",
		"witness+00000000",
		"witness+00000000+",
		"witness+00000000+BNdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea",
		"witness.example/w1+eb762cc2+AddamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea",
		"witness.example/w1+eb762cc2+BNdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Eb ",
		" +eb762cc2+BNdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea",
	};
	struct ls_witness_key key;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK_INT_EQ(ls_witness_vkey_parse(bad[i], strlen(bad[i]), &key, NULL), -EBADMSG);
}

TEST_MAIN()
