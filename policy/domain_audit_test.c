/* SPDX-License-Identifier: Apache-2.0 */
/* What each violation says, and texts that are no domain.  Mutants: domain_mutation_test.c. */
#include "policy/domain_audit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>

#include "lib/base/files.h"
#include "lib/base/test.h"

#define CORPUS "tests/corpus/domain_audit"
#define HEAD   "<domain type='kvm'><name>a</name><devices>"
#define TAIL   "</devices></domain>"
#define DISK   "<disk type='file' device='disk'><source file='/run/labseal/disk.qcow2'/></disk>"

static struct ls_violations list;
static struct ls_error err;

static int audit(const char *expected, bool any_folder, const char *xml)
{
	memset(&list, 0, sizeof(list));
	return ls_domain_audit(expected, any_folder, xml, strlen(xml), &list, &err);
}

static int audit_file(const char *policy_file, const char *path)
{
	static struct ls_policy_faults faults;
	_cleanup_policy_ struct ls_policy *policy = NULL;
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, 2 * LS_DOMAIN_XML_MAX);
	memset(&list, 0, sizeof(list));
	if (ls_policy_load(policy_file, &policy, &faults, &err) < 0 ||
	    ls_file_read(AT_FDCWD, path, &text, &err) < 0) {
		TEST_FAIL("%s", err.message);
		return -1;
	}
	return ls_domain_audit_policy(policy, NULL, text.data, text.size, &list, &err);
}

static const struct ls_violation *at(const char *path)
{
	for (size_t i = 0; i < list.count; i++)
		if (strcmp(list.at[i].path, path) == 0)
			return &list.at[i];
	return NULL;
}

TEST(each_violation_says_where_what_and_why)
{
	static const struct {
		const char *xml, *id, *path, *found, *expected;
	} cases[] = {
		{ HEAD DISK
		  "<interface type='network'><source network='default'/></interface>" TAIL,
		  "xml.unexpected", "/domain/devices/interface",
		  "<interface type='network'> <source network='default'>", "nothing" },
		{ HEAD TAIL, "xml.missing", "/domain/devices/disk", "nothing",
		  "<disk type='file' device='disk'> <source file='/run/labseal/disk.qcow2'>" },
		{ HEAD DISK DISK TAIL, "xml.unexpected", "/domain/devices/disk[2]",
		  "<disk type='file' device='disk'> <source file='/run/labseal/disk.qcow2'>",
		  "nothing" },
		{ HEAD "<disk type='file' device='cdrom'><source "
		       "file='/run/labseal/disk.qcow2'/></disk>" TAIL,
		  "xml.value", "/domain/devices/disk/@device", "cdrom", "disk" },
		{ HEAD "<disk type='file'><source file='/run/labseal/disk.qcow2'/></disk>" TAIL,
		  "xml.missing", "/domain/devices/disk/@device", "nothing", "disk" },
		{ HEAD "<disk type='file' device='disk' snapshot='no'><source "
		       "file='/run/labseal/disk.qcow2'/></disk>" TAIL,
		  "xml.attribute", "/domain/devices/disk/@snapshot", "no", "nothing" },
		{ "<domain type='kvm'><name>b</name><devices>" DISK TAIL, "xml.value",
		  "/domain/name", "b", "a" },
		{ HEAD "listen" DISK TAIL, "xml.text", "/domain/devices", "listen", "nothing" },
		{ "<domain type='kvm' xmlns:q='urn:q'><name>a</name><q:commandline/><devices>" DISK
			  TAIL,
		  "xml.foreign", "/domain/q:commandline", "<commandline>", "nothing" },
		{ "<domain type='kvm' xmlns:q='urn:q' q:a='1'><name>a</name><devices>" DISK TAIL,
		  "xml.foreign", "/domain/@a", "1", "nothing" },
		{ HEAD DISK "<?run it?>" TAIL, "xml.foreign", "/domain/devices/run", "<run>",
		  "nothing" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CHECK_INT_EQ(audit(HEAD DISK TAIL, false, cases[i].xml), 0);
		CHECK_INT_EQ(list.count, 1);
		CHECK_STR_EQ(list.at[0].id, cases[i].id);
		CHECK_STR_EQ(list.at[0].path, cases[i].path);
		CHECK_STR_EQ(list.at[0].found, cases[i].found);
		CHECK_STR_EQ(list.at[0].expected, cases[i].expected);
		CHECK(list.at[0].why[0] && list.at[0].remedy[0]);
	}
}

TEST(comments_order_and_blanks_are_no_difference)
{
	CHECK_INT_EQ(audit(HEAD DISK "<rng/>" TAIL, false,
			   "<!-- a --><domain type='kvm'>\n\t<devices>\n<rng/><!-- b -->" DISK
			   "</devices><name>a</name>\n</domain>\n"),
		     0);
	CHECK_INT_EQ(list.count, 0);
}

TEST(the_runs_folder_may_be_any_only_where_it_is_not_known)
{
	static const char other[] = HEAD
		"<disk type='file' device='disk'><source file='/tmp/x/disk.qcow2'/></disk>" TAIL;
	static const char *const wrong[] = { "/tmp/x/disk.raw", "/tmp/../disk.qcow2", "disk.qcow2",
					     "/tmp//disk.qcow2" };
	audit(HEAD DISK TAIL, false, other);
	CHECK_INT_EQ(list.count, 1);
	audit(HEAD DISK TAIL, true, other);
	CHECK_INT_EQ(list.count, 0);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		char xml[512];
		snprintf(xml, sizeof(xml),
			 HEAD "<disk type='file' device='disk'><source file='%s'/></disk>" TAIL,
			 wrong[i]);
		audit(HEAD DISK TAIL, true, xml);
		CHECK_INT_EQ(list.count, 1);
	}
}

