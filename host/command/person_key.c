/* SPDX-License-Identifier: Apache-2.0 */
#include "host/command/person_key.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/base/pem.h"
#include "lib/hsm/terminal.h"
#include "lib/seal/cms.h"

#define KEY_FILE_MAX 16384 /* bytes */
#define PEM_FILE_MAX 65536 /* bytes; with the text that openssl writes before each block */
#define PEM_BEGIN    "-----BEGIN " LS_PEM_CERTIFICATE "-----\n"

/* --- keys ------------------------------------------------------------------------------ */

void ls_person_holder_free(struct ls_person_holder *holder)
{
	ls_person_key_free(holder->key);
	ls_hsm_uri_close(holder->token);
}

static int load_file(const struct ls_key_place *place, struct ls_person_key **ret_key,
		     struct ls_error *err)
{
	_cleanup_secret_ struct ls_buffer pem;
	_cleanup_passphrase_ struct ls_passphrase p = { "" };
	ls_buffer_init(&pem, KEY_FILE_MAX);
	int rc = ls_file_read(AT_FDCWD, place->name, &pem, err);
	bool encrypted = rc == 0 && strstr(ls_buffer_str(&pem), "ENCRYPTED");
	if (encrypted)
		rc = ls_passphrase_get(place->name, place->passphrase_file, false, &p, err);
	if (rc == 0)
		rc = ls_person_key_from_pem(ls_buffer_str(&pem), pem.size,
					    encrypted ? p.text : NULL, ret_key, err);
	if (rc < 0)
		ls_error_prefix(err, "the private key '%s'", place->name);
	return rc;
}

static int open_token(const struct ls_key_place *place, struct ls_person_holder *holder,
		      struct ls_error *err)
{
	struct ls_signer signer;
	int rc = ls_hsm_uri_open(place->name, place->pin_file, /* make= */ false, &holder->token,
				 &signer, err);
	if (rc == -EKEYREJECTED && strcmp(err->id, "hsm.key.curve") == 0)
		ls_error_prefix(err, "a person's key in a token is a P-256 key that was made there "
				     "('labseal authority', 'labseal provision'); RSA, P-384 and "
				     "P-521 work from a file");
	return rc < 0 ? rc : ls_person_key_of_signer(&signer, &holder->key, err);
}

int ls_person_holder_load(const struct ls_key_place *place, struct ls_person_holder *holder,
			  struct ls_error *err)
{
	return ls_hsm_uri_is(place->name) ? open_token(place, holder, err)
					  : load_file(place, &holder->key, err);
}

/* --- certificates ----------------------------------------------------------------------- */

static int add(struct ls_person_files *files, size_t start, struct ls_error *err)
{
	struct ls_person_certificates *c = &files->certificates;
	struct ls_certificate read;
	struct ls_der der = { files->der.data + start, files->der.size - start };
	int rc = ls_certificate_read_any(der, &read, err);
	if (rc < 0)
		return rc;
	if (c->count > 0 && ls_certificate_is_self_issued(der)) {
		files->der.size = start;
		return 0;
	}
	if (c->count == LS_PERSON_CERTIFICATES_MAX)
		return ls_fail(err, -EINVAL, "countersign.chain",
			       "there are more than %d certificates, the person's and the CAs' "
			       "below the trust file's",
			       LS_PERSON_CERTIFICATES_MAX);
	files->at[c->count++] = start;
	/* the buffer may have moved */
	for (size_t i = 0; i < c->count; i++) {
		size_t end = i + 1 < c->count ? files->at[i + 1] : files->der.size;
		c->all[i] = (struct ls_der){ files->der.data + files->at[i], end - files->at[i] };
	}
	return 0;
}

static int read_blocks(const struct ls_buffer *pem, struct ls_person_files *files,
		       struct ls_error *err)
{
	const char *text = ls_buffer_str(pem), *next = text, *block;
	int rc = 0;
	if (strlen(text) != pem->size || !strstr(text, PEM_BEGIN))
		return ls_fail(err, -EBADMSG, "countersign.pem", "it holds no PEM certificate");
	while (rc == 0 && (block = strstr(next, PEM_BEGIN))) {
		struct ls_reader r;
		size_t start = files->der.size;
		ls_reader_init(&r, block, pem->size - (size_t)(block - text));
		rc = ls_pem_next(&r, LS_PEM_CERTIFICATE, &files->der, err);
		next = block + r.pos;
		if (rc == 0)
			rc = add(files, start, err);
	}
	return rc;
}

int ls_person_files_read(const char *path, struct ls_person_files *files, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer pem;
	ls_buffer_init(&pem, PEM_FILE_MAX);
	int rc = ls_file_read(AT_FDCWD, path, &pem, err);
	if (rc == 0)
		rc = read_blocks(&pem, files, err);
	return rc;
}
