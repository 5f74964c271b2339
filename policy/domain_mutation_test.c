/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every element and attribute of the examples' XML removed, changed and doubled,
 * and every device and part of a domain that libvirt's schema knows added to it
 * (libvirt_devices.py wrote them into a file beside this program): the audit
 * finds each one.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/files.h"
#include "lib/base/test.h"
#include "policy/domain_audit.h"

#define CORPUS	  "tests/corpus/domain_audit/"
#define EXAMPLES_ "policy/examples/"

static const struct {
	const char *policy, *xml;
} bases[] = {
	{ EXAMPLES_ "minimal.yaml", EXAMPLES_ "minimal.xml" },
	{ EXAMPLES_ "7500-fast-usb.yaml", EXAMPLES_ "7500-fast-usb.xml" },
	{ EXAMPLES_ "plate-reader-rs232.yaml", EXAMPLES_ "plate-reader-rs232.xml" },
	{ EXAMPLES_ "imported-disk.yaml", EXAMPLES_ "imported-disk.xml" },
	{ EXAMPLES_ "demo.yaml", EXAMPLES_ "demo.xml" },
	/* as libvirt gives them back */
	{ EXAMPLES_ "minimal.yaml", CORPUS "good-minimal-live.xml" },
	{ EXAMPLES_ "minimal.yaml", CORPUS "good-minimal-inactive.xml" },
	{ EXAMPLES_ "7500-fast-usb.yaml", CORPUS "good-7500-fast-usb-inactive.xml" },
	{ EXAMPLES_ "plate-reader-rs232.yaml", CORPUS "good-plate-reader-rs232-inactive.xml" },
};
#define BASES  (sizeof(bases) / sizeof(bases[0]))
#define GOLDEN 5 /* the first ones have nothing that libvirt added */

/* The sanitizers take their time: with them, one machine of each kind will do. */
#ifdef LABSEAL_SANITIZE
#define MUTATED	    1
#define MUTANTS_MIN 400
#else
#define MUTATED	    GOLDEN
#define MUTANTS_MIN 1500
#endif

static struct ls_policy *policy;
static struct ls_policy_faults faults;
static struct ls_violations list;
static struct ls_error err;
static const char *base;
static unsigned mutants;

static xmlDoc *open_base(size_t i)
{
	ls_policy_free(policy);
	policy = NULL;
	base = bases[i].xml;
	if (ls_policy_load(bases[i].policy, &policy, &faults, &err) < 0)
		TEST_FAIL("%s", err.message);
	xmlDoc *document = xmlReadFile(base, NULL, XML_PARSE_NONET | XML_PARSE_NOBLANKS);
	if (!document)
		TEST_FAIL("cannot read %s", base);
	return document;
}

static int audit(xmlDoc *document)
{
	xmlChar *bytes = NULL;
	int size = 0;
	xmlDocDumpMemoryEnc(document, &bytes, &size, "UTF-8");
	memset(&list, 0, sizeof(list));
	int rc = ls_domain_audit_policy(policy, NULL, bytes, (size_t)size, &list, &err);
	xmlFree(bytes);
	return rc;
}

/* The mutant is in the document: it has to be found, or to be no domain at all. */
static void must_be_found(xmlDoc *document, const char *what, const xmlNode *node, const char *name)
{
	mutants++;
	int rc = audit(document);
	if (rc == 0 && list.count == 0)
		TEST_FAIL("%s: %s '%s' %s is not found", base, what, (const char *)node->name,
			  name);
	for (size_t i = 0; i < list.count; i++)
		if (!list.at[i].id[0] || list.at[i].path[0] != '/' || !list.at[i].why[0] ||
		    !list.at[i].remedy[0] || (!list.at[i].found[0] && !list.at[i].expected[0]))
			TEST_FAIL("%s: %s '%s': a violation without what a person needs", base,
				  what, (const char *)node->name);
}

static void mutate_attribute(xmlDoc *document, xmlNode *node, const char *name)
{
	static const char *const others[] = { "x", "", "1" };
	char changed[512];
	xmlChar *value = xmlGetNoNsProp(node, BAD_CAST name);
	xmlUnsetProp(node, BAD_CAST name);
	must_be_found(document, "without attribute of", node, name);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		if (xmlStrEqual(value, BAD_CAST others[i]))
			continue;
		xmlSetProp(node, BAD_CAST name, BAD_CAST others[i]);
		must_be_found(document, "another attribute of", node, name);
	}
	snprintf(changed, sizeof(changed), "%s0", (const char *)value);
	xmlSetProp(node, BAD_CAST name, BAD_CAST changed);
	must_be_found(document, "a longer attribute of", node, name);
	xmlSetProp(node, BAD_CAST name, value);
	xmlFree(value);
}

