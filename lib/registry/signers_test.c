/* SPDX-License-Identifier: Apache-2.0 */
/* The line by an Ed25519 key on a registry's checkpoints. */
#include <errno.h>
#include <unistd.h>

#include "lib/base/test.h"
#include "lib/registry/folder.h"
#include "lib/registry/rig_test.h"

/* The registry's checkpoint as it lies there, and again as text says. */
static void read_text(struct rig *r, struct ls_buffer *text)
{
	int fd = ls_registry_folder_open(r->registry, &r->err);
	ls_buffer_clear(text);
	CHECK_INT_EQ(ls_file_read(fd, LS_REGISTRY_CHECKPOINT, text, &r->err), 0);
	close(fd);
}

static void write_text(struct rig *r, const struct ls_buffer *text)
{
	int fd = ls_registry_folder_open(r->registry, &r->err);
	CHECK_INT_EQ(
		ls_file_replace(fd, LS_REGISTRY_CHECKPOINT, text->data, text->size, 0644, &r->err),
		0);
	close(fd);
}

/* The last line of it, which is the Ed25519 key's. */
static char *last_line(struct ls_buffer *text)
{
	size_t i = text->size - 1;
	while (i > 0 && text->data[i - 1] != '\n')
		i--;
	return (char *)text->data + i;
}

static int open_with(struct rig *r, const struct ls_note_key *key)
{
	struct ls_registry *registry = NULL;
	int rc = ls_registry_open(r->registry, key, &registry, &r->err);
	ls_registry_free(registry);
	return rc;
}

static struct ls_note_key without_second(const struct rig *r)
{
	struct ls_note_key key = r->key;
	key.has_ed25519 = false;
	return key;
}

TEST(checkpoints_have_a_line_by_each_key_and_whoever_knows_one_reads_them)
{
	struct rig r;
	struct ls_note note;
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, LS_NOTE_SIZE_MAX);
	rig_make(&r, /* second= */ true);
	const struct ls_note_key first = without_second(&r);
	for (int round = 0; round < 2; round++) { /* of a new registry, and of one that grew */
		read_text(&r, &text);
		CHECK_INT_EQ(ls_note_parse(text.data, text.size, &note, &r.err), 0);
		CHECK_INT_EQ(note.count, 2);
		CHECK(ls_note_has_ed25519(&note, &r.key));
		CHECK_INT_EQ(open_with(&r, &r.key), 0);
		CHECK_INT_EQ(open_with(&r, &first), 0);
		CHECK_INT_EQ(rig_grow(&r, 0, 3) == 0, round == 0);
	}
	rig_end(&r);
}

TEST(a_line_that_was_taken_away_is_missed_by_who_knows_the_key)
{
	struct rig r;
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, LS_NOTE_SIZE_MAX);
	rig_make(&r, /* second= */ true);
	read_text(&r, &text);
	text.size = (size_t)(last_line(&text) - (char *)text.data);
	write_text(&r, &text);
	CHECK_INT_EQ(open_with(&r, &r.key), -ENOKEY);
	CHECK_STR_EQ(r.err.id, "registry.checkpoint.no-ed25519");
	const struct ls_note_key first = without_second(&r);
	CHECK_INT_EQ(open_with(&r, &first), 0);
	rig_end(&r);
}

TEST(a_false_line_is_refused_by_who_knows_the_key)
{
	struct rig r;
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, LS_NOTE_SIZE_MAX);
	rig_make(&r, /* second= */ true);
	read_text(&r, &text);
	char *digit = last_line(&text) + strlen("\xe2\x80\x94 " ORIGIN " ") + 20;
	*digit = *digit == 'A' ? 'B' : 'A';
	write_text(&r, &text);
	CHECK_INT_EQ(open_with(&r, &r.key), -EBADMSG);
	CHECK_STR_HAS(r.err.message, "the Ed25519 signature is not by this key");
	const struct ls_note_key first = without_second(&r);
	CHECK_INT_EQ(open_with(&r, &first), 0);
	rig_end(&r);
}

