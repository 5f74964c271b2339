/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/domain_additions.h"

#include <regex.h>
#include <string.h>

#define VALUE_MAX 1024 /* bytes; what libvirt adds is short */

#define WORD	"[A-Za-z0-9_.-]+"
#define SMALL	"[0-9]{1,3}"
#define HEX	"0x[0-9a-f]{1,4}"
#define SOCKET	"/[^\"]*/domain-[0-9]+-[^/\"]+/vnc\\.sock"
#define DEVICES "domain/devices"

/* clang-format off */
#define PCI { "type", "pci" }, { "domain", "0x0000" }, { "bus", "0x00" }, { "slot", HEX }, { "function", "0x[0-7]" }

static const struct ls_domain_addition additions[] = {
	{ DEVICES, "controller", false, 1, NULL, { { "type", "ide" }, { "index", "0" } } },
	{ DEVICES "/*", "alias", true, 1, NULL, { { "name", WORD } } },
	{ DEVICES "/disk", "address", false, 1, NULL,
	  { { "type", "drive" }, { "controller", "0" }, { "bus", "[01]" }, { "target", "0" }, { "unit", "[01]" } } },
	{ DEVICES "/controller", "address", false, 1, NULL, { PCI, { "?multifunction", "on" } } },
	{ DEVICES "/video", "address", false, 1, NULL, { PCI } },
	{ DEVICES "/channel", "address", false, 1, NULL,
	  { { "type", "virtio-serial" }, { "controller", "0" }, { "bus", "0" }, { "port", SMALL } } },
	{ DEVICES "/hostdev", "address", false, 1, NULL, { { "type", "usb" }, { "bus", "0" }, { "port", "[0-9.]{1,16}" } } },
	{ DEVICES "/hostdev/source", "address", true, 1, NULL, { { "bus", SMALL }, { "device", SMALL } } },
	/* what the emulated processor has and the model does not say */
	{ "domain/cpu", "feature", true, 64, NULL, { { "policy", "require|disable" }, { "name", WORD } } },
	{ "domain", "seclabel", true, 3, NULL,
	  { { "type", "dynamic" }, { "model", "dac|apparmor|selinux" }, { "relabel", "yes" } } },
	{ "domain/seclabel", "label", true, 1, "[A-Za-z0-9_.:,+-]+", { { NULL, NULL } } },
	{ "domain/seclabel", "imagelabel", true, 1, "[A-Za-z0-9_.:,+-]+", { { NULL, NULL } } },
	{ "domain", "resource", true, 1, NULL, { { NULL, NULL } } },
	{ "domain/resource", "partition", true, 1, "/machine", { { NULL, NULL } } },
};

static const struct ls_domain_attribute attributes[] = {
	{ "domain", "id", "[0-9]{1,9}", true },
	{ "domain/vcpu", "placement", "static", false },
	{ "domain/cpu", "check", "full", true },
	{ DEVICES "/disk/source", "index", SMALL, true },
	{ DEVICES "/disk/backingStore", "index", SMALL, true },
	{ DEVICES "/channel/target", "state", "connected|disconnected", true },
	{ DEVICES "/graphics", "socket", SOCKET, true },
	{ DEVICES "/graphics/listen", "socket", SOCKET, true },
};
/* clang-format on */

/* All of the value, and not much of it. */
static bool matches(const char *pattern, const char *value)
{
	char whole[256];
	regex_t regex;
	if (strnlen(value, VALUE_MAX) == VALUE_MAX ||
	    snprintf(whole, sizeof(whole), "^(%s)$", pattern) >= (int)sizeof(whole) ||
	    regcomp(&regex, whole, REG_EXTENDED | REG_NOSUB) != 0)
		return false;
	bool is = regexec(&regex, value, 0, NULL, 0) == 0;
	regfree(&regex);
	return is;
}

/* Element by element; '*' stands for one of any name. */
static bool same_path(const char *pattern, const char *path)
{
	for (;;) {
		size_t p = strcspn(pattern, "/"), q = strcspn(path, "/");
		bool any = p == 1 && pattern[0] == '*';
		if (!any && (p != q || memcmp(pattern, path, p) != 0))
			return false;
		if (!pattern[p] || !path[q])
			return !pattern[p] && !path[q];
		pattern += p + 1;
		path += q + 1;
	}
}

static bool has_value(xmlNode *element, const char *name, const char *pattern, bool *ret_there)
{
	xmlChar *value = xmlGetNoNsProp(element, BAD_CAST name);
	bool is = value && matches(pattern, (const char *)value);
	*ret_there = value != NULL;
	xmlFree(value);
	return is;
}

/* All of the entry's attributes, and no other. */
static bool has_attributes(const struct ls_domain_addition *a, xmlNode *element)
{
	size_t wanted = 0, there = 0;
	for (const xmlAttr *attribute = element->properties; attribute; attribute = attribute->next)
		there++;
	for (size_t i = 0; i < LS_ADDITION_ATTRIBUTES && a->attributes[i].name; i++) {
		bool optional = a->attributes[i].name[0] == '?', is_there;
		if (has_value(element, a->attributes[i].name + optional, a->attributes[i].value,
			      &is_there))
			wanted++;
		else if (!optional || is_there)
			return false;
	}
	return wanted == there;
}

static bool is_blank(const char *text)
{
	return text[strspn(text, " \t\r\n")] == '\0';
}

static bool has_text(const struct ls_domain_addition *a, xmlNode *element)
{
	bool is = true;
	for (xmlNode *child = element->children; is && child; child = child->next)
		if (child->type == XML_TEXT_NODE)
			is = is_blank((const char *)child->content) ||
			     (a->text && matches(a->text, (const char *)child->content));
	return is && (!a->text || element->children);
}

const struct ls_domain_addition *ls_domain_addition(const char *parent, xmlNode *element, bool live)
{
	for (size_t i = 0; !element->ns && i < sizeof(additions) / sizeof(additions[0]); i++) {
		const struct ls_domain_addition *a = &additions[i];
		if (strcmp((const char *)element->name, a->element) == 0 &&
		    (live || !a->live_only) && same_path(a->parent, parent) &&
		    has_attributes(a, element) && has_text(a, element))
			return a;
	}
	return NULL;
}

bool ls_domain_attribute_allowed(const char *element, const char *name, const char *value,
				 bool live)
{
	for (size_t i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++) {
		const struct ls_domain_attribute *a = &attributes[i];
		if (strcmp(name, a->name) == 0 && (live || !a->live_only) &&
		    strcmp(element, a->element) == 0 && matches(a->value, value))
			return true;
	}
	return false;
}
