/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The notary: has others vouch for the log, an authority for when, witnesses for
 * there being one history only.  It reads the share, speaks with the network, and
 * hands over in a folder of its own; it never waits for anyone, and nobody waits for it.
 *
 *     time-stamp.json   the detail of an event; whoever seals it makes it "stamped"
 *     stamped           the time stamp that was sealed last; modified when it was made
 *     cosigned          the newest checkpoint that witnesses cosigned, with their lines
 *     trouble           a line for people: who does not vouch for the log, and why; empty when all
 *                       do, old or absent when no notary runs
 */
#ifndef LABSEAL_HOST_NOTARY_NOTARY_H
#define LABSEAL_HOST_NOTARY_NOTARY_H

#include <stdbool.h>
#include <stdint.h>

#include "host/notary/tsa_client.h"
#include "lib/net/witness_client.h"
#include "lib/proc/handover.h"

#define LS_NOTARY_TICK_MS    2000
#define LS_NOTARY_TIMEOUT_MS 15000
#define LS_RETRY_FIRST_S     10
#define LS_RETRY_LAST_S	     3600

/* When someone who did not answer is asked again: after 10 s, then twice as long each time. */
struct ls_retry {
	int64_t next;			 /* seconds since 1970; 0: any time */
	int wait;			 /* seconds; 0: all is well */
	char why[LS_ERROR_MESSAGE_SIZE]; /* where it is not */
};
void ls_retry_later(struct ls_retry *retry, int64_t now);
bool ls_retry_is_due(const struct ls_retry *retry,
		     int64_t now); /* also if the clock was set back */

struct ls_notary_witness {
	struct ls_witness_client client;
	struct ls_retry retry;
	struct ls_checkpoint cosigned; /* which its line is for; size 0: none */
	struct ls_buffer line;	       /* owned */
};

struct ls_notary {
	int share_fd, folder_fd; /* borrowed */
	int64_t (*clock)(void);	 /* seconds since 1970 */
	bool stamps;
	struct ls_tsa_client tsa;
	uint64_t every;	  /* seconds */
	uint64_t stamped; /* the size, by this process; 0: none */
	int64_t stamped_at;
	struct ls_retry tsa_retry;
	struct ls_retry way_retry; /* something is where a time stamp is handed over */
	bool is_line_owed;	   /* to the file of what is cosigned */
	struct ls_retry line_retry;
	size_t witness_count;
	struct ls_notary_witness witnesses[LS_WITNESSES_MAX];
	char trouble[LS_HANDOVER_TROUBLE_MAX + 1]; /* as it was written last */
	int64_t trouble_written;		   /* seconds since 1970; 0: never */
};

void ls_notary_free(struct ls_notary *notary);

/* Look once and do what is due; what fails is logged, and tried again. */
void ls_notary_look(struct ls_notary *notary);

/* It begins: what a killed one left half-written goes. */
void ls_notary_begin(const struct ls_notary *notary);

/* It ends: what it says of trouble would soon be old. */
void ls_notary_end(const struct ls_notary *notary);

#endif
