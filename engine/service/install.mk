# What is installed beside the programs and the manual: the unit, its user, a configuration, completions, and what other
# programs read. SYSCONFDIR: where the program looks for its configuration.

SYSCONFDIR ?= /etc
UNITDIR ?= $(PREFIX)/lib/systemd/system
SYSUSERSDIR ?= $(PREFIX)/lib/sysusers.d
SHARE = $(DESTDIR)$(PREFIX)/share
UNIT = $(DESTDIR)$(UNITDIR)/autoscaler.service
SYSUSERS = $(DESTDIR)$(SYSUSERSDIR)/autoscaler.conf
CONFIGURATION = $(DESTDIR)$(SYSCONFDIR)/autoscaler/autoscaler.yaml
SHIPPED := man/autoscaler-api.openapi.yaml man/autoscaler-control.openapi.yaml engine/service/autoscaler.rules.yml \
	engine/service/autoscaler-dashboard.json engine/service/autoscaler.yaml
COMPLETIONS := bash-completion/completions/autoscalerctl zsh/site-functions/_autoscalerctl \
	fish/vendor_completions.d/autoscalerctl.fish

# The configuration of this machine is kept: it is not written when it is there, and removed only when it is unchanged.
install-service: all
	install -D -m 644 -t $(SHARE)/autoscaler $(SHIPPED)
	install -d $(addprefix $(SHARE)/,$(dir $(COMPLETIONS)))
	$(BUILD)/autoscalerctl completion bash >$(SHARE)/$(word 1,$(COMPLETIONS))
	$(BUILD)/autoscalerctl completion zsh >$(SHARE)/$(word 2,$(COMPLETIONS))
	$(BUILD)/autoscalerctl completion fish >$(SHARE)/$(word 3,$(COMPLETIONS))
	install -d $(dir $(UNIT))
	sed 's|=/usr/bin/|=$(PREFIX)/bin/|' engine/service/autoscaler.service >$(UNIT)
	install -D -m 644 engine/service/autoscaler.sysusers $(SYSUSERS)
	test -e $(CONFIGURATION) || install -D -m 644 engine/service/autoscaler.yaml $(CONFIGURATION)

uninstall-service:
	rm -f $(addprefix $(SHARE)/,$(COMPLETIONS)) $(addprefix $(SHARE)/autoscaler/,$(notdir $(SHIPPED)))
	rm -f $(UNIT) $(SYSUSERS)
	! cmp -s engine/service/autoscaler.yaml $(CONFIGURATION) || rm -f $(CONFIGURATION)
	-rmdir $(SHARE)/autoscaler $(dir $(CONFIGURATION)) 2>/dev/null

.PHONY: install-service uninstall-service
