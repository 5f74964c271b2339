/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text encodings that export files come in, made UTF-8 with LF line ends.
 *
 * Done here and not by iconv(), which opens its tables as files when it meets
 * an encoding: the parser runs where nothing can be opened.
 */
#ifndef LABSEAL_AUDIT_RUN_ENCODING_H
#define LABSEAL_AUDIT_RUN_ENCODING_H

#include <stddef.h>

#include "lib/base/buffer.h"

enum ls_encoding {
	LS_ENCODING_UTF8,
	LS_ENCODING_UTF16_LE,
	LS_ENCODING_UTF16_BE,
	LS_ENCODING_WINDOWS_1252 /* and Latin-1, whose letters are the same */
};

/*
 * By the byte order mark; without one, UTF-16 by its zero bytes, UTF-8 when the
 * whole text is well-formed UTF-8, else Windows-1252, in which every byte is
 * something.
 */
enum ls_encoding ls_encoding_guess(const void *data, size_t size);

/*
 * Append as UTF-8, without byte order mark and NUL; CR LF and CR alone become LF.  What is no
 * character (unpaired surrogates, an odd last byte) becomes U+FFFD.  0, -EFBIG or -ENOMEM.
 */
int ls_encoding_decode(const void *data, size_t size, enum ls_encoding encoding,
		       struct ls_buffer *out);

#endif
