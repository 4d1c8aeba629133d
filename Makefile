# `make help` lists what there is to do.
.DEFAULT_GOAL := help
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory
comma := ,

# Pinned tools. kustomize v5.8.3 needs Go 1.27.
KUSTOMIZE_VERSION := v5.8.2
GOFUMPT_VERSION := v0.12.0
STATICCHECK_VERSION := v0.8.2
ACTIONLINT_VERSION := v1.7.12
CRANE_VERSION := v0.22.1

BIN := bin/mysqlreplicaset
TOOLS := .tools
KUSTOMIZE := $(TOOLS)/kustomize-$(KUSTOMIZE_VERSION)
GOFUMPT := $(TOOLS)/gofumpt-$(GOFUMPT_VERSION)
STATICCHECK := $(TOOLS)/staticcheck-$(STATICCHECK_VERSION)
ACTIONLINT := $(TOOLS)/actionlint-$(ACTIONLINT_VERSION)
# A registry to push to.
CRANE := $(TOOLS)/crane-$(CRANE_VERSION)
# Pinned in hosts/editor/package-lock.json.
YAML_LANGUAGE_SERVER := $(TOOLS)/editor/node_modules/.bin/yaml-language-server

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
# Reproducible: no paths, no build identity, no C.
GO_BUILD := CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags '-s -w -buildid= -X main.version=$(VERSION)'

# The same commit gives the same image: its time stamps are the commit's.
SOURCE_DATE_EPOCH ?= $(shell git log -1 --format=%ct 2>/dev/null || echo 0)
export SOURCE_DATE_EPOCH
IMAGE ?= mysqlreplicaset:$(VERSION)
TEST_IMAGE := localhost/mysqlreplicaset:test
PLATFORM ?= linux/$(shell go env GOARCH)
# The first one that works here: a docker without its engine does not.
CONTAINER_ENGINE ?= $(shell for engine in docker podman buildah; do $$engine info >/dev/null 2>&1 && echo $$engine && break; done)

##@ Use

.PHONY: build
build: $(BIN) ## build bin/mysqlreplicaset

.PHONY: $(BIN)
$(BIN):
	@$(GO_BUILD) -o $@ ./fn/cmd/mysqlreplicaset

.PHONY: install
install: build ## install the kustomize plugin where kustomize looks for it
	@$(BIN) install

.PHONY: render
render: build $(KUSTOMIZE) ## print the tutorial's set, rendered through kustomize
	@$(BIN) install $(TOOLS)/plugin >/dev/null 2>&1
	@KUSTOMIZE_PLUGIN_HOME=$(CURDIR)/$(TOOLS)/plugin $(KUSTOMIZE) build --enable-alpha-plugins bases/tutorial

##@ Check

.PHONY: test
test: lint $(KUSTOMIZE) need-kubectl need-kpt ## all tests but those on a cluster
	@KUSTOMIZE=$(CURDIR)/$(KUSTOMIZE) go test -timeout=30m ./...

.PHONY: test-editor
test-editor: $(YAML_LANGUAGE_SERVER) ## what an editor shows in a spec, with the real yaml-language-server
	@YAML_LANGUAGE_SERVER=$(CURDIR)/$< go test -count=1 -tags=editor ./hosts/editor

