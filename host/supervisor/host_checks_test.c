/* SPDX-License-Identifier: Apache-2.0 */
#include "host/supervisor/host_checks.h"

#include <errno.h>
#include <fcntl.h>

#include "lib/base/files.h"
#include "lib/base/test.h"

static char root[] = "/tmp/labseal-host-XXXXXX";
static struct ls_policy policy;
static struct ls_violations list;
static struct ls_error err;

static void put(const char *folder, const char *name, const char *text)
{
	char path[512];
	snprintf(path, sizeof(path), "%s/%s", root, folder);
	ls_make_dirs(AT_FDCWD, path, 0700, &err);
	snprintf(path, sizeof(path), "%s/%s/%s", root, folder, name);
	if (ls_file_replace(AT_FDCWD, path, text, strlen(text), 0600, &err) < 0)
		TEST_FAIL("%s", err.message);
}

static void put_rule(void)
{
	_cleanup_buffer_ struct ls_buffer rule;
	ls_buffer_init(&rule, 8192);
	CHECK_INT_EQ(ls_polkit_rule(&policy, &rule), 0);
	put("etc/polkit-1/rules.d", "50-labseal-t-1.rules", ls_buffer_str(&rule));
}

/* A host where all is as it should be. */
static void good(void)
{
	memset(&policy, 0, sizeof(policy));
	memset(&list, 0, sizeof(list));
	snprintf(policy.instrument.id, sizeof(policy.instrument.id), "t-1");
	snprintf(policy.vm.name, sizeof(policy.vm.name), "labseal-t-1");
	snprintf(policy.vm.disk.path, sizeof(policy.vm.disk.path), "%s/image", root);
	ls_sha256_buffer("image", 5, &policy.vm.disk.sha256);
	put("", "image", "image");
	put("etc/libvirt", "libvirtd.conf", "# x\naccess_drivers = [ \"polkit\" ]\n");
	put_rule();
}

static void must_be(const char *id)
{
	CHECK_INT_EQ(ls_host_check(&policy, root, &list, &err), 0);
	CHECK_INT_EQ(list.count, 1);
	CHECK_STR_EQ(list.at[0].id, id);
}

TEST(a_host_as_it_should_be)
{
	good();
	CHECK_INT_EQ(ls_host_check(&policy, root, &list, &err), 0);
	CHECK_INT_EQ(list.count, 0);
}

TEST(each_fault_is_found)
{
	good();
	put("", "image", "imagf");
	must_be("host.image");
	good();
	put("etc/libvirt", "libvirtd.conf", "#access_drivers = [ \"polkit\" ]\n");
	must_be("host.access-driver");
	good();
	put("etc/libvirt", "libvirtd.conf", "access_drivers = [ ]\n");
	must_be("host.access-driver");
	good();
	put("etc/polkit-1/rules.d", "50-labseal-t-1.rules", "polkit.addRule(\n");
	must_be("host.polkit-rule");
	good();
	snprintf(policy.instrument.id, sizeof(policy.instrument.id), "t-2");
	must_be("host.polkit-rule");
	good();
	policy.vm.usb_count = 1;
	snprintf(policy.vm.usb[0].id, sizeof(policy.vm.usb[0].id), "0781:5567");
	put("sys/bus/usb/devices/1-1", "idVendor", "0781\n");
	put("sys/bus/usb/devices/1-1", "idProduct", "5567\n");
	put("sys/bus/usb/devices/1-1", "busnum", "1\n");
	put("sys/bus/usb/devices/1-1", "devnum", "2\n");
	put("sys/bus/usb/devices/1-1:1.0", "bInterfaceClass", "08\n");
	must_be("usb.class");
	CHECK_STR_HAS(list.at[0].found, "mass storage");
}

TEST(the_embedded_libvirt_asks_nobody)
{
	good();
	policy.vm.connection = LS_CONNECT_EMBED;
	put("etc/libvirt", "libvirtd.conf", "");
	CHECK_INT_EQ(ls_host_check(&policy, root, &list, &err), 0);
	CHECK_INT_EQ(list.count, 0);
}

TEST(an_image_that_is_not_there_is_no_verdict)
{
	good();
	snprintf(policy.vm.disk.path, sizeof(policy.vm.disk.path), "%s/none", root);
	CHECK_INT_EQ(ls_host_check(&policy, root, &list, &err), -ENOENT);
	CHECK_STR_EQ(err.id, "host.image");
}

__attribute__((constructor)) static void begin(void)
{
	if (!mkdtemp(root))
		abort();
}

__attribute__((destructor)) static void end(void)
{
	ls_remove_tree(AT_FDCWD, root, NULL);
}

TEST_MAIN()
