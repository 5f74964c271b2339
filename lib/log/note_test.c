/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/log/note.h"

#include <errno.h>

#include "lib/base/test.h"
#include "lib/base/text.h"

#define NAME "labseal/7500-01"
#define TEXT "labseal/7500-01\n42\n\nfourth line\n"

static struct ls_p256_key *key, *other_key;
static struct ls_signer signer, other_signer;

static void make_keys(void)
{
	if (key)
		return;
	CHECK_INT_EQ(ls_p256_key_generate(&key, NULL), 0);
	CHECK_INT_EQ(ls_p256_key_generate(&other_key, NULL), 0);
	ls_p256_key_signer(key, &signer);
	ls_p256_key_signer(other_key, &other_signer);
}

static struct ls_note_key known(void)
{
	struct ls_note_key k;
	CHECK_INT_EQ(ls_note_key_init(&k, NAME, &signer.key, NULL), 0);
	return k;
}

/* Parse and verify. */
static int open_note(const void *bytes, size_t size, struct ls_error *err)
{
	struct ls_note note;
	struct ls_note_key k = known();
	int rc = ls_note_parse(bytes, size, &note, err);
	return rc < 0 ? rc : ls_note_verify(&note, &k, err);
}

static void sign(struct ls_buffer *b)
{
	make_keys();
	ls_buffer_init(b, LS_NOTE_SIZE_MAX + 1024);
	CHECK_INT_EQ(ls_note_sign(TEXT, strlen(TEXT), NAME, &signer, b, NULL), 0);
}

TEST(a_signed_note_verifies)
{
	_cleanup_buffer_ struct ls_buffer b;
	struct ls_note note;
	struct ls_error err = { 0 };
	sign(&b);
	REQUIRE(ls_note_parse(b.data, b.size, &note, &err) == 0);
	CHECK_INT_EQ(note.count, 1);
	CHECK_INT_EQ(note.text_size, strlen(TEXT));
	CHECK_MEM_EQ(note.text, TEXT, strlen(TEXT));
	CHECK_INT_EQ(note.lines[0].name_size, strlen(NAME));
	CHECK_INT_EQ(open_note(b.data, b.size, &err), 0);
}

