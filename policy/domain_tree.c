/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/domain_tree.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/buffer.h"
#include "lib/base/text.h"
#include "policy/domain_additions.h"
#include "policy/domain_reasons.h"

#define PATH_SIZE  256
#define DEPTH_MAX  24 /* of elements; libvirt's go to about 8 */
#define TEXT_MAX   (1 << 20)
#define SHOWN_SIZE 512
#define CANONICAL  "/run/labseal/"

struct audit {
	struct ls_violations *list; /* NULL: only whether there is a difference */
	bool is_live, any_folder;
	size_t differences;
};

/* Where we are, for the tables ("domain/devices/disk") and for people ("/domain/devices/disk[2]").
 */
struct place {
	char plain[PATH_SIZE], shown[PATH_SIZE];
};

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

/* --- places ------------------------------------------------------------------ */

/* "disk[2]" where there are several, "disk" where there is one. */
static void enter(const struct place *parent, const xmlNode *node, struct place *ret_place)
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
	snprintf(ret_place->plain, PATH_SIZE, "%.*s%s%.64s", PATH_SIZE / 2, parent->plain,
		 parent->plain[0] ? "/" : "", (const char *)node->name);
	snprintf(ret_place->shown, PATH_SIZE, "%.*s/%s%s%.64s%s", PATH_SIZE / 2, parent->shown,
		 prefix, prefix[0] ? ":" : "", (const char *)node->name, index);
}

/* The nearest element upwards that has a reason. */
static const struct ls_domain_reason *reason_at(const struct place *place)
{
	char path[PATH_SIZE];
	snprintf(path, sizeof(path), "%s", place->plain);
	for (char *slash; (slash = strrchr(path, '/')); *slash = '\0') {
		const struct ls_domain_reason *reason = ls_domain_reason(slash + 1);
		if (reason)
			return reason;
	}
	return ls_domain_reason("domain");
}

static void note(struct audit *a, const char *id, const struct place *place, const char *attribute,
		 const char *found, const char *expected)
{
	char path[2 * PATH_SIZE];
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

/* Nothing that is still to come would be told. */
static bool is_decided(const struct audit *a)
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

static void note_element(struct audit *a, const char *id, const struct place *place,
			 const xmlNode *node)
{
	char shown[SHOWN_SIZE] = "";
	bool missing = strcmp(id, "xml.missing") == 0;
	if (a->list)
		show_element(node, shown, sizeof(shown));
	note(a, id, place, NULL, missing ? "nothing" : shown, missing ? shown : "nothing");
}

/* --- values ------------------------------------------------------------------ */

static bool is_clean(const char *path)
{
	return path[0] == '/' && !strstr(path, "/../") && !strstr(path, "/./") &&
	       !strstr(path, "//");
}

static bool same_value(const struct audit *a, const char *wanted, const char *seen)
{
	if (strcmp(wanted, seen) == 0)
		return true;
	const char *name = strrchr(seen, '/');
	return a->any_folder && strncmp(wanted, CANONICAL, strlen(CANONICAL)) == 0 && name &&
	       is_clean(seen) && strcmp(name + 1, wanted + strlen(CANONICAL)) == 0;
}

/* Bytes of <memory unit='MiB'>256</memory>: libvirt gives sizes in another unit than it got them.
 */
static bool size_in_bytes(xmlNode *node, uint64_t *ret_bytes)
{
	static const struct {
		const char *unit;
		unsigned shift;
	} units[] = { { "KiB", 10 }, { "MiB", 20 }, { "GiB", 30 } };
	_cleanup_xml_text_ xmlChar *unit = xmlGetNoNsProp(node, BAD_CAST "unit");
	_cleanup_xml_text_ xmlChar *text = xmlNodeGetContent(node);
	uint64_t number;
	if (!unit || !text ||
	    ls_parse_u64((const char *)text, strlen((const char *)text), &number) < 0)
		return false;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strcmp((const char *)unit, units[i].unit) == 0 &&
		    number <= UINT64_MAX >> units[i].shift) {
			*ret_bytes = number << units[i].shift;
			return true;
		}
	return false;
}

