#!/usr/bin/env bash
# What a new database begins with, beside its accounts: nothing. Sourced.
set -euo pipefail

initial_sql() { :; }
inventory_sql() { :; }
