/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dcc/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit/dcc/dcc_internal.h"
#include "audit/dcc/document.h"
#include "audit/dcc/link.h"
#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/base/pem.h"
#include "lib/registry/folder.h"

#define PEM_CRL	      "X509 CRL" /* RFC 7468, 6 */
#define CRLS_MAX      1000
#define CRL_BYTES_MAX (8 * 1024 * 1024)

struct documents {
	struct ls_cal_store store;
	const struct ls_cal_trust *trust;
	int64_t now;
	struct ls_der *authorities;
	struct ls_buffer crl_bytes[CRLS_MAX];
	struct ls_der crls[CRLS_MAX];
	size_t crl_count;
	struct ls_dcc_document **items; /* by the day of performance, then by id, once settled */
	size_t count, room;
	bool settled;
	struct ls_dcc_candidate *candidates; /* of items, in their order */
	struct ls_dcc_hash_index *index;
	char *mirror;	  /* owned: a registry's documents; NULL: there are none */
	int mirror_fd;	  /* the same; -1 */
	bool mirror_read; /* all of them are among the items */
	size_t left_out;
	struct ls_error first; /* why the first was left out */
};

static struct documents *of(struct ls_cal_store *store)
{
	return (struct documents *)store;
}

static int no_memory(struct ls_error *err)
{
	return ls_fail(err, -ENOMEM, "cal.dcc.memory", "out of memory for certificates");
}

/* --- settling: all are there, links can be followed --------------------------------------- */

static int by_time(const void *a, const void *b)
{
	const struct ls_dcc_document *x = *(struct ls_dcc_document *const *)a,
				     *y = *(struct ls_dcc_document *const *)b;
	if (x->dcc->end_time != y->dcc->end_time)
		return x->dcc->end_time < y->dcc->end_time ? -1 : 1;
	return memcmp(x->dcc->sha256.bytes, y->dcc->sha256.bytes, LS_DIGEST_SIZE);
}

/* In order, and each once. */
static void sort(struct documents *d)
{
	size_t count = 0;
	if (d->count)
		qsort(d->items, d->count, sizeof(void *), by_time);
	for (size_t i = 0; i < d->count; i++) {
		if (count > 0 && by_time(&d->items[i], &d->items[count - 1]) == 0)
			ls_dcc_document_free(d->items[i]);
		else
			d->items[count++] = d->items[i];
	}
	d->count = count;
}

static int settle(struct documents *d, struct ls_error *err)
{
	if (d->settled)
		return 0;
	sort(d);
	d->candidates = calloc(d->count + 1, sizeof(*d->candidates));
	if (!d->candidates)
		return no_memory(err);
	for (size_t i = 0; i < d->count; i++)
		d->candidates[i] = d->items[i]->candidate;
	d->index = ls_dcc_hash_index_new(d->candidates, d->count);
	if (!d->index)
		return no_memory(err);
	for (size_t i = 0; i < d->count; i++) {
		int rc = ls_dcc_document_settle(d->items[i], d->index, d->candidates);
		if (rc < 0)
			return no_memory(err);
	}
	d->settled = true;
	return 0;
}

/* --- the store's operations ----------------------------------------------------------------- */

static int documents_fresh(struct ls_cal_store *store, int64_t at, uint64_t size,
			   struct ls_cal_fresh *ret_fresh, struct ls_error *err)
{
	(void)store, (void)at, (void)size, (void)err;
	*ret_fresh = (struct ls_cal_fresh){ .time = LS_CAL_TIME_UNKNOWN };
	return 0;
}

static int no_such(const struct ls_digest *id, struct ls_error *err)
{
	char hex[LS_DIGEST_HEX_SIZE];
	return ls_fail(err, -ENOENT, "cal.store.missing",
		       "there is no certificate whose file has the SHA-256 %s",
		       ls_digest_hex(id, hex));
}

static bool in_mirror(const struct documents *d, const struct ls_digest *id)
{
	char hex[LS_DIGEST_HEX_SIZE];
	return d->mirror && faccessat(d->mirror_fd, ls_digest_hex(id, hex), F_OK, 0) == 0;
}

static int read_mirror(struct documents *d, struct ls_error *err)
{
	size_t before = d->count;
	int rc = ls_dcc_store_add_folder(&d->store, d->mirror, err);
	for (size_t i = before; i < d->count; i++)
		d->items[i]->of_mirror = true;
	d->mirror_read = true;
	return rc;
}

/* Links are followed among all that there are, so a mirror is read before any one is. */
static int settle_for(struct documents *d, const struct ls_digest *id, struct ls_error *err)
{
	int rc = 0;
	if (d->mirror && !d->mirror_read && !d->settled && (d->count > 0 || in_mirror(d, id)))
		rc = read_mirror(d, err);
	if (rc == 0 && d->mirror && !d->mirror_read)
		return no_such(id, err);
	return rc < 0 ? rc : settle(d, err);
}

