#!/usr/bin/env bash
# Makes a Debian package of an installation: .build/deb/isotherm_VERSION_ARCH.deb. It depends on the libraries that the program
# links, in the versions of the machine that builds it, so build it on the release that it is for.
set -euo pipefail
cd "$(dirname "$0")/.."
for tool in dpkg-deb dpkg-shlibdeps; do
  command -v $tool >/dev/null || { echo "deb: no $tool here; on Debian and Ubuntu: apt-get install dpkg-dev" >&2; exit 1; }
done
PREFIX=/usr scripts/install.sh build

out=.build/deb
work=$(mktemp -d .build/deb-work.XXXXXX)
trap 'rm -rf "$work"' EXIT
root=$work/root
mkdir -p "$out" "$root/usr" "$root/DEBIAN" "$work/debian"
scripts/install.sh stage "$root/usr"

version=$("$root/usr/bin/isotherm" --version)
architecture=$(dpkg --print-architecture)
# Whoever hands the package on says who answers for it: make deb MAINTAINER="Name <address>".
maintainer=${MAINTAINER:-Isotherm developers <isotherm@localhost>}

# As Debian's policy has it: manual pages and the change log compressed, one file of copyrights.
gzip -9n "$root"/usr/share/man/man1/*.1
documents=$root/usr/share/doc/isotherm
gzip -9n "$documents/CHANGELOG.md"
rm "$documents/LICENSE"
{
  printf 'isotherm (%s) unstable; urgency=medium\n\n' "$version"
  printf '  * Made by make deb; CHANGELOG.md.gz says what each version brought.\n\n'
  printf ' -- %s  %s\n' "$maintainer" "$(date -R -u ${SOURCE_DATE_EPOCH:+-d @$SOURCE_DATE_EPOCH})"
} | gzip -9n > "$documents/changelog.gz"
# zsh of Debian looks for a package's completions in a folder of their own.
mkdir -p "$root/usr/share/zsh/vendor-completions"
mv "$root/usr/share/zsh/site-functions/_isotherm" "$root/usr/share/zsh/vendor-completions/"
rmdir "$root/usr/share/zsh/site-functions"
mkdir -p "$root/usr/share/lintian/overrides"
cat > "$root/usr/share/lintian/overrides/isotherm" <<'TEXT'
# Made by make deb, for no archive.
isotherm: initial-upload-closes-no-bugs
isotherm: bogus-mail-host *
isotherm: bogus-mail-host-in-debian-changelog *
# The data set as it was published.
isotherm: package-contains-timestamped-gzip *
TEXT
{
  cat <<'TEXT'
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: isotherm

Files: *
Copyright: 2026 The Isotherm developers
License: Expat

Files: usr/share/isotherm/digits.csv.gz
Copyright: 1998 E. Alpaydin and C. Kaynak, UCI Machine Learning Repository
License: CC-BY-4.0
 The digits are the data set "Optical Recognition of Handwritten Digits",
 licensed under Creative Commons Attribution 4.0 International; see
 /usr/share/isotherm/DIGITS-LICENSE.txt.

Files: usr/bin/isotherm
Copyright: 2026 The Isotherm developers
           2014-2026 Apple Inc. and the Swift project authors
License: Expat and Apache-2.0
 The program contains Swift's runtime and packages of its authors under the
 Apache License 2.0, a copy of which is in /usr/share/common-licenses/Apache-2.0;
 /usr/share/doc/isotherm/THIRD-PARTY.md names each, and what is in them besides
 (llhttp, under the MIT licence); /usr/share/doc/isotherm/licenses has the texts.

License: Expat
TEXT
  # The permission itself, without title and owner.
  sed -n '/^Permission/,$p' LICENSE | sed 's/^$/./; s/^/ /'
} > "$documents/copyright"

# dpkg-shlibdeps wants a source package's control beside it.
printf 'Source: isotherm\n\nPackage: isotherm\nArchitecture: any\n' > "$work/debian/control"
depends=$(cd "$work" && dpkg-shlibdeps -O --ignore-missing-info root/usr/bin/isotherm 2>/dev/null | sed -n 's/^shlibs:Depends=//p')
[ -n "$depends" ] || { echo "deb: dpkg-shlibdeps names no libraries" >&2; exit 1; }
# The threaded build of OpenBLAS: the serial one gives wrong results to several threads.
depends=$(sed 's/libopenblas0[^,]*/libopenblas0-pthread/' <<< "$depends")

installed=$(du -sk "$root/usr" | cut -f 1)
cat > "$root/DEBIAN/control" <<TEXT
Package: isotherm
Version: $version
Architecture: $architecture
Maintainer: $maintainer
Installed-Size: $installed
Depends: $depends
Section: science
Priority: optional
Description: train neural networks with large minibatches on many CPU threads
 Isotherm trains neural networks on multicore servers: worker threads compute
 the gradients of fixed parts of each batch, which are averaged, and the
 learning rate follows the batch. The weights are the same bits for every
 number of threads.
 .
 It reads tables, arrays and folders of pictures, measures how training speed
 grows with threads and batch, and says which batch still pays.
TEXT
(cd "$root" && find usr -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum > DEBIAN/md5sums)
find "$root" -type d -exec chmod 755 {} +
package=$out/isotherm_${version}_$architecture.deb
dpkg-deb --root-owner-group --build "$root" "$package" >/dev/null
echo "$package"
echo "depends on $depends"
if command -v lintian >/dev/null; then lintian --allow-root --fail-on error "$package"; else echo "note: no lintian here, which would check it"; fi
