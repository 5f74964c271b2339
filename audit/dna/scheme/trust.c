/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/scheme/trust.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/files.h"

int ls_dna_trust_new(struct ls_dna_trust **ret)
{
	struct ls_dna_trust *trust = calloc(1, sizeof(*trust));
	if (!trust)
		return -ENOMEM;
	*ret = trust;
	return 0;
}

void ls_dna_trust_free(struct ls_dna_trust *trust)
{
	if (!trust)
		return;
	for (size_t i = 0; i < trust->count; i++) {
		struct ls_trusted_authority *a = &trust->authorities[i];
		for (size_t k = 0; k < a->directory_count; k++)
			ls_directory_free(&a->directories[k]);
		free(a->directories);
		ls_dna_history_free(&a->history);
	}
	free(trust->authorities);
	free(trust);
}

size_t ls_dna_trust_count(const struct ls_dna_trust *trust)
{
	return trust->count;
}

static int add_params(struct ls_dna_trust *trust, const void *text, size_t n, struct ls_error *err)
{
	struct ls_dna_params params;
	int rc = ls_params_from_pem(text, n, &params, err);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < trust->count; i++)
		if (ls_digest_equal(&trust->authorities[i].params.id, &params.id))
			return 0; /* the same twice */
	struct ls_trusted_authority *grown = reallocarray(trust->authorities, trust->count + 1,
							  sizeof(*grown));
	if (!grown)
		return ls_fail(err, -ENOMEM, "dna.memory", "out of memory");
	trust->authorities = grown;
	grown[trust->count++] = (struct ls_trusted_authority){ .params = params };
	return 0;
}

/* Newest first; d is handed over. */
static int keep_directory(struct ls_trusted_authority *a, struct ls_dna_directory *d,
			  struct ls_error *err)
{
	size_t place = 0;
	while (place < a->directory_count && a->directories[place].number > d->number)
		place++;
	if (place < a->directory_count && a->directories[place].number == d->number)
		return ls_fail(err, -EEXIST, "dna.directory.twice",
			       "directory %llu of '%s' was given before",
			       (unsigned long long)d->number, a->params.name);
	struct ls_dna_directory *grown = reallocarray(a->directories, a->directory_count + 1,
						      sizeof(*grown));
	if (!grown)
		return ls_fail(err, -ENOMEM, "dna.memory", "out of memory");
	a->directories = grown;
	memmove(grown + place + 1, grown + place, (a->directory_count - place) * sizeof(*grown));
	grown[place] = *d;
	a->directory_count++;
	*d = (struct ls_dna_directory){ 0 };
	return 0;
}

static int add_directory(struct ls_dna_trust *trust, const void *text, size_t n,
			 struct ls_error *err)
{
	if (trust->count == 0)
		return ls_fail(err, -ENOKEY, "dna.directory.authority",
			       "give the parameters of the directory's authority before it");
	int rc = -ENOKEY;
	for (size_t i = 0; i < trust->count && rc == -ENOKEY; i++) {
		_cleanup_directory_ struct ls_dna_directory d = { 0 };
		rc = ls_directory_from_pem(text, n, &trust->authorities[i].params, &d, err);
		if (rc == 0)
			rc = keep_directory(&trust->authorities[i], &d, err);
	}
	return rc;
}

int ls_dna_trust_add_bytes(struct ls_dna_trust *trust, const void *text, size_t n,
			   struct ls_error *err)
{
	if (ls_dna_is_file(text, n, LS_PARAMS_LABEL))
		return add_params(trust, text, n, err);
	if (ls_dna_is_file(text, n, LS_DIRECTORY_LABEL))
		return add_directory(trust, text, n, err);
	return ls_fail(err, -EBADMSG, "dna.trust.form",
		       "it is neither an authority's parameters ('-----BEGIN " LS_PARAMS_LABEL
		       "-----') nor a directory");
}

int ls_dna_trust_add(struct ls_dna_trust *trust, const char *path, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, 2 * LS_DIRECTORY_FILE_MAX);
	int rc = ls_file_read(AT_FDCWD, path, &text, err);
	if (rc < 0)
		return rc;
	rc = ls_dna_trust_add_bytes(trust, text.data, text.size, err);
	if (rc < 0)
		ls_error_prefix(err, "'%s'", path);
	return rc;
}