TEST(what_a_running_machine_has_is_not_allowed_in_a_definition)
{
	static const char labelled[] =
		"<domain type='kvm'%s><name>a</name><devices>" DISK
		"</devices><seclabel type='dynamic' model='dac' relabel='yes'>"
		"<label>+1:+1</label></seclabel></domain>";
	char xml[512];
	snprintf(xml, sizeof(xml), labelled, " id='3'");
	audit(HEAD DISK TAIL, false, xml);
	CHECK_INT_EQ(list.count, 0);
	snprintf(xml, sizeof(xml), labelled, "");
	audit(HEAD DISK TAIL, false, xml);
	CHECK_INT_EQ(list.count, 1);
	CHECK_STR_EQ(list.at[0].path, "/domain/seclabel");
}

/* Lab IT asks what is wrong with the machine they have today. */
TEST(a_machine_as_a_person_makes_one_is_told_all)
{
	static const struct {
		const char *path, *why;
	} wanted[] = {
		{ "/domain/devices/interface", "way in for malware" },
		{ "/domain/devices/redirdev", "a viewer could plug" },
		{ "/domain/devices/channel/@type", "only way out" },
		{ "/domain/devices/graphics/@type", "clipboard" },
		{ "/domain/devices/disk[2]", "another disk" },
		{ "/domain/devices/sound", "sound card" },
		{ "/domain/devices/memballoon/@model", "balloon" },
		{ "/domain/vcpu", "one processor" },
		{ "/domain/metadata", "somebody else's" },
		{ "/domain/cpu/@mode", "another processor" },
	};
	CHECK_INT_EQ(audit_file("policy/examples/minimal.yaml", CORPUS "/seed-virt-manager"), 0);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		const struct ls_violation *v = at(wanted[i].path);
		if (!v)
			TEST_FAIL("'%s' is not found", wanted[i].path);
		else
			CHECK_STR_HAS(v->why, wanted[i].why);
	}
}

TEST(more_than_a_person_reads_is_said)
{
	_cleanup_buffer_ struct ls_buffer xml;
	ls_buffer_init(&xml, 65536);
	ls_buffer_add_str(&xml, HEAD DISK);
	for (int i = 0; i < LS_VIOLATIONS_MAX + 1; i++)
		ls_buffer_add_str(&xml, "<rng/>");
	ls_buffer_add_str(&xml, TAIL);
	CHECK_INT_EQ(audit(HEAD DISK TAIL, false, ls_buffer_str(&xml)), 0);
	CHECK_INT_EQ(list.count, LS_VIOLATIONS_MAX);
	CHECK(list.more);
}

