#!/bin/sh
# Formats what the agent has just changed, so that style never shows up in a review.
set -eu
git diff --name-only --diff-filter=AM -- '*.py' | while IFS= read -r file; do
    ruff format --quiet -- "$file"
done
