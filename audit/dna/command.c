/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/command.h"

#include "audit/dna/command_internal.h"
#include "audit/dna/keys/log_command.h"

/* how the block is */
#define BLOCK                                                                                 \
	"[--profile PROFILE] [--errors T] [--rules twist|idt|none|FILE] [--forbid SITE ...] " \
	"[--topology circular|linear] [--segment FROM..TO]"

const struct ls_command ls_dna_commands[LS_DNA_COMMAND_COUNT] = {
	[LS_DNA_AUTHORITY] = { "dna authority", "COMMAND [ARGUMENT ...]",
			       "make an authority's keys, and give out those of its signers", NULL,
			       ls_dna_authority_command },
	[LS_DNA_SIGN] = { "dna sign",
			  "--key KEY ... --id N --at BASE|auto [--orcid ID] [--passphrase-file "
			  "FILE] " BLOCK " [--from EARLIER] [--document [--for ID ... [--hide "
			  "FEATURE ...]]] [--fasta] [--output FILE] MOLECULE; or, for several "
			  "signers in several places, --draft --authority PARAMETERS --signer ID "
			  "... --id N --at BASE|auto " BLOCK " [--from EARLIER] [--document] "
			  "[--output DRAFT] MOLECULE; or --part DRAFT --key KEY [--show FILE] "
			  "[--orcid ID] "
			  "[--passphrase-file FILE] [--output FILE] MOLECULE; or --join DRAFT "
			  "--with PART ... [--rules RULES] [--fasta] [--output FILE] MOLECULE",
			  "put a signature into a molecule",
			  "--key --id --at --orcid --passphrase-file --profile --errors --rules "
			  "--forbid "
			  "--topology --segment --from --document --for --hide --fasta --output "
			  "--draft --authority --signer --part --join --with --show",
			  ls_dna_sign_command },
	[LS_DNA_VERIFY] = { "dna verify",
			    "--trust FILE [--trust FILE] [--keys MIRROR|SNAPSHOT] [--at TIME] "
			    "[--orcid ID] [--effort 0..4] [--jobs N] [--against ORIGINAL] "
			    "[--path] [--json] "
			    "MOLECULE ...",
			    "verify signatures in molecules, whatever sequencing did to them",
			    "--trust --keys --at --orcid --effort --jobs --against --path --json",
			    ls_dna_verify_command },
	[LS_DNA_READ] = { "dna read",
			  "[--trust FILE ... [--keys MIRROR|SNAPSHOT ...] [--at TIME]] [--key KEY "
			  "[--passphrase-file FILE]] [--output FILE] "
			  "MOLECULE",
			  "the GenBank file that was documented, out of the molecule",
			  "--trust --keys --at --key --passphrase-file --output",
			  ls_dna_read_command },
	[LS_DNA_STRIP] = { "dna strip", "[--block N] [--fasta] [--output FILE] MOLECULE",
			   "take a block out of a molecule", "--block --fasta --output",
			   ls_dna_strip_command },
	[LS_DNA_INSPECT] = { "dna inspect", "[--json] MOLECULE ...",
			     "show what lies where in a block; nothing is verified", "--json",
			     ls_dna_inspect_command },
	[LS_DNA_COST] = { "dna cost",
			  "[--errors T] [--documentation BYTES] [--price PRICE] [--json] "
			  "BASES|MOLECULE",
			  "what a signature adds in bases and money, in each profile",
			  "--errors --documentation --price --json", ls_dna_cost_command },
};

int ls_dna_command(int argc, char **argv)
{
	static const struct ls_command_table tables[] = {
		{ ls_dna_commands, LS_DNA_COMMAND_COUNT },
	};
	return ls_command_dispatch("labseal dna", tables, sizeof(tables) / sizeof(tables[0]), argc,
				   argv);
}
