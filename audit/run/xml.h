/* SPDX-License-Identifier: Apache-2.0 */
/*
 * XML from outside, element by element, through libxml2's SAX interface.
 *
 * No tree is built, so memory does not grow with the document.  A document
 * type declaration is refused: with it go entities, their expansion, and
 * everything that would be fetched.  Nothing is ever opened.  Depth, text and
 * size are limited.  Namespaces are left out: names are local names.
 */
#ifndef LABSEAL_AUDIT_RUN_XML_H
#define LABSEAL_AUDIT_RUN_XML_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/error.h"

#define LS_XML_DEPTH_MAX 32
#define LS_XML_TEXT_MAX	 ((size_t)8 << 20) /* bytes of one element's text */

struct ls_xml_node {
	const char *path;	/* from the root: "rdml/experiment/run" */
	const char *text;	/* UTF-8, trimmed, a string; "" at the start of an element */
	size_t length;		/* of the text */
	const void *attributes; /* for ls_xml_attribute(); NULL at the end of an element */
	size_t attribute_count;
};

/* Called at each element's start and end, 0 to go on; anything else ends ls_xml_read() with it. */
struct ls_xml_handler {
	int (*start)(void *context, const struct ls_xml_node *node); /* may be NULL */
	int (*end)(void *context, const struct ls_xml_node *node);
};

/*
 * Read a whole document.  context goes to the handler.  The text of an element
 * is what stands behind its last child.  0, what a handler returned, or
 * -EBADMSG report.xml.malformed (with the line) or report.xml.doctype, -EFBIG
 * report.xml.depth or report.xml.text, -ENOMEM report.xml.memory.
 */
int ls_xml_read(const void *data, size_t size, const struct ls_xml_handler *handler, void *context,
		struct ls_error *err);

/* An attribute's value, not terminated, or NULL when the element has none of this name. */
const char *ls_xml_attribute(const struct ls_xml_node *node, const char *name, size_t *ret_length);

/* Whether the path is this one, and whether it ends in "/" and this one. */
bool ls_xml_is(const struct ls_xml_node *node, const char *path);
bool ls_xml_ends(const struct ls_xml_node *node, const char *tail);

#endif
