/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens and keys, against SoftHSM 2; each refusal that the headers name. */
#include "lib/hsm/key.h"

#include <sys/stat.h>

#include "lib/base/cleanup.h"
#include "lib/hsm/hsm_internal.h"
#include "lib/hsm/rig_test.h"

static int log_in(struct hsm_rig *r, const char *text, bool writable, struct ls_hsm **ret_hsm)
{
	_cleanup_pin_ struct ls_hsm_pin pin;
	ls_hsm_pin_init(&pin);
	int rc = ls_hsm_pin_set(&pin, text, strlen(text), &r->err);
	if (rc == 0)
		rc = ls_hsm_open(&r->place, ret_hsm, &r->err);
	return rc < 0 ? rc : ls_hsm_login(*ret_hsm, &pin, writable, &r->err);
}

static void check_signs(struct ls_hsm_key *key)
{
	struct ls_signer signer;
	struct ls_digest digest;
	struct ls_error err = { 0 };
	uint8_t der[LS_P256_SIGNATURE_MAX];
	size_t size;
	ls_hsm_key_signer(key, &signer);
	ls_sha256_buffer("abc", 3, &digest);
	CHECK_INT_EQ(ls_signer_sign(&signer, &digest, der, &size, &err), 0);
	CHECK_STR_EQ(err.message, "");
}

/* A key pair that labseal did not make. */
struct other {
	CK_MECHANISM_TYPE mechanism;
	const void *parameters;
	size_t size;
	CK_BBOOL extractable, decrypt;
	bool without_public;
};

static const CK_BYTE p256[] = { 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07 };
static const CK_BYTE p384[] = { 0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22 };
static const CK_BYTE ed25519[] = { 0x13, 0x0c, 'e', 'd', 'w', 'a', 'r',
				   'd',	 's',  '2', '5', '5', '1', '9' };

static CK_RV make_other(struct ls_hsm *hsm, const struct other *o)
{
	CK_BBOOL yes = CK_TRUE;
	CK_MECHANISM mechanism = { o->mechanism, NULL, 0 };
	CK_OBJECT_HANDLE public_key, private_key;
	CK_ATTRIBUTE label = { CKA_LABEL, hsm->place.label, strlen(hsm->place.label) };
	CK_ATTRIBUTE id = { CKA_ID, "x", 1 };
	CK_ATTRIBUTE public[] = {
		{ CKA_TOKEN, &yes, 1 },
		{ CKA_EC_PARAMS, (void *)o->parameters, o->size },
		label,
		id,
	};
	CK_ATTRIBUTE private[] = {
		{ CKA_TOKEN, &yes, 1 },
		{ CKA_PRIVATE, &yes, 1 },
		{ CKA_SENSITIVE, &yes, 1 },
		{ CKA_SIGN, &yes, 1 },
		{ CKA_EXTRACTABLE, (void *)&o->extractable, 1 },
		{ CKA_DECRYPT, (void *)&o->decrypt, 1 },
		label,
		id,
	};
	__lsan_disable(); /* SoftHSM 2.6.1 leaks 37 bytes for each Edwards key that it makes */
	CK_RV rv = hsm->functions->C_GenerateKeyPair(hsm->session, &mechanism, public, 4, private,
						     8, &public_key, &private_key);
	__lsan_enable();
	if (rv == CKR_OK && o->without_public)
		rv = hsm->functions->C_DestroyObject(hsm->session, public_key);
	return rv;
}

static void expect_refused(const struct other *o, const char *id, const char *words)
{
	HSM_RIG(r);
	_cleanup_hsm_ struct ls_hsm *hsm = NULL;
	_cleanup_hsm_key_ struct ls_hsm_key *key = NULL;
	REQUIRE(log_in(&r, HSM_RIG_PIN, true, &hsm) == 0);
	REQUIRE(make_other(hsm, o) == CKR_OK);
	CHECK(ls_hsm_key_open(hsm, &key, &r.err) < 0);
	CHECK_STR_EQ(r.err.id, id);
	CHECK_STR_HAS(r.err.message, words);
}

