/* SPDX-License-Identifier: Apache-2.0 */
/* libvirt's own configuration files, as far as one setting goes. */
#ifndef LABSEAL_HOST_COMMAND_LIBVIRT_CONF_H
#define LABSEAL_HOST_COMMAND_LIBVIRT_CONF_H

#include <stddef.h>

/*
 * The value of the last line "NAME = VALUE" that is no comment, as it is written
 * (with its quotes, without a comment after it); "" when there is none.  A value that
 * does not fit is cut.  Values that go over several lines are read to the first line's end.
 */
void ls_libvirt_conf_value(const char *conf, const char *name, char *buffer, size_t size);

#endif
