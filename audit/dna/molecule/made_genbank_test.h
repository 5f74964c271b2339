/* SPDX-License-Identifier: Apache-2.0 */
/* Made-up GenBank records.  For tests. */
#ifndef LABSEAL_AUDIT_DNA_MOLECULE_MADE_GENBANK_TEST_H
#define LABSEAL_AUDIT_DNA_MOLECULE_MADE_GENBANK_TEST_H

#define MADE_GENBANK                                                                        \
	"LOCUS       pMade                     70 bp    DNA     circular SYN 01-JAN-2026\n" \
	"DEFINITION  made up.\n"                                                            \
	"COMMENT     10..20 is text.\n"                                                     \
	"FEATURES             Location/Qualifiers\n"                                        \
	"     source          1..70\n"                                                      \
	"     CDS             join(10..12,\n"                                               \
	"                     <25..>30)\n"                                                  \
	"                     /transl_except=(pos:25..27,aa:Trp)\n"                         \
	"                     /note=\"40..50 is text and stays\"\n"                         \
	"                     /gene=\"thing\"\n"                                            \
	"     misc_feature    order(40^41,J00194.1:100..202,(42.43)..50)\n"                 \
	"                     /note=\"far /label=no\n"                                      \
	"                     /label=no\"\n"                                                \
	"     misc_feature    complement(join(60..70,1..5))\n"                              \
	"                     /note=\"over the\n"                                           \
	"                     origin\"\n"                                                   \
	"     misc_feature    60..61\n"                                                     \
	"BASE COUNT       17 a     18 c     18 g     17 t\n"                                \
	"ORIGIN      \n"                                                                    \
	"        1 acgtacgtac gtacgtacgt acgtacgtac gtacgtacgt acgtacgtac gtacgtacgt\n"     \
	"       61 CGATCGATcg\n"                                                            \
	"//\n"

/* A block of eight t over the origin: bases 17..20 and 1..4. */
#define MADE_TURNED                                                                           \
	"LOCUS       turned                    20 bp    DNA     circular SYN 01-JAN-2026\r\n" \
	"FEATURES             Location/Qualifiers\r\n"                                        \
	"     source          1..20\r\n"                                                      \
	"     gene            9..12\r\n"                                                      \
	"     misc_feature    join(17..20,1..4)\r\n"                                          \
	"                     /note=\"labseal dna block 1: whole\"\r\n"                       \
	"ORIGIN\r\n"                                                                          \
	"        1 ttttcccc aaaaGGGG tttt\r\n"                                                \
	"//\r\n"

#endif
