/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each policy in policy/examples has its XML beside it.  After a wanted change
 * `UPDATE_GOLDEN=1 build/policy/domain_xml_test` writes them anew.
 */
#include "policy/domain_xml.h"

#include <errno.h>
#include <fcntl.h>
#include <libxml/relaxng.h>
#include <libxml/xpath.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/files.h"
#include "lib/base/test.h"

#define SCHEMA "/usr/share/libvirt/schemas/domain.rng"
#define SHA    "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"
#define DISK   "disk: {path: /i/a.img, sha256: " SHA "}"

static const struct example {
	const char *name;
	bool kvm;
} examples[] = {
	{ "minimal", true },	   { "7500-fast-usb", true }, { "plate-reader-rs232", true },
	{ "imported-disk", true }, { "hsm", true },	      { "calibrated", true },
	{ "dna-control", true },   { "demo", false }
};
#define EXAMPLES (sizeof(examples) / sizeof(examples[0]))

static struct ls_policy_faults faults;
static struct ls_error err;

static struct ls_policy *load(const struct example *e)
{
	char path[128];
	struct ls_policy *policy = NULL;
	snprintf(path, sizeof(path), "policy/examples/%s.yaml", e->name);
	if (ls_policy_load(path, &policy, &faults, &err) < 0)
		TEST_FAIL("%s", err.message);
	return policy;
}

static struct ls_policy *parse(const char *vm_and_more)
{
	char yaml[2048];
	struct ls_policy *policy = NULL;
	snprintf(yaml, sizeof(yaml), "version: 1\ninstrument: {id: a}\n%s", vm_and_more);
	if (ls_policy_parse("p", yaml, strlen(yaml), &policy, &faults, &err) < 0)
		TEST_FAIL("%s", err.message);
	return policy;
}

TEST(examples_have_their_golden_xml)
{
	for (size_t i = 0; i < EXAMPLES; i++) {
		_cleanup_policy_ struct ls_policy *policy = load(&examples[i]);
		_cleanup_buffer_ struct ls_buffer xml, golden;
		char path[128];
		ls_buffer_init(&xml, 65536);
		ls_buffer_init(&golden, 65536);
		REQUIRE(policy);
		REQUIRE(ls_domain_xml(policy, examples[i].kvm, &ls_domain_paths_canonical, &xml,
				      &err) == 0);
		snprintf(path, sizeof(path), "policy/examples/%s.xml", examples[i].name);
		if (getenv("UPDATE_GOLDEN"))
			ls_file_replace(AT_FDCWD, path, xml.data, xml.size, 0644, &err);
		if (ls_file_read(AT_FDCWD, path, &golden, &err) < 0)
			TEST_FAIL("%s", err.message);
		CHECK_STR_EQ(ls_buffer_str(&xml), ls_buffer_str(&golden));
	}
}

TEST(libvirts_schema_accepts_the_examples)
{
	if (access(SCHEMA, R_OK) < 0)
		TEST_SKIP("libvirt's schema is not installed");
	xmlRelaxNGParserCtxt *parser = xmlRelaxNGNewParserCtxt(SCHEMA);
	xmlRelaxNG *schema = xmlRelaxNGParse(parser);
	xmlRelaxNGFreeParserCtxt(parser);
	REQUIRE(schema);
	for (size_t i = 0; i < EXAMPLES; i++) {
		char path[128];
		snprintf(path, sizeof(path), "policy/examples/%s.xml", examples[i].name);
		xmlDoc *document = xmlReadFile(path, NULL, XML_PARSE_NONET);
		xmlRelaxNGValidCtxt *valid = xmlRelaxNGNewValidCtxt(schema);
		if (!document || xmlRelaxNGValidateDoc(valid, document) != 0)
			TEST_FAIL("%s is not valid", path);
		xmlRelaxNGFreeValidCtxt(valid);
		xmlFreeDoc(document);
	}
	xmlRelaxNGFree(schema);
}

/* How often text is in xml. */
static size_t count(const char *xml, const char *text)
{
	size_t n = 0;
	for (const char *at = strstr(xml, text); at; at = strstr(at + 1, text))
		n++;
	return n;
}

/* The number of nodes that an XPath expression finds in the XML of a policy. */
static int nodes(const char *yaml, bool kvm, const char *xpath)
{
	_cleanup_policy_ struct ls_policy *policy = parse(yaml);
	_cleanup_buffer_ struct ls_buffer xml;
	ls_buffer_init(&xml, 65536);
	if (!policy || ls_domain_xml(policy, kvm, &ls_domain_paths_canonical, &xml, &err) < 0)
		return -1;
	xmlDoc *document = xmlReadMemory(ls_buffer_str(&xml), (int)xml.size, NULL, NULL,
					 XML_PARSE_NONET);
	xmlXPathContext *context = xmlXPathNewContext(document);
	xmlXPathObject *found = xmlXPathEvalExpression(BAD_CAST xpath, context);
	int n = found && found->nodesetval ? found->nodesetval->nodeNr : 0;
	xmlXPathFreeObject(found);
	xmlXPathFreeContext(context);
	xmlFreeDoc(document);
	return n;
}

