/* SPDX-License-Identifier: Apache-2.0 */
#include "host/supervisor/domain_compare.h"

#include <errno.h>

#include "lib/base/test.h"

#define HEAD "<domain type='qemu'><name>x</name><memory unit='MiB'>256</memory><devices>"
#define TAIL "</devices></domain>"
#define CHANNEL                                                  \
	"<channel type='file'><source path='/r/f' append='on'/>" \
	"<target type='virtio' name='org.labseal.0'/></channel>"

static const char wanted[] = HEAD CHANNEL "<memballoon model='none'/>" TAIL;

static int compare(const char *seen, struct ls_error *err)
{
	return ls_domain_compare(wanted, seen, err);
}

TEST(what_libvirt_fills_in_is_no_difference)
{
	struct ls_error err = { 0 };
	CHECK_INT_EQ(compare("<domain type='qemu' id='1'>\n <name>x</name>\n <uuid>1</uuid>"
			     "<memory unit='KiB'>262144</memory><devices><controller type='pci'/>"
			     "<memballoon model='none'/><channel type='file'>"
			     "<source path='/r/f' append='on'/><target type='virtio' "
			     "name='org.labseal.0' state='connected'/><alias name='channel0'/>"
			     "</channel></devices></domain>",
			     &err),
		     0);
	CHECK_INT_EQ(compare(wanted, &err), 0);
}

TEST(each_thing_that_is_dropped_or_changed_is_found)
{
	static const struct {
		const char *seen, *path;
	} cases[] = {
		{ HEAD CHANNEL TAIL, "'domain/devices/memballoon'" },
		{ HEAD "<memballoon model='none'/>" TAIL, "'domain/devices/channel[type=file]'" },
		{ HEAD CHANNEL "<memballoon model='virtio'/>" TAIL, "memballoon" },
		{ HEAD
		  "<channel type='unix'><source path='/r/f' append='on'/><target type='virtio' "
		  "name='org.labseal.0'/></channel><memballoon model='none'/>" TAIL,
		  "channel" },
		{ HEAD "<channel type='file'><source path='/r/f'/><target type='virtio' "
		       "name='org.labseal.0'/></channel><memballoon model='none'/>" TAIL,
		  "channel[type=file]/source" },
		{ "<domain type='qemu'><name>x</name><memory "
		  "unit='MiB'>255</memory><devices>" CHANNEL "<memballoon model='none'/>" TAIL,
		  "domain/memory" },
		{ "<domain type='qemu'><name>y</name><memory "
		  "unit='MiB'>256</memory><devices>" CHANNEL "<memballoon model='none'/>" TAIL,
		  "domain/name" },
		{ "<domain type='kvm'><name>x</name><memory "
		  "unit='MiB'>256</memory><devices>" CHANNEL "<memballoon model='none'/>" TAIL,
		  "'domain'" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ls_error err = { 0 };
		CHECK_INT_EQ(compare(cases[i].seen, &err), -EBADMSG);
		CHECK_STR_HAS(err.message, cases[i].path);
	}
}

TEST(a_device_that_was_added_is_found)
{
	static const char *const extras[] = {
		"<interface type='user'/>",   CHANNEL,
		"<memballoon model='none'/>", "<hostdev mode='subsystem' type='usb'/>",
		"<sound model='ac97'/>",
	};
	for (size_t i = 0; i < sizeof(extras) / sizeof(extras[0]); i++) {
		struct ls_error err = { 0 };
		char seen[1024];
		snprintf(seen, sizeof(seen), "%s%s%s%s", HEAD, CHANNEL "<memballoon model='none'/>",
			 extras[i], TAIL);
		CHECK_INT_EQ(compare(seen, &err), -EBADMSG);
		CHECK_STR_HAS(err.message, "was not defined");
	}
}

TEST(what_is_no_domain_is_refused)
{
	static const char *const bad[] = { "", "<domain", "<network/>", "x" };
	struct ls_domain_facts facts;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct ls_error err = { 0 };
		CHECK_INT_EQ(compare(bad[i], &err), -EINVAL);
		CHECK_INT_EQ(ls_domain_read_facts(bad[i], &facts, &err), -EINVAL);
	}
}

TEST(facts_name_the_channel_and_count_other_ways)
{
	struct ls_error err = { 0 };
	struct ls_domain_facts facts;
	CHECK_INT_EQ(ls_domain_read_facts(wanted, &facts, &err), 0);
	CHECK_STR_EQ(facts.type, "qemu");
	CHECK_STR_EQ(facts.channel, "file");
	CHECK_STR_EQ(facts.path, "/r/f");
	CHECK_INT_EQ(facts.other_ways, 0);
	CHECK_INT_EQ(ls_domain_read_facts(
			     HEAD "<interface type='user'/><channel type='unix'/>" CHANNEL TAIL,
			     &facts, &err),
		     0);
	CHECK_INT_EQ(facts.other_ways, 2);
}

/* COM1: libvirt mirrors it as a console. */
TEST(a_serial_port_and_its_console_are_one_way)
{
	struct ls_error err = { 0 };
	struct ls_domain_facts facts;
	CHECK_INT_EQ(ls_domain_read_facts(
			     HEAD "<serial type='file'><source path='/r/f'/></serial>"
				  "<console type='file'><source path='/r/f'/></console>" TAIL,
			     &facts, &err),
		     0);
	CHECK_STR_EQ(facts.channel, "file");
	CHECK_INT_EQ(facts.other_ways, 0);
}

TEST(the_console_that_libvirt_adds_to_a_serial_port_is_no_difference)
{
	static const char serial[] = HEAD "<serial type='file'><source path='/r/f'/></serial>";
	struct ls_error err = { 0 };
	char a[512], b[512];
	snprintf(a, sizeof(a), "%s%s", serial, TAIL);
	snprintf(b, sizeof(b), "%s<console type='file'><source path='/r/f'/></console>%s", serial,
		 TAIL);
	CHECK_INT_EQ(ls_domain_compare(a, b, &err), 0);
	snprintf(b, sizeof(b), "%s<console type='file'><source path='/r/g'/></console>%s", serial,
		 TAIL);
	CHECK_INT_EQ(ls_domain_compare(a, b, &err), -EBADMSG);
}

TEST_MAIN()
