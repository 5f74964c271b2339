/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands of labseal dna share. */
#ifndef LABSEAL_AUDIT_DNA_COMMAND_INTERNAL_H
#define LABSEAL_AUDIT_DNA_COMMAND_INTERNAL_H

#include <stdio.h>

#include "audit/dna/molecule/genbank.h"
#include "audit/dna/molecule/molecules.h"
#include "lib/base/command.h"
#include "lib/base/error.h"
#include "lib/base/exit.h"

enum {
	LS_DNA_AUTHORITY,
	LS_DNA_SIGN,
	LS_DNA_VERIFY,
	LS_DNA_READ,
	LS_DNA_STRIP,
	LS_DNA_INSPECT,
	LS_DNA_COST,
	LS_DNA_COMMAND_COUNT
};
extern const struct ls_command ls_dna_commands[LS_DNA_COMMAND_COUNT];

int ls_dna_sign_command(int argc, char **argv);
int ls_dna_verify_command(int argc, char **argv);
int ls_dna_read_command(int argc, char **argv);
int ls_dna_strip_command(int argc, char **argv);
int ls_dna_inspect_command(int argc, char **argv);
int ls_dna_cost_command(int argc, char **argv);

/* "labseal dna sign: MESSAGE [id]" on stderr; returns the exit status that goes with the error. */
int ls_dna_say(int command, const struct ls_error *err);

/*
 * A command's options, as getopt_long() takes them: take is given each with its value, and what it
 * returns other than 0 ends it.  optind is then the first of what they are for.  0, or an exit
 * status after its line.
 */
struct option;
typedef int ls_dna_take_option(void *context, int option, const char *value);
int ls_dna_options(int command, int argc, char **argv, const struct option *options,
		   ls_dna_take_option *take, void *context);

/* A key file, opened with the first line of a file (NULL: none); that others may read it is warned
 * of.  As ls_dna_key_read(), and
 * -EKEYREJECTED where that line is empty. */
struct ls_dna_key;
int ls_dna_key_open(const char *path, const char *passphrase_file, struct ls_dna_key **ret,
		    struct ls_error *err);

/* Digits only, at most max.  0 or -EINVAL. */
int ls_dna_number(const char *text, unsigned long max, unsigned long *ret);

/* Text out of a molecule's file, a file's name, or an error with either: one line of UTF-8 without
 * control characters, cut to size. */
#define LS_DNA_WHY_SIZE	 LS_ERROR_MESSAGE_SIZE
#define LS_DNA_FILE_SIZE 4097
const char *ls_dna_plain(const char *text, char *ret, size_t size);

/* Claimed text, made fit to be shown; an empty name becomes "(no name)". */
const char *ls_dna_show(const char *claimed, char *ret, size_t size);

/*
 * The record as GenBank text: a GenBank record as it is parsed again by ls_genbank_next(); of
 * another format, a record with its name and bases alone.  topology: what is written where the file
 * says none.
 */
int ls_dna_as_genbank(const struct ls_molecule *m, enum ls_topology topology,
		      struct ls_genbank *ret, struct ls_error *err);

/* Text to a new file of this mode (NULL: to stdout).  0; -EEXIST ("dna.output.exists"): nothing
 * that is there is written over, a key least of all; a negative errno. */
int ls_dna_write(const char *path, const struct ls_buffer *text, mode_t mode, struct ls_error *err);

/* ">NAME\n" and lines of 60 letters. */
int ls_dna_fasta(const char *name, const char *letters, size_t n, struct ls_buffer *out);

#endif
