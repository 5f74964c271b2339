/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/value.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/hash.h"
#include "lib/base/text.h"
#include "lib/log/cosignature.h"

/* An enum is written as the unsigned int that it is. */
static_assert(sizeof(enum ls_vm_type) == sizeof(unsigned), "enums are unsigned int");
static_assert(LS_POLICY_VKEY_SIZE == LS_WITNESS_VKEY_SIZE &&
		      LS_POLICY_WITNESSES_MAX == LS_WITNESSES_MAX,
	      "a policy's witnesses are a trust file's");

/* From the largest to that of 1. */
struct unit {
	const char *name;
	uint64_t factor;
};
static const struct unit size_units[] = { { "TiB", UINT64_C(1) << 40 },
					  { "GiB", 1 << 30 },
					  { "MiB", 1 << 20 },
					  { "KiB", 1 << 10 },
					  { "B", 1 } };
static const struct unit duration_units[] = {
	{ "d", 86400 }, { "h", 3600 }, { "min", 60 }, { "s", 1 }
};

const char *ls_policy_number_format(enum ls_field_type type, uint64_t value,
				    char buffer[static LS_NUMBER_TEXT])
{
	const struct unit *u = type == LS_FIELD_SIZE ? size_units : duration_units;
	while (u->factor > 1 && (value == 0 || value % u->factor != 0))
		u++;
	if (type == LS_FIELD_SIZE || type == LS_FIELD_DURATION)
		snprintf(buffer, LS_NUMBER_TEXT, "%llu %s", (unsigned long long)(value / u->factor),
			 u->name);
	else
		snprintf(buffer, LS_NUMBER_TEXT, "%llu", (unsigned long long)value);
	return buffer;
}

const char *ls_policy_shown(const char *text, size_t length, char buffer[static LS_SHOWN_SIZE])
{
	_cleanup_buffer_ struct ls_buffer escaped;
	ls_buffer_init(&escaped, 3 * LS_POLICY_FILE_MAX);
	ls_text_escape(text, length, &escaped);
	size_t room = LS_SHOWN_SIZE - sizeof("...");
	bool cut = escaped.size > room;
	size_t shown = cut ? room : escaped.size;
	/* never in the middle of a character */
	while (cut && shown > 0 && (escaped.data[shown] & 0xc0) == 0x80)
		shown--;
	snprintf(buffer, LS_SHOWN_SIZE, "%.*s%s", (int)shown, ls_buffer_str(&escaped),
		 cut ? "..." : "");
	return buffer;
}

static void *member(const struct ls_policy_field *field, struct ls_policy *policy)
{
	return (char *)policy + field->offset;
}

static int refuse(const struct ls_policy_field *field, const struct ls_policy_scalar *s,
		  const char *id, const char *reason, struct ls_error *err)
{
	char shown[LS_SHOWN_SIZE];
	return ls_fail(err, -EINVAL, id, "'%s' is '%s': %s", field->path,
		       ls_policy_shown(s->text, s->length, shown), reason);
}

static bool has_control(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			return true;
	return false;
}

static int copy_text(const struct ls_policy_field *field, const struct ls_policy_scalar *s,
		     char *target, size_t size, struct ls_error *err)
{
	if (has_control(s->text, s->length) || !ls_utf8_valid(s->text, s->length))
		return refuse(field, s, "policy.text",
			      "it must be one line of text without control characters", err);
	if (s->length >= size) {
		char reason[96];
		snprintf(reason, sizeof(reason), "it is %zu bytes long, at most %zu fit", s->length,
			 size - 1);
		return refuse(field, s, "policy.long", reason, err);
	}
	memcpy(target, s->text, s->length);
	target[s->length] = '\0';
	return 0;
}

