/* SPDX-License-Identifier: Apache-2.0 */
#include "host/publish/reports.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "host/publish/place.h"
#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/base/log.h"
#include "lib/report/ask.h"

#define STAGED	  LS_STAGING "/report"
#define PATH_SIZE (LS_ITEM_PATH_SIZE + sizeof("/" LS_REPORTS_FILE))
#define RETRY_MS  1000 /* to a socket without room */

struct ls_reports {
	int share;  /* borrowed */
	int socket; /* borrowed; -1: nobody draws (any more) */
	int patience_ms;
	/* a ring: the next to ask for is queue[first % LS_REPORTS_QUEUE] */
	struct ls_item queue[LS_REPORTS_QUEUE];
	uint64_t first, end;
	bool is_asked; /* queue[first] */
	bool is_again; /* it was asked for before, of a labseal-report that ended */
	uint64_t number;
	bool has_put; /* a page, since that was asked last */
	int64_t due;  /* monotonic ms: when that answer is late, or asking is tried again */
	struct ls_report_page page;
};

static int64_t now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int ls_reports_new(int share_fd, int socket, int patience_ms, struct ls_reports **ret_reports,
		   struct ls_error *err)
{
	if (socket >= 0 && fcntl(socket, F_SETFL, O_NONBLOCK) < 0)
		return ls_fail_errno(err, errno, "publish.report", "cannot talk to labseal-report");
	struct ls_reports *r = calloc(1, sizeof(*r));
	if (!r)
		return ls_fail(err, -ENOMEM, "publish.memory", "out of memory for reports");
	r->share = share_fd;
	r->socket = socket;
	r->patience_ms = patience_ms;
	ls_report_page_init(&r->page);
	*ret_reports = r;
	return 0;
}

void ls_reports_free(struct ls_reports *r)
{
	if (!r)
		return;
	ls_report_page_free(&r->page);
	free(r);
}

/* --- the queue ----------------------------------------------------------------- */

static const char *page_path(const struct ls_item *item, char path[static PATH_SIZE])
{
	char folder[LS_ITEM_PATH_SIZE];
	snprintf(path, PATH_SIZE, "%s/" LS_REPORTS_FILE, ls_item_path(item, folder));
	return path;
}

/* The oldest that is not asked for makes room: the newest results are looked at most. */
void ls_reports_add(struct ls_reports *r, const struct ls_item *item)
{
	if (item->is_event || r->socket < 0)
		return;
	if (r->end - r->first == LS_REPORTS_QUEUE) {
		r->first++;
		if (r->is_asked || r->is_again) /* its place is the next one's now */
			r->queue[r->first % LS_REPORTS_QUEUE] =
				r->queue[(r->first - 1) % LS_REPORTS_QUEUE];
	}
	r->queue[r->end++ % LS_REPORTS_QUEUE] = *item;
}

static void drop_first(struct ls_reports *r)
{
	r->first++;
	r->is_asked = r->is_again = false;
	r->due = 0;
}

/* What lacks a page, in a ring of the highest numbers. */
struct lacking {
	int share;
	struct ls_item items[LS_REPORTS_QUEUE];
	size_t count;
};

static size_t lowest(const struct lacking *l)
{
	size_t low = 0;
	for (size_t i = 1; i < l->count; i++)
		if (l->items[i].seal < l->items[low].seal)
			low = i;
	return low;
}

