"""Terraform itself against the live server: apply, no difference, change, no difference, destroy.

Skipped without ``terraform`` on the path and its AWS provider in the folder that
``MATCHLOOP_TERRAFORM_PROVIDERS`` names (a filesystem mirror).
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow

CONFIGURATION = """
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}
variable "url" {}
variable "text" {}
variable "skip_account" {}
provider "aws" {
  region                      = "us-east-1"
  access_key                  = "x"
  secret_key                  = "y"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = var.skip_account
  endpoints {
    glue = var.url
    sts  = var.url
  }
}
resource "aws_glue_catalog_database" "shop" {
  name        = "shop"
  description = var.text
  tags        = { text = var.text }
}
resource "aws_glue_catalog_table" "people" {
  name          = "people"
  database_name = aws_glue_catalog_database.shop.name
  description   = var.text
  table_type    = "EXTERNAL_TABLE"
  parameters    = { classification = "csv" }
  storage_descriptor {
    location = "s3://bucket/people/"
    ser_de_info {
      serialization_library = "org.apache.hadoop.hive.serde2.OpenCSVSerde"
      parameters            = { separatorChar = "," }
    }
    columns {
      name = "id"
      type = "string"
    }
    columns {
      name    = "name"
      type    = "string"
      comment = "a comment"
    }
  }
  partition_keys {
    name = "year"
    type = "int"
  }
  partition_index {
    index_name = "by_year"
    keys       = ["year"]
  }
}
resource "aws_glue_crawler" "look" {
  name          = "look"
  role          = "arn:aws:iam::123456789012:role/any"
  database_name = aws_glue_catalog_database.shop.name
  description   = var.text
  schedule      = "cron(15 12 * * ? *)"
  s3_target {
    path       = "s3://bucket/in/"
    exclusions = ["*.txt"]
  }
  tags = { text = var.text }
}
resource "aws_glue_ml_transform" "dedupe" {
  name     = "dedupe"
  role_arn = "arn:aws:iam::123456789012:role/any"
  input_record_tables {
    database_name = aws_glue_catalog_table.people.database_name
    table_name    = aws_glue_catalog_table.people.name
  }
  parameters {
    transform_type = "FIND_MATCHES"
    find_matches_parameters {
      primary_key_column_name = "id"
    }
  }
  tags = { text = var.text }
}
resource "aws_glue_job" "match" {
  name              = "match"
  role_arn          = "arn:aws:iam::123456789012:role/any"
  description       = var.text
  glue_version      = "2.0"
  worker_type       = "G.1X"
  number_of_workers = 2
  timeout           = 60
  max_retries       = 1
  execution_property {
    max_concurrent_runs = 2
  }
  command {
    script_location = "builtin:find-matches"
  }
  default_arguments = {
    "--TransformId" = aws_glue_ml_transform.dedupe.id
    "--OutputPath"  = "s3://bucket/out/"
  }
  tags = { text = var.text }
}
resource "aws_glue_job" "least" {
  name     = "least"
  role_arn = "arn:aws:iam::123456789012:role/any"
  command {
    script_location = "s3://bucket/script.py"
  }
}
"""


@pytest.fixture
def terraform(server: Any, tmp_path: Path) -> Callable[..., int]:
    """Return a function that runs Terraform and gives its exit code."""
    program = shutil.which("terraform")
    mirror = os.environ.get("MATCHLOOP_TERRAFORM_PROVIDERS")
    if program is None or not mirror:
        pytest.skip("no terraform, or MATCHLOOP_TERRAFORM_PROVIDERS names no folder of providers")
    folder = tmp_path / "terraform"
    folder.mkdir()
    (folder / "main.tf").write_text(CONFIGURATION, encoding="utf-8")
    (folder / "terraformrc").write_text(
        f'provider_installation {{\n  filesystem_mirror {{\n    path = "{mirror}"\n  }}\n}}\n',
        encoding="utf-8",
    )
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "CHECKPOINT_DISABLE": "1",
        "TF_CLI_CONFIG_FILE": str(folder / "terraformrc"),
        "TF_VAR_url": server.url,
        "TF_IN_AUTOMATION": "1",
    }

    def run(*words: str, text: str = "", skip_account: bool = True) -> int:
        given = {"TF_VAR_text": text, "TF_VAR_skip_account": str(skip_account).lower()}
        done = subprocess.run(
            [program, *words, "-no-color", "-input=false"],
            cwd=folder,
            env=environ | given,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        print(done.stdout, done.stderr)  # noqa: T201 - shown where the test fails
        return done.returncode

    assert run("init") == 0
    return run


@pytest.mark.parametrize("skip_account", [True, False])
def test_what_terraform_makes_is_what_it_reads_back(
    terraform: Callable[..., int], skip_account: bool, glue: Any
) -> None:
    for text in ("one", "two"):
        assert terraform("apply", "-auto-approve", text=text, skip_account=skip_account) == 0
        difference = terraform("plan", "-detailed-exitcode", text=text, skip_account=skip_account)
        assert difference == 0
    assert glue.get_crawler(Name="look")["Crawler"]["Description"] == "two"
    assert terraform("destroy", "-auto-approve", text="two", skip_account=skip_account) == 0
    assert glue.get_databases()["DatabaseList"] == []
    assert glue.list_jobs()["JobNames"] == []