TEST(a_registry_without_the_line_is_refused_by_who_was_told_of_one)
{
	struct rig r, other;
	rig_begin(&r);
	rig_make(&other, /* second= */ true);
	struct ls_note_key both = r.key;
	ls_note_key_add_ed25519(&both, &other.second.key);
	CHECK_INT_EQ(open_with(&r, &r.key), 0);
	CHECK_INT_EQ(open_with(&r, &both), -ENOKEY);
	rig_end(&other);
	rig_end(&r);
}

TEST(nobody_writes_without_the_key_or_with_another)
{
	struct rig r, other;
	_cleanup_buffer_ struct ls_buffer bytes;
	ls_buffer_init(&bytes, LS_CAL_RECORD_SIZE_MAX);
	rig_make(&r, /* second= */ true);
	rig_make(&other, /* second= */ true);
	rig_organisation(&r, 1, &bytes);
	CHECK_INT_EQ(ls_registry_writer_append(r.writer, bytes.data, bytes.size, NULL, &r.err), 0);
	const struct ls_registry_signers none = { &r.log, NULL }, wrong = { &r.log, &other.second };
	CHECK_INT_EQ(ls_registry_writer_commit(r.writer, &none, &r.err), -EINVAL);
	CHECK_STR_EQ(r.err.id, "registry.key.ed25519");
	CHECK_INT_EQ(ls_registry_writer_commit(r.writer, &wrong, &r.err), -EINVAL);
	CHECK_INT_EQ(ls_registry_writer_commit(r.writer, &r.signers, &r.err), 0);
	rig_end(&other);
	rig_begin(&other);
	rig_organisation(&other, 1, &bytes);
	CHECK_INT_EQ(ls_registry_writer_append(other.writer, bytes.data, bytes.size, NULL, &r.err),
		     0);
	const struct ls_registry_signers surplus = { &other.log, &r.second };
	CHECK_INT_EQ(ls_registry_writer_commit(other.writer, &surplus, &r.err), -EINVAL);
	rig_end(&other);
	rig_end(&r);
}

TEST(the_file_of_keys_has_one_line_or_two)
{
	static const char *const bad[] = { "", "x", "x\n", "\n" };
	struct rig r;
	struct ls_note_key key;
	rig_make(&r, /* second= */ true);
	int fd = ls_registry_folder_open(r.registry, &r.err);
	CHECK_INT_EQ(ls_registry_vkey_read(fd, &key, &r.err), 0);
	CHECK(key.has_ed25519 &&
	      memcmp(key.ed25519.bytes, r.second.key.bytes, LS_ED25519_KEY_SIZE) == 0);
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, 4 * LS_VKEY_SIZE);
	CHECK_INT_EQ(ls_file_read(fd, LS_REGISTRY_VKEY, &text, &r.err), 0);
	const size_t size = text.size;
	char third[LS_VKEY_SIZE]; /* and cut off */
	const size_t whole = size - (size_t)(last_line(&text) - (char *)text.data);
	REQUIRE(whole > 2 && whole < sizeof(third));
	memcpy(third, last_line(&text), whole);
	ls_buffer_add(&text, third, whole - 2);
	for (size_t n = size + 1; n < text.size; n += 7) {
		ls_file_replace(fd, LS_REGISTRY_VKEY, text.data, n, 0644, &r.err);
		CHECK_INT_EQ(ls_registry_vkey_read(fd, &key, &r.err), -EBADMSG);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ls_file_replace(fd, LS_REGISTRY_VKEY, bad[i], strlen(bad[i]), 0644, &r.err);
		CHECK_INT_EQ(ls_registry_vkey_read(fd, &key, &r.err), -EBADMSG);
	}
	close(fd);
	rig_end(&r);
}