/* Whether this process's heap holds a text. */
__attribute__((unused)) static bool heap_holds(const char *text)
{
	char line[512];
	unsigned long from = 0, to = 0;
	FILE *maps = fopen("/proc/self/maps", "re");
	while (maps && fgets(line, sizeof(line), maps))
		if (strstr(line, "[heap]"))
			sscanf(line, "%lx-%lx", &from, &to);
	if (maps)
		fclose(maps);
	const char *heap = (const char *)from;
	return from && memmem(heap, to - from, text, strlen(text));
}

/* --- what works ------------------------------------------------------------------------ */

TEST(a_key_that_was_made_is_found_again_and_signs)
{
	HSM_RIG(r);
	_cleanup_hsm_ struct ls_hsm *hsm = NULL;
	_cleanup_hsm_key_ struct ls_hsm_key *made = NULL, *found = NULL, *twice = NULL;
	struct ls_signer one, other;
	REQUIRE(log_in(&r, HSM_RIG_PIN, true, &hsm) == 0);
	CHECK(ls_hsm_is_software(hsm));
	CHECK_INT_EQ(ls_hsm_key_make(hsm, &made, &r.err), 0);
	REQUIRE(made);
	check_signs(made);
	ls_hsm_key_signer(made, &one);
	CHECK_INT_EQ(ls_hsm_key_make(hsm, &twice, &r.err), -EEXIST);
	CHECK_STR_EQ(r.err.id, "hsm.key.exists");
	ls_hsm_close(hsm);
	hsm = NULL;
	REQUIRE(log_in(&r, HSM_RIG_PIN, false, &hsm) == 0);
	REQUIRE(ls_hsm_key_open(hsm, &found, &r.err) == 0);
	ls_hsm_key_signer(found, &other);
	CHECK(ls_p256_public_equal(&one.key, &other.key));
	check_signs(found);
}

/* libp11 would keep a copy of it for a login after a fork. */
TEST(nothing_keeps_the_pin_after_the_login)
{
	HSM_RIG(r);
	_cleanup_hsm_ struct ls_hsm *hsm = NULL;
	_cleanup_hsm_key_ struct ls_hsm_key *key = NULL;
	REQUIRE(log_in(&r, HSM_RIG_PIN, true, &hsm) == 0);
	REQUIRE(ls_hsm_key_make(hsm, &key, &r.err) == 0);
	check_signs(key);
#ifndef LABSEAL_SANITIZE /* its heap is elsewhere, and keeps what is freed */
	char *probe = strdup("probe-482913-probe");
	CHECK(heap_holds("probe-" HSM_RIG_PIN));
	explicit_bzero(probe, strlen("probe-482913-probe"));
	free(probe);
	CHECK(!heap_holds(HSM_RIG_PIN));
#endif
}

/* What the token says of it, in the module's own words. */
TEST(the_key_can_sign_and_nothing_else_and_stays)
{
	static const struct {
		CK_ATTRIBUTE_TYPE type;
		CK_BBOOL value;
	} wanted[] = {
		{ CKA_SENSITIVE, 1 },
		{ CKA_EXTRACTABLE, 0 },
		{ CKA_ALWAYS_SENSITIVE, 1 },
		{ CKA_MODIFIABLE, 0 },
		{ CKA_NEVER_EXTRACTABLE, 1 },
		{ CKA_COPYABLE, 0 },
		{ CKA_SIGN, 1 },
		{ CKA_DECRYPT, 0 },
		{ CKA_UNWRAP, 0 },
		{ CKA_SIGN_RECOVER, 0 },
		{ CKA_DERIVE, 0 },
		{ CKA_LOCAL, 1 },
		{ CKA_PRIVATE, 1 },
		{ CKA_TOKEN, 1 },
	};
	HSM_RIG(r);
	_cleanup_hsm_ struct ls_hsm *hsm = NULL;
	_cleanup_hsm_key_ struct ls_hsm_key *key = NULL;
	CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
	CK_ATTRIBUTE template = { CKA_CLASS, &class, sizeof(class) };
	CK_OBJECT_HANDLE object = 0, copy = 0;
	CK_ULONG count = 0;
	REQUIRE(log_in(&r, HSM_RIG_PIN, true, &hsm) == 0);
	REQUIRE(ls_hsm_key_make(hsm, &key, &r.err) == 0);
	hsm->functions->C_FindObjectsInit(hsm->session, &template, 1);
	hsm->functions->C_FindObjects(hsm->session, &object, 1, &count);
	hsm->functions->C_FindObjectsFinal(hsm->session);
	REQUIRE(count == 1);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		CK_BBOOL value = 2;
		CK_ATTRIBUTE a = { wanted[i].type, &value, sizeof(value) };
		CHECK_INT_EQ(hsm->functions->C_GetAttributeValue(hsm->session, object, &a, 1), 0);
		if (value != wanted[i].value)
			TEST_FAIL("attribute 0x%lx is %d", wanted[i].type, value);
	}
	CK_BYTE secret[64];
	CK_ATTRIBUTE value = { CKA_VALUE, secret, sizeof(secret) };
	CHECK_INT_EQ(hsm->functions->C_GetAttributeValue(hsm->session, object, &value, 1),
		     CKR_ATTRIBUTE_SENSITIVE);
	CHECK(hsm->functions->C_CopyObject(hsm->session, object, NULL, 0, &copy) != CKR_OK);
}

