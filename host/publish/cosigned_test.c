/* SPDX-License-Identifier: Apache-2.0 */
/* Cosigned checkpoints get onto the share, and what was no state of this log does not. */
#include "host/publish/cosigned.h"

#include "host/publish/test_maker.h"
#include "lib/base/test.h"
#include "lib/log/cosignature.h"
#include "lib/proc/handover.h"

struct lab {
	char path[64];
	int fd;
	struct maker *m;
	struct ls_share *share;
	struct ls_buffer notes[8]; /* by size: the log's own */
};

static void publish(struct lab *lab, uint8_t key)
{
	struct ls_item item;
	maker_event(lab->m, "heartbeat", key);
	MUST(ls_share_publish(lab->share, &lab->m->seal, &item, MUST_ERR));
	maker_advance(lab->m);
	struct ls_buffer *note = &lab->notes[ls_share_size(lab->share)];
	struct ls_bytes own = ls_share_checkpoint(lab->share);
	ls_buffer_add(note, own.data, own.size);
}

static void open_share(struct lab *lab)
{
	static const struct ls_place_hooks hooks = { .wait = NULL };
	MUST(ls_share_open(lab->fd, &hooks, &lab->share, MUST_ERR));
}

static void lab_init(struct lab *lab)
{
	memset(lab, 0, sizeof(*lab));
	lab->fd = scratch_make(lab->path);
	lab->m = maker_new();
	for (size_t i = 0; i < 8; i++)
		ls_buffer_init(&lab->notes[i], LS_NOTE_SIZE_MAX);
	open_share(lab);
	for (uint8_t i = 1; i <= 3; i++)
		publish(lab, i);
}

static void lab_free(struct lab *lab)
{
	ls_share_free(lab->share);
	for (size_t i = 0; i < 8; i++)
		ls_buffer_free(&lab->notes[i]);
	maker_free(lab->m);
	scratch_remove(lab->path, lab->fd);
}

/* A note with the lines of some witnesses: "ab". */
static void cosign(const struct ls_buffer *note, const char *who, struct ls_buffer *out)
{
	const char *text = ls_buffer_str(note), *end = strstr(text, "\n\n");
	ls_buffer_clear(out);
	ls_buffer_add(out, note->data, note->size);
	for (; *who; who++) {
		const char name[] = { *who, '/', 'w', '\0' };
		uint8_t key[LS_ED25519_SIZE] = { (uint8_t)*who };
		MUST(ls_cosignature_sign(text, (size_t)(end + 1 - text), name, key, MAKER_TIME, out,
					 MUST_ERR));
	}
}

static int hand_in(struct lab *lab, uint64_t size, const char *who, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer note;
	ls_buffer_init(&note, LS_NOTE_SIZE_MAX);
	cosign(&lab->notes[size], who, &note);
	return ls_cosigned_publish(lab->share, lab->fd, note.data, note.size, err);
}

