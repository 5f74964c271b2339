/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/verify/versions.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/search.h"

void ls_versions_init(struct ls_versions *v)
{
	memset(v, 0, sizeof(*v));
	pthread_mutex_init(&v->lock, NULL);
}

void ls_versions_free(struct ls_versions *v)
{
	free(v->files.items);
	free(v->parents.items);
	pthread_mutex_destroy(&v->lock);
}

static void add(struct ls_versions *v, struct ls_version_list *list, const struct ls_digest *digest,
		uint64_t seal)
{
	if (list->count == list->capacity) {
		size_t capacity = 2 * list->capacity + 64;
		void *grown = reallocarray(list->items, capacity, sizeof(*list->items));
		if (!grown) {
			v->out_of_memory = true;
			return;
		}
		list->items = grown;
		list->capacity = capacity;
	}
	struct ls_version *item = &list->items[list->count++];
	memcpy(&item->digest, digest->bytes, sizeof(item->digest));
	item->seal = seal;
}

void ls_versions_tell(struct ls_versions *v, const struct ls_record *record)
{
	if (!v || record->count == 0)
		return;
	pthread_mutex_lock(&v->lock);
	for (size_t i = 0; i < record->count; i++) {
		const struct ls_record_file *f = &record->files[i];
		add(v, &v->files, &f->sha256, record->seal);
		if (!ls_digest_is_zero(&f->claimed.parent))
			add(v, &v->parents, &f->claimed.parent, record->seal);
	}
	pthread_mutex_unlock(&v->lock);
}

static int by_digest_and_seal(const void *left, const void *right)
{
	const struct ls_version *a = left, *b = right;
	if (a->digest != b->digest)
		return a->digest < b->digest ? -1 : 1;
	return a->seal < b->seal ? -1 : a->seal > b->seal;
}

static int by_digest(const void *left, const void *right)
{
	const struct ls_version *a = left, *b = right;
	return a->digest < b->digest ? -1 : a->digest > b->digest;
}

/* Whether it was sealed in that seal or before. */
static bool is_sealed(const struct ls_version_list *files, const struct ls_version *parent)
{
	size_t i = ls_lower_bound(parent, files->items, files->count, sizeof(files->items[0]),
				  by_digest);
	return i < files->count && by_digest(&files->items[i], parent) == 0 &&
	       files->items[i].seal <= parent->seal;
}

int ls_versions_check(struct ls_versions *v, struct ls_report *report)
{
	if (v->files.count > 0)
		qsort(v->files.items, v->files.count, sizeof(*v->files.items), by_digest_and_seal);
	for (size_t i = 0; i < v->parents.count; i++) {
		uint64_t seal = v->parents.items[i].seal;
		if (is_sealed(&v->files, &v->parents.items[i]))
			ls_report_pass(report, LS_CHECK_VERSIONS, 1);
		else
			ls_report_warn(
				report, "result.version.original", seal, "",
				"seal %" PRIu64 " holds a file that was saved again, and the "
				"version before it, which the instrument's computer claims, is "
				"not sealed before it",
				seal);
	}
	return v->out_of_memory ? -ENOMEM : 0;
}
