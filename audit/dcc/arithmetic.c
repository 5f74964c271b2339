/* SPDX-License-Identifier: Apache-2.0 */
/* The arithmetic of XML-DSig, which is xmlsec1's: canonicalization, digests, ECDSA and RSA; but for
 * RSA-PSS, which is OpenSSL's (pss.c). */
#include <errno.h>
#include <libxml/parser.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <string.h>
#include <xmlsec/crypto.h>
#include <xmlsec/errors.h>
#include <xmlsec/io.h>
#include <xmlsec/openssl/evp.h>
#include <xmlsec/transforms.h>
#include <xmlsec/xmldsig.h>
#include <xmlsec/xmlsec.h>

#include "audit/dcc/signature_internal.h"

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int ready = -ENOMEM;

static void say_nothing(const char *file, int line, const char *function, const char *object,
			const char *subject, int reason, const char *message)
{
	(void)file, (void)line, (void)function, (void)object, (void)subject, (void)reason;
	(void)message;
}

/*
 * xmlsec1's state is the process's.  Its callbacks for files, HTTP and FTP are taken away again,
 * so that no URI leads anywhere, and what it would print on stderr is left out: the outcome is
 * said by who asked.
 */
static void start(void)
{
	if (xmlSecInit() < 0)
		return;
	xmlSecIOCleanupCallbacks();
	if (xmlSecOpenSSLInit() == 0)
		ready = 0;
	xmlSecErrorsSetCallback(say_nothing); /* the last to set one is heard */
}

static int allow(xmlSecDSigCtx *ctx)
{
	const xmlSecTransformId reference[] = {
		xmlSecTransformEnvelopedId,  xmlSecTransformXPath2Id,	xmlSecTransformInclC14NId,
		xmlSecTransformInclC14N11Id, xmlSecTransformExclC14NId, xmlSecTransformSha256Id,
		xmlSecTransformSha512Id,
	};
	const xmlSecTransformId signature[] = {
		xmlSecTransformInclC14NId,  xmlSecTransformInclC14N11Id,
		xmlSecTransformExclC14NId,  xmlSecTransformEcdsaSha256Id,
		xmlSecTransformRsaSha256Id, xmlSecTransformRsaSha384Id,
		xmlSecTransformRsaSha512Id
	};
	for (size_t i = 0; i < sizeof(reference) / sizeof(reference[0]); i++)
		if (xmlSecDSigCtxEnableReferenceTransform(ctx, reference[i]) < 0)
			return -ENOMEM;
	for (size_t i = 0; i < sizeof(signature) / sizeof(signature[0]); i++)
		if (xmlSecDSigCtxEnableSignatureTransform(ctx, signature[i]) < 0)
			return -ENOMEM;
	ctx->enabledReferenceUris = xmlSecTransformUriTypeEmpty |
				    xmlSecTransformUriTypeSameDocument;
	ctx->flags |= XMLSEC_DSIG_FLAGS_IGNORE_MANIFESTS;
	return 0;
}

/* The certificate's key, so that KeyInfo is not looked into. */
static int set_key(xmlSecDSigCtx *ctx, X509 *signer)
{
	EVP_PKEY *key = X509_get_pubkey(signer);
	xmlSecKeyDataPtr data = key ? xmlSecOpenSSLEvpKeyAdopt(key) : NULL;
	if (!data) {
		EVP_PKEY_free(key);
		return -ENOMEM;
	}
	ctx->signKey = xmlSecKeyCreate();
	if (!ctx->signKey || xmlSecKeySetValue(ctx->signKey, data) < 0) {
		xmlSecKeyDataDestroy(data);
		return -ENOMEM;
	}
	return 0;
}

/* "#Id" leads to these properties and to nothing else: false when another element has the Id. */
static bool name_properties(const struct ls_dcc_form *form)
{
	if (!form->signed_properties)
		return true;
	xmlAttr *attribute = xmlHasProp(form->signed_properties, (const xmlChar *)"Id");
	xmlChar *id = xmlGetNoNsProp(form->signed_properties, (const xmlChar *)"Id");
	xmlAttr *known = id ? xmlGetID(form->signature->doc, id) : NULL;
	if (id && !known && xmlAddID(NULL, form->signature->doc, id, attribute))
		known = xmlGetID(form->signature->doc, id);
	xmlFree(id);
	return known && known == attribute;
}

#define RSA_LEAST 2048 /* bits: 112 of strength, as NIST SP 800-131A has it */
#define RSA_MOST  8192 /* what takes longer is asked of nobody's computer */

