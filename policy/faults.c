/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/faults.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/text.h"

void ls_policy_faults_init(struct ls_policy_faults *faults, const char *name)
{
	_cleanup_buffer_ struct ls_buffer shown;
	ls_buffer_init(&shown, sizeof(faults->name) - 1);
	memset(faults, 0, sizeof(*faults));
	/* a name that does not fit is shown cut: it is for display alone */
	ls_text_escape(name, strlen(name), &shown);
	snprintf(faults->name, sizeof(faults->name), "%s",
		 shown.size > 0 ? ls_buffer_str(&shown) : "policy.yaml");
}

void ls_policy_fault_add(struct ls_policy_faults *faults, struct ls_policy_mark at, const char *id,
			 const char *format, ...)
{
	if (faults->count == LS_POLICY_FAULTS_MAX) {
		faults->more = true;
		return;
	}
	struct ls_policy_fault *fault = &faults->fault[faults->count++];
	fault->line = at.line;
	fault->column = at.column;
	snprintf(fault->id, sizeof(fault->id), "%s", id);
	va_list args;
	va_start(args, format);
	vsnprintf(fault->text, sizeof(fault->text), format, args);
	va_end(args);
}

static bool stands_before(const struct ls_policy_fault *a, const struct ls_policy_fault *b)
{
	return a->line != b->line ? a->line < b->line : a->column < b->column;
}

void ls_policy_faults_sort(struct ls_policy_faults *faults)
{
	for (size_t i = 1; i < faults->count; i++)
		for (size_t j = i; j > 0 && stands_before(&faults->fault[j], &faults->fault[j - 1]);
		     j--) {
			struct ls_policy_fault moved = faults->fault[j];
			faults->fault[j] = faults->fault[j - 1];
			faults->fault[j - 1] = moved;
		}
}

int ls_policy_faults_print(const struct ls_policy_faults *faults, struct ls_buffer *out)
{
	for (size_t i = 0; i < faults->count; i++)
		ls_buffer_printf(out, "%s:%u:%u: %s\n", faults->name, faults->fault[i].line,
				 faults->fault[i].column, faults->fault[i].text);
	if (faults->more)
		ls_buffer_printf(out, "%s: there are more faults than the %d above\n", faults->name,
				 LS_POLICY_FAULTS_MAX);
	return ls_buffer_error(out);
}

int ls_policy_faults_fail(const struct ls_policy_faults *faults, struct ls_error *err)
{
	const struct ls_policy_fault *first = &faults->fault[0];
	ls_fail(err, -EINVAL, first->id, "%s:%u:%u: %s", faults->name, first->line, first->column,
		first->text);
	if (err && faults->count > 1) {
		size_t used = strlen(err->message);
		snprintf(err->message + used, sizeof(err->message) - used,
			 " (and %zu more; 'labseal check' shows all)", faults->count - 1);
	}
	return -EINVAL;
}
