/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Time stamps that labseal-notary hands over, in labseald's loop: the file
 * time-stamp.json in the state folder's notary/ is the detail of an event, which
 * goes to the enclave as it is and becomes "stamped" when it is sealed.  Nothing of it is parsed
 * here.
 */
#ifndef LABSEAL_HOST_SUPERVISOR_STAMPS_H
#define LABSEAL_HOST_SUPERVISOR_STAMPS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/hash.h"
#include "policy/policy.h"

#define LS_NOTARY_USER	  "_labseal-notary"
#define LS_STAMPS_LOOK_MS 1000	/* between two looks */
#define LS_NOTARY_GONE_S  300	/* it was heard at least this long ago */
#define LS_STAMPS_REST_MS 10000 /* after one: whoever took the notary over cannot flood the log */

struct ls_stamps {
	int folder_fd; /* -1: the policy asks nobody */
	bool is_sent;  /* the enclave was told of it */
	int64_t next;  /* monotonic ms: no look before */
	struct ls_digest key;
};

/* The notary's folder, made and given to its user when we are root.  The descriptor, -1 when the
 * policy names no one to ask, or (with err) when it cannot be had: things go on without. */
int ls_stamps_open(const struct ls_policy *policy, int state_fd, struct ls_error *err);

/*
 * 1: one waits: detail is what is to be sealed under s->key; then say ls_stamps_sent.  0: there is
 * none, or it is not time.  Else why it cannot be had: no regular file of its own, too long, or
 * errno.
 */
int ls_stamps_look(struct ls_stamps *s, int64_t now, struct ls_buffer *detail,
		   struct ls_error *err);
void ls_stamps_sent(struct ls_stamps *s, int64_t now);

/*
 * An event is done with: if it is this one, its file goes, and 1 is returned; else 0.  Sealed, it
 * is kept under another name: by that the notary knows what was stamped, also if it was killed.
 * Where it cannot be kept it goes, too, and err says why ("stamps.keep") beside the 1; a negative
 * code: the file cannot be removed.
 */
int ls_stamps_done(struct ls_stamps *s, const struct ls_digest *key, bool is_sealed,
		   struct ls_error *err);

/* The enclave has ended: what it was to seal is looked at again. */
void ls_stamps_again(struct ls_stamps *s);

/* When a witness cosigned last, seconds since 1970; 0: never. */
int64_t ls_stamps_cosigned(const struct ls_stamps *s);

/*
 * Who does not vouch for the log at this time (seconds since 1970), in the notary's words, or that
 * no notary runs; one plain line.  "": all do, or the policy asks nobody.  Returns buffer.
 */
const char *ls_stamps_trouble(const struct ls_stamps *s, int64_t now,
			      char buffer[static LS_ERROR_MESSAGE_SIZE]);

#endif
