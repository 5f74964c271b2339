/* SPDX-License-Identifier: Apache-2.0 */
/* labseal cal chain deploy|put|pin, and labseal cal anchor: a registry in a contract. */
#ifndef LABSEAL_AUDIT_CHAIN_COMMAND_H
#define LABSEAL_AUDIT_CHAIN_COMMAND_H

#include "lib/base/command.h"

#define LS_CHAIN_COMMAND_COUNT 2
extern const struct ls_command ls_chain_commands[LS_CHAIN_COMMAND_COUNT];

#endif
