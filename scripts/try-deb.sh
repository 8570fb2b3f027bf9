#!/usr/bin/env bash
# Tries the Debian package where nothing else is: makes a minimal root of the same release with debootstrap, lets apt install
# the package with what it depends on, and trains and predicts there as an ordinary user. There is no compiler in that root.
#
#   scripts/try-deb.sh [PACKAGE]    default: the newest in .build/deb
set -euo pipefail
cd "$(dirname "$0")/.."
skip() { echo "try-deb: skipped: $1"; exit 0; }
[ "$(id -u)" -eq 0 ] || skip "only root can make a root folder and go there"
command -v debootstrap >/dev/null || skip "no debootstrap here (apt-get install debootstrap)"
package=${1:-$(ls -t .build/deb/isotherm_*.deb 2>/dev/null | head -n 1)}
[ -f "$package" ] || { echo "try-deb: no package; make deb makes one" >&2; exit 1; }

. /etc/os-release
# The mirror that this machine itself uses.
mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | grep -v '^ *#' | tr ' ' '\n' | grep -m 1 -E '^https?://' || true)
mirror=${MIRROR:-${mirror:-http://deb.debian.org/debian}}
work=$(mktemp -d "${TMPDIR:-/tmp}/isotherm-root.XXXXXX")
root=$work/root
cleanup() {
  umount "$root/proc" 2>/dev/null || true
  rm -rf --one-file-system "$work"
}
trap cleanup EXIT
step() { printf '\n== %s\n' "$1"; }

step "a minimal root of $VERSION_CODENAME from $mirror"
debootstrap --variant=minbase "$VERSION_CODENAME" "$root" "$mirror" > "$work/debootstrap.log" 2>&1 \
  || { tail -n 20 "$work/debootstrap.log"; exit 1; }
# The updates that this machine has, too: the package asks for libraries no older than those here.
rm -f "$root/etc/apt/sources.list"
cp -rL /etc/apt/sources.list /etc/apt/sources.list.d "$root/etc/apt/" 2>/dev/null || true
for folder in /usr/share/keyrings /etc/apt/trusted.gpg.d; do
  [ -d $folder ] && mkdir -p "$root$folder" && cp -rn $folder/. "$root$folder/"
done
for file in /etc/resolv.conf /etc/hosts; do cp -L $file "$root$file"; done
[ -d /etc/apt/apt.conf.d ] && cp -rn /etc/apt/apt.conf.d/. "$root/etc/apt/apt.conf.d/"
mount -t proc proc "$root/proc" 2>/dev/null || echo "note: no /proc there"
inside() { chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME="$home" LANG=C.UTF-8 \
  ${http_proxy:+http_proxy=$http_proxy} ${https_proxy:+https_proxy=$https_proxy} DEBIAN_FRONTEND=noninteractive "$@"; }
home=/root

step "apt installs the package"
cp "$package" "$root/tmp/isotherm.deb"
inside apt-get update -q 2>&1 | tail -n 2
inside apt-get install -y -q --no-install-recommends /tmp/isotherm.deb man-db 2>&1 | grep -E '^(Setting up (isotherm|lib(openblas|zip|curl|turbo|webp|png))|E:|W:)' || true
inside dpkg -s isotherm | grep -E '^(Status|Version|Depends)'

step "no compiler"
for tool in cc gcc clang swift swiftc; do
  ! inside sh -c "command -v $tool" || { echo "try-deb: $tool is there" >&2; exit 1; }
done
echo "none of cc, gcc, clang, swift, swiftc is there"

step "as an ordinary user"
inside useradd --create-home --user-group tester
user() { echo "\$ $1"; inside runuser -u tester -- sh -c "cd /home/tester && export HOME=/home/tester && $1"; }
user 'isotherm --version'
user 'isotherm --version --json'
user 'isotherm doctor'
user 'isotherm init'
user 'isotherm plan digits.json --quiet > plan.txt && tail -n 3 plan.txt'
user 'isotherm train digits.json --dry-run --quiet > dry.txt && tail -n 1 dry.txt'
user 'isotherm train digits.json --set epochs=20 --quiet'
user 'isotherm evaluate latest --quiet | head -n 6'
# Three digits as an IDX file, which is bytes behind a header; perl is in every Debian.
cat > "$root/home/tester/idx.pl" <<'PERL'
my @rows = map { my @cells = split /,/; pop @cells; [@cells] } <STDIN>;
binmode STDOUT;
print pack("C4 N3", 0, 0, 8, 3, scalar(@rows), 8, 8), map { pack("C*", @$_) } @rows;
PERL
user 'zcat /usr/share/isotherm/digits.csv.gz | head -n 3 | perl idx.pl > three-idx3-ubyte; zcat /usr/share/isotherm/digits.csv.gz | head -n 3 | cut -d, -f65'
user 'isotherm predict latest --input three-idx3-ubyte --top 2'
user 'man isotherm | head -n 12; man isotherm-train | head -n 8'
user 'ls -l /usr/share/bash-completion/completions/isotherm /usr/share/zsh/vendor-completions/_isotherm /usr/share/fish/vendor_completions.d/isotherm.fish /usr/share/isotherm'
step "and removes it"
inside apt-get remove -y -q isotherm 2>&1 | tail -n 1
! inside sh -c 'ls -d /usr/share/isotherm /usr/bin/isotherm 2>/dev/null' || { echo "try-deb: files are left" >&2; exit 1; }
step "done"