TEST(every_flipped_bit_is_seen)
{
	_cleanup_buffer_ struct ls_buffer b;
	sign(&b);
	for (size_t bit = 0; bit < 8 * b.size; bit++) {
		b.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		if (open_note(b.data, b.size, NULL) == 0)
			TEST_FAIL("bit %zu changed, and nobody noticed", bit);
		b.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	for (size_t n = 0; n < b.size; n++)
		CHECK(open_note(b.data, n, NULL) < 0);
}

TEST(unknown_signatures_are_ignored)
{
	_cleanup_buffer_ struct ls_buffer b, other;
	struct ls_error err = { 0 };
	sign(&b);
	/* the same text, signed by another key under the same name */
	ls_buffer_init(&other, 4096);
	CHECK_INT_EQ(ls_note_sign(TEXT, strlen(TEXT), NAME, &other_signer, &other, NULL), 0);
	CHECK_INT_EQ(open_note(other.data, other.size, &err), -ENOKEY);
	CHECK_STR_EQ(err.id, "note.unsigned");
	size_t line = strlen(TEXT) + 1;
	ls_buffer_add(&other, b.data + line, b.size - line);
	CHECK_INT_EQ(open_note(other.data, other.size, &err), 0);
	/* a type that nobody knows, longer than ours */
	ls_buffer_add_str(&b, "\xe2\x80\x94 witness.example ");
	ls_base64_encode("0123456789012345678901234567890123456789012345678901234567890123456789"
			 "0123456789",
			 80, &b);
	ls_buffer_add_str(&b, "\n");
	CHECK_INT_EQ(open_note(b.data, b.size, &err), 0);
}

TEST(a_bad_line_of_a_known_key_spoils_a_good_one)
{
	_cleanup_buffer_ struct ls_buffer b, other;
	struct ls_error err = { 0 };
	static const char other_text[] = "another text\n";
	sign(&b);
	ls_buffer_init(&other, 4096);
	CHECK_INT_EQ(ls_note_sign(other_text, strlen(other_text), NAME, &signer, &other, NULL), 0);
	size_t line = strlen(other_text) + 1;
	ls_buffer_add(&b, other.data + line, other.size - line);
	CHECK_INT_EQ(open_note(b.data, b.size, &err), -EBADMSG);
	CHECK_STR_EQ(err.id, "p256.signature");
}

TEST(as_many_signatures_as_the_standard_asks_for_and_no_more_than_our_limit)
{
	_cleanup_buffer_ struct ls_buffer b;
	sign(&b);
	for (unsigned i = 1; i < LS_NOTE_SIGNATURES_MAX; i++)
		ls_buffer_add_str(&b, "\xe2\x80\x94 w AAAAAAAA\n");
	CHECK_INT_EQ(open_note(b.data, b.size, NULL), 0);
	ls_buffer_add_str(&b, "\xe2\x80\x94 w AAAAAAAA\n");
	CHECK_INT_EQ(open_note(b.data, b.size, NULL), -EBADMSG);
}

#define SIG "\xe2\x80\x94 w AAAAAAAA\n"

TEST(malformed_notes_are_refused)
{
	static const struct {
		const char *bytes, *why;
	} bad[] = {
		{ "", "no blank line" },
		{ "\n", "no blank line" },
		{ "\n" SIG, "no blank line" },
		{ "text\n", "no blank line" },
		{ "text\n" SIG, "no blank line" },
		{ "text\n\n", "no signature" },
		{ "text\n\n" SIG "more\n", "a signature line" },
		{ "text\n\n" SIG "\n", "no signature" },
		{ "text\n\n\xe2\x80\x94 w AAAAAAAA", "no blank line" },
		{ "text\n\n- w AAAAAAAA\n", "a signature line" },
		{ "text\n\n\xe2\x80\x94w AAAAAAAA\n", "a signature line" },
		{ "text\n\n\xe2\x80\x94  AAAAAAAA\n", "a signature line" },
		{ "text\n\n\xe2\x80\x94 a+b AAAAAAAA\n", "a signature line" },
		{ "text\n\n\xe2\x80\x94 a\xc2\xa0"
		  "b AAAAAAAA\n",
		  "a signature line" },
		{ "text\n\n\xe2\x80\x94 a\xe3\x80\x80"
		  "b AAAAAAAA\n",
		  "a signature line" },
		{ "text\n\n\xe2\x80\x94 w AAAA\n", "a signature line" },
		{ "text\n\n\xe2\x80\x94 w AAAAAA==\n", "a signature line" },
		{ "text\n\n\xe2\x80\x94 w AAAAAAB=\n", "a signature line" },
		{ "text\n\n\xe2\x80\x94 w AAAAAAA\n", "a signature line" },
		{ "text\n\n\xe2\x80\x94 w AAAA AAAA\n", "a signature line" },
		{ "text\n\n\xe2\x80\x94 w AAAAAAAA \n", "a signature line" },
		{ "te\txt\n\n" SIG, "control characters" },
		{ "text\r\n\r\n" SIG, "control characters" },
		{ "te\x01xt\n\n" SIG, "control characters" },
		{ "te\xffxt\n\n" SIG, "control characters" },
		{ "te\xed\xa0\x80xt\n\n" SIG, "control characters" },
	};
	struct ls_note note;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct ls_error err = { 0 };
		if (ls_note_parse(bad[i].bytes, strlen(bad[i].bytes), &note, &err) != -EBADMSG)
			TEST_FAIL("accepted: %s", bad[i].bytes);
		CHECK_STR_HAS(err.message, bad[i].why);
	}
	CHECK_INT_EQ(ls_note_parse("te\0xt\n\n" SIG, 7 + strlen(SIG), &note, NULL), -EBADMSG);
}

TEST(what_is_no_text_is_not_signed)
{
	static const char *const bad[] = { "", "no line end", "tab\t\n", "\xff\n", "cr\r\n" };
	_cleanup_buffer_ struct ls_buffer b;
	make_keys();
	ls_buffer_init(&b, 4096);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK_INT_EQ(ls_note_sign(bad[i], strlen(bad[i]), NAME, &signer, &b, NULL),
			     -EINVAL);
	CHECK_INT_EQ(ls_note_sign("text\n", 5, "a name", &signer, &b, NULL), -EINVAL);
	CHECK_INT_EQ(b.size, 0);
}

