/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/document/tokens.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#define ESCAPE 0x1f
#define FIRST  0x80 /* the words' bytes: from here to 0xff, and then from MORE on */
#define MORE   0x03

/* Frozen: a word's place is its byte, in all that was ever packed with dictionary 1. */
static const char *const words[] = {
	"\n     source          ",
	"\n     gene            ",
	"\n     CDS             ",
	"\n     promoter        ",
	"\n     terminator      ",
	"\n     rep_origin      ",
	"\n     misc_feature    ",
	"\n     primer_bind     ",
	"\n     protein_bind    ",
	"\n     regulatory      ",
	"\n     RBS             ",
	"\n     misc_RNA        ",
	"\n     polyA_signal    ",
	"\n     LTR             ",
	"\n     exon            ",
	"\n     intron          ",
	"\n     mRNA            ",
	"\n     5'UTR           ",
	"\n     3'UTR           ",
	"\n     sig_peptide     ",
	"\n     mat_peptide     ",
	"\n     enhancer        ",
	"\n     misc_binding    ",
	"\n     repeat_region   ",
	"\n     stem_loop       ",
	"\n     variation       ",
	"\n     misc_difference ",
	"\n     oriT            ",
	"\n     conflict        ",
	"\n     tRNA            ",
	"\n     ncRNA           ",
	"\n     mobile_element  ",
	"\n     misc_recomb     ",
	"\n     source          complement(",
	"\n     gene            complement(",
	"\n     CDS             complement(",
	"\n     promoter        complement(",
	"\n     terminator      complement(",
	"\n     rep_origin      complement(",
	"\n     misc_feature    complement(",
	"\n     primer_bind     complement(",
	"\n                     /label=\"",
	"\n                     /label=",
	"\n                     /note=\"",
	"\n                     /note=",
	"\n                     /product=\"",
	"\n                     /gene=\"",
	"\n                     /codon_start=1",
	"\n                     /translation=\"",
	"\n                     /transl_table=11",
	"\n                     /standard_name=\"",
	"\n                     /bound_moiety=\"",
	"\n                     /direction=LEFT",
	"\n                     /direction=RIGHT",
	"\n                     /direction=BOTH",
	"\n                     /organism=\"",
	"\n                     /mol_type=\"",
	"\n                     /db_xref=\"",
	"\n                     /protein_id=\"",
	"\n                     /function=\"",
	"\n                     /regulatory_class=\"",
	"\n                     /locus_tag=\"",
	"\n                     /experiment=\"",
	"\n                     /inference=\"",
	"\n                     /ApEinfo_fwdcolor=\"",
	"\n                     /ApEinfo_revcolor=\"",
	"\n                     /ApEinfo_graphicformat=\"",
	"\n                     /citation=",
	"\n                     /plasmid=\"",
	"\n                     /clone=\"",
	"\n                     /strain=\"",
	"\n                     /lab_host=\"",
	"\n                     /allele=\"",
	"\n                     /vntifkey=",
	"\n                     /created_by=\"",
	"\n                     /modified_by=\"",
	"\n                     /PCR_conditions=\"",
	"\n                     /rpt_type=",
	"\n                     /number=",
	"\n                     /gene_synonym=\"",
	"\n                     /pseudo",
	"\n                     /phenotype=\"",
	"\n                     /country=\"",
	"\n                     /isolate=\"",
	"\n                     /",
	"\n                     ",
	"\n            ",
	"complement(",
	"join(",
	"..",
	"\"",
	" bp ",
	"resistance",
	" promoter",
	" terminator",
	"origin of replication",
	"gene",
	" protein",
	"sequence",
	"binding site",
	"Escherichia coli",
	" primer",
	" of the ",
	" of ",
	" and ",
	" the ",
	" for ",
	" from ",
	" in ",
	"ing ",
	"tion",
	"ation",
	"ase",
	"MCS",
	"lac",
	"synthetic DNA construct",
	"plasmid",
	"vector",
	"; ",
	", ",
	"color: ",
	"\nREFERENCE   ",
	"\n  AUTHORS   ",
	"\n  TITLE     ",
	"\n  JOURNAL   ",
	"\n   PUBMED   ",
	"  (bases 1 to ",
	"\nCOMMENT     ",
	"\n  ORGANISM  ",
	"the ",
	"ing",
};
#define WORDS (sizeof(words) / sizeof(*words))

static uint8_t byte_of(size_t word)
{
	return (uint8_t)(word < 0x80 ? FIRST + word : MORE + word - 0x80);
}

/* The word of a byte, or NULL. */
static const char *word_of(uint8_t byte)
{
	if (byte >= FIRST)
		return words[byte - FIRST];
	return byte >= MORE && byte < MORE + (WORDS - 0x80) ? words[0x80 + byte - MORE] : NULL;
}

/* The longest word with which the text begins. */
static bool find_word(const uint8_t *text, size_t n, size_t *ret_word, size_t *ret_length)
{
	size_t longest = 0;
	for (size_t i = 0; i < WORDS; i++) {
		if ((uint8_t)words[i][0] != text[0])
			continue;
		size_t length = strlen(words[i]);
		if (length > longest && length <= n && memcmp(words[i], text, length) == 0) {
			longest = length;
			*ret_word = i;
		}
	}
	*ret_length = longest;
	return longest > 0;
}

static bool is_plain(uint8_t byte)
{
	return (byte >= 0x20 && byte < FIRST) || byte == '\n' || byte == '\t' ||
	       byte == LS_TOKEN_TRANSLATION || byte == LS_TOKEN_AS_IT_IS;
}

int ls_tokens_encode(const uint8_t *text, size_t n, struct ls_buffer *out)
{
	for (size_t i = 0, length, word; i < n; i += length) {
		if (find_word(text + i, n - i, &word, &length)) {
			ls_buffer_add_u8(out, byte_of(word));
			continue;
		}
		if (!is_plain(text[i]))
			ls_buffer_add_u8(out, ESCAPE);
		ls_buffer_add_u8(out, text[i]);
		length = 1;
	}
	return ls_buffer_error(out);
}

int ls_tokens_decode(const uint8_t *bytes, size_t n, struct ls_buffer *out)
{
	for (size_t i = 0; i < n; i++) {
		const char *word = word_of(bytes[i]);
		if (word)
			ls_buffer_add_str(out, word);
		else if (is_plain(bytes[i]))
			ls_buffer_add_u8(out, bytes[i]);
		else if (bytes[i] != ESCAPE || ++i == n)
			return -EBADMSG;
		else
			ls_buffer_add_u8(out, bytes[i]);
	}
	return ls_buffer_error(out);
}
