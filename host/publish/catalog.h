/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is on the share, as far as it must be known without looking there again:
 * the newest rows of the pages, the counts, and the keys of the newest seals,
 * by which a delivery that is repeated after a crash is recognised.
 */
#ifndef LABSEAL_HOST_PUBLISH_CATALOG_H
#define LABSEAL_HOST_PUBLISH_CATALOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/publish/index_page.h"
#include "host/publish/item.h"
#include "lib/base/error.h"
#include "lib/proc/protocol.h"
#include "lib/seal/record.h"

struct ls_catalog;

/*
 * Read what a share of this many seals holds.  share_fd is borrowed.  A folder or
 * record that is missing or malformed costs its row, and is counted in
 * *ret_missing; it is `labseal verify`'s matter.
 */
int ls_catalog_load(int share_fd, uint64_t size, struct ls_catalog **ret_catalog,
		    uint64_t *ret_missing, struct ls_error *err);
void ls_catalog_free(struct ls_catalog *catalog); /* NULL is fine */

/* Take in a seal just published, with its record.json. */
int ls_catalog_add(struct ls_catalog *catalog, const struct ls_item *item, const void *record,
		   size_t size, struct ls_error *err);

/* The newest keys and their seals, into ret_resume's recent part. */
void ls_catalog_recent(const struct ls_catalog *catalog, struct ls_resume *ret_resume);

/* The newest seal's time of receipt, seconds since 1970; 0: not known. */
int64_t ls_catalog_last_received(const struct ls_catalog *catalog);

/* For an instrument whose share is still empty. */
void ls_catalog_set_instrument(struct ls_catalog *catalog, const char *instrument);
void ls_catalog_set_trust_copies(struct ls_catalog *catalog, bool there);

/*
 * Write index.html, and the page of one full thousand that is not there.
 * Whatever fails is left for the next call.
 */
int ls_catalog_write_pages(struct ls_catalog *catalog, struct ls_error *err);

/* Whether a full thousand's page is still to be written (or looked for). */
bool ls_catalog_wants_pages(const struct ls_catalog *catalog);

static inline void ls_catalog_cleanup(struct ls_catalog **catalog)
{
	ls_catalog_free(*catalog);
}
#define _cleanup_catalog_ __attribute__((cleanup(ls_catalog_cleanup)))

#endif
