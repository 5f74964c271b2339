/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of dcc.h: one file reads one part of the document. */
#ifndef LABSEAL_AUDIT_DCC_DCC_INTERNAL_H
#define LABSEAL_AUDIT_DCC_DCC_INTERNAL_H

#include "audit/dcc/dcc.h"
#include "audit/dcc/memory.h"
#include "audit/dcc/tree.h"

#define LS_DCC_NAME_MAX 300  /* bytes of a name */
#define LS_DCC_WORD_MAX 2000 /* bytes of an identifier, a hash, a unit */

struct ls_dcc_file {
	struct ls_dcc dcc;
	struct ls_dcc_memory memory;
	xmlDoc *doc;
	size_t lists; /* numbered so far */
};

/* An array of the model grows by one: `items` and `count` are fields of file->dcc. */
#define LS_DCC_MORE(file, items, count, max)                                                       \
	({                                                                                         \
		void *grown_ = ls_dcc_append(&(file)->memory, (items), &(count), sizeof(*(items)), \
					     (max));                                               \
		if (grown_)                                                                        \
			(items) = grown_;                                                          \
		grown_ ? &(items)[(count)-1] : NULL;                                               \
	})

/* Let the tree go: what was read stays, signatures cannot be checked any more. */
void ls_dcc_drop_tree(struct ls_dcc_file *file);

/* The parts.  What does not fit is noted in file->memory. */
int ls_dcc_read_administrative(struct ls_dcc_file *file, const xmlNode *data, struct ls_error *err);
void ls_dcc_read_results(struct ls_dcc_file *file, const xmlNode *results);

/* One quantity below a dcc:quantity; false when it is no real number, or list of them. */
bool ls_dcc_read_quantity(struct ls_dcc_file *file, const xmlNode *node,
			  struct ls_dcc_quantity *quantity);

/* measuringEquipments, influenceConditions and usedMethods wherever they stand. */
void ls_dcc_read_surroundings(struct ls_dcc_file *file, const xmlNode *node, size_t result);

void ls_dcc_read_identifications(struct ls_dcc_file *file, const xmlNode *node,
				 struct ls_dcc_identifications *ids);

/* A dcc:hashType and what is linked within it.  node NULL: an equipment that names none. */
void ls_dcc_read_link(struct ls_dcc_file *file, const xmlNode *node, struct ls_dcc_link link);

/* A textType: its content in English, or the first. */
const char *ls_dcc_name(struct ls_dcc_file *file, const xmlNode *node);

/* The text of node's child. */
const char *ls_dcc_word(struct ls_dcc_file *file, const xmlNode *node, const char *name);

/* xs:boolean: 1, 0, or -1 when absent or neither. */
int ls_dcc_flag(struct ls_dcc_file *file, const xmlNode *node, const char *name);

/* xs:date; its first second, UTC (a zone is left out: a day is what is meant).  0 or -EBADMSG. */
int ls_dcc_date(const char *text, int64_t *ret_time);

#endif
