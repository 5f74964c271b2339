/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Translations of coding sequences, which follow from the molecule: on an unwrapped text (wrap.h)
 * each that does is replaced by LS_TOKEN_TRANSLATION and a digit.  Genetic codes 1 and 11 of NCBI's
 * list, which translate alike.
 */
#ifndef LABSEAL_AUDIT_DNA_DOCUMENT_TRANSLATION_H
#define LABSEAL_AUDIT_DNA_DOCUMENT_TRANSLATION_H

#include <stdbool.h>

#include "lib/base/buffer.h"

struct ls_translated {
	const uint8_t *bases;
	size_t n;
	bool circular;
};

/* Append text without them. */
int ls_translations_drop(const uint8_t *text, size_t n, const struct ls_translated *molecule,
			 struct ls_buffer *out);
/* The reverse.  -EBADMSG: there is none where one should be. */
int ls_translations_restore(const uint8_t *text, size_t n, const struct ls_translated *molecule,
			    struct ls_buffer *out);

#endif
