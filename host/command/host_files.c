/* SPDX-License-Identifier: Apache-2.0 */
#include "host/command/host_files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/supervisor/host_checks.h"
#include "host/supervisor/state.h"

#define HEAD                                                                                       \
	"# Made by 'labseal provision'.  A file that a person changed is left as it is, by a new " \
	"provision\n# and by 'labseal deprovision'.\n"

/* --- who is here ------------------------------------------------------------------ */

static int write_instrument(const struct ls_host_facts *f, struct ls_buffer *out)
{
	return ls_buffer_printf(out, HEAD "policy %s\nstate %s\nshare %s\nmachine %s\n",
				f->policy_path, f->policy->state, f->policy->publish.share,
				f->policy->vm.name);
}

static int write_polkit(const struct ls_host_facts *f, struct ls_buffer *out)
{
	return ls_polkit_rule(f->policy, out);
}

/* --- the share ---------------------------------------------------------------------- */

/*
 * smb.conf(5).  'veto files' hides what is not published yet; 'read only' is the
 * kernel's word as well: no user but the publisher's may write there.
 */
static int write_samba(const struct ls_host_facts *f, struct ls_buffer *out)
{
	const char *id = f->policy->instrument.id;
	return ls_buffer_printf(
		out,
		HEAD
		"# To give the share out, put this into /etc/samba/smb.conf and reload Samba:\n"
		"#     include = /etc/samba/labseal-%s.conf\n"
		"# 'smb encrypt = required' lets in nobody below SMB 3; 'server min protocol = "
		"SMB3' under\n"
		"# [global] says the same for all shares of this host.\n"
		"[labseal-%s]\n"
		"    comment = Sealed results of %s\n"
		"    path = %s\n"
		"    read only = yes\n"
		"    guest ok = no\n"
		"    smb encrypt = required\n"
		"    browseable = yes\n"
		"    printable = no\n"
		"    write list =\n"
		"    admin users =\n"
		"    veto files = /.*/\n"
		"    delete veto files = no\n"
		"    follow symlinks = no\n"
		"    wide links = no\n"
		"    store dos attributes = no\n"
		"    map archive = no\n",
		id, id, id, f->policy->publish.share);
}

/* exports(5): each client of the list has the same options. */
static int write_nfs(const struct ls_host_facts *f, struct ls_buffer *out)
{
	if (!f->nfs_clients)
		return 1;
	ls_buffer_printf(out, HEAD "# It holds after 'exportfs -ra'.\n\"%s\"",
			 f->policy->publish.share);
	for (const char *at = f->nfs_clients; *at;) {
		int length = (int)strcspn(at, ",");
		ls_buffer_printf(out, " %.*s(ro,root_squash,all_squash,sync,no_subtree_check)",
				 length, at);
		at += length;
		at += *at == ',';
	}
	return ls_buffer_add_str(out, "\n");
}

/* --- AppArmor ----------------------------------------------------------------------- */

/*
 * A second fence around the two children that have folders.  The enclave has
 * none, in a root of its own; QEMU's profile is libvirt's.
 */
static int write_profiles(const struct ls_host_facts *f, struct ls_buffer *out)
{
	(void)f;
	static const char *const names[] = { "diode", "publish" };
	ls_buffer_add_str(out, HEAD
			  "# They only complain: nothing is refused until 'aa-enforce' says so.\n"
			  "abi <abi/3.0>,\ninclude <tunables/global>\n");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		ls_buffer_printf(out,
				 "\nprofile labseal-%s " LABSEAL_LIBEXECDIR
				 "/labseal-%s flags=(complain) {\n"
				 "  include <abstractions/base>\n"
				 "  # to become its own user, and nothing after that\n"
				 "  capability setgid,\n"
				 "  capability setuid,\n"
				 "  " LABSEAL_LIBEXECDIR "/labseal-%s mr,\n"
				 "  include if exists <labseal.d/%s>\n"
				 "}\n",
				 names[i], names[i], names[i], names[i]);
	return ls_buffer_error(out);
}

