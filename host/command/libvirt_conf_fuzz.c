/* SPDX-License-Identifier: Apache-2.0 */
/* A value stands in one line of the file, whole or cut. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "host/command/libvirt_conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char value[16];
	char *conf = malloc(size + 1);
	if (!conf)
		abort();
	memcpy(conf, data, size);
	conf[size] = '\0';
	ls_libvirt_conf_value(conf, "user", value, sizeof(value));
	if (!memchr(value, 0, sizeof(value)) || strchr(value, '\n') || !strstr(conf, value))
		abort();
	free(conf);
	return 0;
}
