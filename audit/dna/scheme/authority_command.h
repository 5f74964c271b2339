/* SPDX-License-Identifier: Apache-2.0 */
/* `labseal dna authority COMMAND`: keys for DNA signatures (labseal-dna(1), AUTHORITIES). */
#ifndef LABSEAL_AUDIT_DNA_SCHEME_AUTHORITY_COMMAND_H
#define LABSEAL_AUDIT_DNA_SCHEME_AUTHORITY_COMMAND_H

/* argv[0] is "authority"; returns enum ls_exit. */
int ls_dna_authority_command(int argc, char **argv);

#endif
