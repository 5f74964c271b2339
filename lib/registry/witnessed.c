/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/registry/witnessed.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/base/number.h"
#include "lib/base/search.h"
#include "lib/registry/folder.h"

LS_DEFINE_CLEANUP(DIR *, closedir)

#define MARKS_MAX (1u << 20)

void ls_witnessed_free(struct ls_witnessed *w)
{
	free(w->marks);
	memset(w, 0, sizeof(*w));
}

static int add_mark(struct ls_witnessed *w, uint64_t size)
{
	if ((w->count & (w->count - 1)) == 0) { /* the room is a power of two */
		void *grown = reallocarray(w->marks, w->count ? 2 * w->count : 1,
					   sizeof(*w->marks));
		if (!grown)
			return -ENOMEM;
		w->marks = grown;
	}
	w->marks[w->count++] = (struct ls_witnessed_mark){ .size = size };
	return 0;
}

static int by_size(const void *a, const void *b)
{
	const struct ls_witnessed_mark *x = a, *y = b;
	return x->size < y->size ? -1 : x->size > y->size;
}

int ls_witnessed_open(struct ls_witnessed *w, struct ls_registry *registry,
		      const struct ls_cal_trust *trust, struct ls_error *err)
{
	*w = (struct ls_witnessed){ .registry = registry, .trust = trust };
	if (trust->witness_count == 0)
		return 0;
	int fd = ls_open_beneath(ls_registry_fd(registry), LS_REGISTRY_HISTORY,
				 O_RDONLY | O_DIRECTORY, 0);
	if (fd == -ENOENT)
		return 0;
	_cleanup_(closedir) DIR *folder = fd >= 0 ? fdopendir(fd) : NULL;
	if (!folder)
		return ls_fail_errno(err, fd < 0 ? -fd : errno, "registry.history",
				     "'" LS_REGISTRY_HISTORY "' cannot be read");
	int rc = 0;
	for (struct dirent *entry; rc == 0 && w->count < MARKS_MAX && (entry = readdir(folder));) {
		uint64_t size;
		if (ls_parse_u64(entry->d_name, strlen(entry->d_name), &size) == 0 &&
		    size <= ls_registry_checkpoint(registry)->size)
			rc = add_mark(w, size);
	}
	if (rc < 0)
		return ls_fail(err, rc, "registry.memory", "out of memory for checkpoints");
	if (w->count > 1)
		qsort(w->marks, w->count, sizeof(*w->marks), by_size);
	return 0;
}

static int by_time(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;
	return *x < *y ? -1 : *x > *y;
}

void ls_witnessed_count(const struct ls_note *note, const struct ls_cal_trust *trust,
			struct ls_witnessed_mark *mark)
{
	int64_t times[LS_WITNESSES_MAX];
	struct ls_error ignored = { 0 };
	unsigned n = 0;
	mark->state = -1;
	for (size_t i = 0; i < trust->witness_count && n < LS_WITNESSES_MAX; i++) {
		uint64_t time;
		if (ls_cosignature_verify(note, &trust->witnesses[i], &time, &ignored) == 0 &&
		    time <= INT64_MAX)
			times[n++] = (int64_t)time;
	}
	if (n == 0 || n < trust->quorum)
		return;
	qsort(times, n, sizeof(times[0]), by_time);
	mark->state = 1;
	mark->witnesses = n;
	mark->seen = times[trust->quorum - 1];
	mark->latest = times[n - trust->quorum];
}

/* Cosigned, and of this log: the root is the one that its entries make. */
static void look(struct ls_witnessed *w, struct ls_witnessed_mark *mark)
{
	char path[LS_REGISTRY_PATH_SIZE];
	struct ls_error ignored = { 0 };
	struct ls_digest root;
	struct ls_note parsed;
	_cleanup_registry_note_ struct ls_registry_note note;
	ls_registry_note_init(&note);
	mark->state = -1;
	if (ls_registry_note_read(ls_registry_fd(w->registry),
				  ls_registry_history_path(mark->size, path), &w->trust->registry,
				  &note, &ignored) < 0 ||
	    note.checkpoint.size != mark->size ||
	    ls_registry_root(w->registry, mark->size, &root, &ignored) < 0 ||
	    !ls_digest_equal(&root, &note.checkpoint.root) ||
	    ls_note_parse(note.bytes.data, note.bytes.size, &parsed, &ignored) < 0)
		return;
	ls_witnessed_count(&parsed, w->trust, mark);
}

static bool is_cosigned(struct ls_witnessed *w, struct ls_witnessed_mark *mark)
{
	if (mark->state == 0)
		look(w, mark);
	return mark->state > 0;
}

/* How many of the marks are of a size below this one. */
static size_t below(const struct ls_witnessed *w, uint64_t size)
{
	const struct ls_witnessed_mark wanted = { .size = size };
	return ls_lower_bound(&wanted, w->marks, w->count, sizeof(w->marks[0]), by_size);
}

const struct ls_witnessed_mark *ls_witnessed_before(struct ls_witnessed *w, uint64_t size,
						    int64_t at)
{
	size_t i = size == UINT64_MAX ? w->count : below(w, size + 1);
	while (i-- > 0)
		if (is_cosigned(w, &w->marks[i]) && w->marks[i].latest <= at)
			return &w->marks[i];
	return NULL;
}

const struct ls_witnessed_mark *ls_witnessed_from(struct ls_witnessed *w, uint64_t place)
{
	for (size_t i = below(w, place + 1); i < w->count; i++)
		if (is_cosigned(w, &w->marks[i]))
			return &w->marks[i];
	return NULL;
}
