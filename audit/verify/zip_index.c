/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/verify/zip_index.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/search.h"
#include "lib/seal/manifest.h"

#define ROOT_DEPTH_MAX 8 /* folders above the share in an archive */

static const char *name_of(const struct ls_zip_index *x, const struct ls_zip_entry *e)
{
	return x->names + e->name;
}

/* --- names --------------------------------------------------------------------------------- */

/* Why no share can hold this name, or NULL. */
static const char *fault(const char *name)
{
	if (strlen(name) >= LS_WATCH_PATH_SIZE / 2)
		return "it is longer than any name of a share";
	if (name[0] == '/' || (isalpha((unsigned char)name[0]) && name[1] == ':'))
		return "it is an absolute path";
	for (const char *part = name; *part;) {
		size_t n = strcspn(part, "/");
		if (n == 0 || (n == 1 && part[0] == '.') ||
		    (n == 2 && part[0] == '.' && part[1] == '.'))
			return "it has a part that is empty, '.' or '..'";
		part += n + (part[n] == '/');
	}
	return name[0] ? NULL : "it is empty";
}

static int keep_name(struct ls_zip_index *x, const char *name, size_t *ret_offset)
{
	size_t n = strlen(name) + 1;
	if (x->names_size + n > x->names_capacity) {
		size_t capacity = 2 * x->names_capacity + n + 4096;
		char *names = realloc(x->names, capacity);
		if (!names)
			return -ENOMEM;
		x->names = names;
		x->names_capacity = capacity;
	}
	*ret_offset = x->names_size;
	memcpy(x->names + x->names_size, name, n);
	x->names_size += n;
	return 0;
}

static int keep(struct ls_zip_index *x, const char *name, uint64_t file, mode_t type)
{
	if (x->count == x->capacity) {
		size_t capacity = 2 * x->capacity + 64;
		void *entries = reallocarray(x->entries, capacity, sizeof(*x->entries));
		if (!entries)
			return -ENOMEM;
		x->entries = entries;
		x->capacity = capacity;
	}
	struct ls_zip_entry *e = &x->entries[x->count];
	*e = (struct ls_zip_entry){ .file = file, .type = type };
	int rc = keep_name(x, name, &e->name);
	if (rc == 0)
		x->count++;
	return rc;
}

/* Backslashes as slashes, no "./" before it, no '/' after it; returns whether there was one. */
static bool tidy(struct ls_zip_index *x, char *name)
{
	bool backslash = strchr(name, '\\') != NULL;
	for (char *at = name; *at; at++)
		if (*at == '\\')
			*at = '/';
	while (strncmp(name, "./", 2) == 0)
		memmove(name, name + 2, strlen(name + 2) + 1);
	x->backslashes += backslash;
	size_t n = strlen(name);
	if (n < 2 || name[n - 1] != '/')
		return false;
	name[n - 1] = '\0';
	return true;
}

int ls_zip_index_add(struct ls_zip_index *x, const char *name, uint64_t file, mode_t type,
		     struct ls_report *report)
{
	char *tidied = strdup(name);
	if (!tidied)
		return -ENOMEM;
	int rc = 0;
	if (tidy(x, tidied))
		type = S_IFDIR;
	const char *why = fault(tidied);
	if (why && strcmp(name, "./") != 0)
		ls_report_fail(report, LS_CHECK_LAYOUT, "zip.name", 0, name,
			       "labseal did not write this: an entry of the archive whose name "
			       "cannot be on a share: %s",
			       why);
	else if (!why)
		rc = keep(x, tidied, file, type);
	free(tidied);
	return rc;
}

/* --- order --------------------------------------------------------------------------------- */

/* '/' before all else, so that what a folder holds follows it at once. */
static int rank(char c)
{
	return c == '\0' ? 0 : c == '/' ? 1 : (unsigned char)c + 1;
}

static int compare_names(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return rank(*a) - rank(*b);
}

static int by_name(const void *left, const void *right, void *context)
{
	const struct ls_zip_entry *a = left, *b = right;
	const struct ls_zip_index *x = context;
	int order = compare_names(name_of(x, a), name_of(x, b));
	if (order != 0)
		return order;
	return a->file < b->file ? -1 : a->file > b->file;
}

static bool is_below(const char *name, const char *folder)
{
	size_t n = strlen(folder);
	return strncmp(name, folder, n) == 0 && name[n] == '/';
}

/* Whether the entry contradicts the one before it in their order. */
static bool is_double(const struct ls_zip_index *x, const struct ls_zip_entry *before,
		      const struct ls_zip_entry *e)
{
	const char *a = name_of(x, before), *b = name_of(x, e);
	if (strcmp(a, b) == 0)
		return before->type != S_IFDIR || e->type != S_IFDIR;
	return before->type != S_IFDIR && is_below(b, a);
}

static void leave_out_doubles(struct ls_zip_index *x, struct ls_report *report)
{
	size_t kept = 0;
	for (size_t i = 0; i < x->count; i++) {
		const struct ls_zip_entry *e = &x->entries[i];
		if (kept > 0 && is_double(x, &x->entries[kept - 1], e))
			ls_report_fail(report, LS_CHECK_LAYOUT, "zip.doubled", 0, name_of(x, e),
				       "the archive holds it twice, or as a file and as a folder: "
				       "what unpacking it gives is not known");
		else if (kept == 0 || strcmp(name_of(x, &x->entries[kept - 1]), name_of(x, e)) != 0)
			x->entries[kept++] = *e;
	}
	x->count = kept;
}