static bool is_there(const struct lab *lab, const char *path)
{
	return faccessat(lab->fd, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* How many lines there are in a file of the share; -1: it is not there. */
static int lines_of(const struct lab *lab, const char *path)
{
	struct ls_note note;
	_cleanup_buffer_ struct ls_buffer bytes;
	ls_buffer_init(&bytes, LS_NOTE_SIZE_MAX);
	if (ls_file_read(lab->fd, path, &bytes, NULL) < 0 ||
	    ls_note_parse(bytes.data, bytes.size, &note, NULL) < 0)
		return -1;
	return (int)note.count;
}

TEST(lines_are_on_the_checkpoint_and_are_kept)
{
	struct lab lab;
	lab_init(&lab);
	CHECK_INT_EQ(hand_in(&lab, 3, "a", NULL), 0);
	CHECK_INT_EQ(lines_of(&lab, "log/checkpoint"), 2);
	CHECK_INT_EQ(lines_of(&lab, "log/witnessed/3"), 2);
	/* one that comes later joins it, also when the earlier one is not told again */
	CHECK_INT_EQ(hand_in(&lab, 3, "b", NULL), 0);
	CHECK_INT_EQ(lines_of(&lab, "log/checkpoint"), 3);
	CHECK_INT_EQ(lines_of(&lab, "log/witnessed/3"), 3);
	/* the log goes on */
	publish(&lab, 4);
	CHECK_INT_EQ(lines_of(&lab, "log/checkpoint"), 1);
	CHECK_INT_EQ(lines_of(&lab, "log/witnessed/3"), 3);
	lab_free(&lab);
}

TEST(a_file_goes_when_its_witnesses_are_on_a_newer_one)
{
	struct lab lab;
	lab_init(&lab);
	CHECK_INT_EQ(hand_in(&lab, 1, "ab", NULL), 0);
	CHECK_INT_EQ(hand_in(&lab, 2, "a", NULL), 0);
	CHECK(is_there(&lab, "log/witnessed/1")); /* b is on no other */
	CHECK_INT_EQ(hand_in(&lab, 3, "a", NULL), 0);
	CHECK(!is_there(&lab, "log/witnessed/2") && is_there(&lab, "log/witnessed/1"));
	CHECK_INT_EQ(hand_in(&lab, 3, "ab", NULL), 0);
	CHECK(!is_there(&lab, "log/witnessed/1") && is_there(&lab, "log/witnessed/3"));
	lab_free(&lab);
}

TEST(a_cosigned_share_is_taken_up)
{
	struct lab lab;
	lab_init(&lab);
	CHECK_INT_EQ(hand_in(&lab, 3, "ab", NULL), 0);
	ls_share_free(lab.share);
	open_share(&lab);
	/* what the enclave is told of, and the TPM remembers, is the log's own word */
	struct ls_bytes own = ls_share_checkpoint(lab.share);
	CHECK_INT_EQ(own.size, lab.notes[3].size);
	CHECK_MEM_EQ(own.data, lab.notes[3].data, own.size);
	publish(&lab, 4);
	CHECK_INT_EQ(ls_share_size(lab.share), 4);
	lab_free(&lab);
}

static void refused(struct lab *lab, const struct ls_buffer *note, const char *id)
{
	struct ls_error err = { 0 };
	CHECK(ls_cosigned_publish(lab->share, lab->fd, note->data, note->size, &err) < 0);
	CHECK_STR_EQ(err.id, id);
	CHECK_INT_EQ(lines_of(lab, "log/checkpoint"), 1);
	CHECK(!is_there(lab, "log/witnessed"));
}

TEST(what_was_no_state_of_this_log_is_refused)
{
	struct lab lab;
	struct ls_checkpoint c = { .origin = MAKER_ORIGIN, .size = 2 };
	_cleanup_buffer_ struct ls_buffer note, line;
	ls_buffer_init(&note, 1 << 20);
	ls_buffer_init(&line, 1 << 20);
	lab_init(&lab);
	MUST(ls_checkpoint_sign(&c, &lab.m->signer, NULL, &note, MUST_ERR)); /* a root of nothing */
	refused(&lab, &note, "merkle.consistency");
	c.size = 4;
	ls_buffer_clear(&note);
	MUST(ls_checkpoint_sign(&c, &lab.m->signer, NULL, &note, MUST_ERR));
	refused(&lab, &note, "cosigned.state");
	snprintf(c.origin, sizeof(c.origin), "labseal/other");
	ls_buffer_clear(&note);
	MUST(ls_checkpoint_sign(&c, &lab.m->signer, NULL, &note, MUST_ERR));
	refused(&lab, &note, "cosigned.origin");
	/* the log's own line exchanged for another, in base64 still */
	cosign(&lab.notes[3], "a", &note);
	uint8_t *digit = &note.data[lab.notes[3].size - 6];
	*digit = *digit == 'A' ? 'B' : 'A';
	refused(&lab, &note, "cosigned.lines");
	ls_buffer_clear(&note);
	ls_buffer_add_str(&note, "garbage");
	refused(&lab, &note, "note.form");
	while (note.size <= LS_HANDOVER_NOTE_MAX)
		ls_buffer_add_str(&note, "more than a checkpoint has\n");
	refused(&lab, &note, "cosigned.size");
	lab_free(&lab);
}

TEST(the_notarys_folder_is_looked_at_once_for_each_file)
{
	struct lab lab;
	char folder[64];
	_cleanup_buffer_ struct ls_buffer note;
	ls_buffer_init(&note, LS_NOTE_SIZE_MAX);
	lab_init(&lab);
	int fd = scratch_make(folder);
	struct ls_cosigned c = { .folder_fd = fd };
	struct ls_error err = { 0 };
	CHECK_INT_EQ(ls_cosigned_look(&c, lab.share, lab.fd, &err), 0); /* nothing yet */
	cosign(&lab.notes[3], "a", &note);
	MUST(ls_file_replace(fd, LS_HANDOVER_COSIGNED, note.data, note.size, 0644, MUST_ERR));
	CHECK_INT_EQ(ls_cosigned_look(&c, lab.share, lab.fd, &err), 0);
	CHECK_INT_EQ(lines_of(&lab, "log/witnessed/3"), 2);
	MUST(ls_file_replace(fd, LS_HANDOVER_COSIGNED, "garbage", 7, 0644, MUST_ERR));
	CHECK_INT_EQ(ls_cosigned_look(&c, lab.share, lab.fd, &err), -EBADMSG);
	CHECK_INT_EQ(ls_cosigned_look(&c, lab.share, lab.fd, &err), 0); /* told once */
	CHECK_INT_EQ(unlinkat(fd, LS_HANDOVER_COSIGNED, 0), 0);
	CHECK_INT_EQ(symlinkat("/etc/passwd", fd, LS_HANDOVER_COSIGNED), 0);
	CHECK(ls_cosigned_look(&c, lab.share, lab.fd, &err) < 0);
	CHECK_STR_EQ(err.id, "cosigned.open");
	scratch_remove(folder, fd);
	lab_free(&lab);
}

TEST_MAIN()
