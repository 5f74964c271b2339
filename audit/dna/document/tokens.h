/* SPDX-License-Identifier: Apache-2.0 */
/* Words of GenBank's format as one byte each; the table is that of dictionary 1. */
#ifndef LABSEAL_AUDIT_DNA_DOCUMENT_TOKENS_H
#define LABSEAL_AUDIT_DNA_DOCUMENT_TOKENS_H

#include "lib/base/buffer.h"

/* Bytes that stand for something else than themselves and a word. */
#define LS_TOKEN_TRANSLATION \
	0x01		       /* a translation that the molecule has; wrap.h and translation.h */
#define LS_TOKEN_AS_IT_IS 0x02 /* a line that no rule breaks */

/* Append text with its words as bytes.  Bytes that are neither text nor of the above are escaped.
 */
int ls_tokens_encode(const uint8_t *text, size_t n, struct ls_buffer *out);
/* The reverse.  -EBADMSG: an unfinished escape, or a byte that no word has. */
int ls_tokens_decode(const uint8_t *bytes, size_t n, struct ls_buffer *out);

#endif