TEST(what_is_found_is_shown_escaped_and_short)
{
	_cleanup_buffer_ struct ls_buffer xml;
	ls_buffer_init(&xml, 65536);
	ls_buffer_add_str(&xml, "<domain type='kvm'><name>\xe2\x80\xae%&#9;");
	for (int i = 0; i < 200; i++)
		ls_buffer_add_str(&xml, "\xc3\xa9");
	ls_buffer_add_str(&xml, "</name><devices>" DISK TAIL);
	CHECK_INT_EQ(audit(HEAD DISK TAIL, false, ls_buffer_str(&xml)), 0);
	REQUIRE(list.count == 1);
	CHECK(strncmp(list.at[0].found, "%E2%80%AE%25%09\xc3\xa9", 17) == 0);
	CHECK_STR_EQ(list.at[0].found + strlen(list.at[0].found) - 5, "\xc3\xa9...");
}

TEST(the_corpus_is_taken_or_refused)
{
	DIR *folder = opendir(CORPUS);
	REQUIRE(folder);
	unsigned bad = 0;
	for (struct dirent *e; (e = readdir(folder));) {
		char path[512];
		snprintf(path, sizeof(path), CORPUS "/%s", e->d_name);
		if (strncmp(e->d_name, "bad-", 4) != 0)
			continue;
		bad++;
		int rc = audit_file("policy/examples/minimal.yaml", path);
		if ((rc != -EINVAL && rc != -EFBIG) || list.count != 0)
			TEST_FAIL("%s: %d", e->d_name, rc);
		CHECK_STR_EQ(err.id, "domain.xml");
	}
	closedir(folder);
	CHECK(bad >= 15);
}

TEST(a_large_text_is_refused_unread)
{
	static char large[LS_DOMAIN_XML_MAX + 1];
	memset(large, ' ', sizeof(large));
	CHECK_INT_EQ(ls_domain_audit(HEAD TAIL, false, large, sizeof(large), &list, &err), -EFBIG);
}

TEST(the_accelerator_is_the_texts_only_where_the_policy_leaves_it_open)
{
	CHECK_INT_EQ(audit_file("policy/examples/demo.yaml", "policy/examples/demo.xml"), 0);
	CHECK_INT_EQ(list.count, 0); /* type auto, development: here TCG */
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, 65536);
	REQUIRE(ls_file_read(AT_FDCWD, "policy/examples/minimal.xml", &text, &err) == 0);
	char *type = strstr((char *)text.data, "\"kvm\"");
	REQUIRE(type);
	memcpy(type, "'hvf'", 5);
	static struct ls_policy_faults faults;
	_cleanup_policy_ struct ls_policy *policy = NULL;
	REQUIRE(ls_policy_load("policy/examples/minimal.yaml", &policy, &faults, &err) == 0);
	memset(&list, 0, sizeof(list));
	CHECK_INT_EQ(ls_domain_audit_policy(policy, NULL, text.data, text.size, &list, &err), 0);
	CHECK_INT_EQ(list.count, 1);
	CHECK_STR_EQ(list.at[0].path, "/domain/@type");
}

TEST(lists_are_the_same_by_what_they_say)
{
	static struct ls_violations a, b;
	memset(&b, 0x5a, sizeof(b)); /* what stands behind a text does not count */
	b.count = 0;
	b.more = false;
	CHECK(ls_violations_equal(&a, &b));
	ls_violation_add(&a, "x.y", "/a", "b", "c", "d", "e");
	CHECK(!ls_violations_equal(&a, &b));
	ls_violation_add(&b, "x.y", "/a", "b", "c", "d", "e");
	CHECK(ls_violations_equal(&a, &b));
	snprintf(b.at[0].found, sizeof(b.at[0].found), "other");
	CHECK(!ls_violations_equal(&a, &b));
}

TEST_MAIN()