TEST(an_ed25519_key_beside_it_breaks_nothing)
{
	HSM_RIG(r);
	_cleanup_hsm_ struct ls_hsm *hsm = NULL;
	_cleanup_hsm_key_ struct ls_hsm_key *key = NULL, *again = NULL;
	const struct other edwards = {
		CKM_EC_EDWARDS_KEY_PAIR_GEN, ed25519, sizeof(ed25519), 0, 0, false
	};
	REQUIRE(log_in(&r, HSM_RIG_PIN, true, &hsm) == 0);
	snprintf(hsm->place.label, sizeof(hsm->place.label), "beside");
	REQUIRE(make_other(hsm, &edwards) == CKR_OK);
	/* libp11's own list would fail now: it is why it is never asked for */
	PKCS11_KEY *keys;
	unsigned count;
	CHECK(PKCS11_enumerate_keys(hsm->slot->token, &keys, &count) < 0);
	snprintf(hsm->place.label, sizeof(hsm->place.label), "%s", r.place.label);
	CHECK_INT_EQ(ls_hsm_key_make(hsm, &key, &r.err), 0);
	REQUIRE(key);
	check_signs(key);
	CHECK_INT_EQ(ls_hsm_key_open(hsm, &again, &r.err), 0);
	REQUIRE(again);
	check_signs(again);
}

/* As at provisioning: the policy authority's token, and the signing key's, of one module. */
TEST(two_tokens_of_a_module_do_not_disturb_each_other)
{
	HSM_RIG(r);
	_cleanup_hsm_ struct ls_hsm *first = NULL, *second = NULL;
	_cleanup_hsm_key_ struct ls_hsm_key *a = NULL, *b = NULL;
	REQUIRE(hsm_rig_add_token("offline") == 0);
	REQUIRE(log_in(&r, HSM_RIG_PIN, true, &first) == 0);
	REQUIRE(ls_hsm_key_make(first, &a, &r.err) == 0);
	snprintf(r.place.token, sizeof(r.place.token), "offline");
	REQUIRE(log_in(&r, HSM_RIG_PIN, true, &second) == 0);
	REQUIRE(ls_hsm_key_make(second, &b, &r.err) == 0);
	check_signs(b);
	ls_hsm_close(second);
	second = NULL;
	check_signs(a);
}

/* --- what is refused --------------------------------------------------------------------- */

TEST(other_keys_are_refused_by_name)
{
	const struct other edwards = {
		CKM_EC_EDWARDS_KEY_PAIR_GEN, ed25519, sizeof(ed25519), 0, 0, false
	};
	const struct other larger = { CKM_EC_KEY_PAIR_GEN, p384, sizeof(p384), 0, 0, false };
	const struct other leaves = { CKM_EC_KEY_PAIR_GEN, p256, sizeof(p256), 1, 0, false };
	const struct other decrypts = { CKM_EC_KEY_PAIR_GEN, p256, sizeof(p256), 0, 1, false };
	expect_refused(&edwards, "hsm.key.curve", "an Edwards key (Ed25519)");
	expect_refused(&larger, "hsm.key.curve", "on another curve");
	expect_refused(&leaves, "hsm.key.attribute", "CKA_EXTRACTABLE = false");
	expect_refused(&decrypts, "hsm.key.attribute", "has not CKA_MODIFIABLE = false");
}

