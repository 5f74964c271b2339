/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/domain_note.h"

#include <stdio.h>
#include <string.h>

#include "policy/domain_reasons.h"
#include "policy/domain_tree.h"

#define SHOWN_SIZE 512

static void text_free(xmlChar **text)
{
	xmlFree(*text);
}
#define _cleanup_xml_text_ __attribute__((cleanup(text_free)))

static bool is_element(const xmlNode *node)
{
	return node->type == XML_ELEMENT_NODE;
}

void ls_audit_enter(const struct ls_audit_place *parent, const xmlNode *node,
		    struct ls_audit_place *ret_place)
{
	unsigned before = 1, after = 0;
	const char *prefix = node->ns && node->ns->prefix ? (const char *)node->ns->prefix : "";
	for (const xmlNode *n = node->prev; n; n = n->prev)
		before += is_element(n) && xmlStrEqual(n->name, node->name);
	for (const xmlNode *n = node->next; n && !after; n = n->next)
		after += is_element(n) && xmlStrEqual(n->name, node->name);
	char index[16] = "";
	if (before + after > 1)
		snprintf(index, sizeof(index), "[%u]", before);
	/* what does not fit is not in any table, and is shown as far as it goes */
	snprintf(ret_place->plain, LS_AUDIT_PATH_SIZE, "%.*s%s%.64s", LS_AUDIT_PATH_SIZE / 2,
		 parent->plain, parent->plain[0] ? "/" : "", (const char *)node->name);
	snprintf(ret_place->shown, LS_AUDIT_PATH_SIZE, "%.*s/%s%s%.64s%s", LS_AUDIT_PATH_SIZE / 2,
		 parent->shown, prefix, prefix[0] ? ":" : "", (const char *)node->name, index);
}

/* The nearest element upwards that has a reason. */
static const struct ls_domain_reason *reason_at(const struct ls_audit_place *place)
{
	char path[LS_AUDIT_PATH_SIZE];
	snprintf(path, sizeof(path), "%s", place->plain);
	for (char *slash; (slash = strrchr(path, '/')); *slash = '\0') {
		const struct ls_domain_reason *reason = ls_domain_reason(slash + 1);
		if (reason)
			return reason;
	}
	return ls_domain_reason("domain");
}

void ls_audit_note(struct ls_audit *a, const char *id, const struct ls_audit_place *place,
		   const char *attribute, const char *found, const char *expected)
{
	char path[2 * LS_AUDIT_PATH_SIZE];
	a->differences++;
	if (!a->list)
		return;
	snprintf(path, sizeof(path), "%s%s%.128s", place->shown, attribute ? "/@" : "",
		 attribute ? attribute : "");
	const struct ls_domain_reason *reason = reason_at(place);
	bool too_much = strcmp(id, "xml.unexpected") == 0 || strcmp(id, "xml.foreign") == 0;
	ls_violation_add(a->list, id, path, found, expected, reason->why,
			 too_much ? reason->remedy : LS_DOMAIN_DEFINE_AGAIN);
}

bool ls_audit_is_decided(const struct ls_audit *a)
{
	return a->list ? a->list->more : a->differences > 0;
}

/* An element's start tag, and those in it, as far as one line goes. */
static void show_element(const xmlNode *node, char *buffer, size_t size)
{
	size_t used = strlen(buffer);
	if (used + 1 >= size)
		return;
	snprintf(buffer + used, size - used, "%s<%.64s", used ? " " : "", (const char *)node->name);
	for (const xmlAttr *attribute = node->properties; attribute; attribute = attribute->next) {
		_cleanup_xml_text_ xmlChar *value = xmlNodeListGetString(node->doc,
									 attribute->children, 1);
		used = strlen(buffer);
		if (!xmlStrEqual(attribute->name, BAD_CAST LS_DOMAIN_OPTIONAL))
			snprintf(buffer + used, size - used, " %.64s='%.128s'",
				 (const char *)attribute->name, value ? (const char *)value : "");
	}
	used = strlen(buffer);
	snprintf(buffer + used, size - used, ">");
	for (const xmlNode *child = node->children; child; child = child->next) {
		used = strlen(buffer);
		if (is_element(child))
			show_element(child, buffer, size);
		else if (child->type == XML_TEXT_NODE)
			snprintf(buffer + used, size - used, "%.128s",
				 (const char *)child->content);
		if (used > SHOWN_SIZE / 2)
			return;
	}
}

void ls_audit_note_element(struct ls_audit *a, const char *id, const struct ls_audit_place *place,
			   const xmlNode *node)
{
	char shown[SHOWN_SIZE] = "";
	bool missing = strcmp(id, "xml.missing") == 0;
	if (a->list)
		show_element(node, shown, sizeof(shown));
	ls_audit_note(a, id, place, NULL, missing ? "nothing" : shown, missing ? shown : "nothing");
}
