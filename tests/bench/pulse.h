/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For benches alone: what one ECDSA P-256 verification by OpenSSL costs while something else runs.
 * A machine that is not alone on its host is faster in one minute than in the next: a limit that
 * was measured before, or after, is not that of the work between.  A thread of its own verifies
 * some signatures every now and then, and counts its own time of the processor.
 */
#ifndef LABSEAL_TESTS_BENCH_PULSE_H
#define LABSEAL_TESTS_BENCH_PULSE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

struct bench_pulse {
	pthread_t thread;
	atomic_bool ended;
	double verified, processor; /* of the thread, once it has ended; seconds */
};

/* Ends the program when it cannot. */
void bench_pulse_begin(struct bench_pulse *pulse);
void bench_pulse_end(struct bench_pulse *pulse);

#endif
