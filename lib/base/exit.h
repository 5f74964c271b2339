/* SPDX-License-Identifier: Apache-2.0 */
/* Exit statuses, the same for every command (docs: labseal(1), EXIT STATUS). */
#ifndef LABSEAL_LIB_BASE_EXIT_H
#define LABSEAL_LIB_BASE_EXIT_H

enum ls_exit {
	LS_EXIT_HOLDS = 0,	     /* done, or VERIFIED */
	LS_EXIT_DOES_NOT_HOLD = 1,   /* NOT VERIFIED: altered, removed, wrong signer, drift */
	LS_EXIT_USAGE = 2,	     /* the command line is wrong */
	LS_EXIT_COULD_NOT_CHECK = 3, /* a file, a key or the trust file is missing */
	LS_EXIT_FAILED = 4,	     /* the system failed: disk, memory, TPM, libvirt */
};

#endif
