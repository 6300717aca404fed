#!/usr/bin/env bash
# The image builds, holds the binary and a folder for temporary files, and runs. Skipped,
# with the reason, where docker or its base image cannot be had.
set -euo pipefail
cd "$(dirname "$0")/../.."
if [ ! -e Dockerfile ]; then
	echo "docker: skipped, there is no Dockerfile"
	exit 0
fi
if ! command -v docker >/dev/null; then
	echo "docker: skipped, there is no docker"
	exit 0
fi
if ! docker info >/dev/null 2>&1; then
	echo "docker: skipped, its daemon does not answer"
	exit 0
fi
base=$(sed -n 's/^FROM \([^ ]*\) AS build$/\1/p' Dockerfile)
if ! docker image inspect "$base" >/dev/null 2>&1 && ! docker pull -q "$base" >/dev/null; then
	echo "docker: skipped, the image $base cannot be had"
	exit 0
fi
image=tweedie-gate:$$
trap 'docker image rm -f "$image" >/dev/null 2>&1 || true' EXIT
docker build -q -t "$image" . >/dev/null
docker run --rm "$image" --version
# stdin is kept in a temporary file.
printf 'a,b\n1,2\n3,4\n' | docker run --rm -i "$image" describe - | grep -q '^a'