static void mutate_attributes(xmlDoc *document, xmlNode *node)
{
	const char *names[16];
	size_t count = 0;
	for (xmlAttr *a = node->properties; a && count < 16; a = a->next)
		names[count++] = (const char *)a->name;
	for (size_t i = 0; i < count; i++) {
		char name[64];
		snprintf(name, sizeof(name), "%s", names[i]);
		mutate_attribute(document, node, name);
	}
	xmlNewProp(node, BAD_CAST "further", BAD_CAST "1");
	must_be_found(document, "a further attribute of", node, "");
	xmlUnsetProp(node, BAD_CAST "further");
	xmlNs *ns = xmlNewNs(node, BAD_CAST "urn:x", BAD_CAST "x");
	xmlAttr *foreign = xmlNewNsProp(node, ns, BAD_CAST "index", BAD_CAST "1");
	must_be_found(document, "a foreign attribute of", node, "");
	xmlRemoveProp(foreign);
}

static void mutate_text(xmlDoc *document, xmlNode *node)
{
	if (xmlFirstElementChild(node)) {
		xmlNode *text = xmlAddChild(node, xmlNewText(BAD_CAST "text"));
		must_be_found(document, "text in", node, "");
		xmlUnlinkNode(text);
		xmlFreeNode(text);
		return;
	}
	xmlChar *value = xmlNodeGetContent(node);
	xmlNodeAddContent(node, BAD_CAST "0");
	must_be_found(document, "longer text in", node, "");
	xmlNodeSetContent(node, NULL);
	if (value[0])
		must_be_found(document, "no text in", node, "");
	xmlNodeAddContent(node, value);
	xmlFree(value);
}

static void mutate_element(xmlDoc *document, xmlNode *node)
{
	char name[64];
	xmlNode *copy = xmlAddNextSibling(node, xmlCopyNode(node, 1));
	must_be_found(document, "a second", node, "");
	xmlUnlinkNode(copy);
	snprintf(name, sizeof(name), "%s", (const char *)node->name);
	xmlNodeSetName(node, BAD_CAST "further");
	must_be_found(document, "another name for", copy, "");
	xmlNodeSetName(node, BAD_CAST name);
	xmlSetNs(node, xmlNewNs(node, BAD_CAST "urn:y", BAD_CAST "y"));
	must_be_found(document, "a foreign", copy, "");
	/* without it, and with it again: the copy has no namespace */
	xmlReplaceNode(node, copy);
	xmlFreeNode(node);
	xmlNode *mark = xmlAddNextSibling(copy, xmlNewComment(BAD_CAST "here"));
	xmlUnlinkNode(copy);
	must_be_found(document, "without", copy, "");
	xmlReplaceNode(mark, copy);
	xmlFreeNode(mark);
}

/* Depth first, since mutate_element puts another node in the place of this one. */
static void mutate(xmlDoc *document, xmlNode *node)
{
	for (xmlNode *child = node->children, *next; child; child = next) {
		next = child->next;
		if (child->type == XML_ELEMENT_NODE)
			mutate(document, child);
	}
	mutate_attributes(document, node);
	mutate_text(document, node);
	if (node->parent->type == XML_ELEMENT_NODE)
		mutate_element(document, node);
}

TEST(what_is_as_it_should_be_has_no_violation)
{
	for (size_t i = 0; i < BASES; i++) {
		xmlDoc *document = open_base(i);
		REQUIRE(document && policy);
		CHECK_INT_EQ(audit(document), 0);
		if (list.count)
			TEST_FAIL("%s: %s at %s: %s", base, list.at[0].id, list.at[0].path,
				  list.at[0].found);
		xmlFreeDoc(document);
	}
}

TEST(each_mutant_of_each_element_and_attribute_is_found)
{
	for (size_t i = 0; i < MUTATED; i++) {
		xmlDoc *document = open_base(i);
		REQUIRE(document && policy);
		mutate(document, xmlDocGetRootElement(document));
		/* all was put back: the mutants were what was found */
		CHECK_INT_EQ(audit(document), 0);
		CHECK_INT_EQ(list.count, 0);
		xmlFreeDoc(document);
	}
	CHECK(mutants > MUTANTS_MIN);
}

