/* SPDX-License-Identifier: Apache-2.0 */
/* `labseal dna authority COMMAND`: all of them, of which those of logs of keys are here. */
#ifndef LABSEAL_AUDIT_DNA_KEYS_LOG_COMMAND_H
#define LABSEAL_AUDIT_DNA_KEYS_LOG_COMMAND_H

/* argv[0] is "authority"; returns enum ls_exit. */
int ls_dna_authority_command(int argc, char **argv);

#endif
