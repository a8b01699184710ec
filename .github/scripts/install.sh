#!/usr/bin/env bash
# Installs the reconciler of this checkout with pinned dependencies, and puts it on the PATH of the steps that follow.
# Locally: VENV=/tmp/reconciler .github/scripts/install.sh && PATH=/tmp/reconciler/bin:$PATH
set -euo pipefail
tool="$(cd "$(dirname "$0")/../.." && pwd)"
venv="${VENV:-${RUNNER_TEMP:-/tmp}/reconciler-venv}"
"${PYTHON:-python3}" -m venv "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --constraint "$tool/requirements.lock" "$tool[postgresql]"
if [ -n "${GITHUB_PATH:-}" ]; then
  echo "$venv/bin" >>"$GITHUB_PATH"
fi
"$venv/bin/reconciler" --version
