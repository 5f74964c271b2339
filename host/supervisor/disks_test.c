/* SPDX-License-Identifier: Apache-2.0 */
#include "host/supervisor/disks.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/files.h"
#include "lib/base/test.h"

static char folder[] = "/tmp/labseal-disks-XXXXXX";
static struct ls_error err;
static struct ls_vm_user user;

static const char *in_folder(const char *name)
{
	static char path[4][128];
	static unsigned next;
	char *p = path[next++ % 4];
	snprintf(p, sizeof(path[0]), "%s/%s", folder, name);
	return p;
}

/* A policy with a raw base image of 1 MiB, which is there. */
static struct ls_policy *policy(enum ls_disk_overlay overlay)
{
	static struct ls_policy p;
	memset(&p, 0, sizeof(p));
	snprintf(p.vm.name, sizeof(p.vm.name), "vm-1");
	snprintf(p.vm.disk.path, sizeof(p.vm.disk.path), "%s", in_folder("base"));
	p.vm.disk.format = LS_DISK_RAW;
	p.vm.disk.overlay = overlay;
	memset(&p.vm.disk.sha256, 0xab, sizeof(p.vm.disk.sha256));
	int fd = open(p.vm.disk.path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	CHECK(fd >= 0 && ftruncate(fd, 1 << 20) == 0);
	close(fd);
	return &p;
}

static void bytes_of(const char *path, struct ls_buffer *bytes)
{
	ls_buffer_init(bytes, 1 << 22);
	CHECK_INT_EQ(ls_file_read(AT_FDCWD, path, bytes, &err), 0);
}

TEST(a_discarded_overlay_is_the_runs)
{
	char overlay[LS_POLICY_PATH_SIZE];
	struct stat st;
	REQUIRE(ls_disks_prepare(policy(LS_OVERLAY_DISCARD), folder, &user, overlay, &err) == 0);
	CHECK_STR_EQ(overlay, in_folder("disk.qcow2"));
	CHECK_INT_EQ(stat(overlay, &st), 0);
	CHECK_INT_EQ(st.st_mode & 07777, 0600);
	_cleanup_buffer_ struct ls_buffer head;
	bytes_of(overlay, &head);
	CHECK_INT_EQ(ls_qcow2_stands_alone(head.data, head.size), -EPERM);
}

TEST(a_kept_overlay_is_the_images_own_and_stays)
{
	char first[LS_POLICY_PATH_SIZE], second[LS_POLICY_PATH_SIZE];
	struct ls_policy *p = policy(LS_OVERLAY_KEEP);
	REQUIRE(ls_disks_prepare(p, "/nonexistent", &user, first, &err) == 0);
	CHECK_STR_EQ(first, in_folder("vm-1.abababababababab.overlay.qcow2"));
	int fd = open(first, O_WRONLY | O_APPEND | O_CLOEXEC);
	CHECK(fd >= 0 && write(fd, "written by the guest", 20) == 20);
	close(fd);
	_cleanup_buffer_ struct ls_buffer before, after;
	bytes_of(first, &before);
	REQUIRE(ls_disks_prepare(p, "/nonexistent", &user, second, &err) == 0);
	CHECK_STR_EQ(second, first);
	bytes_of(first, &after);
	CHECK_INT_EQ(after.size, before.size);
	CHECK_MEM_EQ(after.data, before.data, before.size);
	p->vm.disk.sha256.bytes[0] = 1;
	REQUIRE(ls_disks_prepare(p, "/nonexistent", &user, second, &err) == 0);
	CHECK(strcmp(first, second) != 0);
}

TEST(a_results_disk_is_made_once)
{
	char overlay[LS_POLICY_PATH_SIZE];
	struct ls_policy *p = policy(LS_OVERLAY_DISCARD);
	snprintf(p->vm.results_disk.path, sizeof(p->vm.results_disk.path), "%s", in_folder("r"));
	p->vm.results_disk.size = UINT64_C(3) << 30;
	REQUIRE(ls_disks_prepare(p, folder, &user, overlay, &err) == 0);
	_cleanup_buffer_ struct ls_buffer image, again;
	bytes_of(in_folder("r"), &image);
	REQUIRE(image.size > 32);
	CHECK_INT_EQ(ls_qcow2_stands_alone(image.data, image.size), 0);
	CHECK_MEM_EQ(image.data + 24, "\0\0\0\0\xc0\0\0\0", 8); /* its size */
	p->vm.results_disk.size = UINT64_C(4) << 30;
	REQUIRE(ls_disks_prepare(p, folder, &user, overlay, &err) == 0);
	bytes_of(in_folder("r"), &again);
	CHECK_MEM_EQ(again.data, image.data, image.size);
	CHECK(access(in_folder("r.new"), F_OK) < 0);
}

TEST(what_is_there_and_is_no_image_of_its_own_is_refused)
{
	char overlay[LS_POLICY_PATH_SIZE];
	struct ls_policy *p = policy(LS_OVERLAY_DISCARD);
	p->vm.results_disk.size = 1 << 20;
	CHECK_INT_EQ(symlink("base", in_folder("link")), 0);
	static const char *const wrong[] = { "base", "link", "folder" };
	CHECK_INT_EQ(mkdir(in_folder("folder"), 0700), 0);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		snprintf(p->vm.results_disk.path, sizeof(p->vm.results_disk.path), "%s",
			 in_folder(wrong[i]));
		CHECK_INT_EQ(ls_disks_prepare(p, folder, &user, overlay, &err), -EEXIST);
		CHECK_STR_EQ(err.id, "disk.kind");
		CHECK_STR_HAS(err.message, wrong[i]);
	}
	/* an overlay reads its base image */
	snprintf(p->vm.results_disk.path, sizeof(p->vm.results_disk.path), "%s",
		 in_folder("disk.qcow2"));
	CHECK_INT_EQ(ls_disks_prepare(p, folder, &user, overlay, &err), -EPERM);
	CHECK_STR_EQ(err.id, "disk.chain");
}

