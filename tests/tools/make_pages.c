/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Write the pages for people into a share that is there, as the publisher would when it starts, and
 * say what the newest page costs: that is what a publisher pays at most once a second.
 *
 *     make_pages SHARE
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "host/publish/catalog.h"
#include "host/publish/item.h"
#include "host/publish/readme.h"
#include "lib/base/cleanup.h"

static int count(void *context, const struct ls_item *item)
{
	uint64_t *newest = context;
	*newest = item->seal > *newest ? item->seal : *newest;
	return 0;
}

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int write_pages(int share, struct ls_error *err)
{
	_cleanup_catalog_ struct ls_catalog *catalog = NULL;
	uint64_t size = 0, missing = 0, pages = 0;
	int rc = ls_item_walk(share, count, &size, err);
	if (rc == 0)
		rc = ls_catalog_load(share, size, &catalog, &missing, err);
	if (rc < 0)
		return rc;
	ls_catalog_set_trust_copies(catalog, faccessat(share, "trust", F_OK, 0) == 0);
	rc = ls_verify_page_write(share, err);
	for (; rc == 0 && ls_catalog_wants_pages(catalog); pages++)
		rc = ls_catalog_write_pages(catalog, err);
	double began = now();
	if (rc == 0)
		rc = ls_catalog_write_pages(catalog, err);
	struct stat st = { 0 };
	fstatat(share, "index.html", &st, 0);
	printf("seals %" PRIu64 ", full pages %" PRIu64 ", missing %" PRIu64
	       ", index.html %lld bytes in %.1f ms\n",
	       size, pages, missing, (long long)st.st_size, (now() - began) * 1e3);
	return rc;
}

int main(int argc, char **argv)
{
	struct ls_error err = { 0 };
	_cleanup_close_ int share = argc == 2 ? open(argv[1], O_RDONLY | O_DIRECTORY) : -1;
	if (share < 0) {
		fprintf(stderr, "Usage: make_pages SHARE\n");
		return 2;
	}
	if (write_pages(share, &err) == 0)
		return 0;
	fprintf(stderr, "make_pages: %s\n", err.message);
	return 4;
}