/* The note as a source gives it, with the lines that this registry's copy has. */
static void renew(struct rig *r, const struct ls_buffer *text, const struct ls_note_key *key)
{
	const struct ls_registry_trusted trusted = { .key = *key };
	_cleanup_registry_note_ struct ls_registry_note note;
	ls_registry_note_init(&note);
	ls_buffer_add(&note.bytes, text->data, text->size);
	CHECK_INT_EQ(
		ls_checkpoint_open(text->data, text->size, &trusted.key, &note.checkpoint, &r->err),
		0);
	int fd = ls_registry_folder_open(r->registry, &r->err);
	CHECK_INT_EQ(ls_registry_note_renew(fd, &note, &trusted, &r->err), 0);
	close(fd);
}

TEST(a_mirror_of_who_does_not_know_the_key_keeps_its_line_for_who_does)
{
	struct rig r;
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, LS_NOTE_SIZE_MAX);
	rig_make(&r, /* second= */ true);
	const struct ls_note_key first = without_second(&r);
	read_text(&r, &text);
	renew(&r, &text, &first);
	CHECK_INT_EQ(open_with(&r, &r.key), 0);
	/* and a source that leaves it out takes it from nobody */
	text.size = (size_t)(last_line(&text) - (char *)text.data);
	renew(&r, &text, &first);
	CHECK_INT_EQ(open_with(&r, &r.key), 0);
	rig_end(&r);
}

/* --- a key for a registry that was begun without one ------------------------------------------ */

static void make_second(struct rig *r)
{
	CHECK_INT_EQ(ls_ed25519_key_generate(&r->second_key, &r->err), 0);
	ls_ed25519_key_signer(r->second_key, &r->second);
}

static int add_second(struct rig *r)
{
	return ls_registry_add_ed25519(ls_registry_writer_reader(r->writer), &r->key, &r->second,
				       &r->err);
}

/* As the writer finds it afterwards. */
static void take_second(struct rig *r)
{
	ls_note_key_add_ed25519(&r->key, &r->second.key);
	r->signers.ed25519 = &r->second;
	rig_open(r);
}

/* The lines of the checkpoint of that size in the history; 0: not of this key. */
static unsigned lines_of(struct rig *r, uint64_t size, const struct ls_note_key *key)
{
	char path[LS_REGISTRY_PATH_SIZE];
	struct ls_note note = { .count = 0 };
	_cleanup_registry_note_ struct ls_registry_note read;
	ls_registry_note_init(&read);
	int fd = ls_registry_folder_open(r->registry, &r->err);
	if (ls_registry_note_read(fd, ls_registry_history_path(size, path), key, &read, &r->err) ==
	    0)
		CHECK_INT_EQ(ls_note_parse(read.bytes.data, read.bytes.size, &note, &r->err), 0);
	close(fd);
	return note.count;
}

TEST(a_registry_that_was_begun_without_one_is_given_an_ed25519_key)
{
	struct rig r;
	struct ls_note_key noted;
	rig_begin(&r);
	const struct ls_note_key first = r.key;
	CHECK_INT_EQ(rig_grow(&r, 0, 2), 0);
	CHECK_INT_EQ(rig_grow(&r, 2, 5), 0);
	make_second(&r);
	for (int round = 0; round < 2; round++) { /* again adds nothing */
		CHECK_INT_EQ(add_second(&r), 0);
		struct ls_note_key both = first;
		ls_note_key_add_ed25519(&both, &r.second.key);
		CHECK_INT_EQ(lines_of(&r, 0, &both), 2);
		CHECK_INT_EQ(lines_of(&r, 2, &both), 2);
		CHECK_INT_EQ(lines_of(&r, 5, &both), 2);
	}
	take_second(&r);
	CHECK_INT_EQ(open_with(&r, &r.key), 0);
	CHECK_INT_EQ(open_with(&r, &first), 0);
	int fd = ls_registry_folder_open(r.registry, &r.err);
	CHECK_INT_EQ(ls_registry_vkey_read(fd, &noted, &r.err), 0);
	CHECK_INT_EQ(noted.has_ed25519, true);
	close(fd);
	CHECK_INT_EQ(rig_grow(&r, 5, 6), 0);
	CHECK_INT_EQ(open_with(&r, &r.key), 0);
	rig_end(&r);
}

