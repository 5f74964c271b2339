/* SPDX-License-Identifier: Apache-2.0 */
/* On folders like the kernel's. */
#include "host/supervisor/usb_device.h"

#include <errno.h>
#include <fcntl.h>

#include "lib/base/files.h"
#include "lib/base/test.h"

static char sysfs[] = "/tmp/labseal-usb-XXXXXX";
static struct ls_error err;

static void put(const char *device, const char *name, const char *value)
{
	char path[256], text[64];
	snprintf(path, sizeof(path), "%s/%s", sysfs, device);
	ls_make_dirs(AT_FDCWD, path, 0700, &err);
	snprintf(path, sizeof(path), "%s/%s/%s", sysfs, device, name);
	snprintf(text, sizeof(text), "%s\n", value);
	CHECK_INT_EQ(ls_file_replace(AT_FDCWD, path, text, strlen(text), 0600, &err), 0);
}

static void plug(const char *port, const char *vendor, const char *product, const char *serial,
		 const char *device, const char *class)
{
	char interface[64];
	put(port, "idVendor", vendor);
	put(port, "idProduct", product);
	put(port, "serial", serial);
	put(port, "busnum", "3");
	put(port, "devnum", device);
	put(port, "bDeviceClass", "00");
	snprintf(interface, sizeof(interface), "%s:1.0", port);
	put(interface, "bInterfaceClass", class);
	put(interface, "bInterfaceProtocol", "01");
}

/* Two alike, one with a class of its vendor's own; a disk, a keyboard, a hub. */
static void make_bus(void)
{
	plug("3-1", "04b4", "8613", "A1", "7", "ff");
	plug("3-2.4", "04b4", "8613", "B2", "8", "ff");
	plug("3-3", "04b4", "00f0", "", "13", "ff");
	plug("3-5", "0781", "5567", "S", "9", "08");
	plug("3-6", "046d", "c31c", "K", "10", "03");
	plug("3-7", "1d6b", "0002", "H", "11", "ff");
	put("3-7", "bDeviceClass", "09");
	plug("3-8", "1234", "0001", "V", "12", "ff");
	put("3-8:1.1", "bInterfaceClass", "08");
}

static int find(const char *id, const char *port, const char *serial, struct ls_usb_place *place)
{
	static struct ls_policy policy;
	struct ls_usb_place places[LS_POLICY_USB_MAX] = { 0 };
	policy.vm.usb_count = 1;
	snprintf(policy.vm.usb[0].id, sizeof(policy.vm.usb[0].id), "%s", id);
	snprintf(policy.vm.usb[0].port, sizeof(policy.vm.usb[0].port), "%s", port);
	snprintf(policy.vm.usb[0].serial, sizeof(policy.vm.usb[0].serial), "%s", serial);
	int rc = ls_usb_find(sysfs, &policy, places, &err);
	*place = places[0];
	return rc;
}

TEST(the_chosen_one_is_found_where_it_is)
{
	struct ls_usb_place at;
	CHECK_INT_EQ(find("04b4:8613", "", "B2", &at), 0);
	CHECK_INT_EQ(at.bus, 3);
	CHECK_INT_EQ(at.device, 8);
	CHECK_INT_EQ(find("04b4:8613", "3-1", "", &at), 0);
	CHECK_INT_EQ(at.device, 7);
	CHECK_INT_EQ(find("04b4:8613", "3-2.4", "B2", &at), 0);
	CHECK_INT_EQ(at.device, 8);
}

TEST(the_only_one_of_its_kind_needs_no_choice)
{
	struct ls_usb_place at;
	CHECK_INT_EQ(find("04b4:00f0", "", "", &at), 0);
	CHECK_INT_EQ(at.bus, 3);
	CHECK_INT_EQ(at.device, 13);
}

TEST(of_several_alike_none_is_taken_by_chance)
{
	struct ls_usb_place at;
	CHECK_INT_EQ(find("04b4:8613", "", "", &at), -ENOTUNIQ);
	CHECK_STR_EQ(err.id, "usb.several");
	CHECK_STR_HAS(err.message, "there are 2");
}

TEST(what_is_unplugged_has_no_place)
{
	struct ls_usb_place at;
	CHECK_INT_EQ(find("04b4:1004", "", "", &at), 0);
	CHECK_INT_EQ(at.bus, 0);
	CHECK_INT_EQ(find("04b4:1004", "3-1", "", &at), 0);
	CHECK_INT_EQ(at.bus, 0);
}

TEST(another_of_its_kind_is_not_taken_instead)
{
	struct ls_usb_place at;
	CHECK_INT_EQ(find("04b4:8613", "", "C3", &at), -ENODEV);
	CHECK_STR_EQ(err.id, "usb.other");
	CHECK_INT_EQ(find("04b4:8613", "3-1", "B2", &at), -ENODEV);
}

TEST(storage_keyboards_and_hubs_are_refused_by_class)
{
	static const struct {
		const char *id, *what;
	} cases[] = { { "0781:5567", "mass storage" },
		      { "046d:c31c", "a keyboard" },
		      { "1d6b:0002", "a hub" },
		      { "1234:0001", "mass storage" } };
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ls_usb_place at;
		CHECK_INT_EQ(find(cases[i].id, "", "", &at), -EPERM);
		CHECK_STR_EQ(err.id, "usb.class");
		CHECK_STR_HAS(err.message, cases[i].what);
	}
}

TEST(a_host_without_usb_is_said)
{
	static struct ls_policy policy;
	struct ls_usb_place places[LS_POLICY_USB_MAX];
	CHECK_INT_EQ(ls_usb_find("/nonexistent", &policy, places, &err), 0);
	policy.vm.usb_count = 1;
	CHECK_INT_EQ(ls_usb_find("/nonexistent", &policy, places, &err), -ENOENT);
	CHECK_STR_EQ(err.id, "usb.bus");
}

__attribute__((constructor)) static void begin(void)
{
	if (mkdtemp(sysfs))
		make_bus();
}

__attribute__((destructor)) static void end(void)
{
	ls_remove_tree(AT_FDCWD, sysfs, NULL);
}

TEST_MAIN()
