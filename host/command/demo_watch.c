/* SPDX-License-Identifier: Apache-2.0 */
#include "host/command/demo_watch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/log/checkpoint.h"
#include "lib/log/note.h"

/* The seals that the checkpoint covers.  The demo only waits; `labseal verify` is what checks. */
static int covered(int share, uint64_t *ret_size, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer bytes;
	ls_buffer_init(&bytes, LS_NOTE_SIZE_MAX);
	*ret_size = 0;
	int rc = ls_file_read(share, "log/checkpoint", &bytes, err);
	if (rc == -ENOENT)
		return 0;
	struct ls_note note;
	struct ls_checkpoint checkpoint;
	if (rc == 0)
		rc = ls_note_parse(bytes.data, bytes.size, &note, err);
	if (rc == 0)
		rc = ls_checkpoint_parse(note.text, note.text_size, &checkpoint, err);
	if (rc == 0)
		*ret_size = checkpoint.size;
	return rc;
}

int ls_demo_watch_begin(struct ls_demo_watch *w, int share_fd, struct ls_error *err)
{
	struct ls_error why = { 0 };
	w->share = share_fd;
	int rc = covered(share_fd, &w->size, &why);
	if (rc < 0 && err)
		*err = why;
	return rc;
}

struct fresh {
	uint64_t from, to; /* seals from + 1 to to */
	struct ls_item *items;
};

static int take_fresh(void *context, const struct ls_item *item)
{
	struct fresh *f = context;
	if (item->seal > f->from && item->seal <= f->to)
		f->items[item->seal - f->from - 1] = *item;
	return 0;
}

static int64_t now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int tell(struct ls_demo_watch *w, const struct ls_item *item, int64_t seen,
		int (*visit)(void *context, const struct ls_demo_seal *seal), void *context,
		struct ls_error *err)
{
	char folder[LS_ITEM_PATH_SIZE], path[LS_ITEM_PATH_SIZE + sizeof(LS_FILE_RECORD) + 1];
	snprintf(path, sizeof(path), "%s/%s", ls_item_path(item, folder), LS_FILE_RECORD);
	_cleanup_buffer_ struct ls_buffer bytes;
	ls_buffer_init(&bytes, LS_RECORD_SIZE_MAX);
	_cleanup_record_ struct ls_record record = { 0 };
	int rc = ls_file_read(w->share, path, &bytes, err);
	if (rc == 0)
		rc = ls_record_parse(bytes.data, bytes.size, &record, err);
	if (rc < 0)
		return rc;
	const struct ls_demo_seal seal = { .item = *item, .record = &record, .seen = seen };
	return visit(context, &seal);
}

static int tell_fresh(struct ls_demo_watch *w, struct fresh *f,
		      int (*visit)(void *context, const struct ls_demo_seal *seal), void *context,
		      struct ls_error *err)
{
	int64_t seen = now_ms();
	int rc = ls_item_walk(w->share, take_fresh, f, err);
	for (uint64_t i = 0; rc == 0 && i < f->to - f->from; i++) {
		if (f->items[i].seal == 0)
			return ls_fail(err, -ENOENT, "demo.share",
				       "seal %llu is in the log and not on the share",
				       (unsigned long long)f->from + i + 1);
		rc = tell(w, &f->items[i], seen, visit, context, err);
	}
	return rc;
}

int ls_demo_watch_look(struct ls_demo_watch *w,
		       int (*visit)(void *context, const struct ls_demo_seal *seal), void *context,
		       struct ls_error *err)
{
	struct ls_error why = { 0 };
	uint64_t size = 0;
	int rc = covered(w->share, &size, &why);
	if (rc == 0 && size > w->size) {
		_cleanup_free_ struct ls_item *items = calloc(size - w->size, sizeof(*items));
		struct fresh f = { .from = w->size, .to = size, .items = items };
		rc = items ? tell_fresh(w, &f, visit, context, &why)
			   : ls_fail(&why, -ENOMEM, "demo.memory", "out of memory for the seals");
		w->size = size;
	}
	if (rc < 0 && err)
		*err = why;
	return rc;
}

int64_t ls_demo_lag(const struct ls_record_file *file, int64_t seen)
{
	if (file->claimed.clock == 0 || file->claimed.modified == 0 || file->begun == 0)
		return -1;
	return (file->claimed.clock - file->claimed.modified) + (seen - file->begun);
}
