/* SPDX-License-Identifier: Apache-2.0 */
#include "host/supervisor/inspection.h"

#include <errno.h>
#include <fcntl.h>

#include "lib/base/files.h"
#include "lib/base/test.h"

static struct ls_violations list;
static struct ls_error err;
static struct ls_buffer xml;

static struct ls_inspection well(void)
{
	memset(&list, 0, sizeof(list));
	return (struct ls_inspection){ .live = strdup(ls_buffer_str(&xml)),
				       .inactive = strdup(ls_buffer_str(&xml)),
				       .libvirt = 9000000,
				       .qemu = 7002022 };
}

static int judge(struct ls_inspection *i)
{
	int rc = ls_inspection_judge(i, ls_buffer_str(&xml), false, &list, &err);
	ls_inspection_free(i);
	return rc;
}

static void must_be(struct ls_inspection i, const char *id, const char *found)
{
	CHECK_INT_EQ(judge(&i), 0);
	CHECK_INT_EQ(list.count, 1);
	CHECK_STR_EQ(list.at[0].id, id);
	CHECK_STR_EQ(list.at[0].found, found);
}

TEST(each_thing_that_libvirt_keeps_is_judged)
{
	struct ls_inspection i = well();
	CHECK_INT_EQ(judge(&i), 0);
	CHECK_INT_EQ(list.count, 0);
	i = well();
	i.snapshots = 2;
	must_be(i, "domain.snapshots", "2");
	i = well();
	i.checkpoints = 1;
	must_be(i, "domain.checkpoints", "1");
	i = well();
	i.managed_save = true;
	must_be(i, "domain.managed-save", "yes");
	i = well();
	i.autostart = true;
	must_be(i, "domain.autostart", "yes");
	i = well();
	i.taint_count = 1;
	snprintf(i.taints[0], sizeof(i.taints[0]), "tainted: custom monitor");
	must_be(i, "domain.taint", "tainted: custom monitor");
}

TEST(other_versions_than_were_tried_are_said)
{
	static const struct {
		unsigned long libvirt, qemu;
		const char *id, *found;
	} cases[] = {
		{ 8009000, 7002000, "host.libvirt-version", "8.9.0" },
		{ 11003000, 7002000, "host.libvirt-version", "11.3.0" },
		{ 9000000, 5002000, "host.qemu-version", "5.2.0" },
		{ 9000000, 10000002, "host.qemu-version", "10.0.2" },
	};
	for (size_t n = 0; n < sizeof(cases) / sizeof(cases[0]); n++) {
		struct ls_inspection i = well();
		i.libvirt = cases[n].libvirt;
		i.qemu = cases[n].qemu;
		must_be(i, cases[n].id, cases[n].found);
	}
}

TEST(a_path_says_which_xml_it_is_in)
{
	struct ls_inspection i = well();
	char *model = strstr(i.inactive, "\"vga\"");
	REQUIRE(model);
	memcpy(model, "\"qxl\"", 5);
	CHECK_INT_EQ(judge(&i), 0);
	CHECK_INT_EQ(list.count, 1);
	CHECK_STR_EQ(list.at[0].path, "inactive:/domain/devices/video/model/@type");
	i = well();
	free(i.live);
	i.live = NULL; /* it does not run */
	CHECK_INT_EQ(judge(&i), 0);
	CHECK_INT_EQ(list.count, 0);
	i = well();
	i.live[0] = 'x';
	CHECK_INT_EQ(judge(&i), -EINVAL);
}

__attribute__((constructor)) static void begin(void)
{
	ls_buffer_init(&xml, 65536);
	if (ls_file_read(AT_FDCWD, "policy/examples/minimal.xml", &xml, &err) < 0)
		abort();
}

__attribute__((destructor)) static void end(void)
{
	ls_buffer_free(&xml);
}

TEST_MAIN()
