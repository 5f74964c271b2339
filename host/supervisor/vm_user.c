/* SPDX-License-Identifier: Apache-2.0 */
#include "host/supervisor/vm_user.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEBIAN_LIBVIRT_QEMU 64055

void ls_vm_user_find(struct ls_vm_user *ret_user)
{
	struct stat kvm;
	*ret_user = (struct ls_vm_user){ .uid = geteuid(), .gid = getegid() };
	if (geteuid() != 0)
		return;
	const struct passwd *account = getpwnam("_labseal-vm");
	if (!account)
		account = getpwnam("libvirt-qemu");
	ret_user->uid = account ? account->pw_uid : DEBIAN_LIBVIRT_QEMU;
	ret_user->gid = account ? account->pw_gid : DEBIAN_LIBVIRT_QEMU;
	/* only a group's device: what root alone may use stays so */
	if (stat("/dev/kvm", &kvm) == 0 && (kvm.st_mode & 0060) == 0060 && kvm.st_gid != 0) {
		ret_user->has_kvm_group = true;
		ret_user->kvm_group = kvm.st_gid;
	}
}

int ls_vm_user_become(const struct ls_vm_user *user, struct ls_error *err)
{
	int death_signal = 0;
	prctl(PR_GET_PDEATHSIG, &death_signal);
	if (geteuid() == 0 && (setgroups(user->has_kvm_group ? 1 : 0, &user->kvm_group) < 0 ||
			       setresgid(user->gid, user->gid, user->gid) < 0 ||
			       setresuid(user->uid, user->uid, user->uid) < 0))
		return ls_fail_errno(err, errno, "vm.user", "cannot become user %u for the VM",
				     (unsigned)user->uid);
	/* the change of user has cleared it */
	if (prctl(PR_SET_PDEATHSIG, death_signal) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return ls_fail_errno(err, errno, "vm.user", "cannot give up privileges");
	return 0;
}