/* --- looking up ---------------------------------------------------------------------------- */

struct sought {
	const struct ls_zip_index *index;
	const char *name;
};

static int compare_sought(const void *entry, const void *wanted)
{
	const struct sought *sought = wanted;
	return compare_names(name_of(sought->index, entry), sought->name);
}

/* The first entry that is not before this name. */
static size_t lower_bound(const struct ls_zip_index *x, const char *name)
{
	const struct sought sought = { x, name };
	return ls_lower_bound(&sought, x->entries, x->count, sizeof(x->entries[0]), compare_sought);
}

/* The name in the archive; false: longer than any there. */
static bool full_name(const struct ls_zip_index *x, const char *path, const char *ending,
		      char buffer[static LS_WATCH_PATH_SIZE])
{
	const char *root = x->names + x->root;
	if (strcmp(path, ".") == 0) /* the root has its '/' */
		return snprintf(buffer, LS_WATCH_PATH_SIZE, "%s", root) < LS_WATCH_PATH_SIZE;
	return snprintf(buffer, LS_WATCH_PATH_SIZE, "%s%s%s", root, path, ending) <
	       LS_WATCH_PATH_SIZE;
}

static bool has_prefix(const struct ls_zip_index *x, size_t i, const char *prefix)
{
	return i < x->count && strncmp(name_of(x, &x->entries[i]), prefix, strlen(prefix)) == 0;
}

const struct ls_zip_entry *ls_zip_index_find(const struct ls_zip_index *x, const char *path,
					     mode_t *ret_type)
{
	char name[LS_WATCH_PATH_SIZE];
	*ret_type = 0;
	if (strcmp(path, ".") == 0) {
		*ret_type = S_IFDIR;
		return NULL;
	}
	if (!full_name(x, path, "", name))
		return NULL;
	size_t i = lower_bound(x, name);
	if (i < x->count && strcmp(name_of(x, &x->entries[i]), name) == 0) {
		*ret_type = x->entries[i].type;
		return &x->entries[i];
	}
	if (full_name(x, path, "/", name) && has_prefix(x, lower_bound(x, name), name))
		*ret_type = S_IFDIR;
	return NULL;
}

int ls_zip_index_each(const struct ls_zip_index *x, const char *path, ls_each_name_fn each,
		      void *context)
{
	char prefix[LS_WATCH_PATH_SIZE], child[LS_WATCH_PATH_SIZE], last[LS_WATCH_PATH_SIZE] = "";
	mode_t type;
	const struct ls_zip_entry *folder = ls_zip_index_find(x, path, &type);
	if (type != S_IFDIR || !full_name(x, path, "/", prefix))
		return type == 0 ? -ENOENT : -ENOTDIR;
	size_t i = folder ? (size_t)(folder - x->entries) + 1 : lower_bound(x, prefix);
	int rc = 0;
	for (; rc == 0 && has_prefix(x, i, prefix); i++) {
		const char *rest = name_of(x, &x->entries[i]) + strlen(prefix);
		size_t n = strcspn(rest, "/");
		snprintf(child, sizeof(child), "%.*s", (int)n, rest);
		if (strcmp(child, last) == 0)
			continue;
		memcpy(last, child, sizeof(last));
		rc = each(context, child, rest[n] ? S_IFDIR : x->entries[i].type);
	}
	return rc;
}

/* --- the share among them ------------------------------------------------------------------ */

struct top {
	size_t count;
	bool is_folder, is_share;
	char name[LS_WATCH_PATH_SIZE];
};

static int look_at_top(void *context, const char *name, unsigned type)
{
	struct top *top = context;
	top->count++;
	top->is_folder = type == S_IFDIR;
	snprintf(top->name, sizeof(top->name), "%s", name);
	if (strcmp(name, LS_FILE_MANIFEST) == 0 || strcmp(name, "log") == 0 ||
	    strcmp(name, "results") == 0 || strcmp(name, "events") == 0)
		top->is_share = true;
	return 0;
}

/* People put a folder into an archive as often as what it holds. */
static int find_root(struct ls_zip_index *x)
{
	char root[LS_WATCH_PATH_SIZE] = "";
	int rc = keep_name(x, root, &x->root);
	for (int depth = 0; rc == 0 && depth < ROOT_DEPTH_MAX; depth++) {
		struct top top = { .count = 0 };
		ls_zip_index_each(x, ".", look_at_top, &top);
		size_t n = strlen(root);
		if (top.is_share || top.count != 1 || !top.is_folder ||
		    n + strlen(top.name) + 2 > sizeof(root))
			break;
		snprintf(root + n, sizeof(root) - n, "%s/", top.name);
		rc = keep_name(x, root, &x->root);
	}
	return rc;
}

int ls_zip_index_finish(struct ls_zip_index *x, struct ls_report *report)
{
	if (x->count > 0)
		qsort_r(x->entries, x->count, sizeof(*x->entries), by_name, x);
	leave_out_doubles(x, report);
	if (x->backslashes > 0)
		ls_report_warn(report, "zip.backslashes", 0, "",
			       "%" PRIu64
			       " names in the archive have backslashes, which were taken "
			       "for '/': the program that made it does not keep to the format",
			       x->backslashes);
	return find_root(x);
}

void ls_zip_index_free(struct ls_zip_index *x)
{
	free(x->entries);
	free(x->names);
	memset(x, 0, sizeof(*x));
}
