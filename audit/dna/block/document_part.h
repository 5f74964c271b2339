/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a block's documentation is made of: parts, each a type (1 byte), a size (2 bytes,
 * big-endian) and bytes.  Types that are not known are skipped by a reader.
 */
#ifndef LABSEAL_AUDIT_DNA_BLOCK_DOCUMENT_PART_H
#define LABSEAL_AUDIT_DNA_BLOCK_DOCUMENT_PART_H

#include "lib/base/buffer.h"
#include "lib/base/reader.h"

enum ls_document_type {
	LS_DOCUMENT_ORIGIN = 1, /* 4 bytes: the base, from 1, before which the block was put in the
				   signer's file */
	LS_DOCUMENT_ANNOTATION = 2, /* compressed annotation text (audit/dna/document) */
	LS_DOCUMENT_EDITS = 3,	    /* what a later signer changed (edits.h) */
	LS_DOCUMENT_READERS = 4,    /* annotation for chosen readers (audit/dna/document) */
};

struct ls_document_part {
	uint8_t type;
	const uint8_t *bytes; /* borrowed */
	size_t size;
};

/* 0, -EBADMSG. */
int ls_document_part_next(struct ls_reader *r, struct ls_document_part *ret);
/* 0, -EFBIG (more than 65535 bytes), or the buffer's error. */
int ls_document_part_add(struct ls_buffer *document, uint8_t type, const void *bytes, size_t n);

#endif
