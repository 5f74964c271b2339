/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The form of a signature, before anything is computed: what is not in the list of what
 * certificates have is refused here, so that no transform is ever run that could change what is
 * signed, and no reference leads away from the whole document.
 */
#include <errno.h>
#include <string.h>

#include "audit/dcc/signature_internal.h"

#define C14N_10	  "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
#define C14N_11	  "http://www.w3.org/2006/12/xml-c14n11"
#define C14N_EXC  "http://www.w3.org/2001/10/xml-exc-c14n#"
#define ENVELOPED "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
#define FILTER2	  "http://www.w3.org/2002/06/xmldsig-filter2"
#define MORE_2001 "http://www.w3.org/2001/04/xmldsig-more#"
#define MORE_2007 "http://www.w3.org/2007/05/xmldsig-more#"
#define SHA1	  "http://www.w3.org/2000/09/xmldsig#sha1"
#define SHA256	  "http://www.w3.org/2001/04/xmlenc#sha256"
#define SHA512	  "http://www.w3.org/2001/04/xmlenc#sha512"

static int refuse(struct ls_dcc_signature *s, const char *what)
{
	return ls_dcc_judge(s, LS_DCC_CANNOT_BE_CHECKED, "cal.dcc.signature.form",
			    "the signature has %s, which is not accepted", what);
}

/* RFC 9231, 2.3. */
static const struct ls_dcc_algorithm methods[] = {
	{ MORE_2001 "ecdsa-sha256", LS_DCC_ECDSA, "SHA256" },
	{ MORE_2001 "rsa-sha256", LS_DCC_RSA_PKCS1, "SHA256" },
	{ MORE_2001 "rsa-sha384", LS_DCC_RSA_PKCS1, "SHA384" },
	{ MORE_2001 "rsa-sha512", LS_DCC_RSA_PKCS1, "SHA512" },
	{ MORE_2007 "sha256-rsa-MGF1", LS_DCC_RSA_PSS, "SHA256" },
	{ MORE_2007 "sha384-rsa-MGF1", LS_DCC_RSA_PSS, "SHA384" },
	{ MORE_2007 "sha512-rsa-MGF1", LS_DCC_RSA_PSS, "SHA512" },
};

/* With these another document of the same signature can be made. */
static const char *const broken[] = {
	"http://www.w3.org/2000/09/xmldsig#rsa-sha1",
	"http://www.w3.org/2000/09/xmldsig#dsa-sha1",
	MORE_2001 "ecdsa-sha1",
	MORE_2007 "sha1-rsa-MGF1",
	MORE_2001 "rsa-md5",
};

static int refuse_weak(struct ls_dcc_signature *s)
{
	return ls_dcc_judge(s, LS_DCC_CANNOT_BE_CHECKED, "cal.dcc.signature.weak",
			    "the signature rests on SHA-1 or MD5, with which another document of "
			    "the same signature can be made: it is no evidence");
}

/* Whether an attribute without a namespace has exactly this value. */
static bool has(const xmlNode *node, const char *name, const char *value)
{
	xmlChar *seen = xmlGetNoNsProp(node, (const xmlChar *)name);
	bool same = seen && strcmp((const char *)seen, value) == 0;
	xmlFree(seen);
	return same;
}

static bool is_algorithm(const xmlNode *node, const char *algorithm)
{
	return has(node, "Algorithm", algorithm);
}

static bool is_c14n(const xmlNode *node)
{
	return (is_algorithm(node, C14N_10) || is_algorithm(node, C14N_11) ||
		is_algorithm(node, C14N_EXC)) &&
	       !ls_dcc_first_element(node);
}

static xmlNode *ds(const xmlNode *node, const char *name)
{
	return ls_dcc_child(node, LS_DSIG_NAMESPACE, name);
}

