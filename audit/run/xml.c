/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/run/xml.h"

#include <errno.h>
#include <libxml/SAX2.h>
#include <libxml/parserInternals.h>
#include <limits.h>
#include <string.h>

#include "lib/base/buffer.h"

#define PATH_SIZE 1024 /* of all names on the way, with slashes and the NUL */

struct document {
	xmlParserCtxt *parser;
	const struct ls_xml_handler *handler;
	void *context;
	struct ls_error *err;
	int rc;
	char path[PATH_SIZE];
	size_t length;			 /* of the path */
	size_t parent[LS_XML_DEPTH_MAX]; /* length of the path above, by depth */
	size_t depth;
	struct ls_buffer text;
	char said[200]; /* libxml2's first complaint */
	int line;
};

static void stop(struct document *d, int rc)
{
	if (d->rc == 0)
		d->rc = rc;
	xmlStopParser(d->parser);
}

static void text_of(struct document *d, struct ls_xml_node *node)
{
	const char *text = ls_buffer_str(&d->text);
	size_t n = d->text.size;
	while (n > 0 && (unsigned char)text[n - 1] <= ' ')
		n--;
	while (n > 0 && (unsigned char)*text <= ' ')
		text++, n--;
	if (n > 0)
		d->text.data[(size_t)(text - (const char *)d->text.data) + n] = '\0';
	node->text = n > 0 ? text : "";
	node->length = n;
}

static void tell(struct document *d, int (*call)(void *, const struct ls_xml_node *),
		 const struct ls_xml_node *node)
{
	int rc = call ? call(d->context, node) : 0;
	if (rc != 0)
		stop(d, rc);
}

static void on_start(void *user, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
		     int namespace_count, const xmlChar **namespaces, int attribute_count,
		     int defaulted, const xmlChar **attributes)
{
	(void)prefix, (void)uri, (void)namespace_count, (void)namespaces, (void)defaulted;
	struct document *d = user;
	if (d->rc != 0)
		return;
	size_t n = strlen((const char *)name);
	if (d->depth == LS_XML_DEPTH_MAX || n + 2 > PATH_SIZE - d->length) {
		stop(d, ls_fail(d->err, -EFBIG, "report.xml.depth",
				"line %d: elements in more than %d others, or with names too long",
				xmlSAX2GetLineNumber(d->parser), LS_XML_DEPTH_MAX));
		return;
	}
	d->parent[d->depth++] = d->length;
	if (d->length > 0)
		d->path[d->length++] = '/';
	memcpy(d->path + d->length, name, n + 1);
	d->length += n;
	ls_buffer_clear(&d->text);
	tell(d, d->handler->start,
	     &(struct ls_xml_node){ .path = d->path,
				    .text = "",
				    .attributes = attributes,
				    .attribute_count = (size_t)attribute_count });
}

static void on_end(void *user, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
	(void)name, (void)prefix, (void)uri;
	struct document *d = user;
	if (d->rc != 0 || d->depth == 0)
		return;
	struct ls_xml_node node = { .path = d->path };
	text_of(d, &node);
	tell(d, d->handler->end, &node);
	d->length = d->parent[--d->depth];
	d->path[d->length] = '\0';
	ls_buffer_clear(&d->text);
}

static void on_text(void *user, const xmlChar *text, int length)
{
	struct document *d = user;
	if (d->rc != 0 || length <= 0)
		return;
	int rc = ls_buffer_add(&d->text, text, (size_t)length);
	if (rc == -EFBIG)
		stop(d, ls_fail(d->err, rc, "report.xml.text",
				"line %d: an element with more than %zu bytes of text",
				xmlSAX2GetLineNumber(d->parser), LS_XML_TEXT_MAX));
	else if (rc < 0)
		stop(d, ls_fail(d->err, rc, "report.xml.memory", "out of memory"));
}

static void on_doctype(void *user, const xmlChar *name, const xmlChar *external,
		       const xmlChar *system)
{
	(void)name, (void)external, (void)system;
	struct document *d = user;
	if (d->rc == 0)
		stop(d, ls_fail(d->err, -EBADMSG, "report.xml.doctype",
				"line %d: a document type declaration, which no instrument "
				"writes; it is not read",
				xmlSAX2GetLineNumber(d->parser)));
}

static void on_complaint(void *user, xmlError *error)
{
	struct document *d = user;
	if (d->line || error->level < XML_ERR_ERROR)
		return;
	d->line = error->line > 0 ? error->line : 1;
	snprintf(d->said, sizeof(d->said), "%s", error->message ? error->message : "");
	d->said[strcspn(d->said, "\r\n")] = '\0';
}

static void parse(struct document *d)
{
	/*
	 * Options first: setting them changes the SAX table.  NOENT, for "&amp;" in an attribute
	 * would come as "&#38;" without it; there are no other entities, as on_doctype() stops
	 * before the first could be declared.
	 */
	xmlCtxtUseOptions(d->parser, XML_PARSE_NONET | XML_PARSE_NOENT | XML_PARSE_NOERROR |
					     XML_PARSE_NOWARNING);
	xmlSAXHandler *sax = d->parser->sax;
	memset(sax, 0, sizeof(*sax));
	sax->initialized = XML_SAX2_MAGIC;
	sax->startElementNs = on_start;
	sax->endElementNs = on_end;
	sax->characters = on_text;
	sax->cdataBlock = on_text;
	sax->ignorableWhitespace = on_text;
	sax->internalSubset = on_doctype;
	sax->serror = on_complaint;
	d->parser->userData = d;
	xmlParseDocument(d->parser);
	if (d->rc == 0 && !d->parser->wellFormed)
		d->rc = ls_fail(d->err, -EBADMSG, "report.xml.malformed",
				"line %d: no well-formed XML: %s", d->line ? d->line : 1,
				d->said[0] ? d->said : "it is cut short");
}

int ls_xml_read(const void *data, size_t size, const struct ls_xml_handler *handler, void *context,
		struct ls_error *err)
{
	if (size == 0 || size > INT_MAX / 2)
		return ls_fail(err, -EBADMSG, "report.xml.malformed",
			       "line 1: no well-formed XML: %s", size ? "too long" : "it is empty");
	struct document d = { .handler = handler, .context = context, .err = err };
	d.parser = xmlCreateMemoryParserCtxt(data, (int)size);
	if (!d.parser)
		return ls_fail(err, -ENOMEM, "report.xml.memory", "out of memory");
	ls_buffer_init(&d.text, LS_XML_TEXT_MAX);
	parse(&d);
	ls_buffer_free(&d.text);
	xmlFreeDoc(d.parser->myDoc);
	xmlFreeParserCtxt(d.parser);
	return d.rc;
}

const char *ls_xml_attribute(const struct ls_xml_node *node, const char *name, size_t *ret_length)
{
	/* libxml2: local name, prefix, URI, begin and end of the value */
	const xmlChar *const *a = node->attributes;
	for (size_t i = 0; a && i < node->attribute_count; i++, a += 5) {
		if (strcmp((const char *)a[0], name) != 0)
			continue;
		*ret_length = (size_t)(a[4] - a[3]);
		return (const char *)a[3];
	}
	return NULL;
}

bool ls_xml_is(const struct ls_xml_node *node, const char *path)
{
	return strcmp(node->path, path) == 0;
}

bool ls_xml_ends(const struct ls_xml_node *node, const char *tail)
{
	size_t n = strlen(node->path), m = strlen(tail);
	return n > m && node->path[n - m - 1] == '/' && strcmp(node->path + n - m, tail) == 0;
}
