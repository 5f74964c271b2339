/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/domain_usb.h"

#include <errno.h>
#include <string.h>

#include "lib/base/test.h"
#include "policy/domain_audit.h"

#define POLICY                                                                \
	"version: 1\ninstrument: {id: a}\nvm: {disk: {path: /i, sha256: " SHA \
	"}, usb: ['04b4:8613 port 1-1', '04b4:8613 port 1-2', '04b4:1004']}\n"
#define SHA "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"

static struct ls_policy *policy;
static struct ls_policy_faults faults;
static struct ls_error err;

static const char *machine(struct ls_usb_place a, struct ls_usb_place b, struct ls_usb_place c)
{
	static struct ls_buffer xml[2];
	static unsigned next;
	const struct ls_usb_place places[LS_POLICY_USB_MAX] = { a, b, c };
	struct ls_domain_paths paths = ls_domain_paths_canonical;
	struct ls_buffer *out = &xml[next++ % 2];
	paths.usb = places;
	ls_buffer_free(out);
	ls_buffer_init(out, 65536);
	if (!policy && ls_policy_parse("p", POLICY, strlen(POLICY), &policy, &faults, &err) < 0)
		TEST_FAIL("%s", err.message);
	if (ls_domain_xml(policy, true, &paths, out, &err) < 0)
		TEST_FAIL("%s", err.message);
	return ls_buffer_str(out);
}

static const struct ls_usb_place none = { 0, 0 }, first = { 1, 7 }, second = { 1, 8 };

static void differ(const char *before, const char *after, const char *less, const char *more)
{
	_cleanup_domain_usb_ struct ls_domain_usb gone, come;
	CHECK_INT_EQ(ls_domain_usb_difference(before, after, &gone, &come, &err), 0);
	CHECK_INT_EQ(gone.count, less ? 1 : 0);
	CHECK_INT_EQ(come.count, more ? 1 : 0);
	if (gone.count)
		CHECK_STR_HAS(gone.at[0], less);
	if (come.count)
		CHECK_STR_HAS(come.at[0], more);
}

TEST(what_left_and_what_came_is_told)
{
	differ(machine(none, none, none), machine(first, none, none), NULL,
	       "<address bus=\"1\" device=\"7\"/>");
	differ(machine(first, none, none), machine(none, none, none),
	       "<address bus=\"1\" device=\"7\"/>", NULL);
	differ(machine(first, none, first), machine(first, none, second), "device=\"7\"",
	       "device=\"8\"");
	differ(machine(first, second, none), machine(first, second, none), NULL, NULL);
}

TEST(a_device_is_a_whole_element_for_libvirt)
{
	_cleanup_domain_usb_ struct ls_domain_usb gone, come;
	CHECK_INT_EQ(ls_domain_usb_difference(machine(none, none, none), machine(none, none, first),
					      &gone, &come, &err),
		     0);
	CHECK_INT_EQ(come.count, 1);
	CHECK_STR_EQ(come.at[0], "<hostdev mode=\"subsystem\" type=\"usb\" managed=\"yes\">"
				 "<source><vendor id=\"0x04b4\"/><product id=\"0x1004\"/>"
				 "<address bus=\"1\" device=\"7\"/></source></hostdev>");
}

TEST(anything_else_that_differs_is_refused)
{
	static const char a[] = "<domain><name>a</name><devices/></domain>";
	static const char *const others[] = {
		"<domain><name>b</name><devices/></domain>",
		"<domain><name>a</name><devices><rng/></devices></domain>",
		"<domain><name>a</name><devices><hostdev type='pci'/></devices></domain>",
		"<domain><name>a</name></domain>",
		"<domain",
		"",
	};
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		_cleanup_domain_usb_ struct ls_domain_usb gone, come;
		CHECK_INT_EQ(ls_domain_usb_difference(a, others[i], &gone, &come, &err), -EINVAL);
		CHECK_STR_EQ(err.id, "domain.usb");
	}
}

TEST(the_places_come_back_out_of_the_xml)
{
	struct ls_usb_place at[LS_POLICY_USB_MAX];
	CHECK_INT_EQ(ls_domain_usb_places(policy, machine(first, second, none), at, &err), 0);
	CHECK(at[0].device == 7 && at[1].device == 8 && at[2].bus == 0);
	CHECK_INT_EQ(ls_domain_usb_places(policy, machine(none, none, second), at, &err), 0);
	CHECK(at[0].bus == 0 && at[1].bus == 0 && at[2].device == 8);
	CHECK_INT_EQ(ls_domain_usb_places(policy, "<domain/>", at, &err), -EINVAL);
}

/* The audit, with the XML of the moment as what is expected. */
static size_t violations(const char *expected, const char *seen)
{
	static struct ls_violations list;
	memset(&list, 0, sizeof(list));
	CHECK_INT_EQ(ls_domain_audit(expected, false, seen, strlen(seen), &list, &err), 0);
	return list.count;
}

TEST(the_audit_accepts_the_attached_device_and_nothing_else)
{
	CHECK_INT_EQ(violations(machine(first, none, none), machine(first, none, none)), 0);
	CHECK(violations(machine(first, none, none), machine(second, none, none)) > 0);
	CHECK(violations(machine(first, none, none), machine(first, second, none)) > 0);
	CHECK(violations(machine(first, none, none), machine(none, none, first)) > 0);
	CHECK(violations(machine(none, none, none), machine(first, none, none)) > 0);
	CHECK(violations(machine(first, none, none), machine(none, none, none)) > 0);
}

TEST_MAIN()
