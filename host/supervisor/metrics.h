/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The status as a Prometheus text file, for node_exporter's textfile collector
 * (policy: publish.metrics).  docs/formats/metrics.md lists what is in it.
 */
#ifndef LABSEAL_HOST_SUPERVISOR_METRICS_H
#define LABSEAL_HOST_SUPERVISOR_METRICS_H

#include <stdint.h>

#include "host/supervisor/status.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"

#define LS_METRICS_MAX	    32768 /* bytes */
#define LS_METRICS_EVERY_MS 5000

/* Text format 0.0.4.  now: seconds since 1970.  0, -ENOMEM or -EFBIG. */
int ls_metrics_format(const struct ls_status *status, int64_t now, struct ls_buffer *out);

/* Replace the file at an absolute path, so that a reader sees the old one or the new one. */
int ls_metrics_write(const char *path, const struct ls_status *status, struct ls_error *err);

#endif
