# SPDX-License-Identifier: Apache-2.0
# The service file, as far as that can be seen where no systemd runs; and the page of log lines.

.PHONY: check-service
SUITES += check-service

check-service_needs := all
check-service: $(check-service_needs)
	$(Q)BUILD=$(BUILD) tests/service/10-unit.sh

.PHONY: check-log-events
SUITES += check-log-events

check-log-events:
	$(Q)tests/log_events.py