static bool is_alphanumeric(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool only(const struct ls_policy_scalar *s, const char *others)
{
	for (size_t i = 0; i < s->length; i++)
		if (!is_alphanumeric(s->text[i]) && (!s->text[i] || !strchr(others, s->text[i])))
			return false;
	return is_alphanumeric(s->text[0]);
}

static int set_text(const struct ls_policy_field *field, const struct ls_policy_scalar *s,
		    struct ls_policy *policy, struct ls_error *err)
{
	if (field->type == LS_FIELD_ID && !only(s, "._-"))
		return refuse(field, s, "policy.name",
			      "a name has letters, digits, '.', '_' and '-', and starts with a "
			      "letter or a digit",
			      err);
	if (field->type == LS_FIELD_ORIGIN && !only(s, "._-/:"))
		return refuse(field, s, "policy.name",
			      "an origin has letters, digits and any of '._-/:', and starts with a "
			      "letter or a digit",
			      err);
	return copy_text(field, s, member(field, policy), field->size, err);
}

/* One that the module may be given: what the dynamic loader or libc goes by is none of them. */
static int set_variable(const struct ls_policy_field *field, const struct ls_policy_scalar *s,
			struct ls_policy *policy, struct ls_error *err)
{
	bool good = s->length > 0 && s->text[0] >= 'A' && s->text[0] <= 'Z';
	for (size_t i = 0; good && i < s->length; i++)
		good = s->text[i] == '_' || (is_alphanumeric(s->text[i]) && s->text[i] < 'a');
	if (!good)
		return refuse(field, s, "policy.name",
			      "a variable has upper-case letters, digits and '_', and starts with "
			      "a letter",
			      err);
	if (strncmp(s->text, "LD_", 3) == 0 || strncmp(s->text, "GLIBC_", 6) == 0)
		return refuse(field, s, "policy.name",
			      "it would change what the dynamic loader does", err);
	return copy_text(field, s, member(field, policy), field->size, err);
}

/* Absolute and with nothing in it that could mean another place than it seems. */
static bool is_clean_path(const char *path, size_t length)
{
	if (length < 2 || path[0] != '/' || path[length - 1] == '/')
		return false;
	for (size_t i = 0; i < length; i++) {
		if (path[i] != '/')
			continue;
		size_t part = strcspn(path + i + 1, "/");
		const char *p = path + i + 1;
		if (part == 0 || (part == 1 && p[0] == '.') ||
		    (part == 2 && p[0] == '.' && p[1] == '.'))
			return false;
	}
	return true;
}

/* A name that stands for the same port after the next plug and the next boot. */
static bool is_lasting_serial(const char *path)
{
	static const char by_id[] = "/dev/serial/by-id/", built_in[] = "/dev/ttyS";
	const char *number = path + strlen(built_in);
	if (strncmp(path, by_id, strlen(by_id)) == 0)
		return path[strlen(by_id)] != '\0' && !strchr(path + strlen(by_id), '/');
	return strncmp(path, built_in, strlen(built_in)) == 0 && *number != '\0' &&
	       number[strspn(number, "0123456789")] == '\0';
}

static int set_path(const struct ls_policy_field *field, const struct ls_policy_scalar *s,
		    struct ls_policy *policy, struct ls_error *err)
{
	bool device = field->type != LS_FIELD_PATH;
	bool serial = field->type == LS_FIELD_SERIAL;
	bool word = field->type == LS_FIELD_TPM && (strcmp(s->text, LS_POLICY_TPM_EMBEDDED) == 0 ||
						    strcmp(s->text, LS_POLICY_TPM_NONE) == 0);
	if (!word && !is_clean_path(s->text, s->length))
		return refuse(field, s, "policy.path",
			      field->type == LS_FIELD_TPM
				      ? "it must be 'embedded', 'none' or a device such as "
					"'/dev/tpmrm0'"
				      : "it must be an absolute path, without '.', '..', '//' and "
					"without a '/' at its end",
			      err);
	if (!word && device && strncmp(s->text, "/dev/", 5) != 0)
		return refuse(field, s, "policy.path", "it must be a device below /dev", err);
	if (serial && !is_lasting_serial(s->text))
		return refuse(field, s, "policy.path",
			      "that name changes with each plug; write the one that "
			      "'ls /dev/serial/by-id' shows (or a built-in port, '/dev/ttyS0')",
			      err);
	return copy_text(field, s, member(field, policy), field->size, err);
}

static int check_range(const struct ls_policy_field *field, const struct ls_policy_scalar *s,
		       uint64_t value, struct ls_error *err)
{
	if (value >= field->min && value <= field->max)
		return 0;
	char least[LS_NUMBER_TEXT], most[LS_NUMBER_TEXT], reason[96];
	snprintf(reason, sizeof(reason), "it must be from %s to %s",
		 ls_policy_number_format(field->type, field->min, least),
		 ls_policy_number_format(field->type, field->max, most));
	return refuse(field, s, "policy.range", reason, err);
}

/* All digits: a number, though perhaps one that does not fit or is not canonical. */
static bool all_digits(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (text[i] < '0' || text[i] > '9')
			return false;
	return length > 0;
}

static int set_count(const struct ls_policy_field *field, const struct ls_policy_scalar *s,
		     struct ls_policy *policy, struct ls_error *err)
{
	uint64_t value;
	if (!s->plain || !all_digits(s->text, s->length))
		return refuse(field, s, "policy.type",
			      "it must be a whole number, without quotes and without a unit", err);
	if (s->length > 1 && s->text[0] == '0')
		return refuse(field, s, "policy.type", "a number does not start with 0", err);
	if (ls_parse_u64(s->text, s->length, &value) < 0)
		value = UINT64_MAX;
	int rc = check_range(field, s, value, err);
	if (rc == 0)
		memcpy(member(field, policy), &value, sizeof(value));
	return rc;
}

static int bad_unit(const struct ls_policy_field *field, const struct ls_policy_scalar *s,
		    struct ls_error *err)
{
	return refuse(
		field, s, "policy.unit",
		field->type == LS_FIELD_SIZE
			? "it must be a whole number and one of B, KiB, MiB, GiB, TiB, such as "
			  "'512 MiB'"
			: "it must be a whole number and one of s, min, h, d, such as '30 d'",
		err);
}

/* A number and its unit: a size, or a duration. */
static int set_measure(const struct ls_policy_field *field, const struct ls_policy_scalar *s,
		       struct ls_policy *policy, struct ls_error *err)
{
	uint64_t value;
	const struct unit *u = field->type == LS_FIELD_SIZE ? size_units : duration_units;
	size_t digits = strspn(s->text, "0123456789");
	const char *name = s->text + digits;
	if (*name == ' ')
		name++;
	while (u->factor > 1 && strcmp(u->name, name) != 0)
		u++;
	if (strcmp(u->name, name) != 0 || digits == 0 || (digits > 1 && s->text[0] == '0') ||
	    strlen(s->text) != s->length)
		return bad_unit(field, s, err);
	if (ls_parse_u64(s->text, digits, &value) < 0 || value > UINT64_MAX / u->factor)
		value = UINT64_MAX;
	else
		value *= u->factor;
	int rc = check_range(field, s, value, err);
	if (rc == 0)
		memcpy(member(field, policy), &value, sizeof(value));
	return rc;
}

static int set_version(const struct ls_policy_field *field, const struct ls_policy_scalar *s,
		       struct ls_policy *policy, struct ls_error *err)
{
	if (!s->plain || strcmp(s->text, "1") != 0)
		return refuse(field, s, "policy.version", "this labseal reads version 1", err);
	policy->version = 1;
	return 0;
}

static int set_bool(const struct ls_policy_field *field, const struct ls_policy_scalar *s,
		    struct ls_policy *policy, struct ls_error *err)
{
	bool value = strcmp(s->text, "true") == 0;
	if (!s->plain || (!value && strcmp(s->text, "false") != 0))
		return refuse(field, s, "policy.type", "it must be true or false, without quotes",
			      err);
	memcpy(member(field, policy), &value, sizeof(value));
	return 0;
}

static int set_choice(const struct ls_policy_field *field, const struct ls_policy_scalar *s,
		      struct ls_policy *policy, struct ls_error *err)
{
	char reason[160] = "it must be one of";
	for (unsigned i = 0; field->choice[i]; i++) {
		if (strcmp(field->choice[i], s->text) == 0 && strlen(s->text) == s->length) {
			memcpy(member(field, policy), &i, sizeof(i));
			return 0;
		}
		size_t used = strlen(reason);
		snprintf(reason + used, sizeof(reason) - used, "%s %s", i ? "," : "",
			 field->choice[i]);
	}
	return refuse(field, s, "policy.choice", reason, err);
}

static int set_digest(const struct ls_policy_field *field, const struct ls_policy_scalar *s,
		      struct ls_policy *policy, struct ls_error *err)
{
	struct ls_digest digest;
	if (ls_digest_parse(s->text, s->length, &digest) < 0 || ls_digest_is_zero(&digest))
		return refuse(
			field, s, "policy.digest",
			"it must be 64 lower-case hex digits, as 'sha256sum FILE' prints them",
			err);
	memcpy(member(field, policy), &digest, sizeof(digest));
	return 0;
}

static int add_pattern(const struct ls_policy_field *field, const struct ls_policy_scalar *s,
		       struct ls_policy *policy, struct ls_error *err)
{
	if (policy->results.count == LS_POLICY_NAMES_MAX)
		return ls_fail(err, -EINVAL, "policy.list", "'%s' has more than %d patterns",
			       field->path, LS_POLICY_NAMES_MAX);
	if (strpbrk(s->text, "/\\"))
		return refuse(field, s, "policy.pattern",
			      "a pattern is for a file's name alone, without '/' and '\\'", err);
	char *target = policy->results.names[policy->results.count];
	int rc = copy_text(field, s, target, sizeof(policy->results.names[0]), err);
	if (rc == 0)
		policy->results.count++;
	return rc;
}

static bool is_usb_id(const char *text, size_t length)
{
	uint8_t bytes[2];
	return length == 9 && text[4] == ':' && ls_hex_decode(text, 4, bytes) == 0 &&
	       ls_hex_decode(text + 5, 4, bytes) == 0;
}

/* Linux's name of a port, as a folder in /sys/bus/usb/devices: BUS-PORT[.PORT ...]. */
static bool is_usb_port(const char *text, size_t length)
{
	size_t dashes = 0;
	for (size_t i = 0; i < length; i++) {
		bool is_digit = text[i] >= '0' && text[i] <= '9';
		bool after_digit = i > 0 && text[i - 1] >= '0' && text[i - 1] <= '9';
		dashes += text[i] == '-';
		if (!is_digit && !(after_digit && ((text[i] == '-' && dashes == 1) ||
						   (text[i] == '.' && dashes == 1))))
			return false;
	}
	return dashes == 1 && text[length - 1] != '.' && text[length - 1] != '-';
}

/* If the word is next: it and what follows up to the next blank. */
static bool take_word(const char **at, const char *word, const char **ret_value, size_t *ret_length)
{
	size_t length = strlen(word);
	if (strncmp(*at, word, length) != 0)
		return false;
	*ret_value = *at + length;
	*ret_length = strcspn(*ret_value, " ");
	*at = *ret_value + *ret_length;
	return true;
}

/* "04b4:8613 port 1-4.2 serial 2750" */
static bool read_usb(const struct ls_policy_scalar *s, struct ls_policy_usb *ret_usb)
{
	struct ls_policy_usb usb = { 0 };
	const char *at = s->text, *value;
	size_t length = strcspn(at, " ");
	if (strlen(s->text) != s->length || !is_usb_id(at, length))
		return false;
	memcpy(usb.id, at, length);
	at += length;
	if (take_word(&at, " port ", &value, &length)) {
		if (length == 0 || length >= sizeof(usb.port) || !is_usb_port(value, length))
			return false;
		memcpy(usb.port, value, length);
	}
	if (take_word(&at, " serial ", &value, &length)) {
		if (length == 0 || length >= sizeof(usb.serial) || has_control(value, length))
			return false;
		memcpy(usb.serial, value, length);
	}
	*ret_usb = usb;
	return *at == '\0';
}

static int add_usb(const struct ls_policy_field *field, const struct ls_policy_scalar *s,
		   struct ls_policy *policy, struct ls_error *err)
{
	struct ls_policy_usb usb;
	if (policy->vm.usb_count == LS_POLICY_USB_MAX)
		return ls_fail(err, -EINVAL, "policy.list", "'%s' has more than %d devices",
			       field->path, LS_POLICY_USB_MAX);
	if (!read_usb(s, &usb))
		return refuse(field, s, "policy.usb",
			      "it must be vendor and product as 'lsusb' prints them, such as "
			      "'04b4:8613', then, where they are needed, 'port 1-4.2' and "
			      "'serial 2750'",
			      err);
	for (size_t i = 0; i < policy->vm.usb_count; i++)
		if (memcmp(&policy->vm.usb[i], &usb, sizeof(usb)) == 0)
			return refuse(field, s, "policy.usb", "it is in the list twice", err);
	policy->vm.usb[policy->vm.usb_count++] = usb;
	return 0;
}

/* With a host, and nothing that a person could not see or a server would not be sent. */
static bool is_url(const char *text, size_t length)
{
	size_t scheme = strncmp(text, "http://", 7) == 0    ? 7
			: strncmp(text, "https://", 8) == 0 ? 8
							    : 0;
	if (scheme == 0 || length >= LS_POLICY_URL_SIZE || length == scheme ||
	    !(is_alphanumeric(text[scheme]) || text[scheme] == '['))
		return false;
	for (size_t i = scheme; i < length; i++)
		if (!is_alphanumeric(text[i]) &&
		    (text[i] == '\0' || !strchr("-._~:/?[]!$&'()*+,;=%", text[i])))
			return false;
	return true;
}

#define URL_REASON                                                                   \
	"it must be a URL that begins with http:// or https:// and a host, without " \
	"blanks, a password or a '#'"

static int set_url(const struct ls_policy_field *field, const struct ls_policy_scalar *s,
		   struct ls_policy *policy, struct ls_error *err)
{
	if (!is_url(s->text, s->length))
		return refuse(field, s, "policy.url", URL_REASON, err);
	return copy_text(field, s, member(field, policy), field->size, err);
}

/* "witness.example/w1+eb762cc2+BNda... https://witness.example/" */
static int add_witness(const struct ls_policy_field *field, const struct ls_policy_scalar *s,
		       struct ls_policy *policy, struct ls_error *err)
{
	struct ls_witness_key key;
	struct ls_error why = { 0 };
	if (policy->signing.witness_count == LS_POLICY_WITNESSES_MAX)
		return ls_fail(err, -EINVAL, "policy.list", "'%s' has more than %d witnesses",
			       field->path, LS_POLICY_WITNESSES_MAX);
	size_t length = strcspn(s->text, " ");
	if (strlen(s->text) != s->length || s->text[length] == '\0' ||
	    !is_url(s->text + length + 1, s->length - length - 1))
		return refuse(field, s, "policy.witness",
			      "it must be the witness's key, a blank, and its URL, which begins "
			      "with http:// or https://",
			      err);
	if (ls_witness_vkey_parse(s->text, length, &key, &why) < 0)
		return refuse(field, s, "policy.witness", why.message, err);
	struct ls_policy_witness w = { .vkey = "" };
	memcpy(w.vkey, s->text, length);
	memcpy(w.url, s->text + length + 1, s->length - length - 1);
	for (size_t i = 0; i < policy->signing.witness_count; i++)
		if (strcmp(policy->signing.witnesses[i].vkey, w.vkey) == 0)
			return refuse(field, s, "policy.witness", "it is in the list twice", err);
	policy->signing.witnesses[policy->signing.witness_count++] = w;
	return 0;
}

static int set_sample(const struct ls_policy_field *field, const struct ls_policy_scalar *s,
		      struct ls_policy *policy, struct ls_error *err)
{
	if (strlen(s->text) != s->length || !ls_sample_name_valid(s->text))
		return refuse(field, s, "policy.sample",
			      "a sample's name is one line of at most 128 bytes, without control "
			      "characters, and without two blanks in a row or one at an end",
			      err);
	return copy_text(field, s, member(field, policy), field->size, err);
}

static int set_orcid(const struct ls_policy_field *field, const struct ls_policy_scalar *s,
		     struct ls_policy *policy, struct ls_error *err)
{
	struct ls_error why = { 0 };
	struct ls_orcid orcid = { .text = "" };
	if (strlen(s->text) != s->length || ls_orcid_parse(s->text, &orcid, &why) < 0)
		return ls_fail(err, -EINVAL, "policy.orcid", "'%s': %s", field->path,
			       why.code ? why.message : "it is no ORCID iD");
	memcpy(member(field, policy), &orcid, sizeof(orcid));
	return 0;
}

/* YAML's ways to write nothing. */
static bool is_empty(const struct ls_policy_scalar *s)
{
	static const char *const nothing[] = { "~", "null", "Null", "NULL" };
	if (s->length == 0)
		return true;
	for (size_t i = 0; s->plain && i < sizeof(nothing) / sizeof(nothing[0]); i++)
		if (strcmp(s->text, nothing[i]) == 0)
			return true;
	return false;
}

int ls_policy_value_set(const struct ls_policy_field *field, const struct ls_policy_scalar *scalar,
			struct ls_policy *policy, struct ls_error *err)
{
	typedef int (*setter)(const struct ls_policy_field *, const struct ls_policy_scalar *,
			      struct ls_policy *, struct ls_error *);
	static const setter setters[] = {
		[LS_FIELD_VERSION] = set_version,   [LS_FIELD_ID] = set_text,
		[LS_FIELD_TEXT] = set_text,	    [LS_FIELD_ORIGIN] = set_text,
		[LS_FIELD_PATH] = set_path,	    [LS_FIELD_SERIAL] = set_path,
		[LS_FIELD_TPM] = set_path,	    [LS_FIELD_SIZE] = set_measure,
		[LS_FIELD_COUNT] = set_count,	    [LS_FIELD_BOOL] = set_bool,
		[LS_FIELD_CHOICE] = set_choice,	    [LS_FIELD_DIGEST] = set_digest,
		[LS_FIELD_VARIABLE] = set_variable, [LS_FIELD_PATTERNS] = add_pattern,
		[LS_FIELD_USB] = add_usb,	    [LS_FIELD_URL] = set_url,
		[LS_FIELD_WITNESSES] = add_witness, [LS_FIELD_DURATION] = set_measure,
		[LS_FIELD_SAMPLE] = set_sample,	    [LS_FIELD_ORCID] = set_orcid,
	};
	if (is_empty(scalar))
		return ls_fail(err, -EINVAL, "policy.empty",
			       "'%s' is empty: write a value or leave the key out", field->path);
	return setters[field->type](field, scalar, policy, err);
}