/* The key is of the kind that the method needs, and neither weak nor huge. */
static int check_key(const struct ls_dcc_form *form, const EVP_PKEY *key,
		     struct ls_dcc_signature *s)
{
	char group[32] = "";
	size_t n = 0;
	int bits = EVP_PKEY_get_bits(key);
	bool rsa = EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA;
	if (rsa != (form->method->scheme != LS_DCC_ECDSA))
		return ls_dcc_judge(s, LS_DCC_DOES_NOT_HOLD, "cal.dcc.signature.value",
				    "the signature is of another kind than the certificate's key");
	if (!rsa && (EVP_PKEY_get_base_id(key) != EVP_PKEY_EC ||
		     EVP_PKEY_get_group_name(key, group, sizeof(group), &n) != 1 ||
		     strcmp(group, "prime256v1") != 0)) {
		ERR_clear_error();
		return ls_dcc_judge(s, LS_DCC_CANNOT_BE_CHECKED, "cal.dcc.signature.form",
				    "the signer's key is not on the curve P-256");
	}
	if (rsa && bits < RSA_LEAST)
		return ls_dcc_judge(s, LS_DCC_CANNOT_BE_CHECKED, "cal.dcc.signature.weak",
				    "an RSA key of %d bits is no evidence any more: it needs %d",
				    bits, RSA_LEAST);
	if (rsa && bits > RSA_MOST)
		return ls_dcc_judge(s, LS_DCC_CANNOT_BE_CHECKED, "cal.dcc.signature.form",
				    "an RSA key of %d bits is larger than %d", bits, RSA_MOST);
	return 0;
}

static int altered(struct ls_dcc_signature *s)
{
	return ls_dcc_judge(s, LS_DCC_DOES_NOT_HOLD, "cal.dcc.signature.digest",
			    "the document is not the one that was signed: it was altered "
			    "afterwards");
}

static int another_key(struct ls_dcc_signature *s)
{
	return ls_dcc_judge(s, LS_DCC_DOES_NOT_HOLD, "cal.dcc.signature.value",
			    "the signature is not of the certificate's key");
}

static int malformed(struct ls_dcc_signature *s)
{
	return ls_dcc_judge(s, LS_DCC_DOES_NOT_HOLD, "cal.dcc.signature.malformed",
			    "the signature is malformed");
}

/* One Reference's digest, by xmlsec1. */
static int check_reference(xmlSecDSigCtx *ctx, xmlNode *node, struct ls_dcc_signature *s)
{
	xmlSecDSigReferenceCtx *r =
		xmlSecDSigReferenceCtxCreate(ctx, xmlSecDSigReferenceOriginSignedInfo);
	if (!r)
		return -ENOMEM;
	int rc = 0;
	if (xmlSecDSigReferenceCtxProcessNode(r, node) < 0)
		rc = malformed(s);
	else if (r->status != xmlSecDSigStatusSucceeded)
		rc = altered(s);
	xmlSecDSigReferenceCtxDestroy(r);
	return rc;
}

static int verify_pss(xmlSecDSigCtx *ctx, const struct ls_dcc_form *form, EVP_PKEY *key,
		      struct ls_dcc_signature *s)
{
	int rc = 0;
	ctx->operation = xmlSecTransformOperationVerify;
	for (xmlNode *n = ls_dcc_child(form->info, LS_DSIG_NAMESPACE, "Reference"); rc == 0 && n;
	     n = ls_dcc_next(n, LS_DSIG_NAMESPACE, "Reference"))
		rc = check_reference(ctx, n, s);
	if (rc != 0)
		return rc;
	rc = ls_dcc_pss_verify(form, key);
	s->arithmetic = rc == 1;
	return rc < 0 ? rc : rc == 1 ? 0 : another_key(s);
}

static int verify(xmlSecDSigCtx *ctx, const struct ls_dcc_form *form, struct ls_dcc_signature *s)
{
	if (xmlSecDSigCtxVerify(ctx, form->signature) < 0)
		return malformed(s);
	if (ctx->status == xmlSecDSigStatusSucceeded) {
		s->arithmetic = true;
		return 0;
	}
	bool digests = true;
	for (xmlSecSize i = 0; i < xmlSecPtrListGetSize(&ctx->signedInfoReferences); i++) {
		const xmlSecDSigReferenceCtx *r = xmlSecPtrListGetItem(&ctx->signedInfoReferences,
								       i);
		digests = digests && r->status == xmlSecDSigStatusSucceeded;
	}
	return digests ? another_key(s) : altered(s);
}

int ls_dcc_arithmetic_check(const struct ls_dcc_form *form, X509 *signer,
			    struct ls_dcc_signature *s)
{
	pthread_once(&once, start);
	if (ready < 0)
		return ready;
	if (!name_properties(form))
		return ls_dcc_judge(s, LS_DCC_DOES_NOT_HOLD, "cal.dcc.signature.properties",
				    "two elements have the Id of the signed properties");
	EVP_PKEY *key = X509_get0_pubkey(signer);
	if (!key) {
		ERR_clear_error();
		return ls_dcc_judge(s, LS_DCC_CANNOT_BE_CHECKED, "cal.dcc.signature.form",
				    "the certificate's key is of a kind that is not known");
	}
	int rc = check_key(form, key, s);
	if (rc != 0)
		return rc;
	xmlSecDSigCtx *ctx = xmlSecDSigCtxCreate(NULL);
	if (!ctx)
		return -ENOMEM;
	bool pss = form->method->scheme == LS_DCC_RSA_PSS;
	rc = allow(ctx);
	if (rc == 0 && !pss)
		rc = set_key(ctx, signer);
	if (rc == 0)
		rc = pss ? verify_pss(ctx, form, key, s) : verify(ctx, form, s);
	xmlSecDSigCtxDestroy(ctx);
	return rc;
}
