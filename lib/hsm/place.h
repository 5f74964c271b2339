/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a key lies in a PKCS#11 token: the module, how it is set up, the token and
 * the key's label.  Provisioning and the enclave are told the same thing, the latter
 * in its START message, followed by what it logs in with.
 */
#ifndef LABSEAL_LIB_HSM_PLACE_H
#define LABSEAL_LIB_HSM_PLACE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/buffer.h"
#include "lib/base/error.h"

/* Sizes in bytes, with the final NUL. */
#define LS_HSM_PATH_SIZE     512
#define LS_HSM_VARIABLE_SIZE 64
#define LS_HSM_TOKEN_SIZE    33 /* PKCS#11 CK_TOKEN_INFO: label */
#define LS_HSM_SERIAL_SIZE   17 /* the same: serialNumber */
#define LS_HSM_LABEL_SIZE    128

struct ls_hsm_place {
	char module[LS_HSM_PATH_SIZE];	      /* absolute path of the shared object */
	char variable[LS_HSM_VARIABLE_SIZE];  /* of the environment, that names ... */
	char configuration[LS_HSM_PATH_SIZE]; /* ... the module's configuration; both "": none */
	char folder[LS_HSM_PATH_SIZE];	      /* that the module reads while it works; "": none */
	char token[LS_HSM_TOKEN_SIZE];	      /* label */
	char serial[LS_HSM_SERIAL_SIZE];      /* "": any */
	char label[LS_HSM_LABEL_SIZE];	      /* CKA_LABEL of both halves of the key */
};

#define LS_HSM_SECRET_MAX 1024			     /* bytes of a PIN, or of a sealed PIN */
#define LS_HSM_START_MAX  (2048 + LS_HSM_SECRET_MAX) /* bytes of the text and the secret */

/*
 * "labseal/hsm/v1" and one line "NAME VALUE" for each member, in this order, an empty
 * line, the secret's bytes.  -EINVAL: a control character in a value.
 */
int ls_hsm_place_format(const struct ls_hsm_place *place, const void *secret, size_t size,
			struct ls_buffer *out);

/* *ret_secret points into bytes.  -EBADMSG ("hsm.place"). */
int ls_hsm_place_parse(const void *bytes, size_t size, struct ls_hsm_place *ret_place,
		       const uint8_t **ret_secret, size_t *ret_size, struct ls_error *err);

#endif
