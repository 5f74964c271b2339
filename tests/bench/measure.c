/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bench/measure.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/base/exit.h"
#include "lib/base/text.h"

static double seconds(clockid_t clock)
{
	struct timespec t;
	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

double bench_now(void)
{
	return seconds(CLOCK_MONOTONIC);
}

double bench_cpu(void)
{
	return seconds(CLOCK_THREAD_CPUTIME_ID);
}

void bench_add(struct bench *b, double ours, double base)
{
	if (b->rounds == BENCH_ROUNDS_MAX)
		bench_die("more than %d rounds", BENCH_ROUNDS_MAX);
	b->ours[b->rounds] = ours;
	b->base[b->rounds++] = base;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static double middle(const double *values, size_t n)
{
	double sorted[BENCH_ROUNDS_MAX];
	memcpy(sorted, values, n * sizeof(*values));
	qsort(sorted, n, sizeof(*sorted), by_value);
	return n % 2 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
}

static double least(const double *values, size_t n)
{
	double found = values[0];
	for (size_t i = 1; i < n; i++)
		found = values[i] < found ? values[i] : found;
	return found;
}

void bench_report(const struct bench *b)
{
	double ratios[BENCH_ROUNDS_MAX];
	for (size_t i = 0; i < b->rounds; i++)
		ratios[i] = b->base[i] / b->ours[i];
	double ratio = middle(ratios, b->rounds);
	printf("%s: %.2f of %s (fastest runs: %.2f)", b->what, ratio, b->baseline,
	       least(b->base, b->rounds) / least(b->ours, b->rounds));
	if (b->aim > 0)
		printf("; aim %.2f: %s", b->aim, ratio >= b->aim ? "reached" : "missed");
	printf("\n    %.0f against %.0f MB/s, medians of %zu turns\n",
	       (double)b->bytes / middle(b->ours, b->rounds) / 1e6,
	       (double)b->bytes / middle(b->base, b->rounds) / 1e6, b->rounds);
	fflush(stdout);
}

void bench_die(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	fputs("bench: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	exit(LS_EXIT_FAILED);
}

uint64_t bench_setting(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);
	uint64_t value;
	if (!text || !*text)
		return otherwise;
	if (ls_parse_u64(text, strlen(text), &value) < 0)
		bench_die("%s is not a number: '%s'", name, text);
	return value;
}