TEST(a_key_whose_public_half_is_gone_is_refused)
{
	HSM_RIG(r);
	_cleanup_hsm_ struct ls_hsm *hsm = NULL;
	_cleanup_hsm_key_ struct ls_hsm_key *made = NULL, *key = NULL;
	CK_OBJECT_CLASS class = CKO_PUBLIC_KEY;
	CK_ATTRIBUTE template = { CKA_CLASS, &class, sizeof(class) };
	CK_OBJECT_HANDLE object;
	CK_ULONG count = 0;
	REQUIRE(log_in(&r, HSM_RIG_PIN, true, &hsm) == 0);
	REQUIRE(ls_hsm_key_make(hsm, &made, &r.err) == 0);
	hsm->functions->C_FindObjectsInit(hsm->session, &template, 1);
	hsm->functions->C_FindObjects(hsm->session, &object, 1, &count);
	hsm->functions->C_FindObjectsFinal(hsm->session);
	REQUIRE(count == 1);
	REQUIRE(hsm->functions->C_DestroyObject(hsm->session, object) == CKR_OK);
	CHECK_INT_EQ(ls_hsm_key_open(hsm, &key, &r.err), -ENOENT);
	CHECK_STR_EQ(r.err.id, "hsm.key.public");
}

TEST(a_missing_key_and_two_of_one_label_are_refused)
{
	HSM_RIG(r);
	_cleanup_hsm_ struct ls_hsm *hsm = NULL;
	_cleanup_hsm_key_ struct ls_hsm_key *key = NULL, *none = NULL;
	const struct other edwards = {
		CKM_EC_EDWARDS_KEY_PAIR_GEN, ed25519, sizeof(ed25519), 0, 0, false
	};
	REQUIRE(log_in(&r, HSM_RIG_PIN, true, &hsm) == 0);
	CHECK_INT_EQ(ls_hsm_key_open(hsm, &none, &r.err), -ENOENT);
	CHECK_STR_EQ(r.err.id, "hsm.key.missing");
	CHECK_STR_HAS(r.err.message, "no private key 'signer' in the token 'lab'");
	REQUIRE(ls_hsm_key_make(hsm, &key, &r.err) == 0);
	REQUIRE(make_other(hsm, &edwards) == CKR_OK);
	CHECK_INT_EQ(ls_hsm_key_open(hsm, &none, &r.err), -EEXIST);
	CHECK_STR_EQ(r.err.id, "hsm.key.twice");
}

TEST(a_wrong_pin_is_refused)
{
	HSM_RIG(r);
	_cleanup_hsm_ struct ls_hsm *hsm = NULL;
	CHECK_INT_EQ(log_in(&r, "000000", false, &hsm), -EACCES);
	CHECK_STR_EQ(r.err.id, "hsm.pin.wrong");
	CHECK_STR_HAS(r.err.message, "token 'lab': the PIN is wrong");
}

TEST(a_token_that_is_logged_in_to_is_not_taken_twice)
{
	HSM_RIG(r);
	_cleanup_hsm_ struct ls_hsm *first = NULL, *second = NULL;
	REQUIRE(log_in(&r, HSM_RIG_PIN, true, &first) == 0);
	/* else a PIN that nobody looked at would be sealed */
	CHECK_INT_EQ(log_in(&r, "000000", false, &second), -EBUSY);
	CHECK_STR_EQ(r.err.id, "hsm.token.busy");
}

