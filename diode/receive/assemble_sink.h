/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For tests alone: a sink in memory that aborts when the assembler breaks a
 * promise: bytes for a slot that was not begun, more than were announced, a
 * finish that is not whole.
 */
#ifndef LABSEAL_DIODE_RECEIVE_ASSEMBLE_SINK_H
#define LABSEAL_DIODE_RECEIVE_ASSEMBLE_SINK_H

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "diode/receive/assemble.h"

struct test_sink {
	struct ls_sink sink;
	bool open[LS_OPEN_FILES_MAX];
	uint64_t size[LS_OPEN_FILES_MAX], got[LS_OPEN_FILES_MAX];
	unsigned finished, dropped, refused, opened_at_once;
	enum ls_refusal last_refusal;
	struct ls_delivery last; /* its name is not kept */
	int verdict;		 /* what judge says */
	int begin_error, write_error, finish_error;
};

static int test_judge(void *context, const struct ls_delivery *d)
{
	(void)d;
	return ((struct test_sink *)context)->verdict;
}

static int test_begin(void *context, unsigned slot, uint64_t size, struct ls_error *err)
{
	struct test_sink *t = context;
	(void)err;
	if (slot >= LS_OPEN_FILES_MAX || t->open[slot])
		abort();
	if (t->begin_error)
		return t->begin_error;
	t->open[slot] = true;
	t->size[slot] = size;
	t->got[slot] = 0;
	unsigned count = 0;
	for (unsigned i = 0; i < LS_OPEN_FILES_MAX; i++)
		count += t->open[i];
	t->opened_at_once = count > t->opened_at_once ? count : t->opened_at_once;
	return 0;
}

static int test_write(void *context, unsigned slot, const void *bytes, size_t n,
		      struct ls_error *err)
{
	struct test_sink *t = context;
	(void)err;
	if (!t->open[slot] || n > t->size[slot] - t->got[slot] || (n > 0 && !bytes))
		abort();
	if (t->write_error)
		return t->write_error;
	t->got[slot] += n;
	return 0;
}

static int test_finish(void *context, unsigned slot, const struct ls_delivery *d,
		       struct ls_error *err)
{
	struct test_sink *t = context;
	(void)err;
	if (!t->open[slot] || t->got[slot] != t->size[slot] || d->size != t->size[slot])
		abort();
	if (t->finish_error)
		return t->finish_error;
	t->open[slot] = false;
	t->finished++;
	t->last = *d;
	return 0;
}

static void test_drop(void *context, unsigned slot)
{
	struct test_sink *t = context;
	if (!t->open[slot])
		abort();
	t->open[slot] = false;
	t->dropped++;
}

static void test_refused(void *context, const struct ls_delivery *d, enum ls_refusal why)
{
	struct test_sink *t = context;
	if (why >= LS_REFUSAL_COUNT || d->name.size > LS_NAME_MAX)
		abort();
	t->refused++;
	t->last_refusal = why;
}

static int64_t test_now(void *context)
{
	(void)context;
	return 77;
}

static void test_sink_init(struct test_sink *t)
{
	memset(t, 0, sizeof(*t));
	t->verdict = LS_TAKE_IT;
	t->sink = (struct ls_sink){
		.context = t,
		.judge = test_judge,
		.begin = test_begin,
		.write = test_write,
		.finish = test_finish,
		.drop = test_drop,
		.refused = test_refused,
		.now = test_now,
	};
}

#endif
