/* SPDX-License-Identifier: Apache-2.0 */
#include "host/supervisor/domain_compare.h"

#include <errno.h>
#include <inttypes.h>
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"

#define CHILDREN_MAX	 256 /* of one element */
#define PATH_SIZE	 256
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

static bool same_name(const xmlNode *a, const xmlNode *b)
{
	return is_named(a, (const char *)b->name);
}

/* Bytes of an element like <memory unit='MiB'>256</memory>. */
static bool size_in_bytes(xmlNode *node, uint64_t *ret_bytes)
{
	static const struct {
		const char *unit;
		unsigned shift;
	} units[] = { { "b", 0 }, { "KiB", 10 }, { "MiB", 20 }, { "GiB", 30 } };
	_cleanup_xml_text_ xmlChar *unit = xmlGetProp(node, BAD_CAST "unit");
	_cleanup_xml_text_ xmlChar *text = xmlNodeGetContent(node);
	uint64_t number;
	if (!unit || !text ||
	    ls_parse_u64((const char *)text, strlen((const char *)text), &number) < 0)
		return false;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strcmp((const char *)unit, units[i].unit) == 0) {
			*ret_bytes = number << units[i].shift;
			return true;
		}
	return false;
}

static bool has_child_elements(const xmlNode *node)
{
	for (const xmlNode *child = node->children; child; child = child->next)
		if (child->type == XML_ELEMENT_NODE)
			return true;
	return false;
}

static bool same_text(xmlNode *wanted, xmlNode *seen)
{
	if (has_child_elements(wanted))
		return true;
	_cleanup_xml_text_ xmlChar *a = xmlNodeGetContent(wanted);
	_cleanup_xml_text_ xmlChar *b = xmlNodeGetContent(seen);
	return a && b && (a[0] == '\0' || xmlStrEqual(a, b));
}

static bool same_attributes(xmlNode *wanted, xmlNode *seen)
{
	for (const xmlAttr *a = wanted->properties; a; a = a->next) {
		_cleanup_xml_text_ xmlChar *x = xmlGetProp(wanted, a->name);
		_cleanup_xml_text_ xmlChar *y = xmlGetProp(seen, a->name);
		if (!x || !y || !xmlStrEqual(x, y))
			return false;
	}
	return true;
}

static bool contains(xmlNode *wanted, xmlNode *seen, char path[static PATH_SIZE]);

static void extend_path(char path[static PATH_SIZE], const char *base, const xmlNode *node)
{
	_cleanup_xml_text_ xmlChar *type = xmlGetProp((xmlNode *)node, BAD_CAST "type");
	int n = snprintf(path, PATH_SIZE, "%s/%s", base, (const char *)node->name);
	if (type && n > 0 && n < PATH_SIZE)
		snprintf(path + n, (size_t)(PATH_SIZE - n), "[type=%s]", (const char *)type);
}

/* An element of seen that has all of wanted, not yet used for another one. */
static bool find_match(xmlNode *wanted, xmlNode *parent, const xmlNode **used, size_t *used_count,
		       char deepest[static PATH_SIZE])
{
	for (xmlNode *child = parent->children; child; child = child->next) {
		bool taken = !same_name(child, wanted);
		for (size_t i = 0; i < *used_count && !taken; i++)
			taken = used[i] == child;
		if (taken || !contains(wanted, child, deepest))
			continue;
		if (*used_count == CHILDREN_MAX)
			return false;
		used[(*used_count)++] = child;
		return true;
	}
	return false;
}

/* path: where wanted is; on a difference, the path of the deepest element that lacks something. */
static bool contains(xmlNode *wanted, xmlNode *seen, char path[static PATH_SIZE])
{
	uint64_t a, b;
	if (size_in_bytes(wanted, &a) && size_in_bytes(seen, &b))
		return a == b;
	if (!same_attributes(wanted, seen) || !same_text(wanted, seen))
		return false;
	const xmlNode *used[CHILDREN_MAX];
	size_t used_count = 0;
	char base[PATH_SIZE];
	snprintf(base, sizeof(base), "%s", path);
	for (xmlNode *child = wanted->children; child; child = child->next) {
		if (child->type != XML_ELEMENT_NODE)
			continue;
		extend_path(path, base, child);
		if (!find_match(child, seen, used, &used_count, path))
			return false;
	}
	snprintf(path, PATH_SIZE, "%s", base);
	return true;
}

static xmlNode *child_named(xmlNode *parent, const char *name)
{
	xmlNode *child = parent ? parent->children : NULL;
	while (child && !is_named(child, name))
		child = child->next;
	return child;
}

static unsigned count_like(const xmlNode *parent, const xmlNode *like)
{
	unsigned count = 0;
	for (const xmlNode *child = parent ? parent->children : NULL; child; child = child->next)
		count += same_name(child, like);
	return count;
}

static void copy_attribute(xmlNode *node, const char *name, char *buffer, size_t size)
{
	_cleanup_xml_text_ xmlChar *value = node ? xmlGetProp(node, BAD_CAST name) : NULL;
	snprintf(buffer, size, "%s", value ? (const char *)value : "");
}

/* libvirt shows the first serial port a second time, as a console. */
static bool mirrors_serial(const xmlNode *device, xmlNode *wanted)
{
	char path[DEVICE_PATH_SIZE], serial[DEVICE_PATH_SIZE];
	if (!is_named(device, "console"))
		return false;
	copy_attribute(child_named((xmlNode *)device, "source"), "path", path, sizeof(path));
	copy_attribute(child_named(child_named(wanted, "serial"), "source"), "path", serial,
		       sizeof(serial));
	return path[0] && strcmp(path, serial) == 0;
}

/* Controllers carry no data by themselves, and libvirt adds those that devices need. */
static const xmlNode *unexpected_device(xmlNode *wanted, xmlNode *seen)
{
	for (const xmlNode *d = seen ? seen->children : NULL; d; d = d->next)
		if (d->type == XML_ELEMENT_NODE && !is_named(d, "controller") &&
		    !mirrors_serial(d, wanted) && count_like(seen, d) != count_like(wanted, d))
			return d;
	return NULL;
}

int ls_domain_compare(const char *wanted, const char *seen, struct ls_error *err)
{
	_cleanup_document_ xmlDoc *a = read_xml(wanted);
	_cleanup_document_ xmlDoc *b = read_xml(seen);
	xmlNode *x = a ? xmlDocGetRootElement(a) : NULL, *y = b ? xmlDocGetRootElement(b) : NULL;
	if (!x || !y || !is_named(x, "domain") || !is_named(y, "domain"))
		return ls_fail(err, -EINVAL, "domain.xml", "this is not a domain's XML");
	char path[PATH_SIZE] = "domain";
	if (!contains(x, y, path))
		return ls_fail(err, -EBADMSG, "domain.differs",
			       "libvirt did not keep '%s' as it was defined", path);
	const xmlNode *extra = unexpected_device(child_named(x, "devices"),
						 child_named(y, "devices"));
	if (extra)
		return ls_fail(err, -EBADMSG, "domain.differs",
			       "libvirt has a device 'domain/devices/%s' that was not defined",
			       (const char *)extra->name);
	return 0;
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