static bool is_sized(xmlNode *wanted)
{
	uint64_t size;
	return size_in_bytes(wanted, &size);
}

static bool same_size(xmlNode *wanted, xmlNode *seen)
{
	uint64_t a, b;
	return size_in_bytes(wanted, &a) && size_in_bytes(seen, &b) && a == b;
}

static void note_size(struct audit *a, xmlNode *wanted, xmlNode *seen, const struct place *place)
{
	char shown[2][64];
	for (int i = 0; i < 2; i++) {
		xmlNode *node = i ? wanted : seen;
		_cleanup_xml_text_ xmlChar *unit = xmlGetNoNsProp(node, BAD_CAST "unit");
		_cleanup_xml_text_ xmlChar *text = xmlNodeGetContent(node);
		snprintf(shown[i], sizeof(shown[i]), "%.32s %.16s", text ? (const char *)text : "",
			 unit ? (const char *)unit : "");
	}
	note(a, "xml.value", place, NULL, shown[0], shown[1]);
}

static void compare_text(struct audit *a, xmlNode *wanted, xmlNode *seen, const struct place *place)
{
	_cleanup_buffer_ struct ls_buffer text;
	bool is_leaf = !xmlFirstElementChild(wanted), is_blank = true;
	_cleanup_xml_text_ xmlChar *value = is_leaf ? xmlNodeGetContent(wanted) : NULL;
	ls_buffer_init(&text, TEXT_MAX);
	for (const xmlNode *n = seen->children; n; n = n->next) {
		if (n->type != XML_TEXT_NODE)
			continue;
		const char *content = (const char *)n->content;
		ls_buffer_add_str(&text, content);
		is_blank = is_blank && content[strspn(content, " \t\r\n")] == '\0';
	}
	if (!value || !value[0]) {
		if (!is_blank)
			note(a, "xml.text", place, NULL, ls_buffer_str(&text), "nothing");
	} else if (!same_value(a, (const char *)value, ls_buffer_str(&text))) {
		note(a, "xml.value", place, NULL, ls_buffer_str(&text), (const char *)value);
	}
}

/* --- attributes -------------------------------------------------------------- */

static void compare_attribute(struct audit *a, xmlNode *wanted, const xmlAttr *seen, bool sized,
			      const struct place *place)
{
	const char *name = (const char *)seen->name;
	_cleanup_xml_text_ xmlChar *is = xmlNodeListGetString(seen->doc, seen->children, 1);
	_cleanup_xml_text_ xmlChar *was = seen->ns ? NULL : xmlGetNoNsProp(wanted, seen->name);
	const char *value = is ? (const char *)is : "";
	if (seen->ns)
		note(a, "xml.foreign", place, name, value, "nothing");
	else if ((was && same_value(a, (const char *)was, value)) ||
		 (sized && was && strcmp(name, "unit") == 0) ||
		 ls_domain_attribute_allowed(place->plain, name, value, a->is_live))
		return;
	else if (was)
		note(a, "xml.value", place, name, value, (const char *)was);
	else
		note(a, "xml.attribute", place, name, value, "nothing");
}

static void compare_attributes(struct audit *a, xmlNode *wanted, xmlNode *seen, bool sized,
			       const struct place *place)
{
	for (const xmlAttr *s = seen->properties; s && !is_decided(a); s = s->next)
		compare_attribute(a, wanted, s, sized, place);
	for (const xmlAttr *w = wanted->properties; w && !is_decided(a); w = w->next) {
		_cleanup_xml_text_ xmlChar *value = xmlGetNoNsProp(wanted, w->name);
		if (!xmlStrEqual(w->name, BAD_CAST LS_DOMAIN_OPTIONAL) &&
		    !xmlHasNsProp(seen, w->name, NULL))
			note(a, "xml.missing", place, (const char *)w->name, "nothing",
			     (const char *)value);
	}
}

