/* SPDX-License-Identifier: Apache-2.0 */
#include "host/supervisor/domain_facts.h"

#include <errno.h>

#include "lib/base/test.h"

#define HEAD "<domain type='qemu'><name>x</name><memory unit='MiB'>256</memory><devices>"
#define TAIL "</devices></domain>"
#define CHANNEL                                                  \
	"<channel type='file'><source path='/r/f' append='on'/>" \
	"<target type='virtio' name='org.labseal.0'/></channel>"

static const char wanted[] = HEAD CHANNEL "<memballoon model='none'/>" TAIL;

TEST(what_is_no_domain_is_refused)
{
	static const char *const bad[] = { "", "<domain", "<network/>", "x" };
	struct ls_domain_facts facts;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct ls_error err = { 0 };
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

TEST_MAIN()
