/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/verify/share.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "audit/verify/read.h"
#include "lib/seal/samples.h"

#define NAMES_MAX UINT32_MAX /* offsets into the names are 32 bits */

/* Written by labseal, for people's convenience; not sealed, so not looked into. */
static const char *const unsealed[] = { "README.txt", "index.html", "verify.html" };
static const char *const unsealed_folders[] = { "index", "trust" };

/* Looked into, but for .staging, where the publisher builds what it then moves into place. */
static const char *const walked[] = { "results", "events", "log", LS_SEQUENCES_FOLDER, ".staging" };

/* Names that file systems and snapshots put at the top of a volume. */
static const char *const furniture[] = {
	"lost+found", ".snapshot", ".snapshots", ".zfs", "$RECYCLE.BIN", "System Volume Information"
};

struct walk {
	struct ls_source *source;
	struct ls_share *share;
	struct ls_report *report;
	const char *kind; /* "results" or "events" */
	unsigned year;
};

static bool is_one_of(const char *name, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}
#define IS_ONE_OF(name, names) is_one_of(name, names, sizeof(names) / sizeof(*(names)))

static int add_name(struct ls_share *share, const char *name, uint32_t *ret_offset)
{
	size_t n = strlen(name) + 1;
	if (n > NAMES_MAX - share->names_size)
		return -ENOMEM;
	if (share->names_size + n > share->names_capacity) {
		size_t capacity = 2 * share->names_capacity + 4096;
		char *names = realloc(share->names, capacity);
		if (!names)
			return -ENOMEM;
		share->names = names;
		share->names_capacity = capacity;
	}
	*ret_offset = (uint32_t)share->names_size;
	memcpy(share->names + share->names_size, name, n);
	share->names_size += n;
	return 0;
}

static int add_folder(struct ls_share *share, const struct ls_folder *folder)
{
	if (share->count == share->capacity) {
		size_t capacity = 2 * share->capacity + 64;
		struct ls_folder *folders = realloc(share->folders, capacity * sizeof(*folders));
		if (!folders)
			return -ENOMEM;
		share->folders = folders;
		share->capacity = capacity;
	}
	share->folders[share->count++] = *folder;
	return 0;
}

static void unknown(struct walk *w, const char *path, unsigned type)
{
	if (type == 0) {
		ls_report_unable(w->report, LS_CHECK_LAYOUT, "share.unreadable", 0, path,
				 "it cannot be examined");
		return;
	}
	ls_report_fail(w->report, LS_CHECK_LAYOUT, "share.unknown", 0, path,
		       "labseal did not write this: %s that no seal covers", ls_kind_of_file(type));
}

static int each_folder(void *context, const char *name, unsigned type)
{
	struct walk *w = context;
	struct ls_folder folder = { .year = (uint16_t)w->year, .event = w->kind[0] == 'e' };
	const char *safe;
	if (type != S_IFDIR || ls_seal_folder_parse(name, strlen(name), &folder.seal, &safe) < 0) {
		char path[512];
		snprintf(path, sizeof(path), "%s/%u/%s", w->kind, w->year, name);
		unknown(w, path, type);
		return 0;
	}
	ls_report_pass(w->report, LS_CHECK_LAYOUT, 1);
	int rc = add_name(w->share, safe, &folder.name);
	return rc < 0 ? rc : add_folder(w->share, &folder);
}

/* What could not be listed may hold anything, so it is no more than "could not check". */
static int listed(struct walk *w, const char *path, int rc)
{
	if (rc == 0 || rc == -ENOMEM)
		return rc;
	if (rc == -ENOENT)
		return 0; /* then its seals are missing, and that is said */
	w->share->incomplete = true;
	ls_report_unable(w->report, LS_CHECK_LAYOUT, "share.unreadable", 0, path,
			 "the folder cannot be listed: %s", strerror(-rc));
	return 0;
}

static bool is_year(const char *name)
{
	return strlen(name) == 4 && strspn(name, "0123456789") == 4;
}

static int each_year(void *context, const char *name, unsigned type)
{
	struct walk *w = context;
	char path[512];
	snprintf(path, sizeof(path), "%s/%s", w->kind, name);
	if (type != S_IFDIR || !is_year(name)) {
		unknown(w, path, type);
		return 0;
	}
	ls_report_pass(w->report, LS_CHECK_LAYOUT, 1);
	w->year = 0;
	for (int i = 0; i < 4; i++)
		w->year = 10 * w->year + (unsigned)(name[i] - '0');
	return listed(w, path, ls_each_name(w->source, path, each_folder, w));
}

/* The contents are looked at once the records are known. */
static int each_sequence(void *context, const char *name, unsigned type)
{
	struct walk *w = context;
	char path[512];
	struct ls_digest ignored;
	snprintf(path, sizeof(path), LS_SEQUENCES_FOLDER "/%s", name);
	if (type != S_IFREG || ls_digest_parse(name, strlen(name), &ignored) < 0)
		unknown(w, path, type);
	else
		ls_report_pass(w->report, LS_CHECK_LAYOUT, 1);
	return 0;
}

static int each_top(void *context, const char *name, unsigned type)
{
	struct walk *w = context;
	bool folder = type == S_IFDIR;
	bool known = folder && IS_ONE_OF(name, walked);
	if (folder && IS_ONE_OF(name, furniture))
		ls_report_warn(w->report, "share.ignored", 0, name,
			       "a folder that is no part of the share; it was not looked into");
	else if (!known && !(IS_ONE_OF(name, unsealed) && type == S_IFREG) &&
		 !(IS_ONE_OF(name, unsealed_folders) && type == S_IFDIR))
		unknown(w, name, type);
	else
		ls_report_pass(w->report, LS_CHECK_LAYOUT, 1);
	return 0;
}

static int by_seal(const void *left, const void *right, void *context)
{
	const struct ls_folder *a = left, *b = right;
	const struct ls_share *share = context;
	if (a->seal != b->seal)
		return a->seal < b->seal ? -1 : 1;
	/* two of one seal: one of them is too many, and always the same is named */
	return strcmp(share->names + a->name, share->names + b->name);
}

int ls_share_walk(struct ls_source *source, struct ls_share *share, struct ls_report *report)
{
	struct walk w = { source, share, report, "results", 0 };
	int rc = listed(&w, ".", ls_each_name(source, ".", each_top, &w));
	if (rc == 0)
		rc = listed(&w, w.kind, ls_each_name(source, w.kind, each_year, &w));
	w.kind = "events";
	if (rc == 0)
		rc = listed(&w, w.kind, ls_each_name(source, w.kind, each_year, &w));
	if (rc == 0)
		rc = listed(&w, LS_SEQUENCES_FOLDER,
			    ls_each_name(source, LS_SEQUENCES_FOLDER, each_sequence, &w));
	if (share->count > 0)
		qsort_r(share->folders, share->count, sizeof(*share->folders), by_seal, share);
	return rc;
}

void ls_share_done(struct ls_share *share)
{
	free(share->folders);
	free(share->names);
	memset(share, 0, sizeof(*share));
}

const char *ls_folder_path(const struct ls_share *share, const struct ls_folder *folder,
			   char buffer[static LS_FOLDER_PATH_SIZE])
{
	char name[LS_SEAL_FOLDER_SIZE];
	ls_seal_folder(folder->seal, share->names + folder->name, name);
	snprintf(buffer, LS_FOLDER_PATH_SIZE, "%s/%04u/%s", folder->event ? "events" : "results",
		 folder->year, name);
	return buffer;
}
