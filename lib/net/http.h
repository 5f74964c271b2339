/* SPDX-License-Identifier: Apache-2.0 */
/* One HTTP request, over libcurl: POST or GET, http and https only, no redirects, an answer of
 * bounded size and time. */
#ifndef LABSEAL_LIB_NET_HTTP_H
#define LABSEAL_LIB_NET_HTTP_H

#include <signal.h>
#include <stddef.h>

#include "lib/base/buffer.h"
#include "lib/base/error.h"

#define LS_HTTP_TYPE_SIZE 128

struct ls_http_answer {
	long status;
	char type[LS_HTTP_TYPE_SIZE]; /* Content-Type, or "" */
	struct ls_buffer body;	      /* owned; init it with the most that is taken */
};

/* Before the process locks itself up: libraries, the system's list of CAs, the resolver.  A second
 * time does nothing. */
int ls_http_init(struct ls_error *err);

/* From now on a request ends within about a second of *flag becoming other than 0, -ECANCELED:
 * for who is told to stop while nobody answers. */
void ls_http_end_when(const volatile sig_atomic_t *flag);

/*
 * 0 whatever the status is; the body is cleared first.  -EIO: nobody answered, or
 * not in time (ms for all of it), or by another protocol; -EFBIG: the answer is too long;
 * -ECANCELED.
 */
int ls_http_post(const char *url, const char *type, const void *body, size_t size, long timeout_ms,
		 struct ls_http_answer *answer, struct ls_error *err);

/* For many requests to one server: its connection is kept.  Zero it before its first use. */
struct ls_http_session {
	void *curl; /* owned */
};
int ls_http_session_post(struct ls_http_session *session, const char *url, const char *type,
			 const void *body, size_t size, long timeout_ms,
			 struct ls_http_answer *answer, struct ls_error *err);
void ls_http_session_free(struct ls_http_session *session);

/*
 * A file by GET.  Nothing that says who asks is sent: no cookies, no referrer, no credentials.
 * body (cleared first) holds at most its max.  A transfer that stands still for half the time ends,
 * too.  0, with status 200; -ENOENT: status 404 or 410; -EIO: another status, or as ls_http_post;
 * -EFBIG.
 */
int ls_http_get(struct ls_http_session *session, const char *url, long timeout_ms,
		struct ls_buffer *body, struct ls_error *err);

#endif
