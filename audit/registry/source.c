/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/registry/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/net/http.h"

#define URL_SIZE 2048

struct ls_sync_source {
	int folder_fd; /* -1: over HTTP */
	struct ls_http_session session;
	char *place;
	long timeout_s;
};

static bool is_url(const char *place)
{
	return strncmp(place, "http://", 7) == 0 || strncmp(place, "https://", 8) == 0;
}

void ls_sync_source_free(struct ls_sync_source *s)
{
	if (!s)
		return;
	ls_http_session_free(&s->session);
	if (s->folder_fd >= 0)
		close(s->folder_fd);
	free(s->place);
	free(s);
}

static int connect_to(struct ls_sync_source *s, struct ls_error *err)
{
	if (strstr(s->place, "://") && !is_url(s->place))
		return ls_fail(err, -EINVAL, "sync.source",
			       "'%s': a source is a folder, http:// or https://", s->place);
	if (is_url(s->place))
		return ls_http_init(err);
	s->folder_fd = open(s->place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return s->folder_fd >= 0 ? 0
				 : ls_fail_errno(err, errno, "sync.source",
						 "the source '%s' cannot be opened", s->place);
}

int ls_sync_source_open(const char *place, long timeout_s, struct ls_sync_source **ret_source,
			struct ls_error *err)
{
	_cleanup_sync_source_ struct ls_sync_source *s = calloc(1, sizeof(*s));
	if (!s)
		return ls_fail(err, -ENOMEM, "registry.memory", "out of memory for a source");
	s->folder_fd = -1;
	s->timeout_s = timeout_s;
	s->place = strdup(place);
	int rc = s->place ? connect_to(s, err)
			  : ls_fail(err, -ENOMEM, "registry.memory", "out of memory for a source");
	if (rc == 0)
		*ret_source = ls_steal_ptr(&s);
	return rc;
}

/* Nothing outside the source's folder: no link leads out of it. */
static int get_file(struct ls_sync_source *s, const char *path, struct ls_buffer *bytes,
		    struct ls_error *err)
{
	struct stat st;
	_cleanup_close_ int fd = ls_open_beneath(s->folder_fd, path, O_RDONLY, 0);
	ls_buffer_clear(bytes);
	if (fd < 0)
		return ls_fail_errno(err, -fd, "sync.file", "'%s/%s' cannot be opened", s->place,
				     path);
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return ls_fail(err, -EIO, "sync.file", "'%s/%s' is no file", s->place, path);
	int rc = ls_read_all(fd, bytes);
	if (rc == -EFBIG)
		return ls_fail(err, rc, "sync.file.size",
			       "'%s/%s' is longer than the %zu bytes that it may have", s->place,
			       path, bytes->max);
	return rc < 0 ? ls_fail_errno(err, -rc, "sync.file", "'%s/%s' cannot be read", s->place,
				      path)
		      : 0;
}

int ls_sync_source_get(struct ls_sync_source *s, const char *path, struct ls_buffer *bytes,
		       struct ls_error *err)
{
	char url[URL_SIZE];
	if (s->folder_fd >= 0)
		return get_file(s, path, bytes, err);
	size_t length = strlen(s->place);
	int n = snprintf(url, sizeof(url), "%s%s%s", s->place,
			 s->place[length - 1] == '/' ? "" : "/", path);
	if (n < 0 || (size_t)n >= sizeof(url))
		return ls_fail(err, -EINVAL, "sync.source", "the source's address is too long");
	return ls_http_get(&s->session, url, s->timeout_s * 1000, bytes, err);
}
