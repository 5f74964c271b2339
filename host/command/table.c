/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "host/command/commands.h"

const struct ls_command ls_host_commands[] = {
	{ "check", "[--json] POLICY", "say every fault of a policy, with line and column", "--json",
	  ls_cmd_check },
	{ "xml", "[--accelerator kvm|tcg] POLICY",
	  "print the virtual machine that a policy describes, as libvirt's XML", "--accelerator",
	  ls_cmd_xml },
	{ "audit", "[--xml FILE] [--json] POLICY | --polkit-rule POLICY",
	  "say everything in which a machine is not the one that the policy describes",
	  "--xml --json --polkit-rule", ls_cmd_audit },
	{ "provision",
	  "[--dry-run] [--authority FILE|TOKEN] [--authority-pin-file FILE] [--pin-file FILE] "
	  "[--nfs CLIENTS] [--write-qemu-conf] POLICY",
	  "make users, folders, keys and certificates, and approve the state that is measured",
	  "--dry-run --authority --authority-pin-file --pin-file --nfs --write-qemu-conf",
	  ls_cmd_provision },
	{ "deprovision", "[--dry-run] POLICY",
	  "take away what provision made of the host; results and keys stay", "--dry-run",
	  ls_cmd_deprovision },
	{ "install", "[--cdrom FILE] [--floppy FILE] POLICY",
	  "run the machine unlocked, with a CD and a floppy; nothing is sealed then",
	  "--cdrom --floppy", ls_cmd_install },
	{ "lock",
	  "[--write-policy] [--authority FILE|TOKEN] [--passphrase-file FILE] [--pin-file FILE] "
	  "[--request FILE] [--yes] POLICY",
	  "make what was installed the base image, and have the authority approve it",
	  "--write-policy --authority --passphrase-file --pin-file --request --yes", ls_cmd_lock },
	{ "authority",
	  "init [--passphrase|--passphrase-file FILE] FILE | init [--pin-file FILE] TOKEN | sign "
	  "--key FILE|TOKEN [--passphrase-file FILE] [--pin-file FILE] [--yes] REQUEST",
	  "make the policy authority's key, or sign with it what another machine asks for",
	  "--passphrase --passphrase-file --pin-file --key --yes", ls_cmd_authority },
	{ "approve",
	  "[--authority FILE|TOKEN] [--passphrase-file FILE] [--pin-file FILE] [--adopt-log] "
	  "[--request FILE|--signed FILE|--retire VERSION] [--yes] POLICY",
	  "show what would be measured against what is approved, and let the authority approve it",
	  "--authority --passphrase-file --pin-file --request --signed --retire --adopt-log --yes",
	  ls_cmd_approve },
	{ "enrol",
	  "--ca FOLDER [--ek-roots FILE] [--accept-unproven] POLICY | request --output FILE POLICY "
	  "| "
	  "challenge --ca FOLDER [--ek-roots FILE] [--accept-unproven] --output FILE REQUEST | "
	  "activate --challenge FILE --output FILE POLICY | issue --ca FOLDER --output FILE "
	  "RESPONSE "
	  "| install --certificate FILE POLICY",
	  "have the lab's CA certify that the attestation key is in this TPM, here or step by step",
	  "--ca --ek-roots --accept-unproven --output --challenge --certificate", ls_cmd_enrol },
	{ "run", "POLICY", "run the instrument's machine and seal its results, in the foreground",
	  "", ls_cmd_run },
	{ "console", "[--kiosk] [--install] POLICY", "show the machine's screen",
	  "--kiosk --install", ls_cmd_console },
	{ "status", "[--json] POLICY", "show how the machine, the channel and the signer are",
	  "--json", ls_cmd_status },
	{ "demo",
	  "[--input DIR] [--output DIR] [--kernel FILE] [--initrd FILE] [--timeout SECONDS]",
	  "show the whole way of a result, from a guest's file to a verified share",
	  "--input --output --kernel --initrd --timeout", ls_cmd_demo },
	{ "trust", "[--json] [--output FILE] [--person-ca FILE] [--revoke FILE] POLICY",
	  "export the trust file that auditors verify with, and its fingerprint; say whose "
	  "countersignatures count",
	  "--json --output --person-ca --revoke", ls_cmd_trust },
	{ "countersign",
	  "--meaning review|approval|responsibility|authorship --certificate FILE [--chain FILE] "
	  "--key FILE|TOKEN "
	  "[--passphrase-file FILE] [--pin-file FILE] [--yes] --output FILE RESULT | --hand-in "
	  "FILE POLICY",
	  "sign a result as a person, beside the instrument's seal, and have that sealed",
	  "--meaning --certificate --chain --key --passphrase-file --pin-file --output --hand-in "
	  "--yes",
	  ls_cmd_countersign },
	{ "witness",
	  "init --name NAME FILE | vkey FILE | run --key FILE --logs FILE --state FOLDER --listen "
	  "ADDRESS:PORT",
	  "cosign the checkpoints of other logs, so that none can show two histories",
	  "init vkey run --name --key --logs --state --listen --development", ls_cmd_witness },
};

const size_t ls_host_command_count = sizeof(ls_host_commands) / sizeof(ls_host_commands[0]);

const struct ls_command *ls_host_command(const char *name)
{
	size_t i = 0;
	while (i + 1 < ls_host_command_count && strcmp(ls_host_commands[i].name, name) != 0)
		i++;
	return &ls_host_commands[i];
}
