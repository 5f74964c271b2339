/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/domain_values.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/buffer.h"
#include "lib/base/text.h"
#include "policy/domain_additions.h"
#include "policy/domain_tree.h"

#define TEXT_MAX  (1 << 20)
#define CANONICAL "/run/labseal/"

static void text_free(xmlChar **text)
{
	xmlFree(*text);
}
#define _cleanup_xml_text_ __attribute__((cleanup(text_free)))

static bool is_clean(const char *path)
{
	return path[0] == '/' && !strstr(path, "/../") && !strstr(path, "/./") &&
	       !strstr(path, "//");
}

static bool same_value(const struct ls_audit *a, const char *wanted, const char *seen)
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

static void note_size(struct ls_audit *a, xmlNode *wanted, xmlNode *seen,
		      const struct ls_audit_place *place)
{
	char shown[2][64];
	for (int i = 0; i < 2; i++) {
		xmlNode *node = i ? wanted : seen;
		_cleanup_xml_text_ xmlChar *unit = xmlGetNoNsProp(node, BAD_CAST "unit");
		_cleanup_xml_text_ xmlChar *text = xmlNodeGetContent(node);
		snprintf(shown[i], sizeof(shown[i]), "%.32s %.16s", text ? (const char *)text : "",
			 unit ? (const char *)unit : "");
	}
	ls_audit_note(a, "xml.value", place, NULL, shown[0], shown[1]);
}

static void compare_text(struct ls_audit *a, xmlNode *wanted, xmlNode *seen,
			 const struct ls_audit_place *place)
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
			ls_audit_note(a, "xml.text", place, NULL, ls_buffer_str(&text), "nothing");
	} else if (!same_value(a, (const char *)value, ls_buffer_str(&text))) {
		ls_audit_note(a, "xml.value", place, NULL, ls_buffer_str(&text),
			      (const char *)value);
	}
}

/* --- attributes -------------------------------------------------------------- */

static void compare_attribute(struct ls_audit *a, xmlNode *wanted, const xmlAttr *seen, bool sized,
			      const struct ls_audit_place *place)
{
	const char *name = (const char *)seen->name;
	_cleanup_xml_text_ xmlChar *is = xmlNodeListGetString(seen->doc, seen->children, 1);
	_cleanup_xml_text_ xmlChar *was = seen->ns ? NULL : xmlGetNoNsProp(wanted, seen->name);
	const char *value = is ? (const char *)is : "";
	if (seen->ns)
		ls_audit_note(a, "xml.foreign", place, name, value, "nothing");
	else if ((was && same_value(a, (const char *)was, value)) ||
		 (sized && was && strcmp(name, "unit") == 0) ||
		 ls_domain_attribute_allowed(place->plain, name, value, a->is_live))
		return;
	else if (was)
		ls_audit_note(a, "xml.value", place, name, value, (const char *)was);
	else
		ls_audit_note(a, "xml.attribute", place, name, value, "nothing");
}

static void compare_attributes(struct ls_audit *a, xmlNode *wanted, xmlNode *seen, bool sized,
			       const struct ls_audit_place *place)
{
	for (const xmlAttr *s = seen->properties; s && !ls_audit_is_decided(a); s = s->next)
		compare_attribute(a, wanted, s, sized, place);
	for (const xmlAttr *w = wanted->properties; w && !ls_audit_is_decided(a); w = w->next) {
		_cleanup_xml_text_ xmlChar *value = xmlGetNoNsProp(wanted, w->name);
		if (!xmlStrEqual(w->name, BAD_CAST LS_DOMAIN_OPTIONAL) &&
		    !xmlHasNsProp(seen, w->name, NULL))
			ls_audit_note(a, "xml.missing", place, (const char *)w->name, "nothing",
				      (const char *)value);
	}
}

void ls_audit_values(struct ls_audit *a, xmlNode *wanted, xmlNode *seen,
		     const struct ls_audit_place *place)
{
	bool sized = is_sized(wanted);
	compare_attributes(a, wanted, seen, sized, place);
	if (sized && !same_size(wanted, seen))
		note_size(a, wanted, seen, place);
	else if (!sized && !ls_audit_is_decided(a))
		compare_text(a, wanted, seen, place);
}
