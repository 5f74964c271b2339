/* SPDX-License-Identifier: Apache-2.0 */
/* DER (X.690, section 10) as far as a CMS signature needs it: definite, shortest lengths. */
#ifndef LABSEAL_LIB_SEAL_DER_H
#define LABSEAL_LIB_SEAL_DER_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/buffer.h"
#include "lib/base/reader.h"

enum ls_der_tag {
	LS_DER_INTEGER = 0x02,
	LS_DER_OCTET_STRING = 0x04,
	LS_DER_OID = 0x06,
	LS_DER_UTC_TIME = 0x17,
	LS_DER_GENERALIZED_TIME = 0x18,
	LS_DER_SEQUENCE = 0x30,
	LS_DER_SET = 0x31,
	LS_DER_CONTEXT_0 = 0xa0, /* [0], constructed */
};

/* Append tag, length and content.  0 or the buffer's error. */
int ls_der_put(struct ls_buffer *out, uint8_t tag, const void *content, size_t n);

/* Make what was appended since `start` (an out->size of before) the content of this tag. */
int ls_der_wrap(struct ls_buffer *out, size_t start, uint8_t tag);

/* Take one value with this tag; content reads inside it.  0 or -EBADMSG, nothing then taken. */
int ls_der_next(struct ls_reader *r, uint8_t tag, struct ls_reader *ret_content);

#endif