TEST(where_no_image_can_be_made_nothing_is)
{
	char overlay[LS_POLICY_PATH_SIZE];
	struct ls_policy *p = policy(LS_OVERLAY_DISCARD);
	snprintf(p->vm.results_disk.path, sizeof(p->vm.results_disk.path), "%s/none/r", folder);
	p->vm.results_disk.size = 1 << 20;
	CHECK_INT_EQ(ls_disks_prepare(p, folder, &user, overlay, &err), -EIO);
	CHECK_STR_HAS(err.message, "none/r");
}

TEST(heads_of_images)
{
	uint8_t head[LS_QCOW2_HEAD] = { 'Q', 'F', 'I', 0xfb, 0, 0, 0, 3 };
	CHECK_INT_EQ(ls_qcow2_stands_alone(head, sizeof(head)), 0);
	CHECK_INT_EQ(ls_qcow2_stands_alone(head, 79), -EBADMSG);
	CHECK_INT_EQ(ls_qcow2_stands_alone(head, 0), -EBADMSG);
	head[79] = 4;
	CHECK_INT_EQ(ls_qcow2_stands_alone(head, sizeof(head)), -EPERM);
	head[79] = 0;
	head[15] = 104;
	CHECK_INT_EQ(ls_qcow2_stands_alone(head, sizeof(head)), -EPERM);
	head[7] = 4;
	CHECK_INT_EQ(ls_qcow2_stands_alone(head, sizeof(head)), -EBADMSG);
	memcpy(head, "KDMV", 4);
	CHECK_INT_EQ(ls_qcow2_stands_alone(head, sizeof(head)), -EBADMSG);
}

__attribute__((constructor)) static void begin(void)
{
	user = (struct ls_vm_user){ .uid = geteuid(), .gid = getegid() };
	if (!mkdtemp(folder))
		abort();
}

__attribute__((destructor)) static void end(void)
{
	ls_remove_tree(AT_FDCWD, folder, NULL);
}

TEST_MAIN()
