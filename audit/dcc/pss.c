/* SPDX-License-Identifier: Apache-2.0 */
/* RSA-PSS over SignedInfo: libxml2 canonicalizes, OpenSSL verifies. */
#include <errno.h>
#include <libxml/c14n.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "audit/dcc/signature_internal.h"
#include "lib/base/cleanup.h"

#define VALUE_MAX 1024 /* bytes: 8192 bits */

LS_DEFINE_CLEANUP(EVP_MD_CTX *, EVP_MD_CTX_free)
LS_DEFINE_CLEANUP(xmlOutputBuffer *, xmlOutputBufferClose)

/* Attributes and namespaces come with the element that they are of. */
static int is_within(void *root, xmlNode *node, xmlNode *parent)
{
	bool element = node && node->type != XML_NAMESPACE_DECL && node->type != XML_ATTRIBUTE_NODE;
	for (const xmlNode *n = element ? node : parent; n; n = n->parent)
		if (n == root)
			return 1;
	return 0;
}

/* As xmlsec1 has it: the canonical form of an element and of all within it. */
static xmlOutputBuffer *canonical(const struct ls_dcc_form *form)
{
	static const int modes[] = { [LS_DCC_C14N_10] = XML_C14N_1_0,
				     [LS_DCC_C14N_11] = XML_C14N_1_1,
				     [LS_DCC_C14N_EXCLUSIVE] = XML_C14N_EXCLUSIVE_1_0 };
	xmlOutputBuffer *out = xmlAllocOutputBuffer(NULL);
	if (out && xmlC14NExecute(form->info->doc, is_within, form->info, modes[form->c14n], NULL,
				  /* with_comments= */ 0, out) < 0) {
		xmlOutputBufferClose(out);
		return NULL;
	}
	return out;
}

static int verify(const struct ls_dcc_form *form, EVP_PKEY *key, const struct ls_buffer *value,
		  xmlOutputBuffer *text)
{
	_cleanup_(EVP_MD_CTX_free) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *p = NULL; /* ctx's */
	if (!ctx)
		return -ENOMEM;
	bool holds = EVP_DigestVerifyInit_ex(ctx, &p, form->method->digest, NULL, NULL, key,
					     NULL) == 1 &&
		     EVP_PKEY_CTX_set_rsa_padding(p, RSA_PKCS1_PSS_PADDING) == 1 &&
		     EVP_PKEY_CTX_set_rsa_pss_saltlen(p, RSA_PSS_SALTLEN_DIGEST) == 1 &&
		     EVP_DigestVerify(ctx, value->data, value->size,
				      xmlOutputBufferGetContent(text),
				      xmlOutputBufferGetSize(text)) == 1;
	ERR_clear_error();
	return holds;
}

int ls_dcc_pss_verify(const struct ls_dcc_form *form, EVP_PKEY *key)
{
	_cleanup_(xmlOutputBufferClose) xmlOutputBuffer *text = canonical(form);
	_cleanup_buffer_ struct ls_buffer value;
	ls_buffer_init(&value, VALUE_MAX);
	if (!text)
		return -ENOMEM;
	int rc = ls_dcc_base64(form->value, VALUE_MAX, &value);
	if (rc < 0)
		return rc == -ENOMEM ? rc : 0;
	return verify(form, key, &value, text);
}