/* SoftHSM never locks; what a token says of itself is held against it all the same. */
TEST(the_final_try_is_not_used_up)
{
	struct ls_error err = { 0 };
	const struct ls_hsm_pin_state good = { true, false, false }, last = { true, true, false },
				      locked = { true, true, true },
				      unset = { false, false, false };
	CHECK_INT_EQ(ls_hsm_pin_check(&good, "lab", &err), 0);
	CHECK_INT_EQ(ls_hsm_pin_check(&last, "lab", &err), -EACCES);
	CHECK_STR_EQ(err.id, "hsm.pin.final-try");
	CHECK_INT_EQ(ls_hsm_pin_check(&locked, "lab", &err), -EACCES);
	CHECK_STR_EQ(err.id, "hsm.pin.locked");
	CHECK_INT_EQ(ls_hsm_pin_check(&unset, "lab", &err), -EACCES);
	CHECK_STR_EQ(err.id, "hsm.pin.unset");
}

TEST(a_missing_token_and_two_of_one_label_are_refused)
{
	HSM_RIG(r);
	_cleanup_hsm_ struct ls_hsm *hsm = NULL;
	struct ls_hsm_place other = r.place;
	snprintf(other.token, sizeof(other.token), "elsewhere");
	CHECK_INT_EQ(ls_hsm_open(&other, &hsm, &r.err), -ENOENT);
	CHECK_STR_EQ(r.err.id, "hsm.token.missing");
	CHECK_STR_HAS(r.err.message, "has no token 'elsewhere': there is 'lab' (serial ");
	REQUIRE(hsm_rig_add_token("lab") == 0);
	CHECK_INT_EQ(ls_hsm_open(&r.place, &hsm, &r.err), -EEXIST);
	CHECK_STR_EQ(r.err.id, "hsm.token.twice");
	snprintf(r.place.serial, sizeof(r.place.serial), "0000000000000000");
	CHECK_INT_EQ(ls_hsm_open(&r.place, &hsm, &r.err), -ENOENT);
	CHECK_STR_HAS(r.err.message, "with serial 0000000000000000");
	char *serial = strstr(r.err.message, "'lab' (serial ");
	REQUIRE(serial);
	memcpy(r.place.serial, serial + strlen("'lab' (serial "), LS_HSM_SERIAL_SIZE - 1);
	CHECK_INT_EQ(ls_hsm_open(&r.place, &hsm, &r.err), 0);
}

TEST(modules_that_are_none_are_refused)
{
	HSM_RIG(r);
	_cleanup_hsm_ struct ls_hsm *hsm = NULL;
	struct ls_hsm_place place = r.place;
	snprintf(place.module, sizeof(place.module), "%s/none.so", r.dir);
	CHECK_INT_EQ(ls_hsm_open(&place, &hsm, &r.err), -ENOENT);
	CHECK_STR_EQ(r.err.id, "hsm.module");
	snprintf(place.module, sizeof(place.module), "%s", r.place.configuration);
	CHECK_INT_EQ(ls_hsm_open(&place, &hsm, &r.err), -ENOEXEC);
	CHECK_STR_EQ(r.err.id, "hsm.module");
	CHECK_STR_HAS(r.err.message, "invalid ELF header");
	snprintf(place.module, sizeof(place.module), "/usr/lib/x86_64-linux-gnu/libp11.so.3");
	if (access(place.module, R_OK) == 0) {
		CHECK_INT_EQ(ls_hsm_open(&place, &hsm, &r.err), -ENOEXEC);
		CHECK_STR_HAS(r.err.message, "no C_GetFunctionList");
	}
	place = r.place;
	snprintf(place.configuration, sizeof(place.configuration), "%s/none.conf", r.dir);
	CHECK_INT_EQ(ls_hsm_open(&place, &hsm, &r.err), -ENOENT);
	CHECK_STR_EQ(r.err.id, "hsm.configuration");
}

/* --- the PIN's file ------------------------------------------------------------------------ */

static void write_pin(const struct hsm_rig *r, const char *text, mode_t mode, char path[static 96])
{
	snprintf(path, 96, "%s/pin", r->dir);
	unlink(path);
	CHECK_INT_EQ(ls_file_write_new(AT_FDCWD, path, text, strlen(text), mode, NULL), 0);
}

static void expect_pin_file(const char *text, mode_t mode, int code, const char *id)
{
	HSM_RIG(r);
	_cleanup_pin_ struct ls_hsm_pin pin;
	char path[96];
	write_pin(&r, text, mode, path);
	ls_hsm_pin_init(&pin);
	CHECK_INT_EQ(ls_hsm_pin_read(path, &pin, &r.err), code);
	CHECK_STR_EQ(r.err.id, id);
}