/* The one form of XPath Filter 2.0 that is seen: everything but signatures. */
static bool is_subtraction(const xmlNode *transform)
{
	xmlNode *xpath = ls_dcc_first_element(transform);
	if (!is_algorithm(transform, FILTER2) || !ls_dcc_is(xpath, FILTER2, "XPath") ||
	    ls_dcc_next_element(xpath) || ls_dcc_first_element(xpath) ||
	    !has(xpath, "Filter", "subtract"))
		return false;
	xmlNs *ns = xmlSearchNs(xpath->doc, xpath, (const xmlChar *)"ds");
	xmlChar *text = xmlNodeGetContent(xpath);
	bool same = ns && strcmp((const char *)ns->href, LS_DSIG_NAMESPACE) == 0 && text &&
		    strcmp((const char *)text, "/descendant::ds:Signature") == 0;
	xmlFree(text);
	return same;
}

/* Nothing but transforms: first (NULL: none) what leaves the signature out, then at most one c14n.
 */
static bool transforms_are(const xmlNode *reference, bool (*first)(const xmlNode *))
{
	const xmlNode *n = ls_dcc_first_element(ds(reference, "Transforms"));
	if (first) {
		if (!ls_dcc_is(n, LS_DSIG_NAMESPACE, "Transform") || !first(n))
			return false;
		n = ls_dcc_next_element(n);
	}
	if (n && ls_dcc_is(n, LS_DSIG_NAMESPACE, "Transform") && is_c14n(n))
		n = ls_dcc_next_element(n);
	return n == NULL;
}

static bool leaves_signature_out(const xmlNode *transform)
{
	return (is_algorithm(transform, ENVELOPED) && !ls_dcc_first_element(transform)) ||
	       is_subtraction(transform);
}

static const char *digest_method(const xmlNode *reference)
{
	const xmlNode *method = ds(reference, "DigestMethod");
	if (method && is_algorithm(method, SHA256))
		return "sha256";
	return method && is_algorithm(method, SHA512) ? "sha512" : NULL;
}

static int check_document(const xmlNode *reference, struct ls_dcc_signature *s)
{
	if (!transforms_are(reference, leaves_signature_out))
		return refuse(s, "other transforms of the document than leaving signatures out "
				 "and canonicalization");
	struct ls_buffer digest;
	ls_buffer_init(&digest, sizeof(s->digest));
	int rc = ls_dcc_base64(ds(reference, "DigestValue"), sizeof(s->digest), &digest);
	size_t wanted = strcmp(digest_method(reference), "sha256") == 0 ? 32 : 64;
	if (rc == 0 && digest.size == wanted) {
		memcpy(s->digest, digest.data, digest.size);
		s->digest_size = digest.size;
		snprintf(s->digest_method, sizeof(s->digest_method), "%s",
			 digest_method(reference));
	}
	ls_buffer_free(&digest);
	if (rc == -ENOMEM)
		return rc;
	return s->digest_size ? 0 : refuse(s, "a DigestValue of the wrong length");
}

/* "#x" where signed_properties' Id is x */
static bool points_to(const xmlNode *reference, const xmlNode *target)
{
	xmlChar *uri = xmlGetNoNsProp(reference, (const xmlChar *)"URI");
	xmlChar *id = xmlGetNoNsProp(target, (const xmlChar *)"Id");
	bool same = uri && id && *id && uri[0] == '#' &&
		    strcmp((const char *)uri + 1, (const char *)id) == 0;
	xmlFree(uri);
	xmlFree(id);
	return same;
}

static int check_references(const xmlNode *info, const struct ls_dcc_form *form,
			    struct ls_dcc_signature *s)
{
	int document = 0, properties = 0;
	for (const xmlNode *r = ds(info, "Reference"); r;
	     r = ls_dcc_next(r, LS_DSIG_NAMESPACE, "Reference")) {
		int rc = 0;
		const xmlNode *digest = ds(r, "DigestMethod");
		if (digest && is_algorithm(digest, SHA1))
			return refuse_weak(s);
		if (!digest_method(r))
			return refuse(s, "a digest that is neither SHA-256 nor SHA-512");
		if (has(r, "URI", "")) {
			document++;
			rc = check_document(r, s);
		} else if (form->signed_properties && points_to(r, form->signed_properties)) {
			properties++;
			rc = transforms_are(r, NULL) ? 0
						     : refuse(s, "transforms of its properties");
		} else {
			return refuse(s, "a reference to something else than the document");
		}
		if (rc != 0)
			return rc;
	}
	if (document != 1)
		return ls_dcc_judge(
			s, LS_DCC_DOES_NOT_HOLD, "cal.dcc.signature.cover",
			"the signature does not cover the whole document (%d references "
			"to it, where one must be)",
			document);
	if (form->properties && properties != 1)
		return ls_dcc_judge(s, LS_DCC_DOES_NOT_HOLD, "cal.dcc.signature.properties",
				    "the XAdES properties are not covered by the signature");
	return 0;
}

