/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Dictionaries: what Zstandard has before it when it packs an annotation.  Made from a vocabulary
 * of labseal's own (vocabulary_1.txt), laid out as GenBank's text and with words as bytes.
 */
#ifndef LABSEAL_AUDIT_DNA_DOCUMENT_DICTIONARY_H
#define LABSEAL_AUDIT_DNA_DOCUMENT_DICTIONARY_H

#include "lib/base/buffer.h"
#include "lib/base/error.h"

#define LS_DICTIONARY_SIZE_MAX (256u << 10)

/* Append the dictionary of this number.  0; -ENOTSUP: there is none, a newer labseal has it;
 * -ENOMEM. */
int ls_dictionary(unsigned number, struct ls_buffer *out, struct ls_error *err);

#endif
