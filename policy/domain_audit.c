/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/domain_audit.h"

#include <errno.h>
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <stdio.h>
#include <string.h>

#include "policy/domain_tree.h"

#define NODES_MAX    10000
#define EXPECTED_MAX (1 << 18)
#define READ_OPTIONS                                                                      \
	(XML_PARSE_NONET | XML_PARSE_NOBLANKS | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | \
	 XML_PARSE_NOCDATA)

static void document_free(xmlDoc **document)
{
	if (*document)
		xmlFreeDoc(*document);
}
#define _cleanup_document_ __attribute__((cleanup(document_free)))

static void text_free(xmlChar **text)
{
	xmlFree(*text);
}
#define _cleanup_xml_text_ __attribute__((cleanup(text_free)))

static bool is_named(const xmlNode *node, const char *name)
{
	return node->type == XML_ELEMENT_NODE && !node->ns &&
	       strcmp((const char *)node->name, name) == 0;
}

static xmlNode *child_named(const xmlNode *parent, const char *name)
{
	xmlNode *child = parent ? parent->children : NULL;
	while (child && !is_named(child, name))
		child = child->next;
	return child;
}

/* libvirt shows the first serial port a second time, as a console. */
static void expect_console(xmlNode *domain)
{
	xmlNode *devices = child_named(domain, "devices"), *serial = child_named(devices, "serial");
	xmlNode *source = child_named(serial, "source");
	if (!source)
		return;
	xmlNode *console = xmlNewChild(devices, NULL, BAD_CAST "console", NULL);
	_cleanup_xml_text_ xmlChar *type = xmlGetNoNsProp(serial, BAD_CAST "type");
	xmlNewProp(console, BAD_CAST "type", type);
	xmlNewProp(console, BAD_CAST LS_DOMAIN_OPTIONAL, BAD_CAST "yes");
	xmlAddChild(console, xmlCopyNode(source, 1));
	xmlNode *target = xmlNewChild(console, NULL, BAD_CAST "target", NULL);
	xmlNewProp(target, BAD_CAST "type", BAD_CAST "serial");
	xmlNewProp(target, BAD_CAST "port", BAD_CAST "0");
}

/* Elements and texts, as far as they may go. */
static unsigned count_nodes(const xmlNode *node)
{
	unsigned count = 0;
	for (const xmlNode *n = node; n && count <= NODES_MAX;) {
		count++;
		if (n->children && n->type == XML_ELEMENT_NODE) {
			n = n->children;
			continue;
		}
		while (n && n != node && !n->next)
			n = n->parent;
		n = n == node ? NULL : n ? n->next : NULL;
	}
	return count;
}

/* No network, no entity: a document type definition is the way to all of these. */
static int read_xml(const void *xml, size_t size, xmlDoc **ret_document, struct ls_error *err)
{
	if (size > LS_DOMAIN_XML_MAX)
		return ls_fail(err, -EFBIG, "domain.xml",
			       "the XML is larger than %d bytes: this is no domain's",
			       LS_DOMAIN_XML_MAX);
	if (size > 0 && memmem(xml, size, "<!DOCTYPE", 9))
		return ls_fail(err, -EINVAL, "domain.xml",
			       "the XML has a document type definition, which no domain has");
	xmlParserCtxt *parser = xmlNewParserCtxt();
	if (!parser)
		return ls_fail(err, -ENOMEM, "domain.memory", "there is no memory for the XML");
	/* the encoding is said, not found out: nothing hides from the search above */
	xmlDoc *document = xmlCtxtReadMemory(parser, xml, (int)size, NULL, "UTF-8", READ_OPTIONS);
	xmlNode *root = document ? xmlDocGetRootElement(document) : NULL;
	int rc = 0;
	if (!document) {
		const xmlError *e = xmlCtxtGetLastError(parser);
		int length = e && e->message ? (int)strcspn(e->message, "\n") : 0;
		rc = ls_fail(err, -EINVAL, "domain.xml", "this is not XML, in line %d: %.*s",
			     e ? e->line : 0, length, length ? e->message : "");
	} else if (!root || !is_named(root, "domain")) {
		rc = ls_fail(err, -EINVAL, "domain.xml",
			     "this is not a domain's XML: it starts with '%.64s' and not with "
			     "'domain'; 'virsh dumpxml NAME' prints one",
			     root ? (const char *)root->name : "nothing");
	}
	xmlFreeParserCtxt(parser);
	if (rc == 0 && count_nodes(root) > NODES_MAX)
		rc = ls_fail(err, -EFBIG, "domain.xml",
			     "the XML has more than %d elements: this is no domain's", NODES_MAX);
	if (rc < 0 && document)
		xmlFreeDoc(document);
	else if (rc == 0)
		*ret_document = document;
	return rc;
}

int ls_domain_audit(const char *expected, bool any_folder, const void *xml, size_t size,
		    struct ls_violations *list, struct ls_error *err)
{
	_cleanup_document_ xmlDoc *wanted = NULL;
	_cleanup_document_ xmlDoc *seen = NULL;
	int rc = read_xml(expected, strlen(expected), &wanted, err);
	if (rc == 0)
		rc = read_xml(xml, size, &seen, err);
	if (rc < 0)
		return rc;
	xmlNode *domain = xmlDocGetRootElement(wanted), *root = xmlDocGetRootElement(seen);
	expect_console(domain);
	ls_domain_tree_compare(domain, root, any_folder, list);
	return 0;
}

/* Which one the text says, where the policy allows either. */
static int choose_accelerator(const struct ls_policy *policy, const void *xml, size_t size,
			      bool *ret_kvm, struct ls_error *err)
{
	_cleanup_document_ xmlDoc *document = NULL;
	*ret_kvm = policy->vm.type != LS_VM_TCG;
	if (policy->vm.type != LS_VM_AUTO || !ls_policy_may_use_tcg(policy))
		return 0;
	int rc = read_xml(xml, size, &document, err);
	if (rc < 0)
		return rc;
	_cleanup_xml_text_ xmlChar *type = xmlGetNoNsProp(xmlDocGetRootElement(document),
							  BAD_CAST "type");
	*ret_kvm = !xmlStrEqual(type, BAD_CAST "qemu");
	return 0;
}

int ls_domain_expected(const struct ls_policy *policy, const struct ls_domain_paths *paths,
		       const void *xml, size_t size, struct ls_buffer *out, struct ls_error *err)
{
	bool kvm;
	int rc = choose_accelerator(policy, xml, size, &kvm, err);
	return rc < 0 ? rc
		      : ls_domain_xml(policy, kvm, paths ? paths : &ls_domain_paths_canonical, out,
				      err);
}

int ls_domain_audit_policy(const struct ls_policy *policy, const struct ls_domain_paths *paths,
			   const void *xml, size_t size, struct ls_violations *list,
			   struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer expected;
	ls_buffer_init(&expected, EXPECTED_MAX);
	int rc = ls_domain_expected(policy, paths, xml, size, &expected, err);
	if (rc < 0)
		return rc;
	return ls_domain_audit(ls_buffer_str(&expected), !paths, xml, size, list, err);
}
