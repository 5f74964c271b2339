/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is a domain the approved machine?  An allow-list over the whole element
 * tree: what is neither in the machine that the policy describes nor added by
 * libvirt itself (domain_additions.h) is a violation, and so is what is missing.
 * Pure functions over the text of libvirt's domain XML, which may be anybody's.
 */
#ifndef LABSEAL_POLICY_DOMAIN_AUDIT_H
#define LABSEAL_POLICY_DOMAIN_AUDIT_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/error.h"
#include "policy/domain_xml.h"
#include "policy/policy.h"
#include "policy/violations.h"

#define LS_DOMAIN_XML_MAX (1 << 20) /* bytes; libvirt's are some thousand */

/*
 * Ids of the violations:
 *   xml.unexpected   an element (with all in it) that is not the machine's
 *   xml.missing      one that is the machine's and is not there
 *   xml.value        an attribute or a text with another value
 *   xml.attribute    an attribute that is not the machine's
 *   xml.foreign      an element, attribute or instruction that is not libvirt's own
 *   xml.text         text where none belongs
 *
 * expected: the machine, as ls_domain_xml made it.  Elements of one name are
 * compared in any order, comments are passed over.  A text that has an id of a
 * running domain is allowed what libvirt adds to such.
 *
 * any_folder: where expected has a path of ls_domain_paths_canonical, the file
 * of that name in any folder will do: for when the run's paths are not known.
 *
 * 0, whatever was found, which is added to the list; -EINVAL ("domain.xml"): xml
 * is no domain's XML (err says where; a document type definition, and what is
 * nested too deep, is refused); -EFBIG; -ENOMEM.
 */
int ls_domain_audit(const char *expected, bool any_folder, const void *xml, size_t size,
		    struct ls_violations *list, struct ls_error *err);

/*
 * The machine of a policy, as expected for the text.  paths: the run's, or NULL
 * for the canonical ones.  Where the policy leaves the accelerator open, the
 * text's is taken.  Errors: those of ls_domain_audit and ls_domain_xml.
 */
int ls_domain_expected(const struct ls_policy *policy, const struct ls_domain_paths *paths,
		       const void *xml, size_t size, struct ls_buffer *out, struct ls_error *err);

/*
 * The same as ls_domain_audit against a policy.  paths: the run's,
 * or NULL for any folder.
 */
int ls_domain_audit_policy(const struct ls_policy *policy, const struct ls_domain_paths *paths,
			   const void *xml, size_t size, struct ls_violations *list,
			   struct ls_error *err);

#endif
