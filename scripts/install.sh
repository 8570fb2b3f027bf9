#!/usr/bin/env bash
# Installs Isotherm below PREFIX, or removes it: the command with the Swift runtime inside, the digits, the schema of configs,
# manual pages, completions for three shells, and licences.
#
#   scripts/install.sh build            builds the command, .build/install/release/isotherm
#   scripts/install.sh install          builds, and installs to $DESTDIR$PREFIX
#   scripts/install.sh uninstall        removes what an installation to $DESTDIR$PREFIX has put there
#
# The build has a folder of its own, so that it and `make build` do not undo one another's work.
set -euo pipefail
cd "$(dirname "$0")/.."
prefix=${PREFIX:-/usr/local}
target=${DESTDIR:-}$prefix
scratch=.build/install
binary=$scratch/release/isotherm
manifest=share/isotherm/installed-files

build() {
  local here options=()
  here=$(pwd -P)
  # Word by word: the options that the Makefile makes of TRAITS.
  read -r -a options <<< "${TRAIT_OPTIONS:-}"
  # The paths of this machine say nothing on another one, so that they are left out of the program.
  "${SWIFT:-swift}" build -c release --product isotherm --scratch-path "$scratch" --static-swift-stdlib \
    ${options[@]+"${options[@]}"} -Xswiftc -DISOTHERM_INSTALLATION -Xswiftc -gnone \
    -Xswiftc -file-prefix-map -Xswiftc "$here=." -Xcc "-ffile-prefix-map=$here=."
}

# Puts all files below the folder $1, as they stand below a prefix.
stage() {
  local root=$1 shell
  install -d "$root"/bin "$root"/share/isotherm "$root"/share/man/man1 "$root"/share/doc/isotherm/licenses \
    "$root"/share/bash-completion/completions "$root"/share/zsh/site-functions "$root"/share/fish/vendor_completions.d
  install -m 755 "$binary" "$root"/bin/isotherm
  "${STRIP:-strip}" "$root"/bin/isotherm
  anonymous "$root"/bin/isotherm
  install -m 644 Sources/Datasets/Resources/digits.csv.gz Sources/Datasets/Resources/DIGITS-LICENSE.txt \
    "$root"/share/isotherm
  # The built one beside its resources: the staged one would look for the digits where nothing is yet.
  "$binary" schema --output "$root"/share/isotherm/isotherm.schema.json >/dev/null
  "$binary" manual --out "$root"/share/man/man1 >/dev/null
  for shell in bash zsh fish; do
    local file
    case $shell in
      bash) file=bash-completion/completions/isotherm ;;
      zsh) file=zsh/site-functions/_isotherm ;;
      fish) file=fish/vendor_completions.d/isotherm.fish ;;
    esac
    # Shells read the scripts and do not run them, so that they need no first line that names a program.
    "$binary" --generate-completion-script "$shell" | sed '1{/^#!/d}' > "$root/share/$file"
    chmod 644 "$root/share/$file"
  done
  install -m 644 README.md CHANGELOG.md LICENSE THIRD-PARTY.md "$root"/share/doc/isotherm
  licenses "$root"/share/doc/isotherm/licenses
  # AtomicFile makes files for their owner's eyes as the umask says; an installation is for everybody.
  find "$root"/share -type f -exec chmod 644 {} +
}

# Refuses a program that names this folder or its owner's: it goes to other machines.
anonymous() {
  local folder
  for folder in "$(pwd -P)" "${HOME:-}"; do
    # Of root's home and the like every program may speak.
    [ "${#folder}" -gt 6 ] || continue
    if grep -aqF "$folder" "$1"; then
      echo "install: $1 names $folder: $(grep -aoE "[[:print:]]*$folder[[:print:]]*" "$1" | head -n 1)" >&2
      exit 1
    fi
  done
}

# What is inside the program besides Isotherm: Swift's runtime and the packages of Package.swift.
licenses() {
  local package name file
  for package in "$scratch"/checkouts/*/; do
    name=$(basename "$package")
    for file in LICENSE LICENSE.txt NOTICE NOTICE.txt; do
      [ -f "$package$file" ] || continue
      { echo "== $name: $file"; cat "$package$file"; echo; } >> "$1/$name.txt"
    done
  done
  cat > "$1/swift.txt" <<'TEXT'
The program contains Swift's standard library and Foundation (https://www.swift.org), Copyright (c) Apple Inc. and the Swift
project authors, licensed under Apache License v2.0 with Runtime Library Exception: https://www.swift.org/LICENSE.txt
TEXT
}

case ${1:-} in
  build) build ;;
  stage) stage "$2" ;;
  install)
    build
    staged=$(mktemp -d "$scratch/root.XXXXXX")
    trap 'rm -rf "$staged"' EXIT
    stage "$staged"
    (cd "$staged" && find . -type f | sed 's|^\./||' | LC_ALL=C sort) > "$staged/../files.list"
    mv "$staged/../files.list" "$staged/$manifest"
    chmod 755 "$staged"
    mkdir -p "$target"
    (cd "$staged" && tar -cf - --owner=0 --group=0 .) | tar -xf - -C "$target" --no-same-owner --no-overwrite-dir
    echo "installed in $target; make uninstall PREFIX=$prefix removes it"
    case :$PATH: in *:"$prefix/bin":*) ;; *) echo "note: $prefix/bin is not on your PATH" ;; esac
    ;;
  uninstall)
    [ -f "$target/$manifest" ] || { echo "uninstall: $target/$manifest is not there: nothing was installed in $target" >&2; exit 1; }
    while IFS= read -r file; do rm -f "$target/$file"; done < "$target/$manifest"
    rm -f "$target/$manifest"
    # Only folders of its own; others are shared.
    rmdir "$target"/share/doc/isotherm/licenses "$target"/share/doc/isotherm "$target"/share/isotherm 2>/dev/null || true
    echo "removed from $target"
    ;;
  *) echo "usage: scripts/install.sh build | install | uninstall" >&2; exit 2 ;;
esac
