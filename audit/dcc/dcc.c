/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dcc/dcc.h"

#include <errno.h>
#include <string.h>

#include "audit/dcc/dcc_internal.h"
#include "lib/base/cleanup.h"
#include "lib/base/text.h"

LS_DEFINE_CLEANUP(struct ls_dcc_file *, ls_dcc_file_free)

struct ls_dcc_file *ls_dcc_file_free(struct ls_dcc_file *file)
{
	if (!file)
		return NULL;
	ls_dcc_memory_free(&file->memory);
	xmlFreeDoc(file->doc);
	free(file);
	return NULL;
}

void ls_dcc_drop_tree(struct ls_dcc_file *file)
{
	xmlFreeDoc(file->doc);
	file->doc = NULL;
}

const struct ls_dcc *ls_dcc_of(const struct ls_dcc_file *file)
{
	return &file->dcc;
}

const char *ls_dcc_name(struct ls_dcc_file *file, const xmlNode *node)
{
	xmlNode *content = ls_dcc_child(node, LS_DCC_NAMESPACE, "content");
	for (xmlNode *c = content; c; c = ls_dcc_next(c, LS_DCC_NAMESPACE, "content")) {
		const char *lang = ls_dcc_attribute(&file->memory, c, "lang");
		if (lang && strcmp(lang, "en") == 0) {
			content = c;
			break;
		}
	}
	return ls_dcc_text(&file->memory, content, LS_DCC_NAME_MAX);
}

const char *ls_dcc_word(struct ls_dcc_file *file, const xmlNode *node, const char *name)
{
	return ls_dcc_text(&file->memory, ls_dcc_child(node, LS_DCC_NAMESPACE, name),
			   LS_DCC_WORD_MAX);
}

int ls_dcc_flag(struct ls_dcc_file *file, const xmlNode *node, const char *name)
{
	const char *word = ls_dcc_word(file, node, name);
	if (!word)
		return -1;
	if (strcmp(word, "true") == 0 || strcmp(word, "1") == 0)
		return 1;
	return strcmp(word, "false") == 0 || strcmp(word, "0") == 0 ? 0 : -1;
}

int ls_dcc_date(const char *text, int64_t *ret_time)
{
	char utc[LS_UTC_SIZE];
	size_t n = text ? strlen(text) : 0;
	/* YYYY-MM-DD, and a zone or nothing */
	if (n < 10 || (n > 10 && strchr("Z+-", text[10]) == NULL))
		return -EBADMSG;
	snprintf(utc, sizeof(utc), "%.10sT00:00:00Z", text);
	return ls_utc_parse(utc, LS_UTC_SIZE - 1, ret_time);
}

bool ls_dcc_has_type(const char *ref_types, const char *type)
{
	size_t n = strlen(type);
	for (const char *t = ref_types; t && *t; t += strspn(t, " ")) {
		size_t length = strcspn(t, " ");
		if (length == n && memcmp(t, type, n) == 0)
			return true;
		t += length;
	}
	return false;
}

const struct ls_decimal *ls_dcc_at(const struct ls_decimal *list, size_t count, size_t i)
{
	if (count == 0)
		return NULL;
	return &list[count == 1 ? 0 : i];
}

/* --- the document -------------------------------------------------------------------------- */

static int fail_root(struct ls_dcc_file *file, const xmlNode *root, struct ls_error *err)
{
	const char *name = ls_dcc_keep(&file->memory, (const char *)root->name,
				       strnlen((const char *)root->name, 60));
	const char *hint = "";
	if (strcmp(name, "digitalReferenceMaterialDocument") == 0)
		hint = "; documents of reference materials (DRMD) are not read";
	if (strcmp(name, "dcx") == 0 || strcmp(name, "DCX") == 0)
		hint = "; DFM's DCX is not read";
	if (strcmp(name, "digitalCalibrationCertificate") == 0)
		hint = "; it has the name, and not the namespace https://ptb.de/dcc";
	return ls_fail(err, -EBADMSG, "cal.dcc.schema",
		       "its root element is '%s', not a DCC's digitalCalibrationCertificate%s",
		       name, hint);
}

/* "MAJOR.MINOR" and whatever comes behind; false when it is none. */
static bool split_version(const char *text, uint64_t *major, uint64_t *minor)
{
	size_t n = strspn(text, "0123456789");
	const char *rest = text + n + 1;
	return text[n] == '.' && ls_parse_u64(text, n, major) == 0 &&
	       ls_parse_u64(rest, strspn(rest, "0123456789"), minor) == 0;
}

static int read_version(struct ls_dcc_file *file, const xmlNode *root, struct ls_error *err)
{
	struct ls_dcc *d = &file->dcc;
	uint64_t major = 0, minor = 0;
	d->version = ls_dcc_attribute(&file->memory, root, "schemaVersion");
	if (!d->version || !split_version(d->version, &major, &minor) ||
	    !((major == 2 && minor == 4) || (major == 3 && minor <= 3)))
		return ls_fail(err, -EBADMSG, "cal.dcc.schema",
			       "its schemaVersion is '%.20s': 2.4 and 3.0 to 3.3 are read",
			       d->version ? d->version : "");
	d->version_major = (unsigned)major;
	d->version_minor = (unsigned)minor;
	return 0;
}

static void count_signatures(struct ls_dcc_file *file, const xmlNode *root)
{
	for (xmlNode *s = ls_dcc_child(root, LS_DSIG_NAMESPACE, "Signature"); s;
	     s = ls_dcc_next(s, LS_DSIG_NAMESPACE, "Signature"))
		file->dcc.signature_count++;
}

static int read_document(struct ls_dcc_file *file, struct ls_error *err)
{
	const xmlNode *root = xmlDocGetRootElement(file->doc);
	if (!ls_dcc_is(root, LS_DCC_NAMESPACE, "digitalCalibrationCertificate"))
		return fail_root(file, root, err);
	int rc = read_version(file, root, err);
	if (rc < 0)
		return rc;
	rc = ls_dcc_read_administrative(
		file, ls_dcc_child(root, LS_DCC_NAMESPACE, "administrativeData"), err);
	if (rc < 0)
		return rc;
	const xmlNode *results = ls_dcc_child(root, LS_DCC_NAMESPACE, "measurementResults");
	if (!results)
		return ls_fail(err, -EBADMSG, "cal.dcc.content", "it has no measurementResults");
	ls_dcc_read_results(file, results);
	count_signatures(file, root);
	if (file->memory.failed == -EFBIG)
		return ls_fail(err, -EFBIG, "cal.dcc.size",
			       "it has more items, links, statements or quantities than are read "
			       "of one certificate, or longer ones");
	if (file->memory.failed)
		return ls_fail(err, -ENOMEM, "cal.dcc.memory", "out of memory for a certificate");
	return 0;
}

int ls_dcc_read(const void *data, size_t size, struct ls_dcc_file **ret_file, struct ls_error *err)
{
	_cleanup_(ls_dcc_file_free) struct ls_dcc_file *file = calloc(1, sizeof(*file));
	if (!file)
		return ls_fail(err, -ENOMEM, "cal.dcc.memory", "out of memory for a certificate");
	int rc = ls_dcc_tree_read(data, size, &file->doc, err);
	if (rc < 0)
		return rc;
	ls_sha256_buffer(data, size, &file->dcc.sha256);
	file->dcc.size = size;
	rc = read_document(file, err);
	if (rc < 0)
		return rc;
	*ret_file = ls_steal_ptr(&file);
	return 0;
}