TEST(verifier_keys_go_there_and_back)
{
	char vkey[LS_VKEY_SIZE], longest[LS_NOTE_NAME_SIZE];
	struct ls_note_key k, again;
	make_keys();
	k = known();
	ls_vkey_format(&k, vkey);
	REQUIRE(ls_vkey_parse(vkey, strlen(vkey), &again, NULL) == 0);
	CHECK_STR_EQ(again.name, NAME);
	CHECK_MEM_EQ(again.id, k.id, 4);
	CHECK(ls_p256_public_equal(&again.key, &k.key));
	memset(longest, 'n', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	REQUIRE(ls_note_key_init(&k, longest, &signer.key, NULL) == 0);
	ls_vkey_format(&k, vkey);
	CHECK_INT_EQ(ls_vkey_parse(vkey, strlen(vkey), &again, NULL), 0);
}

TEST(every_flipped_bit_of_a_verifier_key_is_seen_or_is_in_its_name)
{
	char vkey[LS_VKEY_SIZE];
	struct ls_note_key k, again;
	make_keys();
	k = known();
	ls_vkey_format(&k, vkey);
	for (size_t bit = 0; bit < 8 * strlen(NAME "+12345678+"); bit++) {
		vkey[bit / 8] ^= (char)(1 << bit % 8);
		if (ls_vkey_parse(vkey, strlen(NAME) + 10 + 124, &again, NULL) == 0)
			CHECK(bit / 8 < strlen(NAME) && strcmp(again.name, NAME) != 0);
		vkey[bit / 8] ^= (char)(1 << bit % 8);
	}
	for (size_t bit = 8 * strlen(NAME "+12345678+"); bit < 8 * strlen(vkey); bit++) {
		vkey[bit / 8] ^= (char)(1 << bit % 8);
		CHECK_INT_EQ(ls_vkey_parse(vkey, strlen(vkey), &again, NULL), -EBADMSG);
		vkey[bit / 8] ^= (char)(1 << bit % 8);
	}
}

/* --- the Ed25519 line ----------------------------------------------------------------------- */

static struct ls_ed25519_key *small_key;
static struct ls_ed25519_signer small;

/* A note with both lines, and the key that knows both. */
static struct ls_note_key sign_twice(struct ls_buffer *b)
{
	if (!small_key)
		CHECK_INT_EQ(ls_ed25519_key_generate(&small_key, NULL), 0);
	ls_ed25519_key_signer(small_key, &small);
	sign(b);
	CHECK_INT_EQ(ls_note_add_ed25519(TEXT, strlen(TEXT), NAME, &small, b, NULL), 0);
	struct ls_note_key k = known();
	ls_note_key_add_ed25519(&k, &small.key);
	return k;
}

static int open_with(const void *bytes, size_t size, const struct ls_note_key *k,
		     struct ls_error *err)
{
	struct ls_note note;
	int rc = ls_note_parse(bytes, size, &note, err);
	return rc < 0 ? rc : ls_note_verify(&note, k, err);
}

TEST(both_lines_are_checked_where_both_keys_are_known)
{
	_cleanup_buffer_ struct ls_buffer b;
	struct ls_note note;
	struct ls_error err = { 0 };
	struct ls_note_key k = sign_twice(&b);
	REQUIRE(ls_note_parse(b.data, b.size, &note, &err) == 0);
	CHECK_INT_EQ(note.count, 2);
	CHECK(ls_note_has_ed25519(&note, &k));
	CHECK_INT_EQ(ls_note_verify(&note, &k, &err), 0);
	CHECK_INT_EQ(open_note(b.data, b.size, &err), 0); /* who knows one of them takes it */
	size_t last = b.size - 20;			  /* in the Ed25519 line's base64 */
	b.data[last] = b.data[last] == 'A' ? 'B' : 'A';
	CHECK_INT_EQ(open_with(b.data, b.size, &k, &err), -EBADMSG);
	CHECK_STR_EQ(err.id, "ed25519.signature");
	CHECK_INT_EQ(open_note(b.data, b.size, &err), 0);
}

TEST(an_ed25519_line_alone_or_none_of_it)
{
	_cleanup_buffer_ struct ls_buffer b, alone;
	struct ls_note note;
	struct ls_error err = { 0 };
	struct ls_note_key k = sign_twice(&b);
	REQUIRE(ls_note_parse(b.data, b.size, &note, &err) == 0);
	size_t first = (size_t)(note.lines[0].base64 + note.lines[0].base64_size + 1 - note.text);
	REQUIRE(ls_note_parse(b.data, first, &note, &err) == 0);
	CHECK(!ls_note_has_ed25519(&note, &k));
	CHECK_INT_EQ(ls_note_verify(&note, &k, &err), 0);
	ls_buffer_init(&alone, LS_NOTE_SIZE_MAX);
	ls_buffer_add(&alone, b.data, note.text_size + 1);
	ls_buffer_add(&alone, b.data + first, b.size - first);
	CHECK_INT_EQ(open_with(alone.data, alone.size, &k, &err), -ENOKEY);
}

TEST(an_ed25519_line_is_of_this_text_and_this_name)
{
	_cleanup_buffer_ struct ls_buffer b, other;
	struct ls_error err = { 0 };
	struct ls_note_key k = sign_twice(&b), stranger = k;
	struct ls_ed25519_public altered = small.key;
	ls_buffer_init(&other, LS_NOTE_SIZE_MAX);
	CHECK_INT_EQ(ls_note_sign("another text\n", 13, NAME, &signer, &other, NULL), 0);
	struct ls_note note;
	REQUIRE(ls_note_parse(b.data, b.size, &note, &err) == 0);
	ls_buffer_printf(&other, "\xe2\x80\x94 %s %.*s\n", NAME, (int)note.lines[1].base64_size,
			 note.lines[1].base64);
	CHECK_INT_EQ(open_with(other.data, other.size, &k, &err), -EBADMSG);
	altered.bytes[0] ^= 1; /* another key has another id: its lines are not looked for */
	ls_note_key_add_ed25519(&stranger, &altered);
	CHECK_INT_EQ(open_with(b.data, b.size, &stranger, &err), 0);
	REQUIRE(ls_note_parse(b.data, b.size, &note, &err) == 0);
	CHECK(!ls_note_has_ed25519(&note, &stranger));
}

TEST(the_ed25519_verifier_key_has_one_spelling)
{
	/* golang.org/x/mod/sumdb/note's own example */
	static const char GO[] =
		"PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
	_cleanup_buffer_ struct ls_buffer b;
	char vkey[LS_VKEY_SIZE];
	struct ls_error err = { 0 };
	struct ls_note_key k = sign_twice(&b), parsed = known(), peter;
	ls_vkey_format_ed25519(&k, vkey);
	CHECK_INT_EQ(ls_vkey_parse_ed25519(vkey, strlen(vkey), &parsed, &err), 0);
	CHECK_MEM_EQ(parsed.ed25519_id, k.ed25519_id, sizeof(k.ed25519_id));
	CHECK_MEM_EQ(parsed.ed25519.bytes, k.ed25519.bytes, LS_ED25519_KEY_SIZE);
	REQUIRE(ls_note_key_init(&peter, "PeterNeumann", &signer.key, NULL) == 0);
	CHECK_INT_EQ(ls_vkey_parse_ed25519(GO, strlen(GO), &peter, &err), 0);
	CHECK_INT_EQ(ls_vkey_parse_ed25519(GO, strlen(GO), &parsed, &err), -EBADMSG); /* name */
	CHECK_INT_EQ(ls_vkey_parse_ed25519(vkey, strlen(vkey) - 4, &parsed, &err), -EBADMSG);
	vkey[strlen(NAME) + 1] ^= 1;
	CHECK_INT_EQ(ls_vkey_parse_ed25519(vkey, strlen(vkey), &parsed, &err), -EBADMSG);
	ls_vkey_format(&k, vkey);
	CHECK_INT_EQ(ls_vkey_parse_ed25519(vkey, strlen(vkey), &parsed, &err), -EBADMSG);
}

TEST_MAIN()