static int documents_find(struct ls_cal_store *store, const struct ls_digest *id,
			  struct ls_cal_entry **ret_entry, struct ls_error *err)
{
	struct documents *d = of(store);
	int rc = settle_for(d, id, err);
	if (rc < 0)
		return rc;
	size_t i;
	if (!ls_dcc_hash_index_file(d->index, id, &i))
		return no_such(id, err);
	rc = ls_dcc_document_entry(d->items[i], store->at, ret_entry);
	return rc < 0 ? no_memory(err) : 0;
}

/* One of a mirror, by itself: it is not kept, and has no links. */
static int read_alone(struct documents *d, const struct ls_digest *id,
		      struct ls_cal_entry **ret_entry, struct ls_error *err)
{
	const struct ls_dcc_trust trust = { d->authorities, d->trust->certificate_count, d->crls,
					    d->crl_count };
	char hex[LS_DIGEST_HEX_SIZE], name[LS_REGISTRY_PATH_SIZE];
	struct ls_dcc_document *document = NULL;
	struct ls_dcc_hash_index *index = ls_dcc_hash_index_new(NULL, 0);
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, LS_DCC_SIZE_MAX);
	int rc = index ? ls_file_read(d->mirror_fd, ls_digest_hex(id, hex), &b, err)
		       : no_memory(err);
	if (rc == -EINVAL || rc == -ELOOP || rc == -EACCES) /* no file, or none of ours */
		rc = err->code = -EBADMSG;
	if (rc == 0)
		rc = ls_dcc_document_read(b.data, b.size, &trust, d->now, &document, err);
	if (rc == 0 && !ls_digest_equal(&document->dcc->sha256, id))
		rc = ls_fail(err, -EBADMSG, "cal.dcc.altered",
			     "the file does not have the SHA-256 that is its name: it was altered");
	if (rc == 0 && (ls_dcc_document_settle(document, index, NULL) < 0 ||
			ls_dcc_document_entry(document, d->store.at, ret_entry) < 0))
		rc = no_memory(err);
	if (rc < 0 && rc != -ENOENT) /* wherever the mirror lies: the verdict is the same */
		ls_error_prefix(err, "'%s'", ls_registry_document_path(id, name));
	ls_dcc_document_free(document);
	ls_dcc_hash_index_free(index);
	return rc;
}

static int documents_document(struct ls_cal_store *store, const struct ls_digest *id,
			      struct ls_cal_entry **ret_entry, struct ls_error *err)
{
	struct documents *d = of(store);
	size_t i;
	int rc = d->mirror && !d->settled && d->count == 0 ? 0 : settle_for(d, id, err);
	if (rc == 0 && d->settled && ls_dcc_hash_index_file(d->index, id, &i))
		return documents_find(store, id, ret_entry, err);
	if (rc == 0 && in_mirror(d, id))
		return read_alone(d, id, ret_entry, err);
	return rc < 0 ? rc : no_such(id, err);
}

static int tell(const struct ls_dcc_document *document, size_t i, ls_cal_each *each, void *context)
{
	const struct ls_cal_found found = { .id = document->dcc->sha256,
					    .index = i,
					    .kind = LS_CAL_REPORT };
	return each(context, &found);
}

static int documents_related(struct ls_cal_store *store, enum ls_cal_relation relation,
			     const struct ls_digest *id, ls_cal_each *each, void *context,
			     struct ls_error *err)
{
	struct documents *d = of(store);
	int rc = relation == LS_CAL_CHILDREN_OF ? settle_for(d, id, err) : 0;
	if (rc == -ENOENT)
		return 0;
	for (size_t i = 0; rc == 0 && relation == LS_CAL_CHILDREN_OF && i < d->count; i++)
		if (ls_dcc_document_has_parent(d->items[i], id))
			rc = tell(d->items[i], i, each, context);
	return rc;
}

/* Of those that have names; where there are none, a mirror need not be read. */
static int settle_named(struct documents *d, struct ls_error *err)
{
	static const struct ls_digest none;
	return d->count == 0 && d->mirror ? 0 : settle_for(d, &none, err);
}

static int documents_named(struct ls_cal_store *store, const char *name, ls_cal_each *each,
			   void *context, struct ls_error *err)
{
	struct documents *d = of(store);
	int rc = settle_named(d, err);
	for (size_t i = 0; rc == 0 && i < d->count; i++)
		if (!d->items[i]->of_mirror && ls_dcc_document_is_named(d->items[i], name))
			rc = tell(d->items[i], i, each, context);
	return rc;
}

