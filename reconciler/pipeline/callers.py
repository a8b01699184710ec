"""The workflows of a user's repository: short callers of the ones beside this package, and which secrets and ledger they need.

Where the package was installed from a repository on GitHub, its name and commit are known and written; else OWNER and REF stand
there for a person to replace.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, distribution
from typing import Any

import orjson

PATH = ".github/workflows/reconciler.yml"
UNKNOWN = ("OWNER/genesys-cloud-reconciler", "REF")
LEDGER = (
    "Workflows need a ledger that outlives a runner: PostgreSQL, its address as the secret LEDGER_URL "
    "(postgresql+psycopg://USER:PASSWORD@HOST/NAME). sqlite:/// does only on one machine that keeps its folder."
)
TEXT = """\
# Pull requests show a plan, merges into main apply it, and twice a day somebody looks for drift.
#
# Secrets of the repository: PLAN_CLIENT_ID and PLAN_CLIENT_SECRET of an OAuth client that may only view; LEDGER_URL, the address
# of a ledger on PostgreSQL: postgresql+psycopg://USER:PASSWORD@HOST/NAME. A ledger in a file does not outlive a runner.
# Secrets of the environment genesys-cloud: APPLY_CLIENT_ID and APPLY_CLIENT_SECRET of an OAuth client that may write. Give that
# environment reviewers, and bind it to main.
name: reconciler
on:
  pull_request:
  push:
    branches: [main]
    paths: [reconciler.yaml, "manifests/**"]
  schedule:
    - cron: "17 5,17 * * *"
  workflow_dispatch: # applies what no pull request has shown, after the environment's reviewers have seen it
    inputs:
      allow_removals:
        description: Agree to exactly so many removals.
        type: string
        default: ""
permissions: {}
jobs:
  plan:
    if: github.event_name == 'pull_request'
    permissions:
      contents: read
      pull-requests: write # the comment
    uses: REPOSITORY/.github/workflows/plan.yml@COMMIT
    secrets:
      PLAN_CLIENT_ID: ${{ secrets.PLAN_CLIENT_ID }}
      PLAN_CLIENT_SECRET: ${{ secrets.PLAN_CLIENT_SECRET }}
      LEDGER_URL: ${{ secrets.LEDGER_URL }}
  apply:
    if: github.event_name == 'push' || (github.event_name == 'workflow_dispatch' && github.ref == 'refs/heads/main')
    permissions:
      contents: read
      pull-requests: write # the comment
    uses: REPOSITORY/.github/workflows/apply.yml@COMMIT
    with:
      environment: genesys-cloud
      auto_approve: ${{ github.event_name == 'workflow_dispatch' }}
      allow_removals: ${{ inputs.allow_removals || '' }}
    secrets:
      PLAN_CLIENT_ID: ${{ secrets.PLAN_CLIENT_ID }}
      PLAN_CLIENT_SECRET: ${{ secrets.PLAN_CLIENT_SECRET }}
      APPLY_CLIENT_ID: ${{ secrets.APPLY_CLIENT_ID }}
      APPLY_CLIENT_SECRET: ${{ secrets.APPLY_CLIENT_SECRET }}
      LEDGER_URL: ${{ secrets.LEDGER_URL }}
  drift:
    if: github.event_name == 'schedule'
    permissions:
      contents: read
      issues: write # one issue per drift
    uses: REPOSITORY/.github/workflows/drift.yml@COMMIT
    secrets:
      PLAN_CLIENT_ID: ${{ secrets.PLAN_CLIENT_ID }}
      PLAN_CLIENT_SECRET: ${{ secrets.PLAN_CLIENT_SECRET }}
      LEDGER_URL: ${{ secrets.LEDGER_URL }}
  # Renders and applies without asking, for exports that arrive by themselves; its environment has no reviewers.
  # reconcile:
  #   if: github.event_name == 'schedule'
  #   permissions:
  #     contents: read
  #   uses: REPOSITORY/.github/workflows/reconcile.yml@COMMIT
  #   with:
  #     environment: genesys-cloud-scheduled
  #   secrets:
  #     APPLY_CLIENT_ID: ${{ secrets.APPLY_CLIENT_ID }}
  #     APPLY_CLIENT_SECRET: ${{ secrets.APPLY_CLIENT_SECRET }}
  #     LEDGER_URL: ${{ secrets.LEDGER_URL }}
"""


def callers(origin: tuple[str, str]) -> str:
    """The text of the callers for a repository and commit of this package's own."""
    return TEXT.replace("REPOSITORY", origin[0]).replace("COMMIT", origin[1])


def origin() -> tuple[str, str]:
    """Repository on GitHub and commit that this package was installed from; `UNKNOWN` where the installer did not note any.

    Source: PEP 610, `direct_url.json`, `vcs_info.commit_id`.
    """
    try:
        noted = distribution("genesys-cloud-reconciler").read_text("direct_url.json")
    except PackageNotFoundError:
        noted = None
    return installed_from(orjson.loads(noted or "{}"))


def unknown() -> str:
    """What a person has to write into the callers, empty where it was found out."""
    return " Replace OWNER and REF by the repository and the commit of this tool." if origin() == UNKNOWN else ""


def installed_from(noted: Mapping[str, Any]) -> tuple[str, str]:
    """The same from what the installer noted."""
    found = re.fullmatch(r"(?:https|ssh)://(?:[^/@]*@)?github\.com/([\w.-]+/[\w.-]+?)(?:\.git)?/?", noted.get("url", ""))
    commit = noted.get("vcs_info", {}).get("commit_id", "")
    return (found[1], commit) if found and commit else UNKNOWN
