#!/usr/bin/env bash
# Makes the virtual environment .build/python with the programs of requirements.txt, if it is not there yet, and prints its
# Python, which tests take from ISOTHERM_PYTHON. Tests that need one that is missing are skipped by name.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=.build/python
mark=$folder/.complete
if ! cmp -s scripts/requirements.txt "$mark"; then
  mkdir -p .build
  rm -rf "$folder"
  if ! python3 -m venv "$folder" >&2; then
    # Debian keeps it in a package of its own.
    { [ "$(id -u)" -eq 0 ] && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv >/dev/null; } || {
      echo "python: no venv; install python3-venv" >&2
      exit 1
    }
    python3 -m venv "$folder" >&2
  fi
  "$folder/bin/python" -m pip install --quiet --disable-pip-version-check -r scripts/requirements.txt >&2
  cp scripts/requirements.txt "$mark"
fi
echo "$PWD/$folder/bin/python"