TEST(the_actual_form_differs_in_its_paths_only)
{
	const struct ls_domain_paths actual = { "/r/1.fifo", "/r/2.qcow2", "/r/3",
						"/r/4",	     NULL,	   NULL };
	_cleanup_policy_ struct ls_policy *policy =
		parse("vm: {" DISK ", boot: {kernel: /k, initrd: /i}}\ndevelopment: true\n");
	_cleanup_buffer_ struct ls_buffer one, two, replaced;
	ls_buffer_init(&one, 65536);
	ls_buffer_init(&two, 65536);
	ls_buffer_init(&replaced, 65536);
	REQUIRE(policy);
	REQUIRE(ls_domain_xml(policy, true, &ls_domain_paths_canonical, &one, &err) == 0);
	REQUIRE(ls_domain_xml(policy, true, &actual, &two, &err) == 0);
	const char *from[] = { ls_domain_paths_canonical.fifo, ls_domain_paths_canonical.overlay,
			       ls_domain_paths_canonical.kernel, ls_domain_paths_canonical.initrd };
	const char *to[] = { actual.fifo, actual.overlay, actual.kernel, actual.initrd };
	for (const char *at = ls_buffer_str(&one); *at;) {
		size_t i = 0;
		while (i < 4 && strncmp(at, from[i], strlen(from[i])) != 0)
			i++;
		ls_buffer_add(&replaced, i < 4 ? to[i] : at, i < 4 ? strlen(to[i]) : 1);
		at += i < 4 ? strlen(from[i]) : 1;
	}
	CHECK_STR_EQ(ls_buffer_str(&replaced), ls_buffer_str(&two));
	for (size_t i = 0; i < 4; i++)
		CHECK_INT_EQ(count(ls_buffer_str(&two), to[i]), 1);
}

TEST(what_could_lead_out_of_the_machine_is_not_there)
{
	static const char *const never[] = { "//interface",
					     "//filesystem",
					     "//shmem",
					     "//redirdev",
					     "//sound",
					     "//rng",
					     "//smartcard",
					     "//tpm",
					     "//vsock",
					     "//console",
					     "//panic",
					     "//watchdog",
					     "//parallel",
					     "//hub",
					     "//log",
					     "//seclabel",
					     "//*[@device='floppy']",
					     "//*[@device='cdrom']",
					     "//graphics[@port]",
					     "//graphics[@type!='vnc']",
					     "//listen[@type!='socket']",
					     "//audio[@type!='none']",
					     "//memballoon[@model!='none']",
					     "//channel[@type!='file']",
					     "//serial[@type!='file' and @type!='dev']",
					     "//*[namespace-uri()!='']" };
	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		for (int com1 = 0; com1 < 2; com1++) {
			int n = nodes(com1 ? "vm: {" DISK "}\nchannel: {type: com1}\n"
					   : "vm: {" DISK "}\n",
				      true, never[i]);
			if (n != 0)
				TEST_FAIL("%s: %d of them", never[i], n);
		}
}

TEST(the_policy_is_what_the_machine_has)
{
	CHECK_INT_EQ(nodes("vm: {" DISK "}\n", true, "/domain[@type='kvm']"), 1);
	CHECK_INT_EQ(nodes("vm: {" DISK "}\n", true, "//memory[@dumpCore='off' and .='1024']"), 1);
	CHECK_INT_EQ(nodes("vm: {" DISK "}\n", true, "//controller[@type='usb' and @model='none']"),
		     1);
	CHECK_INT_EQ(nodes("vm: {" DISK ", usb: ['04b4:8613']}\n", true,
			   "//hostdev/source[vendor/@id='0x04b4' and product/@id='0x8613']"),
		     1);
	CHECK_INT_EQ(nodes("vm: {" DISK ", usb: ['04b4:8613']}\n", true,
			   "//controller[@type='usb' and @model!='none']"),
		     4);
	CHECK_INT_EQ(nodes("vm: {" DISK ", display: none}\n", true, "//graphics"), 0);
	CHECK_INT_EQ(nodes("vm: {" DISK ", cpu: qemu64}\n", true, "//cpu/feature"), 0);
	CHECK_INT_EQ(nodes("vm: {" DISK ", cpu: qemu64}\n", true, "//type[@arch='x86_64']"), 1);
	CHECK_INT_EQ(nodes("vm: {" DISK ", clock: utc}\n", true, "//clock[@offset='utc']"), 1);
	CHECK_INT_EQ(nodes("vm: {" DISK "}\nchannel: {name: org.x}\n", true,
			   "//channel[source/@append='on']/target[@name='org.x']"),
		     1);
	CHECK_INT_EQ(nodes("vm: {" DISK ", rs232: /dev/ttyS0}\nchannel: {type: com1}\n", true,
			   "//serial[1][@type='file']/following-sibling::serial[@type='dev']"),
		     1);
	CHECK_INT_EQ(nodes("vm: {boot: {kernel: /k, cmdline: 'a=<&>'}}\ndevelopment: true\n", false,
			   "/domain[@type='qemu']/os[not(initrd)]/cmdline[.='a=<&>']"),
		     1);
}