TEST(what_the_log_never_was_gets_no_line)
{
	struct rig r;
	struct ls_checkpoint other = { .origin = ORIGIN, .size = 1 };
	_cleanup_buffer_ struct ls_buffer text;
	char path[LS_REGISTRY_PATH_SIZE];
	ls_buffer_init(&text, LS_NOTE_SIZE_MAX);
	rig_begin(&r);
	const struct ls_note_key first = r.key;
	CHECK_INT_EQ(rig_grow(&r, 0, 2), 0);
	/* another history of the registry's, and one beyond what it has */
	int fd = ls_registry_folder_open(r.registry, &r.err);
	for (other.size = 1; other.size <= 9; other.size += 8) {
		ls_buffer_clear(&text);
		CHECK_INT_EQ(ls_checkpoint_sign(&other, &r.log, NULL, &text, &r.err), 0);
		ls_file_replace(fd, ls_registry_history_path(other.size, path), text.data,
				text.size, 0644, &r.err);
	}
	ls_file_replace(fd, LS_REGISTRY_HISTORY "/7", "damaged", 7, 0644, &r.err);
	make_second(&r);
	CHECK_INT_EQ(add_second(&r), 0);
	CHECK_INT_EQ(lines_of(&r, 1, &first), 1);
	CHECK_INT_EQ(lines_of(&r, 9, &first), 1);
	ls_buffer_clear(&text);
	CHECK_INT_EQ(ls_file_read(fd, LS_REGISTRY_HISTORY "/7", &text, &r.err), 0);
	CHECK_STR_EQ(ls_buffer_str(&text), "damaged");
	close(fd);
	rig_end(&r);
}

TEST(cosignatures_stay_under_a_checkpoint_that_gets_a_line)
{
	struct rig r;
	const uint8_t private[LS_ED25519_SIZE] = { 5 };
	uint8_t public[LS_ED25519_SIZE];
	struct ls_witness_key witness;
	struct ls_note note;
	uint64_t time;
	_cleanup_registry_note_ struct ls_registry_note cosigned;
	_cleanup_buffer_ struct ls_buffer text;
	ls_registry_note_init(&cosigned);
	ls_buffer_init(&text, LS_NOTE_SIZE_MAX);
	rig_begin(&r);
	CHECK_INT_EQ(rig_grow(&r, 0, 2), 0);
	int fd = ls_registry_folder_open(r.registry, &r.err);
	CHECK_INT_EQ(ls_registry_note_read(fd, LS_REGISTRY_CHECKPOINT, &r.key, &cosigned, &r.err),
		     0);
	CHECK_INT_EQ(ls_note_parse(cosigned.bytes.data, cosigned.bytes.size, &note, &r.err), 0);
	ls_buffer_add(&text, note.text, note.text_size);
	for (unsigned i = note.count; i < LS_NOTE_SIGNATURES_MAX;
	     i++) { /* as many as there may be */
		char name[32];
		snprintf(name, sizeof(name), "w%u.example", i);
		CHECK_INT_EQ(ls_cosignature_sign(ls_buffer_str(&text), text.size, name, private, 9,
						 &cosigned.bytes, &r.err),
			     0);
	}
	CHECK_INT_EQ(ls_registry_note_write(fd, &cosigned, &r.err), 0);
	make_second(&r);
	CHECK_INT_EQ(add_second(&r), 0);
	take_second(&r);
	CHECK_INT_EQ(lines_of(&r, 2, &r.key), LS_NOTE_SIGNATURES_MAX);
	read_text(&r, &text);
	CHECK_INT_EQ(ls_note_parse(text.data, text.size, &note, &r.err), 0);
	CHECK_INT_EQ(ls_ed25519_public(private, public), 0);
	CHECK_INT_EQ(ls_witness_key_init(&witness, "w1.example", public, &r.err), 0);
	CHECK_INT_EQ(ls_cosignature_verify(&note, &witness, &time, &r.err), 0);
	close(fd);
	rig_end(&r);
}

TEST_MAIN()
