/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dcc/tree.h"

#include <errno.h>
#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <string.h>

#include "lib/base/buffer.h"
#include "lib/base/text.h"

#define ATTRIBUTE_MAX 1000 /* bytes of one that is kept */

struct reading {
	struct ls_error *err;
	int rc;
	size_t depth, elements;
	int line; /* of libxml2's first complaint */
	char said[200];
};

static struct reading *reading_of(void *context)
{
	return ((xmlParserCtxt *)context)->_private;
}

static void stop(xmlParserCtxt *parser, int rc)
{
	reading_of(parser)->rc = rc;
	xmlStopParser(parser);
}

static void on_start(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
		     int namespace_count, const xmlChar **namespaces, int attribute_count,
		     int defaulted, const xmlChar **attributes)
{
	struct reading *r = reading_of(context);
	if (r->rc != 0)
		return;
	if (r->depth == LS_DCC_DEPTH_MAX || r->elements == LS_DCC_ELEMENTS_MAX ||
	    namespace_count + attribute_count > LS_DCC_ATTRIBUTES_MAX) {
		stop(context,
		     ls_fail(r->err, -EFBIG, "cal.dcc.size",
			     "line %d: more than %d elements within one another, %d in all, "
			     "or %d attributes of one: no certificate has as many",
			     xmlSAX2GetLineNumber(context), LS_DCC_DEPTH_MAX, LS_DCC_ELEMENTS_MAX,
			     LS_DCC_ATTRIBUTES_MAX));
		return;
	}
	r->depth++;
	r->elements++;
	xmlSAX2StartElementNs(context, name, prefix, uri, namespace_count, namespaces,
			      attribute_count, defaulted, attributes);
}

static void on_end(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
	struct reading *r = reading_of(context);
	if (r->rc != 0 || r->depth == 0)
		return;
	r->depth--;
	xmlSAX2EndElementNs(context, name, prefix, uri);
}

static void on_doctype(void *context, const xmlChar *name, const xmlChar *external,
		       const xmlChar *system)
{
	(void)name, (void)external, (void)system;
	struct reading *r = reading_of(context);
	if (r->rc == 0)
		stop(context, ls_fail(r->err, -EBADMSG, "cal.dcc.doctype",
				      "line %d: a document type declaration, which no certificate "
				      "has; it is not read",
				      xmlSAX2GetLineNumber(context)));
}

static void on_complaint(void *context, xmlError *error)
{
	struct reading *r = reading_of(context);
	if (r->line || error->level < XML_ERR_ERROR)
		return;
	r->line = error->line > 0 ? error->line : 1;
	snprintf(r->said, sizeof(r->said), "%s", error->message ? error->message : "");
	r->said[strcspn(r->said, "\r\n")] = '\0';
}

static int parse(xmlParserCtxt *parser, struct reading *r)
{
	/*
	 * Options first: setting them changes the SAX table.  NOENT, for the predefined entities
	 * would stay references without it, and no others can be declared.
	 */
	xmlCtxtUseOptions(parser, XML_PARSE_NONET | XML_PARSE_NOENT | XML_PARSE_NOERROR |
					  XML_PARSE_NOWARNING);
	parser->_private = r;
	parser->sax->startElementNs = on_start;
	parser->sax->endElementNs = on_end;
	parser->sax->internalSubset = on_doctype;
	parser->sax->serror = on_complaint;
	xmlParseDocument(parser);
	if (r->rc != 0)
		return r->rc;
	if (!parser->wellFormed || !parser->myDoc || !xmlDocGetRootElement(parser->myDoc))
		return ls_fail(r->err, -EBADMSG, "cal.dcc.malformed",
			       "line %d: no well-formed XML: %s", r->line ? r->line : 1,
			       r->said[0] ? r->said : "it is cut short");
	return 0;
}

