/* SPDX-License-Identifier: Apache-2.0 */
/* What the command `labseal` keeps secrets in: this machine's TPM (lib/tpm/kept.h). */
#ifndef LABSEAL_HOST_COMMAND_KEEPER_H
#define LABSEAL_HOST_COMMAND_KEEPER_H

#include "lib/base/keeper.h"

/*
 * where: the TPM's device, NULL for /dev/tpmrm0; or a folder, in which a software TPM has, or gets,
 * its state: of use for trying, since whoever has that folder has what it keeps, and said so on
 * standard error.  -EPERM ("memory.lock"): lib/base/secret_memory.h.
 */
extern const struct ls_keeper ls_tpm_keeper;

#endif
