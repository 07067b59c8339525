# The manual pages: where they go.

MAN := $(DESTDIR)$(PREFIX)/share/man
PAGES := $(wildcard man/*.[1-8])

install-man:
	@for page in $(PAGES); do install -D -m 644 -t $(MAN)/man$${page##*.} "$$page"; done

uninstall-man:
	@for page in $(PAGES); do rm -f $(MAN)/man$${page##*.}/"$${page##*/}"; done

.PHONY: install-man uninstall-man