/* A SEQUENCE that begins with the object identifier of PKCS#7's signedData, or its PEM armour. */
static bool is_wrapped(const uint8_t *data, size_t size)
{
	static const uint8_t oid[] = { 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07 };
	static const char *const armour[] = { "-----BEGIN PKCS7", "-----BEGIN CMS",
					      "MIME-Version:" };
	for (size_t i = 0; i < sizeof(armour) / sizeof(armour[0]); i++)
		if (size > strlen(armour[i]) && memcmp(data, armour[i], strlen(armour[i])) == 0)
			return true;
	return size > 32 && data[0] == 0x30 && memmem(data, 32, oid, sizeof(oid)) != NULL;
}

static int check_bytes(const void *data, size_t size, struct ls_error *err)
{
	if (size == 0)
		return ls_fail(err, -EBADMSG, "cal.dcc.malformed",
			       "line 1: no well-formed XML: it is empty");
	if (size > LS_DCC_SIZE_MAX)
		return ls_fail(err, -EFBIG, "cal.dcc.size", "it is longer than %zu bytes",
			       LS_DCC_SIZE_MAX);
	if (is_wrapped(data, size))
		return ls_fail(
			err, -EBADMSG, "cal.dcc.wrapped",
			"it is wrapped in a PKCS#7 or CMS envelope, whose signature is not "
			"checked: take the XML out of it (openssl cms -verify) and give that");
	return 0;
}

int ls_dcc_tree_read(const void *data, size_t size, xmlDoc **ret_doc, struct ls_error *err)
{
	int rc = check_bytes(data, size, err);
	if (rc < 0)
		return rc;
	struct reading r = { .err = err };
	xmlParserCtxt *parser = xmlCreateMemoryParserCtxt(data, (int)size);
	if (!parser)
		return ls_fail(err, -ENOMEM, "cal.dcc.memory", "out of memory for a certificate");
	rc = parse(parser, &r);
	xmlDoc *doc = parser->myDoc;
	parser->myDoc = NULL;
	xmlFreeParserCtxt(parser);
	if (rc < 0)
		xmlFreeDoc(doc);
	else
		*ret_doc = doc;
	return rc;
}

bool ls_dcc_is(const xmlNode *node, const char *space, const char *name)
{
	return node && node->type == XML_ELEMENT_NODE && node->ns && node->ns->href &&
	       strcmp((const char *)node->name, name) == 0 &&
	       strcmp((const char *)node->ns->href, space) == 0;
}

static xmlNode *from(xmlNode *node, const char *space, const char *name)
{
	while (node && !ls_dcc_is(node, space, name))
		node = node->next;
	return node;
}

xmlNode *ls_dcc_child(const xmlNode *node, const char *space, const char *name)
{
	return node ? from(node->children, space, name) : NULL;
}

xmlNode *ls_dcc_next(const xmlNode *node, const char *space, const char *name)
{
	return from(node->next, space, name);
}

static xmlNode *element_from(xmlNode *node)
{
	while (node && node->type != XML_ELEMENT_NODE)
		node = node->next;
	return node;
}

xmlNode *ls_dcc_first_element(const xmlNode *node)
{
	return node ? element_from(node->children) : NULL;
}

xmlNode *ls_dcc_next_element(const xmlNode *node)
{
	return element_from(node->next);
}

static const char *keep_plain(struct ls_dcc_memory *m, const char *text, size_t max)
{
	struct ls_buffer plain;
	ls_buffer_init(&plain, max);
	(void)ls_text_plain(text, strlen(text), max, &plain);
	const char *kept = ls_dcc_keep(m, ls_buffer_str(&plain), plain.size);
	ls_buffer_free(&plain);
	return kept;
}

const char *ls_dcc_text(struct ls_dcc_memory *m, const xmlNode *node, size_t max)
{
	if (!node)
		return NULL;
	xmlChar *text = xmlNodeGetContent(node);
	const char *kept = text ? keep_plain(m, (const char *)text, max) : "";
	xmlFree(text);
	return kept;
}

const char *ls_dcc_attribute(struct ls_dcc_memory *m, const xmlNode *node, const char *name)
{
	xmlChar *text = xmlGetNoNsProp(node, (const xmlChar *)name);
	const char *kept = text ? keep_plain(m, (const char *)text, ATTRIBUTE_MAX) : NULL;
	xmlFree(text);
	return kept;
}
