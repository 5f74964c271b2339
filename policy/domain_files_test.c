/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/domain_files.h"

#include <errno.h>
#include <fcntl.h>

#include "lib/base/files.h"
#include "lib/base/test.h"

static struct ls_error err;

static int read_example(const char *name, struct ls_domain_files *files)
{
	char path[128];
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, 65536);
	snprintf(path, sizeof(path), "policy/examples/%s.xml", name);
	int rc = ls_file_read(AT_FDCWD, path, &text, &err);
	return rc < 0 ? rc : ls_domain_files(ls_buffer_str(&text), files, &err);
}

static void check_file(const struct ls_domain_files *files, size_t i, enum ls_domain_access access,
		       const char *path)
{
	CHECK(i < files->count);
	CHECK_INT_EQ(files->at[i].access, access);
	CHECK_STR_EQ(files->at[i].path, path);
}

TEST(each_file_is_there_with_what_the_machine_does_to_it)
{
	struct ls_domain_files f;
	REQUIRE(read_example("imported-disk", &f) == 0);
	CHECK_STR_EQ(f.name, "labseal-7500-02");
	CHECK(f.has_usb);
	CHECK_INT_EQ(f.count, 4);
	check_file(&f, 0, LS_DOMAIN_WRITES, "/run/labseal/disk.qcow2");
	check_file(&f, 1, LS_DOMAIN_WRITES, "/var/lib/libvirt/images/7500-02-results.qcow2");
	check_file(&f, 2, LS_DOMAIN_READS, "/var/lib/libvirt/images/7500-02.img");
	check_file(&f, 3, LS_DOMAIN_SENDS, "/run/labseal/results.fifo");
	REQUIRE(read_example("plate-reader-rs232", &f) == 0);
	CHECK(!f.has_usb);
	check_file(&f, 3, LS_DOMAIN_DEVICE,
		   "/dev/serial/by-id/usb-FTDI_FT232R_USB_UART_A600-if00-port0");
	REQUIRE(read_example("demo", &f) == 0);
	CHECK_INT_EQ(f.count, 1);
}

TEST(what_is_no_machine_is_refused)
{
	static const char *const bad[] = { "", "<domain/>", "<domain><name/></domain>", "<a>" };
	struct ls_domain_files f;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK_INT_EQ(ls_domain_files(bad[i], &f, &err), -EINVAL);
}

TEST_MAIN()