TEST(a_usb_device_that_was_found_has_its_address)
{
	const struct ls_usb_place places[] = { { 3, 17 }, { 0, 0 } };
	struct ls_domain_paths actual = ls_domain_paths_canonical;
	_cleanup_policy_ struct ls_policy *policy =
		parse("vm: {" DISK ", usb: ['04b4:8613 serial 1', '04b4:1004 port 1-2']}\n");
	_cleanup_buffer_ struct ls_buffer xml;
	ls_buffer_init(&xml, 65536);
	actual.usb = places;
	REQUIRE(policy);
	REQUIRE(ls_domain_xml(policy, true, &actual, &xml, &err) == 0);
	CHECK_INT_EQ(count(ls_buffer_str(&xml), "<address bus=\"3\" device=\"17\"/>"), 1);
	CHECK_INT_EQ(count(ls_buffer_str(&xml), "<address "), 1);
}

TEST(an_instrument_keeps_its_uuid)
{
	const char *uuid = "//uuid[.='bcf2837a-e6e8-8327-8177-5528aa71deb1']";
	CHECK_INT_EQ(nodes("vm: {" DISK "}\n", true, uuid), 1);
	CHECK_INT_EQ(nodes("vm: {" DISK ", memory: 2 GiB}\n", true, uuid), 1);
	CHECK_INT_EQ(nodes("vm: {" DISK ", name: b}\n", true, uuid), 0);
}

static void make_install(const struct ls_policy *policy, const struct ls_domain_install *media,
			 struct ls_buffer *xml)
{
	const struct ls_domain_paths paths = { .overlay = "/i/o.qcow2", .install = media };
	ls_buffer_init(xml, 1 << 18);
	if (ls_domain_xml(policy, true, &paths, xml, &err) < 0)
		TEST_FAIL("%s", err.message);
}

TEST(the_install_phase_has_media_and_no_way_out)
{
	_cleanup_policy_ struct ls_policy *com1 = parse("vm: {" DISK "}\nchannel: {type: com1}\n");
	_cleanup_buffer_ struct ls_buffer both, none;
	const struct ls_domain_install media = { "/i/cd.iso", "/i/fd.img" }, nothing = { 0 };
	make_install(com1, &media, &both);
	CHECK_STR_HAS(ls_buffer_str(&both), "<name>labseal-a-install</name>");
	CHECK_STR_HAS(ls_buffer_str(&both), "<serial type=\"null\">");
	CHECK_STR_HAS(ls_buffer_str(&both), "<source file=\"/i/cd.iso\"/>");
	CHECK_STR_HAS(ls_buffer_str(&both), "<source file=\"/i/fd.img\"/>");
	CHECK_STR_HAS(ls_buffer_str(&both), "<readonly/>");
	CHECK(!strstr(ls_buffer_str(&both), "fifo") && !strstr(ls_buffer_str(&both), "interface"));
	make_install(com1, &nothing, &none);
	CHECK(!strstr(ls_buffer_str(&none), "cdrom") && !strstr(ls_buffer_str(&none), "floppy"));
	_cleanup_policy_ struct ls_policy *port = parse("vm: {" DISK
							"}\nchannel: {type: virtio}\n");
	ls_buffer_free(&none);
	make_install(port, &nothing, &none);
	CHECK_STR_HAS(ls_buffer_str(&none), "<channel type=\"null\">");
}

TEST(tcg_and_missing_paths_are_refused)
{
	_cleanup_policy_ struct ls_policy *plain = parse("vm: {" DISK "}\n");
	_cleanup_policy_ struct ls_policy *boot =
		parse("vm: {boot: {kernel: /k, initrd: /i}}\ndevelopment: true\n");
	_cleanup_buffer_ struct ls_buffer xml;
	ls_buffer_init(&xml, 65536);
	REQUIRE(plain && boot);
	CHECK_INT_EQ(ls_domain_xml(plain, false, &ls_domain_paths_canonical, &xml, &err), -EINVAL);
	CHECK_STR_EQ(err.id, "policy.xml.tcg");
	const struct {
		const struct ls_policy *policy;
		struct ls_domain_paths paths;
		const char *text;
	} cases[] = {
		{ plain, { .overlay = "/o" }, "FIFO" },
		{ plain, { .fifo = "/f" }, "disk overlay" },
		{ boot, { .fifo = "/f", .initrd = "/i" }, "kernel" },
		{ boot, { .fifo = "/f", .kernel = "/k" }, "initrd" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CHECK_INT_EQ(ls_domain_xml(cases[i].policy, true, &cases[i].paths, &xml, &err),
			     -EINVAL);
		CHECK_STR_EQ(err.id, "policy.xml.path");
		CHECK_STR_HAS(err.message, cases[i].text);
	}
	CHECK_INT_EQ(xml.size, 0);
	ls_buffer_init(&xml, 100);
	CHECK_INT_EQ(ls_domain_xml(plain, true, &ls_domain_paths_canonical, &xml, &err), -EFBIG);
	CHECK_STR_EQ(err.id, "policy.xml.memory");
}

TEST_MAIN()
