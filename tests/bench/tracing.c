/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For 60-calibration.sh: what a trace costs, next to the signature checks alone.
 *
 *     tracing one REGISTRY TRUST AT TURNS DEVICE   open, first (cold) and later (warm) traces
 *     tracing cold REGISTRY TRUST AT TURNS DEVICE  cold ones alone, for a profiler
 *     tracing all REGISTRY TRUST AT THREADS        each device of the registry
 *
 * Prints "name value" lines; times are seconds, medians of the turns.  Cold: a registry that was
 * just opened and an engine that has verified nothing; warm: the same one asked again.
 *
 *     alone      a cold trace by one thread, of the processor; open and warm, too
 *     cold       by as many threads as there are processors, by the clock
 *     processor  the same, of all processors; of a whole registry without the pulse's
 *     meanwhile  verifications that OpenSSL does in a second of the processor, while a whole
 *                registry is gone through (tests/bench/pulse.h)
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "audit/cal/session.h"
#include "audit/cal/sweep.h"
#include "lib/base/number.h"
#include "lib/base/text.h"
#include "tests/bench/measure.h"
#include "tests/bench/pulse.h"

#define TURNS_MAX  1000
#define WARM_TURNS 100

static const struct ls_command command = { "cal trace", "", "", "", NULL };

static int by_value(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;
	return a < b ? -1 : a > b;
}

static double median(double *values, size_t count)
{
	qsort(values, count, sizeof(*values), by_value);
	return values[count / 2];
}

static uint64_t number(const char *text, uint64_t most)
{
	uint64_t value;
	if (ls_parse_u64(text, strlen(text), &value) < 0 || value == 0 || value > most)
		bench_die("'%s' is no number from 1 to %llu", text, (unsigned long long)most);
	return value;
}

static void open_session(char **argv, unsigned threads, struct ls_cal_session *session)
{
	const struct ls_cal_sources sources = {
		.registry = argv[0], .trust = argv[1], .at = argv[2], .threads = threads
	};
	if (ls_cal_session_open(&command, &sources, session) != 0)
		bench_die("the registry '%s' cannot be opened", argv[0]);
}

/* What something took, in seconds: by the clock, and of the processors, all threads together. */
struct cost {
	double clock, processor;
};

static struct cost now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (struct cost){ bench_now(), (double)t.tv_sec + (double)t.tv_nsec / 1e9 };
}

static struct cost since(struct cost start)
{
	struct cost end = now();
	return (struct cost){ end.clock - start.clock, end.processor - start.processor };
}

static struct cost trace(struct ls_cal_session *session, const char *device, unsigned *ret_depth)
{
	struct ls_error err = { 0 };
	struct ls_cal_result result;
	struct cost start = now();
	if (ls_cal_trace(session->worker, device, NULL, &result, &err) < 0)
		bench_die("%s", err.message);
	struct cost took = since(start);
	if (result.verdict != LS_CAL_TRACEABLE)
		bench_die("'%s' is %s", device, ls_cal_verdict_name(result.verdict));
	*ret_depth = result.depth;
	ls_cal_result_free(&result);
	return took;
}

struct turns {
	size_t count;
	double opened[TURNS_MAX], alone[TURNS_MAX], warm[TURNS_MAX];
	double cold[TURNS_MAX], processor[TURNS_MAX];
	unsigned depth;
	uint64_t signatures;
};

/* By one thread: opened, cold, warm. */
static void turn_alone(char **argv, struct turns *t, size_t i)
{
	struct ls_cal_session session;
	double many[WARM_TURNS];
	struct cost start = now();
	open_session(argv, 1, &session);
	t->opened[i] = since(start).processor;
	uint64_t before = ls_cal_worker_signatures(session.worker);
	t->alone[i] = trace(&session, argv[4], &t->depth).processor;
	t->signatures = ls_cal_worker_signatures(session.worker) - before;
	for (size_t j = 0; j < WARM_TURNS; j++)
		many[j] = trace(&session, argv[4], &t->depth).processor;
	t->warm[i] = median(many, WARM_TURNS);
	ls_cal_session_close(&session);
}

