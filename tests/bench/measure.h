/* SPDX-License-Identifier: Apache-2.0 */
/* For benches alone: times of two ways to do one thing, taken in turns, and their ratio. */
#ifndef LABSEAL_TESTS_BENCH_MEASURE_H
#define LABSEAL_TESTS_BENCH_MEASURE_H

#include <stddef.h>
#include <stdint.h>

#define BENCH_ROUNDS_MAX 32

struct bench {
	const char *what;	       /* "codec: decode" */
	const char *baseline;	       /* "memcpy + CRC-32C + SHA-256" */
	double aim;		       /* least ratio of rates, ours to the baseline's; 0: none */
	uint64_t bytes;		       /* that one run moves */
	double ours[BENCH_ROUNDS_MAX]; /* seconds */
	double base[BENCH_ROUNDS_MAX];
	size_t rounds;
};

double bench_now(void); /* seconds of a clock that only goes forward */
double bench_cpu(void); /* seconds that this thread worked: others on the machine do not count */

void bench_add(struct bench *b, double ours, double base);

/*
 * Two lines: the median of the ratios of each turn (above 1: faster than the
 * baseline), the ratio of the fastest runs, and whether the aim is reached; then
 * the median rates.
 */
void bench_report(const struct bench *b);

/* Say what failed and end with status 4: a bench that cannot run has nothing to say. */
void bench_die(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

/* The environment's number, or this one; ends the program when it is no number. */
uint64_t bench_setting(const char *name, uint64_t otherwise);

#endif