static int write_diode_rules(const struct ls_host_facts *f, struct ls_buffer *out)
{
	return ls_buffer_printf(
		out, HEAD "\"%s/" LS_STATE_SPOOL "/\" r,\n\"%s/" LS_STATE_SPOOL "/**\" rwk,\n",
		f->policy->state, f->policy->state);
}

static int write_publish_rules(const struct ls_host_facts *f, struct ls_buffer *out)
{
	const char *share = f->policy->publish.share;
	return ls_buffer_printf(out,
				HEAD "\"%s/\" r,\n\"%s/**\" rwkl,\n\"%s/" LS_STATE_TRUST "\" r,\n",
				share, share, f->policy->state);
}

/* The first is the last to be removed: it says that the instrument is here. */
const struct ls_host_file ls_host_files[] = {
	{ LS_HOST_INSTRUMENTS "/%s", 0644, "that this instrument is on this host", NULL, false,
	  write_instrument },
	{ "/etc/polkit-1/rules.d/50-labseal-%s.rules", 0644,
	  "operators may see the screen, and nothing else", NULL, false, write_polkit },
	{ "/etc/samba/labseal-%s.conf", 0644, "the share for Samba, read-only", NULL, false,
	  write_samba },
	{ "/etc/exports.d/labseal-%s.exports", 0644, "the share for NFS, read-only", NULL, false,
	  write_nfs },
	{ "/etc/apparmor.d/labseal.d/diode/%s", 0644, "AppArmor: where results wait",
	  "/etc/apparmor.d", false, write_diode_rules },
	{ "/etc/apparmor.d/labseal.d/publish/%s", 0644, "AppArmor: the share", "/etc/apparmor.d",
	  false, write_publish_rules },
	{ "/etc/apparmor.d/labseal", 0644, "AppArmor: receiver and publisher", "/etc/apparmor.d",
	  true, write_profiles },
};
const size_t ls_host_file_count = sizeof(ls_host_files) / sizeof(ls_host_files[0]);

/* --- what they are made of ------------------------------------------------------------ */

int ls_host_root(const char **ret_root, struct ls_error *err)
{
	static char root[LS_HOST_PATH_SIZE];
	const char *value = getenv("LABSEAL_ROOT");
	size_t length = value ? strlen(value) : 0;
	if (length > 0 && (value[0] != '/' || length >= sizeof(root)))
		return ls_fail(err, -EINVAL, "host.root",
			       "LABSEAL_ROOT is '%.100s' and no absolute path of a folder", value);
	while (length > 0 && value[length - 1] == '/')
		length--;
	memcpy(root, value ? value : "", length);
	root[length] = '\0';
	*ret_root = root;
	return 0;
}

/* '%' is Samba's, '"' and '\' are exports', '*' to '}' are AppArmor's. */
static bool is_plain_path(const char *path)
{
	for (const char *c = path; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f || strchr("%\"\\*?[]{}^@#;$", *c))
			return false;
	return true;
}

int ls_host_facts_check(const struct ls_host_facts *f, struct ls_error *err)
{
	const char *paths[] = { f->policy->publish.share, f->policy->state, f->policy_path };
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		if (!is_plain_path(paths[i]))
			return ls_fail(err, -EINVAL, "host.path",
				       "the path '%s' has a character that the files of Samba, NFS "
				       "or AppArmor would read as another thing; choose a path of "
				       "letters, digits, '-', '_', '.' and '/'",
				       paths[i]);
	if (!f->nfs_clients)
		return 0;
	const char *allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
			      ".:/-_@,";
	size_t good = strspn(f->nfs_clients, allowed);
	if (f->nfs_clients[good] || f->nfs_clients[0] == ',' || strstr(f->nfs_clients, ",,"))
		return ls_fail(err, -EINVAL, "host.nfs",
			       "'%s' does not name clients as exports(5) does: host names, "
			       "addresses, networks such as 192.0.2.0/24, or @netgroups, with "
			       "commas between; who is meant is named, so there is no '*'",
			       f->nfs_clients);
	return 0;
}