/* By as many threads as there are processors: cold. */
static void turn_together(char **argv, struct turns *t, size_t i)
{
	struct ls_cal_session session;
	open_session(argv, 0, &session);
	struct cost took = trace(&session, argv[4], &t->depth);
	t->cold[i] = took.clock;
	t->processor[i] = took.processor;
	ls_cal_session_close(&session);
}

static void one(char **argv)
{
	static struct turns t;
	t.count = (size_t)number(argv[3], TURNS_MAX);
	for (size_t i = 0; i < t.count; i++) {
		turn_alone(argv, &t, i);
		turn_together(argv, &t, i);
	}
	printf("links %u\nsignatures %llu\nopen %.9f\nalone %.9f\ncold %.9f\nprocessor %.9f\n"
	       "warm %.9f\n",
	       t.depth, (unsigned long long)t.signatures, median(t.opened, t.count),
	       median(t.alone, t.count), median(t.cold, t.count), median(t.processor, t.count),
	       median(t.warm, t.count));
}

/* For profilers: cold traces by one thread, and nothing else. */
static void cold(char **argv)
{
	static double took[TURNS_MAX];
	size_t turns = (size_t)number(argv[3], TURNS_MAX);
	unsigned depth = 0;
	for (size_t i = 0; i < turns; i++) {
		struct ls_cal_session session;
		open_session(argv, 1, &session);
		took[i] = trace(&session, argv[4], &depth).processor;
		ls_cal_session_close(&session);
	}
	double middle = median(took, turns);
	printf("links %u\nalone %.9f\nleast %.9f\n", depth, middle, took[0]);
}

static double processor_of(const struct rusage *usage)
{
	return (double)usage->ru_utime.tv_sec + (double)usage->ru_utime.tv_usec / 1e6 +
	       (double)usage->ru_stime.tv_sec + (double)usage->ru_stime.tv_usec / 1e6;
}

static void all(char **argv)
{
	struct ls_error err = { 0 };
	struct ls_cal_session session;
	struct ls_cal_sweep sweep;
	struct bench_pulse pulse;
	struct rusage usage;
	size_t traceable = 0;
	const struct ls_cal_sweep_options options = { .threads = (unsigned)number(argv[3], 64) };
	open_session(argv, 1, &session);
	bench_pulse_begin(&pulse);
	double start = bench_now();
	if (ls_cal_sweep(&session, &options, &sweep, &err) < 0)
		bench_die("%s", err.message);
	double took = bench_now() - start;
	bench_pulse_end(&pulse);
	for (size_t i = 0; i < sweep.count; i++)
		traceable += sweep.devices[i].summary.verdict == LS_CAL_TRACEABLE;
	getrusage(RUSAGE_SELF, &usage);
	printf("devices %zu\ntraceable %zu\nsignatures %llu\nseconds %.6f\nprocessor %.6f\n"
	       "meanwhile %.1f\nkilobytes %ld\n",
	       sweep.count, traceable, (unsigned long long)sweep.signatures, took,
	       processor_of(&usage) - pulse.processor, pulse.verified / pulse.processor,
	       usage.ru_maxrss);
	ls_cal_sweep_free(&sweep);
	ls_cal_session_close(&session);
}

int main(int argc, char **argv)
{
	if (argc == 7 && strcmp(argv[1], "one") == 0)
		one(argv + 2);
	else if (argc == 7 && strcmp(argv[1], "cold") == 0)
		cold(argv + 2);
	else if (argc == 6 && strcmp(argv[1], "all") == 0)
		all(argv + 2);
	else
		bench_die("usage: tracing one|cold REGISTRY TRUST AT TURNS DEVICE | all REGISTRY "
			  "TRUST AT THREADS");
	return 0;
}
