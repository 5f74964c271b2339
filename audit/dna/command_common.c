/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/dna/command_internal.h"
#include "audit/dna/scheme/scheme.h"
#include "lib/base/files.h"
#include "lib/base/text.h"

#define PASSPHRASE_MAX 1024

int ls_dna_say(int command, const struct ls_error *err)
{
	char why[LS_DNA_WHY_SIZE];
	fprintf(stderr, "labseal %s: %s [%s]\n", ls_dna_commands[command].name,
		ls_dna_plain(err->message, why, sizeof why), err->id);
	if (strcmp(err->id, "file.kind") == 0) /* a folder, say: like one that is missing */
		return LS_EXIT_COULD_NOT_CHECK;
	switch (-err->code) {
	case EKEYREJECTED:
	case EDOM: return LS_EXIT_DOES_NOT_HOLD;
	case EINVAL:
	case EEXIST: return LS_EXIT_USAGE;
	case EBADMSG:
	case EFBIG:
	case ENODATA:
	case ENOENT:
	case ENOTDIR:
	case EACCES:
	case EPERM:
	case ELOOP:
	case ENOTSUP:
	case ESTALE:
	case EXDEV:
	case EUCLEAN:
	case ENOKEY: return LS_EXIT_COULD_NOT_CHECK;
	default: return LS_EXIT_FAILED;
	}
}

int ls_dna_options(int command, int argc, char **argv, const struct option *options,
		   ls_dna_take_option *take, void *context)
{
	const struct ls_command *c = &ls_dna_commands[command];
	int option, rc = 0;
	optind = 0; /* glibc: start afresh */
	opterr = 0;
	while (rc == 0 && (option = getopt_long(argc, argv, ":", options, NULL)) != -1) {
		if (option == ':')
			return ls_command_usage(c, "%s needs a value", argv[optind - 1]);
		if (option == '?')
			return ls_command_usage(c, "there is no option '%s'", argv[optind - 1]);
		rc = take(context, option, optarg);
	}
	return rc;
}

static void warn_of_readers(const char *path)
{
	struct stat st;
	char shown[LS_DNA_FILE_SIZE];
	if (stat(path, &st) == 0 && (st.st_mode & (S_IRGRP | S_IROTH)))
		fprintf(stderr,
			"labseal dna: warning: others may read the key '%s': 'chmod 600' it\n",
			ls_dna_plain(path, shown, sizeof shown));
}

int ls_dna_key_open(const char *path, const char *passphrase_file, struct ls_dna_key **ret,
		    struct ls_error *err)
{
	_cleanup_secret_ struct ls_buffer passphrase;
	ls_buffer_init(&passphrase, PASSPHRASE_MAX);
	warn_of_readers(path);
	if (!passphrase_file)
		return ls_dna_key_read(path, NULL, ret, err);
	int rc = ls_file_read(AT_FDCWD, passphrase_file, &passphrase, err);
	if (rc < 0)
		return rc;
	size_t size = strcspn(ls_buffer_str(&passphrase), "\r\n");
	if (size == 0)
		return ls_fail(err, -EKEYREJECTED, "dna.key.passphrase",
			       "the first line of '%s' is no passphrase", passphrase_file);
	passphrase.data[size] = '\0';
	return ls_dna_key_read(path, ls_buffer_str(&passphrase), ret, err);
}

int ls_dna_number(const char *text, unsigned long max, unsigned long *ret)
{
	unsigned long value = 0;
	if (!*text || strlen(text) > 15)
		return -EINVAL;
	for (; *text; text++) {
		if (!isdigit((unsigned char)*text))
			return -EINVAL;
		value = 10 * value + (unsigned long)(*text - '0');
	}
	if (value > max)
		return -EINVAL;
	*ret = value;
	return 0;
}

const char *ls_dna_plain(const char *text, char *ret, size_t size)
{
	_cleanup_buffer_ struct ls_buffer plain;
	ls_buffer_init(&plain, size);
	ls_text_plain(text, strlen(text), size - 1, &plain);
	snprintf(ret, size, "%s", plain.size ? ls_buffer_str(&plain) : "");
	return ret;
}

const char *ls_dna_show(const char *claimed, char *ret, size_t size)
{
	ls_dna_plain(claimed, ret, size);
	if (!*ret)
		snprintf(ret, size, "(no name)");
	return ret;
}

static void genbank_text(const struct ls_molecule *m, enum ls_topology topology,
			 struct ls_buffer *text)
{
	/* a name is one word in GenBank */
	char name[LS_MOLECULE_NAME_MAX + 1];
	snprintf(name, sizeof name, "%s", m->name);
	for (char *c = name; *c; c++)
		if (!isgraph((unsigned char)*c))
			*c = '_';
	ls_buffer_printf(text, "LOCUS       %-23s %zu bp    DNA     %s\n", *name ? name : "unnamed",
			 m->letters.size, topology == LS_CIRCULAR ? "circular" : "linear");
	ls_buffer_add_str(text, "FEATURES             Location/Qualifiers\nORIGIN\n");
	ls_buffer_add(text, m->letters.data, m->letters.size);
	ls_buffer_add_str(text, "\n//\n");
}

int ls_dna_as_genbank(const struct ls_molecule *m, enum ls_topology topology,
		      struct ls_genbank *ret, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, LS_GENBANK_SIZE_MAX);
	genbank_text(m, topology, &text);
	if (ls_buffer_error(&text) < 0)
		return ls_fail(err, ls_buffer_error(&text), "dna.genbank.size",
			       "the molecule is too large to be written as GenBank; say --fasta");
	struct ls_reader r;
	size_t line = 0;
	ls_reader_init(&r, text.data, text.size);
	return ls_genbank_next(&r, &line, ret, err);
}

int ls_dna_write(const char *path, const struct ls_buffer *text, mode_t mode, struct ls_error *err)
{
	int rc;
	if (path) {
		rc = ls_file_write_new(AT_FDCWD, path, text->data, text->size, mode, err);
		return rc == -EEXIST ? ls_fail(err, rc, "dna.output.exists",
					       "'%s' is there already; name another file", path)
				     : rc;
	}
	rc = ls_write_all(STDOUT_FILENO, text->data, text->size);
	if (rc == 0)
		return 0;
	ls_fail_errno(err, -rc, "dna.write", "cannot write to standard output");
	return ls_write_failed(err, rc);
}

int ls_dna_fasta(const char *name, const char *letters, size_t n, struct ls_buffer *out)
{
	ls_buffer_printf(out, ">%s\n", name);
	for (size_t i = 0; i < n; i += 60) {
		ls_buffer_add(out, letters + i, n - i < 60 ? n - i : 60);
		ls_buffer_add_u8(out, '\n');
	}
	return ls_buffer_error(out);
}