static int documents_all(struct ls_cal_store *store, enum ls_cal_kind kind, ls_cal_each *each,
			 void *context, struct ls_error *err)
{
	struct documents *d = of(store);
	int rc = settle_named(d, err);
	for (size_t i = 0; rc == 0 && kind == LS_CAL_REPORT && i < d->count; i++)
		rc = d->items[i]->of_mirror ? 0 : tell(d->items[i], i, each, context);
	return rc;
}

static void documents_free(struct ls_cal_store *store)
{
	struct documents *d = store ? of(store) : NULL;
	if (!d)
		return;
	for (size_t i = 0; i < d->count; i++)
		ls_dcc_document_free(d->items[i]);
	for (size_t i = 0; i < d->crl_count; i++)
		ls_buffer_free(&d->crl_bytes[i]);
	ls_dcc_hash_index_free(d->index);
	free(d->candidates);
	free(d->items);
	free(d->authorities);
	if (d->mirror)
		close(d->mirror_fd);
	free(d->mirror);
	free(d);
}

static const struct ls_cal_store_operations operations = {
	.fresh = documents_fresh,
	.find = documents_find,
	.document = documents_document,
	.related = documents_related,
	.named = documents_named,
	.all = documents_all,
	.free = documents_free,
};

int ls_dcc_store_new(const struct ls_cal_trust *trust, int64_t now, struct ls_cal_store **ret_store,
		     struct ls_error *err)
{
	struct documents *d = calloc(1, sizeof(*d));
	struct ls_der *authorities = calloc(trust->certificate_count + 1, sizeof(*authorities));
	if (!d || !authorities) {
		free(d);
		free(authorities);
		return no_memory(err);
	}
	for (size_t i = 0; i < trust->certificate_count; i++)
		authorities[i] = (struct ls_der){ trust->certificates[i].der,
						  trust->certificates[i].size };
	d->store.operations = &operations;
	d->store.at = now;
	d->trust = trust;
	d->now = now;
	d->authorities = authorities;
	*ret_store = &d->store;
	return 0;
}

/* --- adding ----------------------------------------------------------------------------------- */

static int keep(struct documents *d, struct ls_dcc_document *document)
{
	if (d->count == d->room) {
		size_t room = d->room ? d->room * 2 : 16;
		struct ls_dcc_document **more = realloc(d->items, room * sizeof(void *));
		if (!more)
			return -ENOMEM;
		d->items = more;
		d->room = room;
	}
	d->items[d->count++] = document;
	return 0;
}

int ls_dcc_store_add(struct ls_cal_store *store, const void *bytes, size_t size, const char *name,
		     struct ls_digest *ret_id, struct ls_error *err)
{
	struct documents *d = of(store);
	const struct ls_dcc_trust trust = { d->authorities, d->trust->certificate_count, d->crls,
					    d->crl_count };
	if (d->count == LS_DCC_STORE_MAX || d->settled)
		return ls_fail(err, -EFBIG, "cal.dcc.size", "more than %d certificates",
			       LS_DCC_STORE_MAX);
	struct ls_dcc_document *document = NULL;
	int rc = ls_dcc_document_read(bytes, size, &trust, d->now, &document, err);
	if (rc < 0) {
		ls_error_prefix(err, "'%s'", name);
		return rc;
	}
	if (ret_id)
		*ret_id = document->dcc->sha256;
	if (keep(d, document) == 0)
		return 0;
	ls_dcc_document_free(document);
	return no_memory(err);
}

int ls_dcc_store_add_kept(struct ls_cal_store *store, const void *bytes, size_t size,
			  const char *name, struct ls_error *err)
{
	struct documents *d = of(store);
	int rc = ls_dcc_store_add(store, bytes, size, name, NULL, err);
	if (rc == 0)
		d->items[d->count - 1]->of_mirror = true;
	return rc;
}

int ls_dcc_store_add_file(struct ls_cal_store *store, const char *path, struct ls_digest *ret_id,
			  struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, LS_DCC_SIZE_MAX);
	int rc = ls_file_read(AT_FDCWD, path, &b, err);
	return rc < 0 ? rc : ls_dcc_store_add(store, b.data, b.size, path, ret_id, err);
}

static void leave_out(struct documents *d, const struct ls_error *why)
{
	if (d->left_out++ == 0)
		d->first = *why;
}

