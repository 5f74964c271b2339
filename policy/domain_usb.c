/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/domain_usb.h"

#include <errno.h>
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"

static void document_free(xmlDoc **document)
{
	if (*document)
		xmlFreeDoc(*document);
}
#define _cleanup_document_ __attribute__((cleanup(document_free)))

void ls_domain_usb_free(struct ls_domain_usb *usb)
{
	for (size_t i = 0; i < usb->count; i++)
		free(usb->at[i]);
	usb->count = 0;
}

static int no_machine(struct ls_error *err)
{
	return ls_fail(err, -EINVAL, "domain.usb", "this is not the XML of a machine of labseal's");
}

static xmlNode *child_named(const xmlNode *parent, const char *name)
{
	xmlNode *child = parent ? parent->children : NULL;
	while (child &&
	       (child->type != XML_ELEMENT_NODE || strcmp((const char *)child->name, name) != 0))
		child = child->next;
	return child;
}

static bool is_usb(const xmlNode *node)
{
	xmlChar *type = node->type == XML_ELEMENT_NODE &&
					strcmp((const char *)node->name, "hostdev") == 0
				? xmlGetNoNsProp((xmlNode *)node, BAD_CAST "type")
				: NULL;
	bool is = xmlStrEqual(type, BAD_CAST "usb");
	xmlFree(type);
	return is;
}

/* ret_devices: where its USB devices are. */
static int read_machine(const char *xml, xmlDoc **ret_document, xmlNode **ret_devices,
			struct ls_error *err)
{
	xmlDoc *document = xmlReadMemory(xml, (int)strlen(xml), NULL, "UTF-8",
					 XML_PARSE_NONET | XML_PARSE_NOBLANKS | XML_PARSE_NOERROR |
						 XML_PARSE_NOWARNING);
	*ret_document = document;
	*ret_devices = document ? child_named(xmlDocGetRootElement(document), "devices") : NULL;
	return *ret_devices ? 0 : no_machine(err);
}

/* --- the difference ----------------------------------------------------------------------- */

static int add(struct ls_domain_usb *list, char *text)
{
	if (!text || list->count == LS_POLICY_USB_MAX) {
		free(text);
		return text ? -EINVAL : -ENOMEM;
	}
	list->at[list->count++] = text;
	return 0;
}

static char *node_text(xmlDoc *document, xmlNode *node)
{
	xmlBuffer *buffer = xmlBufferCreate();
	char *text = buffer && xmlNodeDump(buffer, document, node, 0, 0) >= 0
			     ? strdup((const char *)xmlBufferContent(buffer))
			     : NULL;
	xmlBufferFree(buffer);
	return text;
}

/* Out of the document, which is then what the machine is besides. */
static int take_usb(xmlDoc *document, xmlNode *devices, struct ls_domain_usb *list)
{
	int rc = 0;
	for (xmlNode *next, *node = devices->children; rc == 0 && node; node = next) {
		next = node->next;
		if (!is_usb(node))
			continue;
		rc = add(list, node_text(document, node));
		xmlUnlinkNode(node);
		xmlFreeNode(node);
	}
	return rc;
}

static bool is_same(xmlDoc *a, xmlDoc *b)
{
	char *x = node_text(a, xmlDocGetRootElement(a)), *y = node_text(b, xmlDocGetRootElement(b));
	bool is = x && y && strcmp(x, y) == 0;
	free(x);
	free(y);
	return is;
}

static bool has(const struct ls_domain_usb *list, const char *text)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->at[i], text) == 0)
			return true;
	return false;
}

static int copy_without(const struct ls_domain_usb *from, const struct ls_domain_usb *without,
			struct ls_domain_usb *to)
{
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < from->count; i++)
		if (!has(without, from->at[i]))
			rc = add(to, strdup(from->at[i]));
	return rc;
}

int ls_domain_usb_difference(const char *before, const char *after, struct ls_domain_usb *ret_less,
			     struct ls_domain_usb *ret_more, struct ls_error *err)
{
	_cleanup_document_ xmlDoc *a = NULL;
	_cleanup_document_ xmlDoc *b = NULL;
	_cleanup_domain_usb_ struct ls_domain_usb old = { 0 }, new = { 0 };
	xmlNode *old_devices, *new_devices;
	ret_less->count = ret_more->count = 0;
	int rc = read_machine(before, &a, &old_devices, err);
	if (rc == 0)
		rc = read_machine(after, &b, &new_devices, err);
	if (rc < 0)
		return rc;
	rc = take_usb(a, old_devices, &old);
	if (rc == 0)
		rc = take_usb(b, new_devices, &new);
	if (rc == 0)
		rc = copy_without(&old, &new, ret_less);
	if (rc == 0)
		rc = copy_without(&new, &old, ret_more);
	if (rc < 0)
		return ls_fail_errno(err, -rc, "domain.usb", "cannot compare the USB devices");
	return is_same(a, b) ? 0
			     : ls_fail(err, -EINVAL, "domain.usb",
				       "the machine would differ in more than its USB devices");
}

/* --- places ------------------------------------------------------------------------------- */

static unsigned number(xmlNode *node, const char *name)
{
	uint64_t value = 0;
	xmlChar *text = node ? xmlGetNoNsProp(node, BAD_CAST name) : NULL;
	if (!text || ls_parse_u64((const char *)text, strlen((const char *)text), &value) < 0 ||
	    value > 999)
		value = 0;
	xmlFree(text);
	return (unsigned)value;
}

/* "0x04b4" of <vendor id='0x04b4'/> is "04b4". */
static bool has_id(const xmlNode *source, const char *name, const char *id)
{
	xmlNode *node = child_named(source, name);
	xmlChar *text = node ? xmlGetNoNsProp(node, BAD_CAST "id") : NULL;
	bool is = text && strncmp((const char *)text, "0x", 2) == 0 &&
		  strlen((const char *)text) == 6 && memcmp(text + 2, id, 4) == 0;
	xmlFree(text);
	return is;
}

/* Of two alike the order is the policy's. */
static void note_place(const struct ls_policy *policy, const xmlNode *hostdev,
		       struct ls_usb_place *places)
{
	const xmlNode *source = child_named(hostdev, "source");
	xmlNode *address = child_named(source, "address");
	for (size_t i = 0; i < policy->vm.usb_count; i++) {
		const char *id = policy->vm.usb[i].id;
		if (places[i].bus > 0 || !has_id(source, "vendor", id) ||
		    !has_id(source, "product", id + 5))
			continue;
		places[i].bus = number(address, "bus");
		places[i].device = number(address, "device");
		return;
	}
}

int ls_domain_usb_places(const struct ls_policy *policy, const char *xml,
			 struct ls_usb_place ret_places[static LS_POLICY_USB_MAX],
			 struct ls_error *err)
{
	_cleanup_document_ xmlDoc *document = NULL;
	xmlNode *devices;
	memset(ret_places, 0, LS_POLICY_USB_MAX * sizeof(*ret_places));
	int rc = read_machine(xml, &document, &devices, err);
	for (const xmlNode *node = rc == 0 ? devices->children : NULL; node; node = node->next)
		if (is_usb(node))
			note_place(policy, node, ret_places);
	return rc;
}
