/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PEM blocks (RFC 7468), strictly: lines of 64 base64 characters but for the
 * last, LF line ends, no headers inside, so that one content has one spelling.
 */
#ifndef LABSEAL_LIB_BASE_PEM_H
#define LABSEAL_LIB_BASE_PEM_H

#include <stddef.h>

#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/reader.h"

#define LS_PEM_CERTIFICATE "CERTIFICATE"
#define LS_PEM_PUBLIC_KEY  "PUBLIC KEY"

/* Append a block.  0 or the buffer's error. */
int ls_pem_encode(const char *label, const void *bytes, size_t n, struct ls_buffer *out);

/* Take one block with this label from the reader; append its bytes to out.  0, -EBADMSG, -ENOMEM,
 * -EFBIG. */
int ls_pem_next(struct ls_reader *r, const char *label, struct ls_buffer *out,
		struct ls_error *err);

#endif
