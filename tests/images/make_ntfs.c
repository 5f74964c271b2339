/* SPDX-License-Identifier: Apache-2.0 */
/* make_ntfs VOLUME [PATH FILE]...: put files into an NTFS volume without mounting it, with the
 * folders above them. "dirty" as the only PATH marks the volume as Windows does when it was not
 * shut down. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* These name what only volume.h declares. */
#include <ntfs-3g/volume.h>

#include <ntfs-3g/dir.h>
#include <ntfs-3g/unistr.h>

static void die(const char *what)
{
	perror(what);
	exit(1);
}

/* The entry `name` of the folder, made where it is not there. */
static ntfs_inode *entry(ntfs_volume *volume, ntfs_inode *folder, const char *name, mode_t mode)
{
	ntfschar *wide = NULL;
	ntfs_inode *made;
	int length = ntfs_mbstoucs(name, &wide);
	u64 number;

	if (length < 0)
		die(name);
	number = ntfs_inode_lookup_by_name(folder, wide, length);
	made = number == (u64)-1 ? ntfs_create(folder, const_cpu_to_le32(0), wide, (u8)length, mode)
				 : ntfs_inode_open(volume, MREF(number));
	if (!made)
		die(name);
	free(wide);
	ntfs_inode_close(folder);
	return made;
}

static void put(ntfs_volume *volume, char *path, const char *from)
{
	ntfs_inode *node = ntfs_inode_open(volume, FILE_root);
	char buffer[65536], *name;
	FILE *file = fopen(from, "rb");
	ntfs_attr *data;
	s64 at = 0;
	size_t n;

	if (!file || !node)
		die(from);
	path++; /* the slash that it begins with */
	while ((name = strsep(&path, "/")))
		node = entry(volume, node, name, path ? S_IFDIR : S_IFREG);
	data = ntfs_attr_open(node, AT_DATA, AT_UNNAMED, 0);
	if (!data)
		die(from);
	for (; (n = fread(buffer, 1, sizeof(buffer), file)) > 0; at += (s64)n)
		if (ntfs_attr_pwrite(data, at, (s64)n, buffer) != (s64)n)
			die(from);
	ntfs_attr_close(data);
	ntfs_inode_close(node);
	fclose(file);
}

int main(int argc, char **argv)
{
	ntfs_volume *volume = argc > 1 ? ntfs_mount(argv[1], 0) : NULL;

	if (!volume)
		die("mount");
	for (int i = 2; i + 1 < argc; i += 2)
		put(volume, argv[i], argv[i + 1]);
	if (argc == 3 && !strcmp(argv[2], "dirty") &&
	    ntfs_volume_write_flags(volume, volume->flags | VOLUME_IS_DIRTY) < 0)
		die("flags");
	return ntfs_umount(volume, FALSE) ? 1 : 0;
}
