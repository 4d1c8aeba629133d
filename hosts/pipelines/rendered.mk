# Commits what is rendered, for Flux, for Argo CD without a plugin, and for reviews that
# show what reaches the cluster. Put it into a repository of overlays/NAME and
#
#   make -f rendered.mk rendered         renders each overlay into rendered/NAME.yaml
#   make -f rendered.mk rendered-check   fails if one of these is not what is rendered now
#   make -f rendered.mk rendered-diff    says what they do to the sets that run as BASE has
#                                        them; fails if that is impossible or dangerous
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
BASE ?= origin/main
KUSTOMIZE ?= kustomize
OVERLAYS := $(notdir $(patsubst %/,%,$(dir $(wildcard overlays/*/kustomization.yaml))))

.PHONY: rendered
rendered: $(OVERLAYS:%=rendered/%.yaml)

.PHONY: FORCE
rendered/%.yaml: FORCE
	@mkdir -p rendered
	@$(KUSTOMIZE) build --enable-alpha-plugins overlays/$* >$@.new || { rm -f $@.new; exit 1; }
	@mv $@.new $@
	@echo "rendered $@"

.PHONY: rendered-check
rendered-check: rendered
	@[[ -z $$(git status --porcelain rendered) ]] || \
	  { git --no-pager diff rendered; echo "rendered/ is stale: run make -f rendered.mk rendered and commit it" >&2; exit 1; }

# mysqlreplicaset diff exits with 3 if pods restart.
.PHONY: rendered-diff
rendered-diff:
	@worst=0; for overlay in $(OVERLAYS); do \
	  echo "$$overlay:"; \
	  old=$$(git show "$(BASE):rendered/$$overlay.yaml" 2>/dev/null) || old='{kind: List, items: []}'; \
	  code=0; mysqlreplicaset diff - "rendered/$$overlay.yaml" <<<"$$old" || code=$$?; \
	  [[ $$code == 3 ]] || worst=$$((code > worst ? code : worst)); \
	done; exit $$worst
