/* SPDX-License-Identifier: Apache-2.0 */
/* Asking a witness for its cosignature (C2SP tlog-witness, add-checkpoint). */
#ifndef LABSEAL_LIB_NET_WITNESS_CLIENT_H
#define LABSEAL_LIB_NET_WITNESS_CLIENT_H

#include "lib/log/cosignature.h"
#include "lib/log/folder.h"

#define LS_COSIGNATURES_MAX 16384 /* bytes of an answer */
#define LS_WITNESS_SKEW_S   300	  /* that a witness's clock may differ from ours */

struct ls_witness_client {
	struct ls_witness_key key;
	const char *url;
	uint64_t known; /* the size that the witness cosigned last, as far as we know */
	uint64_t
		ahead; /* with -ESTALE: the size above the checkpoint's that it cosigned; 0: none */
	long timeout_ms;
};

/*
 * Its cosignature of this checkpoint: the line, checked, is appended to line.  When the
 * witness knows another size than was thought, it is asked again from there, once.
 * 0; errors of ls_http_post; -EBADMSG: what it sent is not its cosignature of this
 * checkpoint at the time when it came (clock: seconds since 1970); -EPERM: it does not know the
 * log, or its key; -ESTALE: it cosigned a newer checkpoint, or another of this size,
 * "witness.fork": the log was rolled back, or is not the one it was (or has grown meanwhile to
 * client->ahead, and somebody else had that cosigned); -EIO: another answer.
 */
int ls_witness_ask(struct ls_witness_client *client, int share_fd, const struct ls_own_note *note,
		   int64_t (*clock)(void), struct ls_buffer *line, struct ls_error *err);

/* The body of a 409: decimal and LF.  0 or -EBADMSG. */
int ls_witness_size_parse(const void *bytes, size_t size, uint64_t *ret_size);

/* The lines of a 200: all of this witness's are checked, the newest is appended to line.  0 or as
 * above. */
int ls_witness_lines_take(const struct ls_witness_key *key, const struct ls_own_note *note,
			  const void *bytes, size_t size, int64_t now, struct ls_buffer *line,
			  struct ls_error *err);

#endif
