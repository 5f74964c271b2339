/* SPDX-License-Identifier: Apache-2.0 */
/* What goes into a bundle, read from the share that the result lies in. */
#ifndef LABSEAL_AUDIT_BUNDLE_CONTENTS_H
#define LABSEAL_AUDIT_BUNDLE_CONTENTS_H

#include "audit/bundle/archive.h"
#include "audit/bundle/place.h"
#include "audit/bundle/third_parties.h"
#include "audit/verify/log.h"
#include "audit/verify/share.h"
#include "audit/verify/source.h"
#include "lib/base/buffer.h"
#include "lib/seal/manifest.h"
#include "lib/seal/trust.h"

/* Everything is borrowed. */
struct ls_bundle_contents {
	const struct ls_bundle_place *place;
	struct ls_source *source; /* the share */
	int share_fd;
	const struct ls_manifest *manifest; /* the result's */
	const struct ls_buffer *trust;	    /* the trust file, as it is */
	const struct ls_log *log;	    /* checked: its root is good */
	const struct ls_share *folders;	    /* of the share */
	const struct ls_bundle_third_parties *others;
	const char *around; /* the folder that is around everything in the archive */
};

/* Put it all into the archive, always in the same order.  -ENOMEM, -EIO, -ENODATA, -EBADMSG. */
int ls_bundle_add_contents(const struct ls_bundle_contents *contents, struct ls_archive *archive,
			   struct ls_error *err);

/* The README.txt of a bundle.  0 or the buffer's error. */
int ls_bundle_readme(const struct ls_bundle_contents *contents, struct ls_buffer *out);

#endif