TEST(a_doubled_attribute_is_no_xml)
{
	for (size_t i = 0; i < GOLDEN; i++) {
		_cleanup_buffer_ struct ls_buffer text, doubled;
		xmlFreeDoc(open_base(i));
		ls_buffer_init(&text, 65536);
		ls_buffer_init(&doubled, 65536);
		REQUIRE(ls_file_read(AT_FDCWD, base, &text, &err) == 0);
		unsigned count = 0;
		const char *start = ls_buffer_str(&text);
		for (const char *at = start; (at = strstr(at, "=\"")); at++) {
			const char *from = at, *to = strchr(at + 2, '"') + 1;
			while (*from != ' ')
				from--;
			ls_buffer_clear(&doubled);
			ls_buffer_add(&doubled, start, (size_t)(to - start));
			ls_buffer_add(&doubled, from, (size_t)(to - from));
			ls_buffer_add_str(&doubled, to);
			count++;
			if (ls_domain_audit_policy(policy, NULL, doubled.data, doubled.size, &list,
						   &err) != -EINVAL)
				TEST_FAIL("%s: attribute %u doubled is taken", base, count);
		}
		CHECK(count > 20);
	}
}

/* --- what libvirt's schema knows ------------------------------------------------- */

static const char *schema_file(char path[static 512])
{
	char program[480];
	ssize_t n = readlink("/proc/self/exe", program, sizeof(program) - 1);
	program[n < 0 ? 0 : n] = '\0';
	snprintf(path, 512, "%s/libvirt_devices.txt", dirname(program));
	return path;
}

/* "devices<TAB><rng ...>": into <devices>, or into <domain> itself. */
static void add_line(xmlDoc *document, char *line)
{
	char *tab = strchr(line, '\t');
	xmlNode *parent = xmlDocGetRootElement(document), *added = NULL;
	if (!tab) {
		TEST_FAIL("malformed line: %s", line);
		return;
	}
	*tab = '\0';
	for (xmlNode *n = parent->children; strcmp(line, "devices") == 0 && n; n = n->next)
		if (xmlStrEqual(n->name, BAD_CAST "devices"))
			parent = n;
	xmlParserErrors rc = xmlParseInNodeContext(parent, tab + 1, (int)strlen(tab + 1),
						   XML_PARSE_NONET, &added);
	if (rc != XML_ERR_OK || !added) {
		TEST_FAIL("malformed example: %s", tab + 1);
		return;
	}
	xmlAddChild(parent, added);
	must_be_found(document, "an added", added, tab + 1);
	xmlUnlinkNode(added);
	xmlFreeNode(added);
	*tab = '\t';
}

static bool has_kind(const struct ls_buffer *text, const char *kind)
{
	char line[64];
	snprintf(line, sizeof(line), "\t<%s", kind);
	return strstr(ls_buffer_str(text), line) != NULL;
}

TEST(each_device_that_libvirt_knows_is_found)
{
	static const char *const known[] = {
		"interface", "filesystem", "hostdev",	"redirdev", "shmem",	"rng",
		"vsock",     "tpm",	   "smartcard", "hub",	    "watchdog", "panic",
		"memory",    "channel",	   "serial",	"parallel", "console",	"disk",
		"graphics",  "memballoon", "sound",	"audio",    "video",	"input",
		"iommu",     "nvram",	   "lease",	"sysinfo",  "seclabel", "commandline"
	};
	char path[512];
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, 1 << 22);
	if (ls_file_read(AT_FDCWD, schema_file(path), &text, &err) < 0 || text.size == 0)
		TEST_SKIP("libvirt's schema is not installed");
	/* the generator has not gone blind */
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (!has_kind(&text, known[i]))
			TEST_FAIL("the schema has no '%s'?", known[i]);
	/* one for each of what libvirt may add: nothing, with a disk and without, while it runs */
	static const size_t tried[] = { 5, 0, 4, 6 };
	size_t count = MUTATED == GOLDEN ? sizeof(tried) / sizeof(tried[0]) : 1;
	for (size_t i = 0; i < count; i++) {
		xmlDoc *document = open_base(tried[i]);
		REQUIRE(document && policy);
		char *line = (char *)text.data;
		for (char *end; (end = strchr(line, '\n')); line = end + 1) {
			*end = '\0';
			add_line(document, line);
			*end = '\n';
		}
		CHECK_INT_EQ(audit(document), 0);
		CHECK_INT_EQ(list.count, 0);
		xmlFreeDoc(document);
	}
}

__attribute__((destructor)) static void end(void)
{
	ls_policy_free(policy);
	xmlCleanupParser();
}

TEST_MAIN()
