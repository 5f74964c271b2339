/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/domain_tree.h"

#include <stdint.h>
#include <string.h>

#include "policy/domain_additions.h"
#include "policy/domain_note.h"
#include "policy/domain_values.h"

#define DEPTH_MAX 24 /* of elements; libvirt's go to about 8 */

static void text_free(xmlChar **text)
{
	xmlFree(*text);
}
#define _cleanup_xml_text_ __attribute__((cleanup(text_free)))

static bool is_element(const xmlNode *node)
{
	return node->type == XML_ELEMENT_NODE;
}

static bool is_named(const xmlNode *node, const char *name)
{
	return is_element(node) && !node->ns && strcmp((const char *)node->name, name) == 0;
}

static bool is_optional(const xmlNode *node)
{
	return xmlHasProp((xmlNode *)node, BAD_CAST LS_DOMAIN_OPTIONAL) != NULL;
}

static void compare(struct ls_audit *a, xmlNode *wanted, xmlNode *seen,
		    const struct ls_audit_place *place, unsigned depth);

static bool is_same(const struct ls_audit *a, xmlNode *wanted, xmlNode *seen,
		    const struct ls_audit_place *place, unsigned depth)
{
	struct ls_audit quiet = { .is_live = a->is_live, .any_folder = a->any_folder };
	compare(&quiet, wanted, seen, place, depth);
	return quiet.differences == 0;
}

/* An element is marked when it has its counterpart; marks last for one comparison of its parent. */
static void clear_marks(xmlNode *parent)
{
	for (xmlNode *n = parent->children; n; n = n->next)
		n->_private = NULL;
}

static bool is_open(const xmlNode *node)
{
	return is_element(node) && !node->_private;
}

static void mark_pair(xmlNode *wanted, xmlNode *seen)
{
	wanted->_private = seen;
	seen->_private = wanted;
}

static void pair_equal(const struct ls_audit *a, xmlNode *wanted, xmlNode *seen,
		       const struct ls_audit_place *place, unsigned depth)
{
	for (xmlNode *w = wanted->children; w; w = w->next) {
		struct ls_audit_place here;
		if (!is_element(w))
			continue;
		ls_audit_enter(place, w, &here);
		for (xmlNode *s = seen->children; s && is_open(w); s = s->next)
			if (is_open(s) && is_named(s, (const char *)w->name) &&
			    is_same(a, w, s, &here, depth + 1))
				mark_pair(w, s);
	}
}

/* Whether an element and all in it are libvirt's doing. */
static const struct ls_domain_addition *added(const struct ls_audit *a, xmlNode *node,
					      const struct ls_audit_place *parent, unsigned depth)
{
	struct ls_audit_place here;
	const struct ls_domain_addition *entry =
		depth < DEPTH_MAX ? ls_domain_addition(parent->plain, node, a->is_live) : NULL;
	if (!entry)
		return NULL;
	ls_audit_enter(parent, node, &here);
	for (xmlNode *child = node->children; child; child = child->next)
		if (child->type == XML_PI_NODE ||
		    (is_element(child) && !added(a, child, &here, depth + 1)))
			return NULL;
	return entry;
}

/* Takes what libvirt added, as often as it may be there. */
static void pass_additions(const struct ls_audit *a, xmlNode *seen,
			   const struct ls_audit_place *place, unsigned depth)
{
	for (xmlNode *s = seen->children; s; s = s->next) {
		const struct ls_domain_addition *entry = is_open(s) ? added(a, s, place, depth)
								    : NULL;
		unsigned before = 0;
		for (const xmlNode *n = entry ? seen->children : NULL; n && n != s; n = n->next)
			before += n->_private == (const void *)entry;
		if (entry && before < entry->max)
			s->_private = (void *)(uintptr_t)entry;
	}
}

/* What tells elements of one name apart is their first attribute. */
static bool is_alike(const xmlNode *wanted, const xmlNode *seen, bool alone)
{
	if (!is_open(seen) || !is_named(seen, (const char *)wanted->name))
		return false;
	if (alone || !wanted->properties)
		return true;
	const xmlChar *name = wanted->properties->name;
	_cleanup_xml_text_ xmlChar *x = xmlGetNoNsProp((xmlNode *)wanted, name);
	_cleanup_xml_text_ xmlChar *y = xmlGetNoNsProp((xmlNode *)seen, name);
	return xmlStrEqual(x, y);
}

static bool is_alone(const xmlNode *wanted)
{
	for (const xmlNode *n = wanted->parent->children; n; n = n->next)
		if (n != wanted && is_named(n, (const char *)wanted->name) && !is_optional(n))
			return false;
	return true;
}

/* What has changed is compared with what it was, so that the change is named. */
static void compare_changed(struct ls_audit *a, xmlNode *wanted, xmlNode *seen,
			    const struct ls_audit_place *place, unsigned depth)
{
	for (xmlNode *w = wanted->children; w && !ls_audit_is_decided(a); w = w->next) {
		struct ls_audit_place here;
		if (!is_open(w) || is_optional(w))
			continue;
		bool alone = is_alone(w);
		xmlNode *s = seen->children;
		while (s && !is_alike(w, s, alone))
			s = s->next;
		ls_audit_enter(place, s ? s : w, &here);
		if (s) {
			mark_pair(w, s);
			compare(a, w, s, &here, depth + 1);
		} else {
			ls_audit_note_element(a, "xml.missing", &here, w);
		}
	}
}

static void note_unexpected(struct ls_audit *a, xmlNode *seen, const struct ls_audit_place *place)
{
	for (xmlNode *s = seen->children; s && !ls_audit_is_decided(a); s = s->next) {
		struct ls_audit_place here;
		if (s->type != XML_PI_NODE && !is_open(s))
			continue;
		ls_audit_enter(place, s, &here);
		ls_audit_note_element(
			a, s->type == XML_PI_NODE || s->ns ? "xml.foreign" : "xml.unexpected",
			&here, s);
	}
}

static void compare(struct ls_audit *a, xmlNode *wanted, xmlNode *seen,
		    const struct ls_audit_place *place, unsigned depth)
{
	ls_audit_values(a, wanted, seen, place);
	if (ls_audit_is_decided(a) || depth >= DEPTH_MAX)
		return;
	clear_marks(wanted);
	clear_marks(seen);
	pair_equal(a, wanted, seen, place, depth);
	pass_additions(a, seen, place, depth);
	compare_changed(a, wanted, seen, place, depth);
	note_unexpected(a, seen, place);
}

void ls_domain_tree_compare(xmlNode *wanted, xmlNode *seen, bool any_folder,
			    struct ls_violations *list)
{
	struct ls_audit_place top = { "", "" }, here;
	struct ls_audit a = { .list = list, .any_folder = any_folder };
	a.is_live = xmlHasNsProp(seen, BAD_CAST "id", NULL) != NULL;
	ls_audit_enter(&top, seen, &here);
	compare(&a, wanted, seen, &here, 0);
}
