/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A GenBank record's annotation in few bytes, and back byte for byte
 * (docs/formats/dna-document.md).
 *
 * What follows from something else is left out: line breaks that a rule makes, and translations of
 * coding sequences, which the molecule has.  Words of the format become one byte each.  Zstandard
 * does the rest, with a dictionary of what is usual in plasmids' annotation, made from a vocabulary
 * that is part of labseal and never changes under its number.
 */
#ifndef LABSEAL_AUDIT_DNA_DOCUMENT_DOCUMENT_H
#define LABSEAL_AUDIT_DNA_DOCUMENT_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buffer.h"
#include "lib/base/error.h"

#define LS_DICTIONARY_NEWEST 1
#define LS_DOCUMENTED_MAX    (4u << 20) /* bytes of annotation, and of bases */

/* What is documented: a record as its signer's file has it, all borrowed. */
struct ls_documented {
	const uint8_t *annotation; /* all before the first line of bases, ORIGIN's included */
	size_t annotation_size;
	const uint8_t *tail; /* behind the last line of bases */
	size_t tail_size;
	const uint8_t *letters; /* the bases in their case; the bases as numbers: */
	const uint8_t *bases;
	size_t n;
	bool circular;
};

/*
 * Append the packed record to out.  What is packed has been unpacked and compared.  0; -EFBIG:
 * more than LS_DOCUMENTED_MAX; out's error; -EIO: the library failed; -ENOMEM.
 */
int ls_document_pack(const struct ls_documented *record, struct ls_buffer *out,
		     struct ls_error *err);

/* What was unpacked, all owned. */
struct ls_document {
	struct ls_buffer annotation, letters, tail;
};
void ls_document_free(struct ls_document *document);
#define _cleanup_document_ __attribute__((cleanup(ls_document_free)))

/*
 * The reverse.  bases: the molecule as it lay in the signer's file; letters of another count than
 * were packed are -EBADMSG.  -ENOTSUP: no such dictionary here, a newer labseal has it; -EBADMSG:
 * no packed record; -EFBIG; -ENOMEM.
 */
int ls_document_unpack(const uint8_t *packed, size_t size, unsigned dictionary,
		       const uint8_t *bases, size_t n, bool circular, struct ls_document *ret,
		       struct ls_error *err);

/*
 * Parts that only chosen readers get: the lines begin..end-1 of the annotation, ascending, are
 * taken out of it, and ls_document_merge() puts them back.  Each is a range of bytes.
 */
struct ls_hidden_range {
	size_t begin, end;
};

/* Append what is left to shown, and what was taken out, with its places, to hidden.  0; -EINVAL:
 * ranges that overlap, or are none; the buffers' errors. */
int ls_document_split(const uint8_t *annotation, size_t size, const struct ls_hidden_range *ranges,
		      size_t count, struct ls_buffer *shown, struct ls_buffer *hidden,
		      struct ls_error *err);
/* Append the whole annotation.  -EBADMSG: hidden is not of this annotation. */
int ls_document_merge(const uint8_t *shown, size_t shown_size, const uint8_t *hidden,
		      size_t hidden_size, struct ls_buffer *out, struct ls_error *err);

#endif
