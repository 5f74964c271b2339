/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/net/http.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/base/cleanup.h"
#include "lib/base/files.h"

#define CA_BUNDLE     "/etc/ssl/certs/ca-certificates.crt"
#define CA_BUNDLE_MAX (4u << 20)

LS_DEFINE_CLEANUP(CURL *, curl_easy_cleanup)
LS_DEFINE_CLEANUP(struct curl_slist *, curl_slist_free_all)

static struct ls_buffer bundle; /* for https; empty: it cannot be spoken */

int ls_http_init(struct ls_error *err)
{
	struct addrinfo *found = NULL;
	if (bundle.max > 0)
		return 0;
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != 0)
		return ls_fail(err, -ENOMEM, "http", "libcurl cannot be set up");
	ls_buffer_init(&bundle, CA_BUNDLE_MAX);
	/* a machine without it can still ask by http: a token and a cosignature prove themselves */
	ls_file_read(AT_FDCWD, CA_BUNDLE, &bundle, NULL);
	/* what the resolver loads, it loads now */
	if (getaddrinfo("localhost", NULL, NULL, &found) == 0)
		freeaddrinfo(found);
	return 0;
}

static const volatile sig_atomic_t *end_flag; /* or NULL */

void ls_http_end_when(const volatile sig_atomic_t *flag)
{
	end_flag = flag;
}

/* libcurl's: asked at each step, and each second where there is none; 1 ends the request. */
static int is_to_end(void *context, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	(void)context, (void)a, (void)b, (void)c, (void)d;
	return end_flag && *end_flag;
}

struct taking {
	struct ls_buffer *body;
	bool is_too_long;
};

static size_t take(char *bytes, size_t size, size_t count, void *context)
{
	struct taking *t = context;
	if (ls_buffer_add(t->body, bytes, size * count) == 0)
		return size * count;
	t->is_too_long = true;
	return 0;
}

static void set_up(CURL *curl, const char *url, long timeout_ms, struct taking *taking)
{
	struct curl_blob ca = { bundle.data, bundle.size, CURL_BLOB_NOCOPY };
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, timeout_ms);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, timeout_ms);
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "labseal/" LABSEAL_VERSION);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, taking);
	curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, is_to_end);
	if (bundle.size > 0)
		curl_easy_setopt(curl, CURLOPT_CAINFO_BLOB, &ca);
}

static int fail_answer(CURLcode code, const struct taking *t, const char *url, struct ls_error *err)
{
	if (t->is_too_long)
		return ls_fail(err, -EFBIG, "http.size", "'%s' answered with more than %zu bytes",
			       url, t->body->max);
	if (code == CURLE_ABORTED_BY_CALLBACK)
		return ls_fail(err, -ECANCELED, "http.ended", "'%s' is not waited for any more",
			       url);
	return ls_fail(err, -EIO, "http", "'%s' does not answer: %s", url,
		       curl_easy_strerror(code));
}

static int post(CURL *curl, const char *url, const char *type, const void *body, size_t size,
		long timeout_ms, struct ls_http_answer *answer, struct ls_error *err)
{
	char line[160];
	struct taking taking = { &answer->body, false };
	snprintf(line, sizeof(line), "Content-Type: %s", type);
	_cleanup_(curl_slist_free_all) struct curl_slist *headers = curl_slist_append(NULL, line);
	if (!curl || !headers || !curl_slist_append(headers, "Expect:"))
		return ls_fail(err, -ENOMEM, "http", "out of memory for a request");
	ls_buffer_clear(&answer->body);
	answer->type[0] = '\0';
	set_up(curl, url, timeout_ms, &taking);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)size);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
	CURLcode code = curl_easy_perform(curl);
	if (code != CURLE_OK)
		return fail_answer(code, &taking, url, err);
	const char *said = NULL;
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer->status);
	curl_easy_getinfo(curl, CURLINFO_CONTENT_TYPE, &said);
	snprintf(answer->type, sizeof(answer->type), "%s", said ? said : "");
	return 0;
}

int ls_http_post(const char *url, const char *type, const void *body, size_t size, long timeout_ms,
		 struct ls_http_answer *answer, struct ls_error *err)
{
	_cleanup_(curl_easy_cleanup) CURL *curl = curl_easy_init();
	return post(curl, url, type, body, size, timeout_ms, answer, err);
}

/* As new, but for its connections. */
static CURL *start(struct ls_http_session *session)
{
	if (session->curl)
		curl_easy_reset(session->curl);
	else
		session->curl = curl_easy_init();
	return session->curl;
}

int ls_http_session_post(struct ls_http_session *session, const char *url, const char *type,
			 const void *body, size_t size, long timeout_ms,
			 struct ls_http_answer *answer, struct ls_error *err)
{
	return post(start(session), url, type, body, size, timeout_ms, answer, err);
}

void ls_http_session_free(struct ls_http_session *session)
{
	curl_easy_cleanup(session->curl);
	session->curl = NULL;
}

/* --- GET ------------------------------------------------------------------------------------ */

int ls_http_get(struct ls_http_session *session, const char *url, long timeout_ms,
		struct ls_buffer *body, struct ls_error *err)
{
	long status = 0;
	struct taking taking = { body, false };
	ls_buffer_clear(body);
	if (!start(session))
		return ls_fail(err, -ENOMEM, "http", "out of memory for a request");
	set_up(session->curl, url, timeout_ms, &taking);
	curl_easy_setopt(session->curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
	curl_easy_setopt(session->curl, CURLOPT_LOW_SPEED_TIME, 1 + timeout_ms / 2000);
	curl_easy_setopt(session->curl, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)body->max);
	CURLcode code = curl_easy_perform(session->curl);
	if (code == CURLE_FILESIZE_EXCEEDED)
		taking.is_too_long = true;
	if (code != CURLE_OK)
		return fail_answer(code, &taking, url, err);
	curl_easy_getinfo(session->curl, CURLINFO_RESPONSE_CODE, &status);
	if (status == 404 || status == 410)
		return ls_fail(err, -ENOENT, "http.missing", "'%s' is not there (%ld)", url,
			       status);
	return status == 200 ? 0
			     : ls_fail(err, -EIO, "http.status", "'%s' answered with status %ld",
				       url, status);
}
