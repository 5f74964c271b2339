# SPDX-License-Identifier: Apache-2.0
# The log as clients see it that share no code with labseal: CLIENTS="tests/clients/10-xmod.sh" runs one of them.

# Go in its GOPATH mode: Debian's packages are the module path, and nothing is fetched.
XMOD := $(BUILD)/tests/clients/xmod/xmod
XMOD_GO := env GO111MODULE=off GOPATH=/usr/share/gocode GOFLAGS= GOPROXY=off GOTOOLCHAIN=local \
           GOCACHE=$(abspath $(BUILD))/tests/clients/go-cache go

$(XMOD): $(wildcard tests/clients/xmod/*.go)
	$(call SAY,GO,$@)
	@mkdir -p $(@D)
	$(Q)$(XMOD_GO) vet ./tests/clients/xmod
	$(Q)$(XMOD_GO) build -o $@ ./tests/clients/xmod

.PHONY: check-clients
check-clients_needs := $(BUILD)/labseal-audit $(BUILD)/tests/tools/make_share $(MAKE_REGISTRY) $(XMOD)
check-clients: $(check-clients_needs)
	$(Q)BUILD=$(BUILD) tests/e2e/run.sh $(or $(CLIENTS),$(wildcard tests/clients/[0-9]*.sh))

SUITES += check-clients