static int note_lacking(void *context, const struct ls_item *item)
{
	struct lacking *l = context;
	char path[PATH_SIZE];
	if (item->is_event)
		return 0;
	size_t place = l->count < LS_REPORTS_QUEUE ? l->count : lowest(l);
	if (place < l->count && l->items[place].seal > item->seal)
		return 0;
	if (faccessat(l->share, page_path(item, path), F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	l->items[place] = *item;
	l->count += place == l->count;
	return 0;
}

int ls_reports_catch_up(struct ls_reports *r, struct ls_error *err)
{
	if (r->socket < 0)
		return 0;
	_cleanup_free_ struct lacking *l = calloc(1, sizeof(*l));
	if (!l)
		return ls_fail(err, -ENOMEM, "publish.memory", "out of memory for reports");
	l->share = r->share;
	int rc = ls_item_walk(r->share, note_lacking, l, err);
	if (rc < 0)
		return rc;
	/* by rising number; qsort(3) asks the system for its memory, which is not allowed here */
	while (l->count > 0) {
		size_t low = lowest(l);
		ls_reports_add(r, &l->items[low]);
		l->items[low] = l->items[--l->count];
	}
	return 0;
}

/* --- asking and taking --------------------------------------------------------- */

/* Those that are queued get their pages at the next start. */
static void nobody_draws(struct ls_reports *r, const char *why)
{
	ls_log(LS_LOG_WARNING, "publish.report",
	       "no more pages for people are drawn until the next start: %s", why);
	r->socket = -1;
	r->first = r->end;
	r->is_asked = r->is_again = false;
}

static int ask(struct ls_reports *r, const struct ls_item *item, struct ls_error *err)
{
	char path[LS_ITEM_PATH_SIZE];
	int folder = ls_open_beneath(r->share, ls_item_path(item, path), O_RDONLY | O_DIRECTORY, 0);
	if (folder < 0)
		return ls_fail_errno(err, -folder, "publish.report", "cannot open '%s'", path);
	int rc = ls_report_ask(r->socket, ++r->number, folder, err);
	close(folder);
	return rc;
}

/* Of the first in the queue. */
static void say_none(const struct ls_reports *r, const char *why)
{
	ls_log(LS_LOG_WARNING, "publish.report", "seal %llu has no page: %s",
	       (unsigned long long)r->queue[r->first % LS_REPORTS_QUEUE].seal, why);
}

static void ask_next(struct ls_reports *r)
{
	while (r->socket >= 0 && r->first != r->end && !r->is_asked) {
		struct ls_error err = { 0 };
		int rc = ask(r, &r->queue[r->first % LS_REPORTS_QUEUE], &err);
		if (rc == -EPIPE || rc == -ECONNRESET) {
			nobody_draws(r, "labseal-report is gone");
		} else if (rc == -EAGAIN) {
			r->due = now_ms() + RETRY_MS;
			return;
		} else if (rc < 0) {
			say_none(r, err.message);
			drop_first(r);
		} else {
			r->is_asked = true;
			r->due = now_ms() + r->patience_ms;
		}
	}
}

/* Written aside, then moved to where nothing is: a page is never rewritten. */
static void put_page(struct ls_reports *r, const struct ls_item *item)
{
	char path[PATH_SIZE];
	struct ls_error err = { 0 };
	page_path(item, path);
	int rc = ls_place_write(r->share, STAGED, r->page.bytes.data, r->page.bytes.size, &err);
	if (rc == 0) {
		rc = ls_place_move(r->share, STAGED, r->share, path);
		if (rc < 0)
			unlinkat(r->share, STAGED, 0);
		r->has_put = rc == 0;
		if (rc == -EEXIST)
			return;
		if (rc < 0)
			ls_fail_errno(&err, -rc, "publish.report", "cannot place '%s'", path);
	}
	if (rc < 0)
		say_none(r, err.message);
}

/* One more time, and not for ever: it may be what labseal-report ended of. */
static void ask_again(struct ls_reports *r)
{
	if (!r->is_asked)
		return;
	if (r->is_again) {
		say_none(r, "labseal-report ended twice while it drew it");
		drop_first(r);
		return;
	}
	r->is_asked = false;
	r->is_again = true;
	r->due = 0;
}

static void take_page(struct ls_reports *r)
{
	const struct ls_item *item = &r->queue[r->first % LS_REPORTS_QUEUE];
	if (r->page.number == LS_REPORT_BEGUN) {
		ask_again(r);
		return;
	}
	if (!r->is_asked || r->page.number != r->number)
		return; /* it came too late: the page is asked for at the next start */
	if (r->page.has_page)
		put_page(r, item);
	else
		say_none(r, r->page.problem);
	drop_first(r);
}

static void take_answers(struct ls_reports *r)
{
	while (r->socket >= 0) {
		struct ls_error err = { 0 };
		int rc = ls_report_take(r->socket, &r->page, &err);
		if (rc == -EAGAIN)
			return;
		if (rc == 1)
			take_page(r);
		else if (rc == -EBADMSG)
			ls_log(LS_LOG_WARNING, "publish.report", "labseal-report: %s", err.message);
		else
			nobody_draws(r, rc == 0 ? "labseal-report is gone" : err.message);
	}
}

static void give_up_late(struct ls_reports *r)
{
	if (!r->is_asked || now_ms() < r->due)
		return;
	say_none(r, "labseal-report does not answer");
	drop_first(r);
}

bool ls_reports_work(struct ls_reports *r)
{
	r->has_put = false;
	take_answers(r);
	give_up_late(r);
	if (r->is_asked || now_ms() >= r->due)
		ask_next(r);
	return r->has_put;
}

int ls_reports_descriptor(const struct ls_reports *r)
{
	return r->is_asked ? r->socket : -1;
}

int ls_reports_wait_ms(const struct ls_reports *r)
{
	if (r->socket < 0 || r->first == r->end)
		return -1;
	int64_t left = r->due - now_ms();
	return left > 0 ? (int)left : 0;
}

bool ls_reports_finish(struct ls_reports *r, int timeout_ms)
{
	bool has_put = false;
	int64_t end = now_ms() + timeout_ms;
	for (;;) {
		has_put |= ls_reports_work(r);
		int64_t left = end - now_ms();
		int wait = ls_reports_wait_ms(r);
		if (wait < 0 || left <= 0)
			return has_put;
		struct pollfd p = { .fd = ls_reports_descriptor(r), .events = POLLIN };
		if (poll(&p, 1, wait < left ? wait : (int)left) < 0 && errno != EINTR)
			return has_put;
	}
}