.PHONY: lint
lint: $(GOFUMPT) $(STATICCHECK) $(ACTIONLINT) need-shellcheck ## formatting, vet, staticcheck, workflows; shellcheck runs in the tests
	@unformatted=$$($(GOFUMPT) -l .); [[ -z $$unformatted ]] || { echo "not formatted, run $(GOFUMPT) -w: $$unformatted"; exit 1; }
	@for module in . e2e release; do \
	  (cd $$module && go vet -tags=editor ./... && $(CURDIR)/$(STATICCHECK) -tags=editor ./... && go mod tidy -diff); \
	done
	@$(ACTIONLINT)
	@shellcheck --enable=all .ci/run .ci/e2e e2e/harness/writer.sh e2e/faults/*.sh

# KUBECONFIG must be named: nodes are drained, so it is no cluster that others use.
PARALLEL ?= 2
RUN ?= .
E2E = cd e2e && KUSTOMIZE=$(CURDIR)/$(KUSTOMIZE) KUSTOMIZE_PLUGIN_HOME=$(CURDIR)/$(TOOLS)/plugin \
  MYSQLREPLICASET=$(CURDIR)/$(BIN) go test -v -count=1 -p=1 -timeout=80m -parallel=$(PARALLEL) -run='$(RUN)'

.PHONY: e2e
e2e: e2e-ready ## the tutorial's scenarios, what operators do, and the pages' commands, on the cluster of KUBECONFIG (RUN=., PARALLEL=2)
	@$(E2E) ./tutorial # alone: it drains the node
	@$(E2E) -p=3 ./operations ./docs ./processes

.PHONY: e2e-faults
e2e-faults: e2e-ready ## break sets there all the time (E2E_DURATION=10m, E2E_SEED, E2E_FAULTS=regexp)
	@$(E2E) -run='^TestFaults$$' ./faults

.PHONY: e2e-history
e2e-history: e2e-ready ## volumes that come back old, copied or late, histories that are reset, there
	@$(E2E) ./history

.PHONY: e2e-history-faults
e2e-history-faults: e2e-ready ## the same with what makes histories contradict each other (and E2E_SETS=2)
	@$(E2E) -run='^TestHistoryFaults$$' ./faults

.PHONY: e2e-argocd
e2e-argocd: e2e-ready ## docs/hosts/argocd.md, on the Argo CD there (GIT_PUSH=command; image mysqlreplicaset:latest)
	@$(E2E) ./argocd

.PHONY: e2e-measure
e2e-measure: e2e-ready ## how long a clone of 1 GiB takes there, next to cp
	@$(E2E) ./measure

.PHONY: e2e-ready
e2e-ready: build $(KUSTOMIZE) need-kubectl
	@[[ -n "$${KUBECONFIG:-}" ]] || { echo "KUBECONFIG must name a cluster to test on, one that nobody else uses: the tests drain its node" >&2; exit 1; }
	@$(BIN) install $(TOOLS)/plugin >/dev/null 2>&1

FUZZTIME ?= 30s
.PHONY: fuzz
fuzz: ## look for inputs that break the decoder or the renderer (FUZZTIME=30s each)
	@for package in $$(go list ./fn/...); do \
	  for name in $$(go test -list '^Fuzz' $$package | sed -n '/^Fuzz/p'); do \
	    go test -run '^$$' -fuzz "^$$name\$$" -fuzztime $(FUZZTIME) $$package; \
	  done; \
	done

.PHONY: bench
bench: $(KUSTOMIZE) ## measure speed and memory as ratios, with their pass marks
	@$(GO_BUILD) -o $(TOOLS)/bench/ ./fn/cmd/mysqlreplicaset ./bench/cat ./bench/kyaml
	@go run ./bench $(TOOLS)/bench $(KUSTOMIZE)

.PHONY: test-image
test-image: $(KUSTOMIZE) $(CRANE) need-kubectl need-kpt need-podman ## build the image, push it, and run it by kustomize, kubectl and kpt
	@$(MAKE) image IMAGE=$(TEST_IMAGE) CONTAINER_ENGINE=podman >/dev/null
	@mkdir -p $(TOOLS)/engine && ln -sf "$$(command -v podman)" $(TOOLS)/engine/docker
	@PATH=$(CURDIR)/$(TOOLS)/engine:$$PATH CONTAINERS_CONF=$(CURDIR)/image/containers.conf KPT_FN_RUNTIME=podman KRM_FN_RUNTIME=podman \
	  FUNCTION_IMAGE=$(TEST_IMAGE) KUSTOMIZE=$(CURDIR)/$(KUSTOMIZE) CRANE=$(CURDIR)/$(CRANE) go test -count=1 ./fn -run 'TestHosts/.*container|TestKpt|TestDocs$$/docs/hosts/(container|argocd)|TestDocs$$/docs/release'

.PHONY: test-release
test-release: need-podman ## make a release twice, compare, and use it as docs/release.md says
	@cd release && CONTAINERS_CONF=$(CURDIR)/image/containers.conf go test -count=1 ./...

##@ Change

.PHONY: generate
generate: ## write the schema, the reference and the manifests' Go data anew
	@go generate ./...

.PHONY: update
update: ## write the expected outputs in testdata anew; review them like code
	@go test ./fn -run 'TestCases|TestDiffCases|TestKpt' -update

##@ Release

.PHONY: image
image: bin/$(PLATFORM)/mysqlreplicaset ## build the container image (IMAGE, PLATFORM, CONTAINER_ENGINE)
	@[[ -n "$(CONTAINER_ENGINE)" ]] || { echo "docker, podman or buildah is needed" >&2; exit 1; }
	@touch -d @0 bin/$(PLATFORM)/mysqlreplicaset image/*
# Without layers, so not from the cache: there they have the time stamp of another build.
# What podman warns of, build args not consumed, is not so: the tests look at them.
	@$(CONTAINER_ENGINE) build --platform $(PLATFORM) --build-arg VERSION=$(VERSION) --tag $(IMAGE) \
	  $(if $(findstring docker,$(CONTAINER_ENGINE)),,--layers=false --timestamp $(SOURCE_DATE_EPOCH) --identity-label=false) .

# Not phony, because a pattern cannot be.
bin/%/mysqlreplicaset: FORCE
	@GOOS=$(*D) GOARCH=$(*F) $(GO_BUILD) -o $@ ./fn/cmd/mysqlreplicaset
.PHONY: FORCE
FORCE:

RELEASE_PLATFORMS := linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64
RELEASE_IMAGE = localhost/mysqlreplicaset:$(VERSION)
PODMAN_IMAGES = $(patsubst linux/%,$(RELEASE_IMAGE)-%,$(filter linux/%,$(RELEASE_PLATFORMS)))

.PHONY: release
release: release-version $(RELEASE_PLATFORMS:%=bin/%/mysqlreplicaset) need-podman ## archives, image, SBOMs and checksums in dist (VERSION=v0.1.0)
	@for image in $(PODMAN_IMAGES); do \
	  $(MAKE) image IMAGE=$$image PLATFORM=linux/$${image##*-} CONTAINER_ENGINE=podman; \
	done >/dev/null
# What a run that was cut short has left behind.
	@rm -rf bin/image; podman manifest rm $(RELEASE_IMAGE)-all >/dev/null 2>&1 || true
	@podman manifest create $(RELEASE_IMAGE)-all $(PODMAN_IMAGES:%=containers-storage:%) >/dev/null
	@podman manifest push --quiet --all $(RELEASE_IMAGE)-all oci:bin/image:$(RELEASE_IMAGE)
	@podman manifest rm $(RELEASE_IMAGE)-all >/dev/null && podman rmi $(PODMAN_IMAGES) >/dev/null
	@go -C release run . $(VERSION) $(RELEASE_PLATFORMS)

.PHONY: release-version
release-version:
	@[[ "$(VERSION)" =~ ^v[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.]+)?$$ ]] || { echo "VERSION must be like v0.1.0, not $(VERSION)" >&2; exit 1; }

##@ Tools

$(TOOLS)/kustomize-%:
	@$(call go_install,sigs.k8s.io/kustomize/kustomize/v5,kustomize,$*,$@)
$(TOOLS)/gofumpt-%:
	@$(call go_install,mvdan.cc/gofumpt,gofumpt,$*,$@)
$(TOOLS)/staticcheck-%:
	@$(call go_install,honnef.co/go/tools/cmd/staticcheck,staticcheck,$*,$@)
$(TOOLS)/actionlint-%:
	@$(call go_install,github.com/rhysd/actionlint/cmd/actionlint,actionlint,$*,$@)
$(TOOLS)/crane-%:
	@$(call go_install,github.com/google/go-containerregistry/cmd/crane,crane,$*,$@)

# go_install PACKAGE NAME VERSION FILE
go_install = echo "installing $(2) $(3) into $(TOOLS)" >&2 && mkdir -p $(TOOLS) && \
  GOBIN=$(CURDIR)/$(TOOLS)/install go install $(1)@$(3) && mv $(TOOLS)/install/$(2) $(4)

# need PACKAGE HINT: installs a package of Debian's where that goes without asking.
need = command -v $(1) >/dev/null || { [[ $$(id -u) == 0 ]] && command -v apt-get >/dev/null && \
  echo "installing $(1)" >&2 && { apt-get install -y $(1) || { apt-get update && apt-get install -y $(1); }; } >/dev/null; } || \
  { echo "$(1) is needed: $(2)" >&2; exit 1; }

$(YAML_LANGUAGE_SERVER): hosts/editor/package-lock.json
	@command -v npm >/dev/null || { echo "npm is needed, of Node.js 20 or later: apt-get install npm, dnf install npm or brew install node" >&2; exit 1; }
	@echo "installing yaml-language-server into $(TOOLS)" >&2
	@mkdir -p $(TOOLS)/editor && cp hosts/editor/package*.json hosts/editor/.npmrc $(TOOLS)/editor
	@npm ci --prefix $(TOOLS)/editor --ignore-scripts --loglevel=error >/dev/null && touch $@

.PHONY: need-shellcheck
need-shellcheck:
	@$(call need,shellcheck,apt-get install shellcheck$(comma) dnf install ShellCheck or brew install shellcheck)

.PHONY: need-podman
need-podman:
	@$(call need,podman,apt-get$(comma) dnf or brew install podman)

.PHONY: need-kubectl
need-kubectl:
	@command -v kubectl >/dev/null || \
	  { echo "kubectl 1.27 or later is needed: https://kubernetes.io/docs/tasks/tools/" >&2; exit 1; }

.PHONY: need-kpt
need-kpt:
	@command -v kpt >/dev/null || \
	  { echo "kpt 1.0.0-beta.56 or later is needed: https://kpt.dev/installation/kpt-cli/" >&2; exit 1; }

.PHONY: help
help: ## this list
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
