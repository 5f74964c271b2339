/* SPDX-License-Identifier: Apache-2.0 */
#include "host/publish/item.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"

LS_DEFINE_CLEANUP(DIR *, closedir)

static const char *kind_folder(bool is_event)
{
	return is_event ? "events" : "results";
}

const char *ls_item_parent(const struct ls_item *item, char buffer[static LS_ITEM_PATH_SIZE])
{
	snprintf(buffer, LS_ITEM_PATH_SIZE, "%s/%s", kind_folder(item->is_event), item->year);
	return buffer;
}

const char *ls_item_path(const struct ls_item *item, char buffer[static LS_ITEM_PATH_SIZE])
{
	char folder[LS_SEAL_FOLDER_SIZE];
	snprintf(buffer, LS_ITEM_PATH_SIZE, "%s/%s/%s", kind_folder(item->is_event), item->year,
		 ls_seal_folder(item->seal, item->label, folder));
	return buffer;
}

const char *ls_item_staged_name(const struct ls_item *item, char buffer[static LS_ITEM_PATH_SIZE])
{
	char folder[LS_SEAL_FOLDER_SIZE];
	snprintf(buffer, LS_ITEM_PATH_SIZE, "sealed.%s.%s.%s", kind_folder(item->is_event),
		 item->year, ls_seal_folder(item->seal, item->label, folder));
	return buffer;
}

static bool is_year(const char *text)
{
	return strlen(text) == LS_YEAR_SIZE - 1 && strspn(text, "0123456789") == LS_YEAR_SIZE - 1;
}

/* The parts of a place, checked. */
static int item_from_parts(bool is_event, const char *year, const char *folder,
			   struct ls_item *ret_item)
{
	struct ls_item item = { .is_event = is_event };
	const char *label;
	if (!is_year(year) ||
	    ls_seal_folder_parse(folder, strlen(folder), &item.seal, &label) < 0 ||
	    strlen(label) > LS_SAFE_NAME_MAX)
		return -EBADMSG;
	memcpy(item.year, year, LS_YEAR_SIZE);
	memcpy(item.label, label, strlen(label) + 1);
	*ret_item = item;
	return 0;
}

/* Take prefix off the front of *text. */
static bool take_prefix(const char **text, const char *prefix)
{
	size_t n = strlen(prefix);
	if (strncmp(*text, prefix, n) != 0)
		return false;
	*text += n;
	return true;
}

int ls_item_parse_staged(const char *name, struct ls_item *ret_item)
{
	bool is_event = false;
	if (!take_prefix(&name, "sealed."))
		return -EBADMSG;
	if (take_prefix(&name, "events."))
		is_event = true;
	else if (!take_prefix(&name, "results."))
		return -EBADMSG;
	char year[LS_YEAR_SIZE] = "";
	if (strlen(name) < LS_YEAR_SIZE || name[LS_YEAR_SIZE - 1] != '.')
		return -EBADMSG;
	memcpy(year, name, LS_YEAR_SIZE - 1);
	return item_from_parts(is_event, year, name + LS_YEAR_SIZE, ret_item);
}

int ls_item_init(struct ls_item *ret_item, uint64_t seal, bool is_event, int64_t received,
		 const char *label, size_t label_size)
{
	/* year 1970 at the earliest, and four digits */
	if (!ls_is_safe_name(label, label_size) || received < 0 || received > 253402300799)
		return -EINVAL;
	char utc[LS_UTC_SIZE];
	ls_utc_format(received, utc);
	struct ls_item item = { .seal = seal, .is_event = is_event };
	memcpy(item.year, utc, LS_YEAR_SIZE - 1);
	memcpy(item.label, label, label_size);
	*ret_item = item;
	return 0;
}

/* --- the walk ----------------------------------------------------------------- */

struct walk {
	int (*visit)(void *context, const struct ls_item *item);
	void *context;
	bool is_event;
	struct ls_error *err;
};

/* 0 and *ret_dir (NULL when there is no such folder), or a negative errno. */
static int open_folder(int dirfd, const char *path, DIR **ret_dir, struct ls_error *err)
{
	_cleanup_close_ int fd = openat(dirfd, path,
					O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP)) {
		*ret_dir = NULL;
		return 0;
	}
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir)
		return ls_fail_errno(err, errno, "share.list", "cannot list the share's '%s'",
				     path);
	ls_steal_fd(&fd);
	*ret_dir = dir;
	return 0;
}

static int walk_year(const struct walk *w, int parent, const char *year)
{
	_cleanup_(closedir) DIR *dir = NULL;
	int rc = open_folder(parent, year, &dir, w->err);
	struct dirent *entry;
	while (rc == 0 && dir && (entry = readdir(dir))) {
		struct ls_item item;
		if (item_from_parts(w->is_event, year, entry->d_name, &item) == 0)
			rc = w->visit(w->context, &item);
	}
	return rc;
}

static int walk_kind(const struct walk *w, int share_fd)
{
	_cleanup_(closedir) DIR *dir = NULL;
	int rc = open_folder(share_fd, kind_folder(w->is_event), &dir, w->err);
	struct dirent *entry;
	while (rc == 0 && dir && (entry = readdir(dir)))
		if (is_year(entry->d_name))
			rc = walk_year(w, dirfd(dir), entry->d_name);
	return rc;
}

int ls_item_walk(int share_fd, int (*visit)(void *context, const struct ls_item *item),
		 void *context, struct ls_error *err)
{
	struct walk w = { .visit = visit, .context = context, .err = err };
	int rc = walk_kind(&w, share_fd);
	w.is_event = true;
	return rc == 0 ? walk_kind(&w, share_fd) : rc;
}
