/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A document from outside as a tree of libxml2's: the room's only way from bytes to XML, for what
 * is read and for what is signed, so that the two are never of different trees.
 *
 * A document type declaration is refused, and with it entities, their expansion and all that
 * would be fetched; nothing is ever opened.  Size, depth, elements, attributes and the length of
 * one text are limited.
 */
#ifndef LABSEAL_AUDIT_DCC_TREE_H
#define LABSEAL_AUDIT_DCC_TREE_H

#include <libxml/tree.h>
#include <stdbool.h>
#include <stddef.h>

#include "audit/dcc/memory.h"
#include "lib/base/error.h"

#define LS_DCC_SIZE_MAX	      ((size_t)16 << 20) /* bytes of a document */
#define LS_DCC_DEPTH_MAX      64		 /* elements within one another */
#define LS_DCC_ELEMENTS_MAX   200000
#define LS_DCC_ATTRIBUTES_MAX 32 /* of one element, with its namespaces */

#define LS_DCC_NAMESPACE  "https://ptb.de/dcc"
#define LS_DSI_NAMESPACE  "https://ptb.de/si"
#define LS_DSIG_NAMESPACE "http://www.w3.org/2000/09/xmldsig#"

/*
 * 0 and a tree that xmlFreeDoc() lets go of; -EBADMSG cal.dcc.wrapped (a PKCS#7 or CMS envelope
 * around it), cal.dcc.doctype, cal.dcc.malformed (with the line); -EFBIG cal.dcc.size (one of the
 * limits, which is named); -ENOMEM cal.dcc.memory.
 */
int ls_dcc_tree_read(const void *data, size_t size, xmlDoc **ret_doc, struct ls_error *err);

/* Whether an element has this local name and namespace. */
bool ls_dcc_is(const xmlNode *node, const char *space, const char *name);

/* The first element below node of this name and namespace, or the next one behind it, or NULL. */
xmlNode *ls_dcc_child(const xmlNode *node, const char *space, const char *name);
xmlNode *ls_dcc_next(const xmlNode *node, const char *space, const char *name);

/* The first element below node, or behind it, of any name, or NULL. */
xmlNode *ls_dcc_first_element(const xmlNode *node);
xmlNode *ls_dcc_next_element(const xmlNode *node);

/*
 * The text of an element as one plain line of at most max bytes (ls_text_plain); NULL when node is
 * NULL, "" when nothing is in it.  An attribute's, by local name; NULL when there is none.
 */
const char *ls_dcc_text(struct ls_dcc_memory *m, const xmlNode *node, size_t max);
const char *ls_dcc_attribute(struct ls_dcc_memory *m, const xmlNode *node, const char *name);

#endif