/* --- elements ---------------------------------------------------------------- */

static void compare(struct audit *a, xmlNode *wanted, xmlNode *seen, const struct place *place,
		    unsigned depth);

static bool is_same(const struct audit *a, xmlNode *wanted, xmlNode *seen,
		    const struct place *place, unsigned depth)
{
	struct audit quiet = { .is_live = a->is_live, .any_folder = a->any_folder };
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

static void pair_equal(const struct audit *a, xmlNode *wanted, xmlNode *seen,
		       const struct place *place, unsigned depth)
{
	for (xmlNode *w = wanted->children; w; w = w->next) {
		struct place here;
		if (!is_element(w))
			continue;
		enter(place, w, &here);
		for (xmlNode *s = seen->children; s && is_open(w); s = s->next)
			if (is_open(s) && is_named(s, (const char *)w->name) &&
			    is_same(a, w, s, &here, depth + 1))
				mark_pair(w, s);
	}
}

/* Whether an element and all in it are libvirt's doing. */
static const struct ls_domain_addition *added(const struct audit *a, xmlNode *node,
					      const struct place *parent, unsigned depth)
{
	struct place here;
	const struct ls_domain_addition *entry =
		depth < DEPTH_MAX ? ls_domain_addition(parent->plain, node, a->is_live) : NULL;
	if (!entry)
		return NULL;
	enter(parent, node, &here);
	for (xmlNode *child = node->children; child; child = child->next)
		if (child->type == XML_PI_NODE ||
		    (is_element(child) && !added(a, child, &here, depth + 1)))
			return NULL;
	return entry;
}

/* Takes what libvirt added, as often as it may be there. */
static void pass_additions(const struct audit *a, xmlNode *seen, const struct place *place,
			   unsigned depth)
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
static void compare_changed(struct audit *a, xmlNode *wanted, xmlNode *seen,
			    const struct place *place, unsigned depth)
{
	for (xmlNode *w = wanted->children; w && !is_decided(a); w = w->next) {
		struct place here;
		if (!is_open(w) || is_optional(w))
			continue;
		bool alone = is_alone(w);
		xmlNode *s = seen->children;
		while (s && !is_alike(w, s, alone))
			s = s->next;
		enter(place, s ? s : w, &here);
		if (s) {
			mark_pair(w, s);
			compare(a, w, s, &here, depth + 1);
		} else {
			note_element(a, "xml.missing", &here, w);
		}
	}
}

static void note_unexpected(struct audit *a, xmlNode *seen, const struct place *place)
{
	for (xmlNode *s = seen->children; s && !is_decided(a); s = s->next) {
		struct place here;
		if (s->type != XML_PI_NODE && !is_open(s))
			continue;
		enter(place, s, &here);
		note_element(a, s->type == XML_PI_NODE || s->ns ? "xml.foreign" : "xml.unexpected",
			     &here, s);
	}
}

static void compare(struct audit *a, xmlNode *wanted, xmlNode *seen, const struct place *place,
		    unsigned depth)
{
	bool sized = is_sized(wanted);
	compare_attributes(a, wanted, seen, sized, place);
	if (sized && !same_size(wanted, seen))
		note_size(a, wanted, seen, place);
	else if (!sized && !is_decided(a))
		compare_text(a, wanted, seen, place);
	if (is_decided(a) || depth >= DEPTH_MAX)
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
	struct place top = { "", "" }, here;
	struct audit a = { .list = list, .any_folder = any_folder };
	a.is_live = xmlHasNsProp(seen, BAD_CAST "id", NULL) != NULL;
	enter(&top, seen, &here);
	compare(&a, wanted, seen, &here, 0);
}