/* Each of a list once and in order, nothing else; those in `optional` may be missing. */
static int check_children(xmlNode *signature, struct ls_dcc_form *form, struct ls_dcc_signature *s)
{
	xmlNode *n = ls_dcc_first_element(signature);
	if (!ls_dcc_is(n, LS_DSIG_NAMESPACE, "SignedInfo"))
		return refuse(s, "no SignedInfo");
	n = ls_dcc_next_element(n);
	if (!ls_dcc_is(n, LS_DSIG_NAMESPACE, "SignatureValue"))
		return refuse(s, "no SignatureValue");
	form->value = n;
	n = ls_dcc_next_element(n);
	if (!ls_dcc_is(n, LS_DSIG_NAMESPACE, "KeyInfo"))
		return refuse(s, "no KeyInfo");
	form->key_info = n;
	for (n = ls_dcc_next_element(n); n; n = ls_dcc_next_element(n)) {
		xmlNode *inner = ls_dcc_first_element(n);
		if (!ls_dcc_is(n, LS_DSIG_NAMESPACE, "Object") || form->properties ||
		    !ls_dcc_is(inner, LS_XADES_NAMESPACE, "QualifyingProperties") ||
		    ls_dcc_next_element(inner))
			return refuse(s, "an Object that is not its XAdES properties");
		form->properties = inner;
	}
	form->signed_properties = ls_dcc_child(form->properties, LS_XADES_NAMESPACE,
					       "SignedProperties");
	if (form->properties && !form->signed_properties)
		return refuse(s, "XAdES properties without signed ones");
	return 0;
}

static int find_method(const xmlNode *info, struct ls_dcc_form *form, struct ls_dcc_signature *s)
{
	const xmlNode *node = ds(info, "SignatureMethod");
	for (size_t i = 0; node && i < sizeof(broken) / sizeof(broken[0]); i++)
		if (is_algorithm(node, broken[i]))
			return refuse_weak(s);
	for (size_t i = 0; node && i < sizeof(methods) / sizeof(methods[0]); i++)
		if (is_algorithm(node, methods[i].uri) && !ls_dcc_first_element(node))
			form->method = &methods[i];
	if (!form->method)
		return refuse(s, "an algorithm that is neither ECDSA with SHA-256 nor RSA (PKCS #1 "
				 "v1.5 or PSS) with SHA-256, SHA-384 or SHA-512");
	return 0;
}

static enum ls_dcc_c14n c14n_of(const xmlNode *node)
{
	if (is_algorithm(node, C14N_EXC))
		return LS_DCC_C14N_EXCLUSIVE;
	return is_algorithm(node, C14N_11) ? LS_DCC_C14N_11 : LS_DCC_C14N_10;
}

int ls_dcc_form_check(xmlNode *signature, struct ls_dcc_form *form, struct ls_dcc_signature *s)
{
	*form = (struct ls_dcc_form){ .signature = signature };
	int rc = check_children(signature, form, s);
	if (rc != 0)
		return rc;
	xmlNode *info = ls_dcc_first_element(signature);
	const xmlNode *c14n = ds(info, "CanonicalizationMethod");
	if (!c14n || !is_c14n(c14n))
		return refuse(s, "a canonicalization of another kind");
	form->info = info;
	form->c14n = c14n_of(c14n);
	rc = find_method(info, form, s);
	return rc == 0 ? check_references(info, form, s) : rc;
}
