/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/bundle/third_parties.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "audit/verify/read.h"
#include "audit/verify/witnesses.h"
#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/seal/record.h"

LS_DEFINE_CLEANUP(json_t *, json_decref)

#define PATH_SIZE 700

struct finding {
	struct ls_bundle_third_parties *found;
	const struct ls_log *log;
	const struct ls_share *folders;
	uint64_t seal;
};

void ls_bundle_third_parties_init(struct ls_bundle_third_parties *t)
{
	*t = (struct ls_bundle_third_parties){ .stamp = 0 };
	ls_buffer_init(&t->stamped, LS_NOTE_SIZE_MAX);
	ls_buffer_init(&t->cosigned, LS_NOTE_SIZE_MAX);
}

void ls_bundle_third_parties_free(struct ls_bundle_third_parties *t)
{
	ls_buffer_free(&t->stamped);
	ls_buffer_free(&t->cosigned);
}

static bool covers(const struct finding *f, uint64_t size)
{
	return size >= f->seal && size <= f->log->checkpoint.size;
}

/* --- time stamps --------------------------------------------------------------------------- */

static int read_record(const struct finding *f, const char *folder, struct ls_record *ret)
{
	char path[PATH_SIZE];
	_cleanup_buffer_ struct ls_buffer bytes;
	ls_buffer_init(&bytes, LS_RECORD_SIZE_MAX);
	snprintf(path, sizeof(path), "%s/" LS_FILE_RECORD, folder);
	if (ls_share_read(f->log->source, path, &bytes).status != LS_READ_OK)
		return -1;
	return ls_record_parse(bytes.data, bytes.size, ret, NULL);
}

/* The checkpoint that a time stamp's detail holds. */
static bool take_stamped(const struct finding *f, const char *text)
{
	struct ls_checkpoint c;
	struct ls_bundle_third_parties *t = f->found;
	_cleanup_(json_decref)
		json_t *detail = text ? json_loads(text, JSON_REJECT_DUPLICATES, NULL) : NULL;
	const json_t *note = json_object_get(detail, "checkpoint");
	if (!json_is_string(note) ||
	    ls_checkpoint_open(json_string_value(note), json_string_length(note),
			       &f->log->trust->log, &c, NULL) < 0 ||
	    !covers(f, c.size))
		return false;
	t->stamped_size = c.size;
	return ls_buffer_add(&t->stamped, json_string_value(note), json_string_length(note)) == 0;
}

static void look_at_stamp(const struct finding *f, const struct ls_folder *folder)
{
	char path[LS_FOLDER_PATH_SIZE];
	struct ls_bundle_third_parties *t = f->found;
	_cleanup_record_ struct ls_record record = { 0 };
	ls_folder_path(f->folders, folder, path);
	if (read_record(f, path, &record) < 0 || !take_stamped(f, record.detail))
		return;
	t->stamp = folder->seal;
	t->stamp_received = record.received / 1000;
	snprintf(t->stamp_folder, sizeof(t->stamp_folder), "%s", path);
}

static void find_stamp(const struct finding *f)
{
	for (size_t i = 0; i < f->folders->count && f->found->stamp == 0; i++) {
		const struct ls_folder *folder = &f->folders->folders[i];
		if (folder->event && folder->seal > f->seal &&
		    strcmp(f->folders->names + folder->name, "time-stamp") == 0)
			look_at_stamp(f, folder);
	}
}

/* --- witnesses ----------------------------------------------------------------------------- */

static int each_cosigned(void *context, const char *name, unsigned type)
{
	const struct finding *f = context;
	struct ls_bundle_third_parties *t = f->found;
	char path[PATH_SIZE];
	uint64_t size;
	_cleanup_buffer_ struct ls_buffer note;
	ls_buffer_init(&note, LS_NOTE_SIZE_MAX);
	snprintf(path, sizeof(path), LS_WITNESSED "/%.64s", name);
	if (type == S_IFDIR || ls_parse_u64(name, strlen(name), &size) < 0 || !covers(f, size) ||
	    (t->cosigned_size != 0 && size > t->cosigned_size) ||
	    ls_share_read(f->log->source, path, &note).status != LS_READ_OK ||
	    !ls_witnesses_are_enough(f->log->trust, note.data, note.size))
		return 0;
	ls_buffer_clear(&t->cosigned);
	t->cosigned_size = size;
	return ls_buffer_add(&t->cosigned, note.data, note.size);
}

static void find_cosigned(const struct finding *f)
{
	struct ls_bundle_third_parties *t = f->found;
	if (!ls_witnesses_are_enough(f->log->trust, f->log->note.data, f->log->note.size))
		ls_each_name(f->log->source, LS_WITNESSED, each_cosigned, (void *)f);
	if (t->cosigned.size == 0)
		t->cosigned_size = 0;
}

void ls_bundle_third_parties_find(struct ls_bundle_third_parties *t, const struct ls_log *log,
				  const struct ls_share *folders, uint64_t seal)
{
	struct finding f = { .found = t, .log = log, .folders = folders, .seal = seal };
	find_stamp(&f);
	find_cosigned(&f);
}
