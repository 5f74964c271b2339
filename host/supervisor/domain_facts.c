/* SPDX-License-Identifier: Apache-2.0 */
#include "host/supervisor/domain_facts.h"

#include <errno.h>
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <stdio.h>
#include <string.h>

#define DEVICE_PATH_SIZE sizeof(((struct ls_domain_facts *)0)->path)

static void document_free(xmlDoc **document)
{
	if (*document)
		xmlFreeDoc(*document);
}
#define _cleanup_document_ __attribute__((cleanup(document_free)))

static void text_free(xmlChar **text)
{
	if (*text)
		xmlFree(*text);
}
#define _cleanup_xml_text_ __attribute__((cleanup(text_free)))

/* No network, no external entity: the text is libvirt's, but nothing else is needed. */
static xmlDoc *read_xml(const char *text)
{
	return xmlReadMemory(text, (int)strlen(text), NULL, NULL,
			     XML_PARSE_NONET | XML_PARSE_NOBLANKS | XML_PARSE_NOERROR |
				     XML_PARSE_NOWARNING | XML_PARSE_NOCDATA);
}

static bool is_named(const xmlNode *node, const char *name)
{
	return node->type == XML_ELEMENT_NODE && strcmp((const char *)node->name, name) == 0;
}

static xmlNode *child_named(xmlNode *parent, const char *name)
{
	xmlNode *child = parent ? parent->children : NULL;
	while (child && !is_named(child, name))
		child = child->next;
	return child;
}

static void copy_attribute(xmlNode *node, const char *name, char *buffer, size_t size)
{
	_cleanup_xml_text_ xmlChar *value = node ? xmlGetProp(node, BAD_CAST name) : NULL;
	snprintf(buffer, size, "%s", value ? (const char *)value : "");
}

/* Kinds of devices over which data can leave or enter. */
static bool is_way(const xmlNode *device)
{
	static const char *const ways[] = { "channel",	 "serial",     "parallel", "console",
					    "interface", "filesystem", "shmem",	   "redirdev",
					    "vsock",	 "smartcard",  "hostdev" };
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		if (is_named(device, ways[i]))
			return true;
	return false;
}

/* A serial port shows up once more as the console that mirrors it: one way, not two. */
static bool is_same_way(const xmlNode *device, const char *path)
{
	char other[DEVICE_PATH_SIZE];
	copy_attribute(child_named((xmlNode *)device, "source"), "path", other, sizeof(other));
	return is_named(device, "console") && strcmp(other, path) == 0;
}

int ls_domain_read_facts(const char *xml, struct ls_domain_facts *ret_facts, struct ls_error *err)
{
	_cleanup_document_ xmlDoc *document = read_xml(xml);
	xmlNode *domain = document ? xmlDocGetRootElement(document) : NULL;
	if (!domain || !is_named(domain, "domain"))
		return ls_fail(err, -EINVAL, "domain.xml", "this is not a domain's XML");
	struct ls_domain_facts facts = { 0 };
	copy_attribute(domain, "type", facts.type, sizeof(facts.type));
	xmlNode *name = child_named(domain, "name");
	_cleanup_xml_text_ xmlChar *text = name ? xmlNodeGetContent(name) : NULL;
	snprintf(facts.name, sizeof(facts.name), "%s", text ? (const char *)text : "");
	xmlNode *devices = child_named(domain, "devices");
	for (xmlNode *d = devices ? devices->children : NULL; d; d = d->next) {
		if (!is_way(d) || (facts.path[0] && is_same_way(d, facts.path)))
			continue;
		char type[sizeof(facts.channel)];
		copy_attribute(d, "type", type, sizeof(type));
		if (facts.channel[0] == '\0' && strcmp(type, "file") == 0) {
			snprintf(facts.channel, sizeof(facts.channel), "%s", type);
			copy_attribute(child_named(d, "source"), "path", facts.path,
				       sizeof(facts.path));
		} else {
			facts.other_ways++;
		}
	}
	*ret_facts = facts;
	return 0;
}