TEST(a_pin_file_is_its_owners_alone)
{
	HSM_RIG(r);
	_cleanup_pin_ struct ls_hsm_pin pin;
	char path[96], link[96];
	write_pin(&r, "1234\nmore\n", 0600, path);
	ls_hsm_pin_init(&pin);
	CHECK_INT_EQ(ls_hsm_pin_read(path, &pin, &r.err), 0);
	CHECK_STR_EQ(pin.text, "1234");
	snprintf(link, sizeof(link), "%s/link", r.dir);
	REQUIRE(symlink(path, link) == 0);
	CHECK_INT_EQ(ls_hsm_pin_read(link, &pin, &r.err), -ELOOP);
	if (geteuid() == 0) {
		REQUIRE(chown(path, 12345, 0) == 0);
		CHECK_INT_EQ(ls_hsm_pin_read(path, &pin, &r.err), -EPERM);
		CHECK_STR_HAS(r.err.message, "belongs to user 12345");
	}
	expect_pin_file("1234\n", 0640, -EPERM, "hsm.pin.file");
	expect_pin_file("1234\n", 0602, -EPERM, "hsm.pin.file");
	expect_pin_file("", 0600, -EBADMSG, "hsm.pin.form");
	expect_pin_file("\n", 0600, -EBADMSG, "hsm.pin.form");
	expect_pin_file("12\t34\n", 0600, -EBADMSG, "hsm.pin.form");
	expect_pin_file("0123456789012345678901234567890123456789012345678901234567890123456789",
			0400, -EBADMSG, "hsm.pin.form");
}

/* --- the Ed25519 key beside it ----------------------------------------------------------- */

static int make_ed25519(struct ls_hsm *hsm, struct ls_hsm_key **ret_key, struct ls_error *err)
{
	__lsan_disable(); /* as above */
	int rc = ls_hsm_ed25519_make(hsm, "signer-ed25519", ret_key, err);
	__lsan_enable();
	return rc;
}

TEST(an_ed25519_key_stands_beside_the_other_one)
{
	HSM_RIG(r);
	_cleanup_hsm_ struct ls_hsm *hsm = NULL;
	_cleanup_hsm_key_ struct ls_hsm_key *key = NULL, *small = NULL, *again = NULL;
	struct ls_ed25519_signer signer, found;
	uint8_t signature[LS_ED25519_SIGNATURE_SIZE];
	REQUIRE(log_in(&r, HSM_RIG_PIN, true, &hsm) == 0);
	CHECK_INT_EQ(ls_hsm_ed25519_open(hsm, "signer-ed25519", &small, &r.err), -ENOENT);
	CHECK_STR_EQ(r.err.id, "hsm.key.missing");
	REQUIRE(ls_hsm_key_make(hsm, &key, &r.err) == 0);
	if (make_ed25519(hsm, &small, &r.err) < 0)
		TEST_FAIL("%s", r.err.message);
	ls_hsm_ed25519_signer(small, &signer);
	__lsan_disable(); /* and for each signature */
	CHECK_INT_EQ(ls_ed25519_signer_sign(&signer, "a checkpoint\n", 13, signature, &r.err), 0);
	__lsan_enable();
	check_signs(key);
	REQUIRE(ls_hsm_ed25519_open(hsm, "signer-ed25519", &again, &r.err) == 0);
	ls_hsm_ed25519_signer(again, &found);
	CHECK_MEM_EQ(found.key.bytes, signer.key.bytes, LS_ED25519_KEY_SIZE);
	ls_hsm_key_free(again);
	again = NULL;
	CHECK_INT_EQ(make_ed25519(hsm, &again, &r.err), -EEXIST);
	CHECK_STR_EQ(r.err.id, "hsm.key.exists");
	/* neither is taken for the other */
	CHECK_INT_EQ(ls_hsm_ed25519_open(hsm, "signer", &again, &r.err), -EKEYREJECTED);
	CHECK_STR_EQ(r.err.id, "hsm.key.curve");
	CHECK_STR_HAS(r.err.message, "labseal needs one on Ed25519");
}

TEST_MAIN()
