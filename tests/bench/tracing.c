/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For 60-calibration.sh: what a trace costs, next to the signature checks alone.
 *
 *     tracing one REGISTRY TRUST AT TURNS DEVICE   open, first (cold) and later (warm) traces
 *     tracing all REGISTRY TRUST AT THREADS        each device of the registry
 *
 * Prints "name value" lines; times are seconds of the processor, medians of the
 * turns; of the whole registry by the clock, too.  Cold: a registry that was
 * just opened and an engine that has verified nothing; warm: the same one asked again.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "audit/cal/session.h"
#include "audit/cal/sweep.h"
#include "lib/base/number.h"
#include "lib/base/text.h"
#include "tests/bench/measure.h"

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

static void open_session(char **argv, struct ls_cal_session *session)
{
	const struct ls_cal_sources sources = { .registry = argv[0],
						.trust = argv[1],
						.at = argv[2] };
	if (ls_cal_session_open(&command, &sources, session) != 0)
		bench_die("the registry '%s' cannot be opened", argv[0]);
}

static double trace(struct ls_cal_session *session, const char *device, unsigned *ret_depth)
{
	struct ls_error err = { 0 };
	struct ls_cal_result result;
	double start = bench_cpu();
	if (ls_cal_trace(session->worker, device, NULL, &result, &err) < 0)
		bench_die("%s", err.message);
	double took = bench_cpu() - start;
	if (result.verdict != LS_CAL_TRACEABLE)
		bench_die("'%s' is %s", device, ls_cal_verdict_name(result.verdict));
	*ret_depth = result.depth;
	ls_cal_result_free(&result);
	return took;
}

static void one(char **argv)
{
	double opened[TURNS_MAX], cold[TURNS_MAX], warm[TURNS_MAX * 2];
	size_t turns = (size_t)number(argv[3], TURNS_MAX);
	unsigned depth = 0;
	uint64_t signatures = 0;
	for (size_t i = 0; i < turns; i++) {
		struct ls_cal_session session;
		double start = bench_cpu();
		open_session(argv, &session);
		opened[i] = bench_cpu() - start;
		uint64_t before = ls_cal_worker_signatures(session.worker);
		cold[i] = trace(&session, argv[4], &depth);
		signatures = ls_cal_worker_signatures(session.worker) - before;
		double many[WARM_TURNS];
		for (size_t j = 0; j < WARM_TURNS; j++)
			many[j] = trace(&session, argv[4], &depth);
		warm[i] = median(many, WARM_TURNS);
		ls_cal_session_close(&session);
	}
	printf("links %u\nsignatures %llu\nopen %.9f\ncold %.9f\nwarm %.9f\n", depth,
	       (unsigned long long)signatures, median(opened, turns), median(cold, turns),
	       median(warm, turns));
}

static void all(char **argv)
{
	struct ls_error err = { 0 };
	struct ls_cal_session session;
	struct ls_cal_sweep sweep;
	struct rusage usage;
	size_t traceable = 0;
	const struct ls_cal_sweep_options options = { .threads = (unsigned)number(argv[3], 64) };
	open_session(argv, &session);
	double start = bench_now();
	if (ls_cal_sweep(&session, &options, &sweep, &err) < 0)
		bench_die("%s", err.message);
	double took = bench_now() - start;
	for (size_t i = 0; i < sweep.count; i++)
		traceable += sweep.devices[i].summary.verdict == LS_CAL_TRACEABLE;
	getrusage(RUSAGE_SELF, &usage);
	printf("devices %zu\ntraceable %zu\nsignatures %llu\nseconds %.6f\nprocessor "
	       "%.6f\nkilobytes "
	       "%ld\n",
	       sweep.count, traceable, (unsigned long long)sweep.signatures, took,
	       (double)usage.ru_utime.tv_sec + (double)usage.ru_utime.tv_usec / 1e6 +
		       (double)usage.ru_stime.tv_sec + (double)usage.ru_stime.tv_usec / 1e6,
	       usage.ru_maxrss);
	ls_cal_sweep_free(&sweep);
	ls_cal_session_close(&session);
}

int main(int argc, char **argv)
{
	if (argc == 7 && strcmp(argv[1], "one") == 0)
		one(argv + 2);
	else if (argc == 6 && strcmp(argv[1], "all") == 0)
		all(argv + 2);
	else
		bench_die(
			"usage: tracing one REGISTRY TRUST AT TURNS DEVICE | all REGISTRY TRUST AT "
			"THREADS");
	return 0;
}
