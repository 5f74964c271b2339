/* SPDX-License-Identifier: Apache-2.0 */
/* The attacks, each in a session of its own. */
#ifndef LABSEAL_TESTS_HOSTILE_ATTACKS_H
#define LABSEAL_TESTS_HOSTILE_ATTACKS_H

#include "tests/hostile/guest.h"

typedef void attack(struct guest *g);

/* reading.c */
attack attack_reads; /* reads from the port, every way, and reports what came */

/* bytes.c: what is no frame, or a wrong one */
attack attack_random;  /* random bytes, and as many of one kind */
attack attack_fields;  /* every field of the header at its extremes */
attack attack_claims;  /* every field of the payloads at its extremes */
attack attack_lengths; /* lengths that lie */
attack attack_cut;     /* a right stream cut at every byte, from both ends */
attack attack_slow;    /* half frames and long pauses */

/* files.c: frames that are right, files that are not */
attack attack_hide;	   /* a file that looks like the record of a later refusal */
attack attack_names;	   /* names with all that a name must not have */
attack attack_duplicates;  /* one number for many contents, one file many times */
attack attack_interleaved; /* files mixed, cut, out of order, too many at one time */
attack attack_contents;	   /* other bytes than announced */
attack attack_numbers;	   /* numbers that jump to the end */

/* floods.c: too much of it */
attack attack_space;	 /* files as large as allowed, begun and never ended */
attack attack_begins;	 /* small ones, up to a million */
attack attack_refusals;	 /* files that are refused, each with a name of its own */
attack attack_hellos;	 /* sessions without end */
attack attack_beats;	 /* signs of life and lists of the outbox, all false */
attack attack_flood;	 /* everything at full speed for a while */
attack attack_allowance; /* more files than a day may have; nothing more is accepted then */

#endif
