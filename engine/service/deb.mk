# A Debian package of the sources as they are in this directory. debian/ is in engine/service; it is put where Debian
# wants it in a copy below build/deb.

DEB_STAGE = build/deb/autoscaler-$(VERSION)

deb: ## build a Debian package into build/deb/
	@tests/deps build-essential debhelper fakeroot $(DEB_PACKAGES)
	@rm -rf build/deb && mkdir -p $(DEB_STAGE)
	@tar -c --exclude=./build --exclude=./.git --exclude='./autoscaler-*.tar.gz' . | tar -x -C $(DEB_STAGE)
	@cp -r engine/service/debian $(DEB_STAGE)/debian
	@engine/service/debian_changelog man/autoscaler-changes.7 >$(DEB_STAGE)/debian/changelog
	@cd $(DEB_STAGE) && env -u MAKEFLAGS -u MAKELEVEL dpkg-buildpackage -b -us -uc -j$$(nproc)
	@ls build/deb/*.deb

# What the package is tried on; a package that is built already: DEB=FILE.
ON ?= bookworm

test-package: ## build the package in a chroot of Debian ON=bookworm, install, upgrade and purge it in another (root)
	@unshare --mount --pid --fork tests/package/run $(ON) build/package-$(ON) $(DEB)

.PHONY: deb test-package