static int add_crl(struct documents *d, int dirfd, const char *name)
{
	struct ls_buffer b, *place = &d->crl_bytes[d->crl_count];
	struct ls_error why = { 0 };
	ls_buffer_init(&b, CRL_BYTES_MAX);
	ls_buffer_init(place, CRL_BYTES_MAX);
	int rc = d->crl_count < CRLS_MAX ? ls_file_read(dirfd, name, &b, &why)
					 : ls_fail(&why, -EFBIG, "cal.dcc.size",
						   "more than %d revocation lists", CRLS_MAX);
	if (rc == 0 && b.size && b.data[0] == '-') {
		struct ls_reader r;
		ls_reader_init(&r, b.data, b.size);
		rc = ls_pem_next(&r, PEM_CRL, place, &why);
	} else if (rc == 0) {
		rc = ls_buffer_add(place, b.data, b.size);
	}
	ls_buffer_free(&b);
	if (rc == 0 && !ls_dcc_is_crl(place->data, place->size))
		rc = ls_fail(&why, -EBADMSG, "cal.dcc.trust", "it is no revocation list");
	if (rc < 0) {
		ls_buffer_free(place);
		ls_error_prefix(&why, "'%s'", name);
		leave_out(d, &why);
		return rc == -ENOMEM ? rc : 0;
	}
	d->crls[d->crl_count++] = (struct ls_der){ place->data, place->size };
	return 0;
}

static int add_certificate(struct documents *d, int dirfd, const char *name, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer b;
	struct ls_error why = { 0 };
	ls_buffer_init(&b, LS_DCC_SIZE_MAX);
	int rc = ls_file_read(dirfd, name, &b, &why);
	if (rc == 0)
		rc = ls_dcc_store_add(&d->store, b.data, b.size, name, NULL, &why);
	if (rc == 0)
		return 0;
	bool trust = rc == -EINVAL && strcmp(why.id, "cal.dcc.trust") == 0; /* not this file's */
	if (rc == -ENOMEM || trust || d->count == LS_DCC_STORE_MAX) {
		if (err)
			*err = why;
		return rc;
	}
	leave_out(d, &why);
	return 0;
}

static bool ends(const char *name, const char *tail)
{
	size_t n = strlen(name), m = strlen(tail);
	return n > m && strcasecmp(name + n - m, tail) == 0;
}

/* As a registry names its documents. */
static bool is_hash(const char *name)
{
	struct ls_digest digest;
	return ls_digest_parse(name, strlen(name), &digest) == 0;
}

static int wanted(const struct dirent *entry)
{
	return is_hash(entry->d_name) || ends(entry->d_name, ".xml") ||
	       ends(entry->d_name, ".crl") || ends(entry->d_name, ".dcc");
}

int ls_dcc_store_add_folder(struct ls_cal_store *store, const char *path, struct ls_error *err)
{
	struct documents *d = of(store);
	struct dirent **names = NULL;
	_cleanup_close_ int dirfd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dirfd < 0)
		return ls_fail_errno(err, errno, "cal.dcc.folder", "cannot open '%s'", path);
	int n = scandirat(dirfd, ".", &names, wanted, alphasort), rc = 0;
	if (n < 0)
		return ls_fail_errno(err, errno, "cal.dcc.folder", "cannot list '%s'", path);
	for (int i = 0; i < n && rc == 0; i++) /* lists first: they count for what follows */
		if (ends(names[i]->d_name, ".crl"))
			rc = add_crl(d, dirfd, names[i]->d_name);
	for (int i = 0; i < n && rc == 0; i++)
		if (!ends(names[i]->d_name, ".crl"))
			rc = add_certificate(d, dirfd, names[i]->d_name, err);
	for (int i = 0; i < n; i++)
		free(names[i]);
	free(names);
	return rc;
}

int ls_dcc_store_add_mirror(struct ls_cal_store *store, const char *path, struct ls_error *err)
{
	struct documents *d = of(store);
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0)
		return ls_fail_errno(err, errno, "cal.dcc.folder", "cannot open '%s'", path);
	d->mirror = strdup(path);
	if (!d->mirror) {
		close(fd);
		return no_memory(err);
	}
	d->mirror_fd = fd;
	return 0;
}

int ls_dcc_store_add_registry(struct ls_cal_store *store, const char *registry,
			      struct ls_error *err)
{
	_cleanup_free_ char *path = NULL;
	if (asprintf(&path, "%s/" LS_REGISTRY_DOCUMENTS, registry) < 0)
		return no_memory(err);
	return ls_dcc_store_add_mirror(store, path, err);
}

int ls_dcc_store_follow(struct ls_cal_store *store, const struct ls_dcc_link *link,
			enum ls_cal_outcome *ret_outcome, struct ls_digest *ret_id, char *words,
			struct ls_error *err)
{
	struct documents *d = of(store);
	size_t found = 0;
	int rc = settle(d, err);
	if (rc < 0)
		return rc;
	*ret_outcome = ls_dcc_link_follow(link, d->index, &found, words);
	if (*ret_outcome == LS_CAL_HOLDS)
		*ret_id = d->candidates[found].sha256;
	return 0;
}

size_t ls_dcc_store_left_out(const struct ls_cal_store *store, const struct ls_error **ret_first)
{
	const struct documents *d = (const struct documents *)store;
	if (ret_first)
		*ret_first = d->left_out ? &d->first : NULL;
	return d->left_out;
}
