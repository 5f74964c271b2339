/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Countersignatures that are handed in: files NAME.countersign in the state folder's
 * countersign/, where `labseal countersign --hand-in`, or what lab IT sets up, puts
 * them.  labseald opens one at a time, has labseal-countersign look at it, and
 * has the enclave seal what that says; it parses none of it.  A file goes when it
 * is sealed, and is put into countersign/refused/ when it is not to be; one that
 * could not be looked at is tried again.
 */
#ifndef LABSEAL_HOST_SUPERVISOR_COUNTERSIGN_H
#define LABSEAL_HOST_SUPERVISOR_COUNTERSIGN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/hash.h"

#define LS_COUNTERSIGN_PROGRAM	   "labseal-countersign"
#define LS_COUNTERSIGN_SUFFIX	   ".countersign"
#define LS_COUNTERSIGN_REFUSED	   "refused" /* a folder beside them */
#define LS_COUNTERSIGN_REFUSED_MAX 200	 /* files that are kept there; the next one is deleted */
#define LS_COUNTERSIGN_LOOK_MS	   1000	 /* between two looks at the folder */
#define LS_COUNTERSIGN_SETTLED_S   1	 /* a file that changed later is not whole yet */
#define LS_COUNTERSIGN_JUDGE_MS	   20000 /* that looking at one may take */
#define LS_COUNTERSIGN_AGAIN_MS	   60000 /* after one that could not be looked at */
#define LS_COUNTERSIGN_NAME_SIZE   256

/* Where, and for whom; descriptors are borrowed. */
struct ls_countersign_place {
	int state_fd, share_fd;
	const char *instrument;
	bool development;
};

struct ls_countersign {
	pid_t pid;     /* of the process that looks at one; 0: there is none */
	int answer;    /* what it says is written here; 0: there is none */
	bool is_sent;  /* the enclave was told of it */
	int64_t since; /* monotonic, ms: when the process was started */
	int64_t next;  /* monotonic, ms: no look before */
	struct ls_digest key;
	char name[LS_COUNTERSIGN_NAME_SIZE]; /* of the file; "": none is looked at */
};

/*
 * Look for one, when it is time and none is looked at or sent, and start the process; or end a
 * process that takes too long.  0; or an error that is worth telling, after which things go on.
 */
int ls_countersign_look(struct ls_countersign *c, const struct ls_countersign_place *place,
			int64_t now, struct ls_error *err);

/*
 * The process has ended, with this status (waitpid).  0: detail is what is to be sealed under
 * c->key; then say so with ls_countersign_sent.  Otherwise why not: the file was refused
 * (-EBADMSG), or will be looked at again.
 */
int ls_countersign_judged(struct ls_countersign *c, const struct ls_countersign_place *place,
			  int status, int64_t now, struct ls_buffer *detail, struct ls_error *err);
void ls_countersign_sent(struct ls_countersign *c);

/* An event is sealed: if it is this one, the file goes, and 1 is returned; else 0. */
int ls_countersign_sealed(struct ls_countersign *c, const struct ls_countersign_place *place,
			  const struct ls_digest *key, struct ls_error *err);

/* The enclave has ended, or cannot be told: what it was to seal will be looked at again. */
void ls_countersign_again(struct ls_countersign *c);

/* Ends the process. */
void ls_countersign_stop(struct ls_countersign *c);

#endif
