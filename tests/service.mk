# SPDX-License-Identifier: Apache-2.0
# SERVICE="tests/service/20-calibration.sh" runs one of them.
# The service files, as far as that can be seen where no systemd runs; and the page of log lines.

.PHONY: check-service
SUITES += check-service

check-service_needs := all $(MAKE_REGISTRY)
check-service: $(check-service_needs)
	$(Q)BUILD=$(BUILD) tests/e2e/run.sh $(or $(SERVICE),$(wildcard tests/service/[0-9]*.sh))

.PHONY: check-log-events
SUITES += check-log-events

check-log-events:
	$(Q)tests/log_events.py
