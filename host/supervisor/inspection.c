/* SPDX-License-Identifier: Apache-2.0 */
#include "host/supervisor/inspection.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/domain_audit.h"

#define FOUND_SIZE 256

/* What this was made and tried with; what libvirt adds to XML and how it starts QEMU is theirs. */
static const struct range {
	const char *path, *id, *expected;
	unsigned long from, to;
} versions[] = {
	{ "/host/libvirt", "host.libvirt-version", "9.0", 9000000, 9001000 },
	{ "/host/qemu", "host.qemu-version", "7.2", 7002000, 7003000 },
};

void ls_inspection_free(struct ls_inspection *i)
{
	free(i->live);
	free(i->inactive);
	ls_qemu_process_free(&i->process);
	memset(i, 0, sizeof(*i));
}

static void judge_version(const struct range *range, unsigned long version,
			  struct ls_violations *list)
{
	char found[FOUND_SIZE];
	if (version == 0 || (version >= range->from && version < range->to))
		return;
	snprintf(found, sizeof(found), "%lu.%lu.%lu", version / 1000000, version / 1000 % 1000,
		 version % 1000);
	ls_violation_add(list, range->id, range->path, found, range->expected,
			 "what another version adds to a machine, and which ways it gives, was not "
			 "examined",
			 "install the distribution's packages of Debian 12");
}

/* What libvirt keeps of a machine and shows in none of its XMLs. */
static void judge_kept(const struct ls_inspection *i, struct ls_violations *list)
{
	char found[FOUND_SIZE];
	snprintf(found, sizeof(found), "%d", i->snapshots);
	if (i->snapshots > 0)
		ls_violation_add(list, "domain.snapshots", "/machine/snapshots", found, "0",
				 "a snapshot puts the machine back to an earlier state, with its "
				 "results and its clock",
				 "delete them (virsh snapshot-list, snapshot-delete)");
	snprintf(found, sizeof(found), "%d", i->checkpoints);
	if (i->checkpoints > 0)
		ls_violation_add(list, "domain.checkpoints", "/machine/checkpoints", found, "0",
				 "a checkpoint serves to copy the guest's disk out while it runs",
				 "delete them (virsh checkpoint-list, checkpoint-delete)");
	if (i->managed_save)
		ls_violation_add(list, "domain.managed-save", "/machine/managed-save", "yes", "no",
				 "the next start would go on with that memory, whatever is in it",
				 "remove it (virsh managedsave-remove)");
	if (i->autostart)
		ls_violation_add(list, "domain.autostart", "/machine/autostart", "yes", "no",
				 "the machine would start before labseald has measured anything",
				 "turn it off (virsh autostart --disable)");
	for (size_t n = 0; n < i->taint_count; n++)
		ls_violation_add(
			list, "domain.taint", "/machine/taint", i->taints[n], "nothing",
			"somebody changed the machine past libvirt: what it has now is in no "
			"XML",
			"stop the machine and start it with 'labseal run'");
}

/* Of two XMLs the path alone does not say which one it is in. */
static int judge_xml(const char *xml, const char *which, const char *expected, bool any_folder,
		     struct ls_violations *list, struct ls_error *err)
{
	size_t before = list->count;
	if (!xml)
		return 0;
	int rc = ls_domain_audit(expected, any_folder, xml, strlen(xml), list, err);
	for (size_t i = before; i < list->count; i++) {
		char path[sizeof(list->at[i].path)];
		snprintf(path, sizeof(path), "%s", list->at[i].path);
		snprintf(list->at[i].path, sizeof(path), "%s:%.*s", which,
			 (int)(sizeof(path) - strlen(which) - 2), path);
	}
	return rc;
}

int ls_inspection_judge(const struct ls_inspection *i, const char *expected, bool any_folder,
			struct ls_violations *list, struct ls_error *err)
{
	struct ls_domain_files files;
	int rc = ls_domain_files(expected, &files, err);
	if (rc == 0)
		rc = judge_xml(i->live, "live", expected, any_folder, list, err);
	if (rc == 0)
		rc = judge_xml(i->inactive, "inactive", expected, any_folder, list, err);
	if (rc < 0)
		return rc;
	judge_kept(i, list);
	judge_version(&versions[0], i->libvirt, list);
	judge_version(&versions[1], i->qemu, list);
	ls_qemu_process_judge(&i->process, &files, list);
	return 0;
}
