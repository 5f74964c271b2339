/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What keeps a small secret outside of files and gives it out again in its place alone: a TPM.
 * Rooms that have something to keep know no TPM (docs/architecture.md): a program that can reach
 * one says so at its start, and where none did, whoever asks is told.
 */
#ifndef LABSEAL_LIB_BASE_KEEPER_H
#define LABSEAL_LIB_BASE_KEEPER_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/buffer.h"
#include "lib/base/error.h"

#define LS_KEPT_SIZE_MAX   1200 /* bytes of what stands in a file for a kept secret */
#define LS_KEPT_SECRET_MAX 64	/* bytes of a secret */

struct ls_keeper {
	/*
	 * Keep a secret of 1 to LS_KEPT_SECRET_MAX bytes; what is to be stored for it is appended.
	 * where: as the user named it, NULL for the machine's own.  pcrs: bit i for PCR i of the
	 * SHA-256 bank, whose values of now are needed to get it out; 0: none.  -ENOENT and other
	 * errors of opening; errors of lib/tpm/kept.h.
	 */
	int (*keep)(const char *where, uint32_t pcrs, const void *secret, size_t size,
		    struct ls_buffer *out, struct ls_error *err);
	/* The secret, of exactly this size, which the caller wipes; zero on failure. */
	int (*give)(const char *where, const void *kept, size_t kept_size, void *secret,
		    size_t size, struct ls_error *err);
};

/* This program's; borrowed, and to be said before any thread is started. */
void ls_keeper_set(const struct ls_keeper *keeper);

/* -ENOTSUP ("keeper.none"): this program has none; what: the words of the error. */
int ls_keeper_get(const char *what, const struct ls_keeper **ret, struct ls_error *err);

#endif
